package auth

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is read now into testdata")

// cases reads a file of testdata: remarks, a field, and lines that begin with "= "
// for what is read of it, with an empty line between.
func cases(t testing.TB, file string) (blocks []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n\n")
}

// cut takes a block apart.
func cut(block string) (remark, name, value, want string) {
	for line := range strings.Lines(block) {
		switch {
		case strings.HasPrefix(line, "#"):
			remark += line
		case strings.HasPrefix(line, "= "):
			want += line
		default:
			value += line
		}
	}
	value = strings.TrimSuffix(value, "\n")
	name, value, _ = strings.Cut(value, ":")
	return remark, name, strings.NewReplacer("^@", "\x00", "\n", "\r\n").Replace(value), strings.TrimSuffix(want, "\n")
}

func golden(t *testing.T, file string) {
	blocks := cases(t, file)
	for i, block := range blocks {
		remark, name, value, want := cut(block)
		if name == "" {
			continue
		}
		got := dump(name, value)
		if got != want && !*update {
			t.Errorf("%s%s:%q\ngot\n%s\nwant\n%s", remark, name, value, got, want)
		}
		field, _, _ := strings.Cut(block, "\n= ")
		blocks[i] = field + "\n" + got
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(blocks, "\n\n")+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// dump writes what was read of a field.
func dump(name, value string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "= "+format+"\n", args...) }
	extra := func(what, s string) {
		if s != "" {
			line("%s: %s", what, s)
		}
	}
	var faults []Fault
	if name == "Received-SPF" {
		s := ParseReceivedSPF(value)
		faults = s.Faults
		extra("result", string(s.Status))
		for _, p := range s.Pairs {
			line("%s=%s", p.Key, quoted(p.Value))
		}
		for _, c := range s.Comments {
			line("(%s)", c)
		}
		extra("receiver", s.Receiver())
		extra("mail from", s.MailFrom())
		extra("address", addressText(s.Address(), s.Addresses()))
	} else {
		r := ParseResults(value)
		faults = r.Faults
		extra("id", r.AuthServID)
		extra("version", r.Version)
		if r.Instance > 0 {
			line("instance: %d", r.Instance)
		}
		if r.None {
			line("none")
		}
		for _, c := range r.Comments {
			line("(%s)", c)
		}
		for _, res := range r.Results {
			line("%s", res.print(true))
		}
		extra("mail from", r.MailFrom())
		extra("helo", r.HELO())
		extra("address", addressText(r.Address(), r.Addresses()))
	}
	for _, f := range faults {
		line("fault: %s", f)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// addressText is the address, or all where they differ.
func addressText(one netip.Addr, all []netip.Addr) string {
	switch {
	case len(all) == 0:
		return ""
	case one.IsValid():
		return one.String()
	}
	return fmt.Sprintf("undecided, %v", all)
}

func TestResults(t *testing.T) { golden(t, "testdata/results.txt") }

func TestReceivedSPF(t *testing.T) { golden(t, "testdata/receivedspf.txt") }

// TestBounds: what was written to hurt is cut off, and said.
func TestBounds(t *testing.T) {
	has := func(faults []Fault, want Fault) bool { return strings.Contains(fmt.Sprint(faults), string(want)) }
	for name, c := range map[string]struct {
		value string
		fault Fault
	}{
		"results":     {"x.example; " + strings.Repeat("dkim=pass;", MaxResults+1), TooManyParts},
		"properties":  {"x.example; dkim=pass " + strings.Repeat("header.d=a ", MaxProps+1), TooManyParts},
		"comments":    {"x.example; dkim=pass " + strings.Repeat("(c)", MaxComments+1), TooManyParts},
		"depth":       {"x.example; dkim=pass " + strings.Repeat("(", MaxDepth+1) + strings.Repeat(")", MaxDepth+1), TooManyParts},
		"bytes":       {"x.example; dkim=pass header.d=" + strings.Repeat("a", MaxField), TooLong},
		"open":        {"x.example; dkim=pass" + strings.Repeat(" (", MaxDepth), UnclosedComment},
		"quotes":      {"x.example; dkim=pass " + strings.Repeat(`"\`, MaxField/2-16), UnclosedQuote},
		"dots":        {"x.example; " + strings.Repeat("a. ", MaxField/3-16), StrayText},
		"dots (open)": {"x.example; " + strings.Repeat("a. ((", MaxField/5-16), StrayText},
	} {
		r := ParseResults(c.value)
		if !has(r.Faults, c.fault) {
			t.Errorf("%s: faults %v, want %s", name, r.Faults, c.fault)
		}
		if s := ParseReceivedSPF("pass " + c.value); len(s.Faults) == 0 {
			t.Errorf("%s: no fault", name)
		}
		if len(r.Results) > MaxResults {
			t.Errorf("%s: %d results", name, len(r.Results))
		}
	}
}

// TestPeerIn: the sender's words in a comment are not taken for the receiver's.
func TestPeerIn(t *testing.T) {
	for comment, want := range map[string]string{
		"sender IP is 192.0.2.1":                                    "192.0.2.1",
		"sender IP is 192.0.2.1; identity alignment result is pass": "192.0.2.1",
		"sender IP is ": "",
		"mx.example: domain of a@b.example designates 192.0.2.1 as permitted sender":                           "192.0.2.1",
		"mx.example: domain of a@b.example does not designate 2001:db8::1 as permitted sender":                 "2001:db8::1",
		"mx.example: domain of transitioning b.example discourages use of 192.0.2.1 as permitted sender":       "192.0.2.1",
		"mx.example: 192.0.2.1 is neither permitted nor denied by domain of a@b.example":                       "192.0.2.1",
		"mx.example: the domain b.example reports 192.0.2.1 as a permitted sender.":                            "192.0.2.1",
		"mx.example: domain of b.example designates 192.0.2.1 as permitted sender, rule=[ip4:198.51.100.0/24]": "192.0.2.1",
		"mx.example: domain of a@b.example has no SPF policy when checking 192.0.2.1":                          "192.0.2.1",
		"client-ip=192.0.2.1; helo=b.example; envelope-from=a@b.example":                                       "192.0.2.1",
		"mx.example: b.example does not designate permitted sender hosts":                                      "",
		// Hostile: MAIL FROM:<"… 203.0.113.66 …"@b.example>.
		`mx.example: domain of "x designates 203.0.113.66 as permitted sender"@b.example designates 192.0.2.1 as permitted sender`:  "192.0.2.1",
		`mx.example: 192.0.2.1 is neither permitted nor denied by domain of "x 203.0.113.66 as permitted sender, rule=["@b.example`: "192.0.2.1",
		`mx.example: domain of "x: 203.0.113.66 is neither permitted"@b.example designates 192.0.2.1 as permitted sender`:           "192.0.2.1",
		`mx.example: domain of "x;client-ip=203.0.113.66;"@b.example designates 192.0.2.1 as permitted sender`:                      "192.0.2.1",
		`mx.example: domain of "x when checking 203.0.113.66"@b.example designates 192.0.2.1 as permitted sender`:                   "192.0.2.1",
		`mx.example: domain of "x 203.0.113.66 as permitted sender"@b.example has no SPF policy when checking 192.0.2.1`:            "192.0.2.1",
		`client-ip=192.0.2.1; helo=x; client-ip=203.0.113.66`:                                                                       "192.0.2.1",
	} {
		got := ""
		if a := address(peerIn(comment)); a.IsValid() {
			got = a.String()
		}
		if got != want {
			t.Errorf("(%s): %q, want %q", comment, got, want)
		}
	}
}
