package domain

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var orgCases = []struct{ name, want string }{
	{"mx1.example.org", "example.org"},
	{"example.org", "example.org"},
	{"MX1.Example.ORG.", "example.org"},
	{"a.b.example.co.uk", "example.co.uk"},
	{"mail.customer.github.io", "customer.github.io"}, // The private part of the list.
	{"_dmarc.mail_1.example.org", "example.org"},
	{"host.localdomain", "host.localdomain"}, // Not on the list: a suffix of one label.
	{"xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"},
	{"www.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"},
	{"mail。BÜCHER．example", "xn--bcher-kva.example"}, // Full stops of other scripts.
	{"xn--a.example.org", "example.org"},             // No Punycode: still a label.
	{strings.Repeat("a", 63) + ".example.org", "example.org"},
	{"1.2.3.example", "3.example"},

	{"", ""},
	{".", ""},
	{"localhost", ""},
	{"localhost.", ""},
	{"org", ""},
	{"co.uk", ""},
	{"github.io", ""},
	{".example.org", ""},
	{"example..org", ""},
	{"example.org..", ""},
	{"192.0.2.1", ""},
	{"192.0.2.1.", ""},
	{"1.2.3.4.5", ""},
	{"１９２.0.2.1", ""}, // Full-width digits: an address once it is mapped.
	{"[192.0.2.1]", ""},
	{"2001:db8::1", ""},
	{"[IPv6:2001:db8::1]", ""},
	{"jane@example.org", ""},
	{"example.org:25", ""},
	{"example org", ""},
	{"exa\x00mple.org", ""},
	{"a\xff.example.org", ""},
	{"-.-", "-.-"},
	{strings.Repeat("a", 64) + ".example.org", ""},
	{strings.Repeat("ü", 60) + ".example.org", ""}, // Too long as an A-label.
	{strings.Repeat("a.", 125) + "org", "a.org"},   // 253 bytes.
	{strings.Repeat("a.", 125) + "info", ""},       // 254.
	{strings.Repeat("a.", 1<<20), ""},
}

func TestOrg(t *testing.T) {
	for _, c := range orgCases {
		if got := Org(c.name); got != c.want {
			t.Errorf("Org(%.80q) = %q, want %q", c.name, got, c.want)
		}
	}
}

// TestOrgAllocates: one is that of publicsuffix.PublicSuffix (an error of
// netip.ParseAddr).
func TestOrgAllocates(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Org("mx1.mail.example.co.uk") }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}

// TestVersion holds that the edition is told: without it a report could not be run
// again.
func TestVersion(t *testing.T) {
	if v := Version(); !strings.HasPrefix(v, "git revision ") {
		t.Errorf("Version() = %q", v)
	}
}

// TestCorpus runs the tests of the list's own project.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("MAILTRACE_CORPORA")
	if dir == "" {
		t.Skip("MAILTRACE_CORPORA is not set: no corpora to read")
	}
	data, err := os.ReadFile(filepath.Join(dir, "psl", "test_psl.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	all, wrong := 0, 0
	for line := range bytes.Lines(data) {
		var c struct {
			ID     string
			Domain string
			Expect struct {
				Org string `json:"org_domain"`
			}
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		all++
		want := c.Expect.Org
		if check(want) == unicode {
			want = toASCII(want)
		}
		if got := Org(c.Domain); got != want {
			wrong++
			t.Errorf("%s: Org(%q) = %q, want %q", c.ID, c.Domain, got, want)
		}
	}
	t.Logf("%d cases, %d differ", all, wrong)
}

func FuzzOrg(f *testing.F) {
	for _, c := range orgCases {
		if len(c.name) < 2000 {
			f.Add(c.name)
		}
	}
	f.Fuzz(func(t *testing.T, name string) {
		org := Org(name)
		if org == "" {
			return
		}
		if len(org) > maxName || check(org) != lower {
			t.Errorf("Org(%q) = %q is no name", name, org)
		}
		if again := Org(org); again != org {
			t.Errorf("Org(%q) = %q, and of that %q", name, org, again)
		}
		if sub := "x." + org; len(sub) <= maxName && Org(sub) != org {
			t.Errorf("Org(%q) = %q, want %q", sub, Org(sub), org)
		}
	})
}

func BenchmarkOrg(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Org("mail-wr1-f41.google.com")
	}
}

func TestASCII(t *testing.T) {
	for name, want := range map[string]string{
		"Mail.Example.ORG.": "mail.example.org", "BÜCHER.example": "xn--bcher-kva.example", "_dmarc.example.org": "_dmarc.example.org",
		"ORG": "org", "localhost.": "localhost", "co.uk": "co.uk", "mail。example": "mail.example", "xn--a.example.org": "xn--a.example.org",
		"": "", ".": "", "example..org": "", "192.0.2.1": "", "1": "", "[192.0.2.1]": "", "2001:db8::1": "", "a b": "", "a@example.org": "",
		strings.Repeat("a", 64): "", strings.Repeat("a.", 125) + "info": "", "a\x00": "", "日本": "xn--wgv71a",
	} {
		if got := ASCII(name); got != want {
			t.Errorf("ASCII(%.80q) = %q, want %q", name, got, want)
		}
	}
	for _, c := range orgCases {
		if c.want != "" && Org(ASCII(c.name)) != c.want {
			t.Errorf("Org(ASCII(%.80q)) = %q, want %q", c.name, Org(ASCII(c.name)), c.want)
		}
	}
}
