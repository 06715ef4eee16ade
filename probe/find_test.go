package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// shape is what find says, in short: the way, and each host with its preference, status
// and addresses.
func shape(s *servers) string {
	var b strings.Builder
	fmt.Fprint(&b, s.way)
	for _, h := range s.hosts {
		preference := "-"
		if h.Preference != nil {
			preference = fmt.Sprint(*h.Preference)
		}
		fmt.Fprintf(&b, "; %s %s %s %v %s", h.Role, preference, h.Name, h.ports, h.Status)
		if h.Cause != "" {
			fmt.Fprintf(&b, "/%s", h.Cause)
		}
		for _, list := range [...][]string{{h.Unicode}, h.Alias} {
			for _, name := range list {
				if name != "" {
					fmt.Fprintf(&b, " (%s)", name)
				}
			}
		}
		for _, a := range h.addresses {
			fmt.Fprintf(&b, " %s", a)
		}
	}
	return b.String()
}

func zoneOf(t testing.TB, text string) *dns.Zone {
	t.Helper()
	z, err := dns.ParseZone(text)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		name, zone, want string
		change           func(*Prober)
	}{
		{"by preference, equal ones as the DNS has them", `
example.org. MX 20 c.example.org.
example.org. MX 10 b.example.org.
example.org. MX 10 a.example.org.
a.example.org. A 192.0.2.1
b.example.org. AAAA 2001:db8::2
b.example.org. A 192.0.2.3
b.example.org. A 192.0.2.2
c.example.org. A 10.0.0.1`,
			"mx; mx 10 b.example.org [25] found 192.0.2.3 192.0.2.2 2001:db8::2; mx 10 a.example.org [25] found 192.0.2.1; mx 20 c.example.org [25] found 10.0.0.1", private},
		{"with the guard", "example.org. MX 10 a.example.org.\nexample.org. MX 20 b.example.org.\na.example.org. A 10.0.0.1\nb.example.org. A 10.0.0.1\nb.example.org. A 8.8.8.8",
			"mx; mx 10 a.example.org [25] reserved 10.0.0.1; mx 20 b.example.org [25] found 10.0.0.1 8.8.8.8", nil},
		{"implicit", "example.org. A 8.8.8.8", "implicit; implicit-mx 0 example.org [25] found 8.8.8.8", nil},
		{"implicit without an address", "example.org. TXT x", "none; implicit-mx 0 example.org [25] nodata", nil},
		{"an address is not looked at where there is MX", "example.org. A 8.8.8.8\nexample.org. MX 10 gone.example.org.", "none; mx 10 gone.example.org [25] nxdomain", nil},
		{"null", "example.org. MX 0 .\nexample.org. A 8.8.8.8", "null", nil},
		{"null with a preference", "example.org. MX 10 .", "null", nil},
		{"null two times", "example.org. MX 0 .\nexample.org. MX 10 .", "null", nil},
		{"null beside others", "example.org. MX 0 .\nexample.org. MX 10 mx.example.org.\nmx.example.org. A 8.8.8.8", "mx; mx 10 mx.example.org [25] found 8.8.8.8", nil},
		{"missing", "example.net. A 8.8.8.8", "none", nil},
		{"SERVFAIL", "example.org. FAIL servfail", "unknown", nil},
		{"time-out of MX alone", "example.org. A 8.8.8.8\nexample.org. FAIL timeout MX", "unknown", nil},
		{"the domain is an alias", "example.org. CNAME example.net.\nexample.net. MX 10 mx.example.net.\nmx.example.net. A 8.8.8.8", "mx; mx 10 mx.example.net [25] found 8.8.8.8", nil},
		{"the domain is an alias, and has no MX", "example.org. CNAME example.net.\nexample.net. A 8.8.8.8", "implicit; implicit-mx 0 example.net [25] found 8.8.8.8", nil},
		{"the domain is an alias of nothing", "example.org. CNAME example.net.", "none", nil},
		{"the MX is an alias", "example.org. MX 10 mx.example.org.\nmx.example.org. CNAME example.net.\nexample.net. A 8.8.8.8", "mx; mx 10 mx.example.org [25] found (example.net) 8.8.8.8", nil},
		{"the MX is an address", "example.org. MX 10 8.8.8.8.\nexample.org. MX 20 2001:4860::1.\nexample.org. MX 30 [8.8.8.8].\n8.8.8.8. A 8.8.8.8",
			"none; mx 10 8.8.8.8 [25] address; mx 20 2001:4860::1 [25] address; mx 30 [8.8.8.8] [25] address", nil},
		{"the MX is no host", `example.org. MX 10 a\032b.example.org.`, `none; mx 10 a\032b.example.org [25] failed/bad-name`, nil},
		{"one named twice", "example.org. MX 20 mx.example.org.\nexample.org. MX 10 mx.example.org.\nmx.example.org. A 8.8.8.8", "mx; mx 10 mx.example.org [25] found 8.8.8.8", nil},
		{"half an answer", "example.org. MX 10 mx.example.org.\nmx.example.org. A 8.8.8.8\nmx.example.org. FAIL servfail AAAA", "mx; mx 10 mx.example.org [25] found/servfail 8.8.8.8", nil},
		{"no answer", "example.org. MX 10 mx.example.org.\nmx.example.org. FAIL timeout", "mx; mx 10 mx.example.org [25] failed/timeout", nil},
		{"half an answer, and no address in it", "example.org. MX 10 mx.example.org.\nmx.example.org. FAIL timeout AAAA", "mx; mx 10 mx.example.org [25] failed/timeout", nil},
		{"a circle of aliases", "example.org. MX 10 mx.example.org.\nmx.example.org. CNAME mx.example.org.", "none; mx 10 mx.example.org [25] failed/alias-loop", nil},
		{"MX in A-labels", "example.org. MX 10 mx.xn--bcher-kva.example.\nmx.xn--bcher-kva.example. A 8.8.8.8", "mx; mx 10 mx.xn--bcher-kva.example [25] found (mx.bücher.example) 8.8.8.8", nil},
		{"without IPv4", "example.org. MX 10 mx.example.org.\nmx.example.org. A 8.8.8.8\nmx.example.org. AAAA 2606:4700::1", "mx; mx 10 mx.example.org [25] found 2606:4700::1", func(p *Prober) { p.NoIPv4 = true }},
		{"without IPv6", "example.org. MX 10 mx.example.org.\nmx.example.org. AAAA 2606:4700::1", "mx; mx 10 mx.example.org [25] nodata", func(p *Prober) { p.NoIPv6 = true }},
		{"services", `
example.org. MX 10 mx.example.org.
mx.example.org. A 8.8.8.8
_submission._tcp.example.org. SRV 5 0 587 b.example.org.
_submission._tcp.example.org. SRV 0 0 587 a.example.org.
_submission._tcp.example.org. SRV 0 0 22 c.example.org.
_submissions._tcp.example.org. SRV 0 0 465 a.example.org.
a.example.org. A 8.8.4.4`,
			"mx; mx 10 mx.example.org [25] found 8.8.8.8; submission 0 a.example.org [587] found 8.8.4.4; submission 5 b.example.org [587] nxdomain; submissions 0 a.example.org [465] found 8.8.4.4", submission},
		{"services of a domain without mail", "example.org. MX 0 .\n_submission._tcp.example.org. SRV 0 0 0 .\n_submissions._tcp.example.org. SRV 0 0 465 a.example.org.\na.example.org. A 8.8.4.4",
			"null; submissions 0 a.example.org [465] found 8.8.4.4", submission},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &Prober{}
			if test.change != nil {
				test.change(p)
			}
			s := p.find(t.Context(), zoneOf(t, test.zone), "example.org")
			if got := shape(s); got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
			if none := s.way != wayMX && s.way != wayImplicit; none != (s.why != "") {
				t.Errorf("%s: why is %q", s.way, s.why)
			}
		})
	}
}

func private(p *Prober)    { p.AllowPrivate = true }
func submission(p *Prober) { p.Submission = true }

// TestFindNames is what users type.
func TestFindNames(t *testing.T) {
	z := zoneOf(t, "example.org. MX 10 mx.example.org.\nmx.example.org. A 8.8.8.8\nxn--bcher-kva.example. MX 10 mx.example.org.\norg. MX 10 mx.example.org.")
	for typed, want := range map[string]string{
		"example.org": "example.org", "Example.ORG.": "example.org", "BÜCHER.example": "xn--bcher-kva.example", "xn--bcher-kva.example": "xn--bcher-kva.example", "org": "org",
		"":                                   `the domain is empty`,
		"192.0.2.1":                          `"192.0.2.1" is no domain name; this is the address of a computer: --host 192.0.2.1 asks that one`,
		"[192.0.2.1]":                        `"[192.0.2.1]" is no domain name; this is the address of a computer: --host 192.0.2.1 asks that one`,
		"[IPv6:2001:db8::1]":                 `"[IPv6:2001:db8::1]" is no domain name; this is the address of a computer: --host 2001:db8::1 asks that one`,
		"2001:db8::1":                        `"2001:db8::1" is no domain name; this is the address of a computer: --host 2001:db8::1 asks that one`,
		"https://me@www.example.org:8080/a?": `"https://me@www.example.org:8080/a?" is no domain name; this is the address of a web page: write www.example.org`,
		"mailto://":                          `"mailto://" is no domain name; this is the address of a web page`,
		"jane@Example.org":                   `"jane@Example.org" is no domain name; this is a mail address: write example.org`,
		"jane@":                              `"jane@" is no domain name; this is a mail address`,
		"mx.example.org:25":                  `"mx.example.org:25" is no domain name; to ask one server at one port, write --host mx.example.org --port 25`,
		" example.org\t":                     `" example.org\t" is no domain name; there are blanks around it: write example.org`,
		"a..b":                               `"a..b" is no domain name`,
		"*.example.org":                      `"*.example.org" is no domain name`,
		"exa mple.org":                       `"exa mple.org" is no domain name`,
		"\x1b[2J.org":                        `"\x1b[2J.org" is no domain name`,
		strings.Repeat("a", 64) + ".org":     `"` + strings.Repeat("a", 64) + `.org" is no domain name`,
		strings.Repeat("a b", 1<<20):         `"` + strings.Repeat("a b", 33) + `a…" is no domain name`,
	} {
		s := (&Prober{}).find(t.Context(), z, typed)
		got := s.domain
		if got == "" {
			got = s.why
			if s.way != wayUnknown || len(s.hosts) > 0 || s.mx.asked() {
				t.Errorf("%.60q: %s", typed, shape(s))
			}
		} else if s.way != wayMX {
			t.Errorf("%.60q: %s", typed, shape(s))
		}
		if got != want {
			t.Errorf("%.60q:\n%s\nwant\n%s", typed, got, want)
		}
	}
}

// TestNamed is about a host that the user names.
func TestNamed(t *testing.T) {
	z := zoneOf(t, `
mx.example.org. A 8.8.8.8
mx.example.org. AAAA 2606:4700::1
www.example.org. CNAME mx.example.org.
xn--bcher-kva.example. A 8.8.4.4
empty.example.org. TXT x
inside.example.org. A 10.0.0.1
broken.example.org. FAIL servfail`)
	for _, test := range []struct {
		typed, want, why string
		change           func(*Prober)
	}{
		{"mx.example.org", "named; named - mx.example.org [25 587] found 8.8.8.8 2606:4700::1", "", nil},
		{"MX.example.org.", "named; named - mx.example.org [25 587] found 8.8.8.8", "", func(p *Prober) { p.NoIPv6 = true }},
		{"bücher.example", "named; named - xn--bcher-kva.example [25 587] found (bücher.example) 8.8.4.4", "", nil},
		{"www.example.org", "named; named - www.example.org [25 587] found (mx.example.org) 8.8.8.8 2606:4700::1", "", nil},
		{"192.0.2.1", "named; named - 192.0.2.1 [25 587] address 192.0.2.1", "", nil},
		{"[192.0.2.1]", "named; named - 192.0.2.1 [25 587] address 192.0.2.1", "", nil},
		{"[IPv6:2001:DB8::1]", "named; named - 2001:db8::1 [25 587] address 2001:db8::1", "", nil},
		{"192.0.2.1", "named; named - 192.0.2.1 [25 587] address", "192.0.2.1 is of the family of addresses that was not wanted", func(p *Prober) { p.NoIPv4 = true }},
		{"gone.example.org", "named; named - gone.example.org [25 587] nxdomain", "gone.example.org cannot be connected to: there is no such name", nil},
		{"empty.example.org", "named; named - empty.example.org [25 587] nodata", "empty.example.org cannot be connected to: the name exists and has no address record", nil},
		{"inside.example.org", "named; named - inside.example.org [25 587] reserved 10.0.0.1", "inside.example.org cannot be connected to: its address, 10.0.0.1, is not public", nil},
		{"broken.example.org", "named; named - broken.example.org [25 587] failed/servfail", "broken.example.org cannot be connected to: the DNS servers of the name failed (SERVFAIL), asked at zone", nil},
		{"a b", "unknown", `"a b" is no domain name`, nil},
	} {
		p := &Prober{}
		if test.change != nil {
			test.change(p)
		}
		s := p.named(t.Context(), z, test.typed, []uint16{25, 587})
		if got := shape(s); got != test.want || s.why != test.why {
			t.Errorf("%s: %s, %q\nwant %s, %q", test.typed, got, s.why, test.want, test.why)
		}
	}
	if s := (&Prober{}).named(t.Context(), z, "mx.example.org", nil); len(s.hosts[0].ports) != 1 || s.hosts[0].ports[0] != smtpPort {
		t.Errorf("without a port: %v", s.hosts[0].ports)
	}
}

// TestNamedRules is what the rules about the DNS say of hosts that the user names.
func TestNamedRules(t *testing.T) {
	z := zoneOf(t, "empty.example.org. TXT x\nbroken.example.org. FAIL servfail A\nmx.example.org. CNAME a.example.org.\na.example.org. A 8.8.8.8")
	for typed, want := range map[string]string{
		"empty.example.org":  "dns.mx-unresolved critical the name has no address: the name exists and has no address record",
		"broken.example.org": "dns.mx-unresolved undecided whether the name has an IPv4 address is not known: the DNS servers of the name failed (SERVFAIL), asked at zone",
		"10.0.0.1":           "dns.mx-reserved-address critical the name leads only to 10.0.0.1 (an address for private networks): no sender from outside can reach it there",
		"mx.example.org":     "",
		"8.8.8.8":            "",
	} {
		s := &subject{servers: (&Prober{}).named(t.Context(), z, typed, nil)}
		r := report.New(report.KindProbe)
		s.judge(t.Context(), r, checks)
		var all []string
		for _, f := range r.Findings {
			if len(f.Evidence) == 0 {
				t.Errorf("%s: no evidence", f.Text)
			}
			all = append(all, fmt.Sprintf("%s %s %s", f.Rule, f.Severity, f.Text))
		}
		for _, u := range r.Undecided {
			all = append(all, fmt.Sprintf("%s undecided %s", u.Rule, u.Why))
		}
		if got := strings.Join(all, "\n"); got != want {
			t.Errorf("%s: %s\nwant %s", typed, got, want)
		}
	}
}

// TestBounds has a stranger who names as many hosts and addresses as fit into answers.
func TestBounds(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "example.org. MX %d mx%d.example.org.\n_submission._tcp.example.org. SRV %d 0 587 s%d.example.org.\n", i, i, i, i)
		fmt.Fprintf(&b, "*.example.org. A 8.8.%d.%d\n*.example.org. AAAA 2606:4700::%x\n", i/250, i%250, i)
	}
	c := &counting{Resolver: zoneOf(t, b.String())}
	s := (&Prober{Submission: true}).find(t.Context(), c, "example.org")
	if len(s.hosts) != maxHosts+maxServices || len(s.beyond) != 1000-maxHosts {
		t.Errorf("%d hosts, %d beyond", len(s.hosts), len(s.beyond))
	}
	for _, h := range s.hosts {
		if len(h.addresses) != maxAddresses || len(h.beyond) != 2000-maxAddresses || !h.addresses[0].Is4() || h.addresses[maxAddresses/2].Is4() {
			t.Errorf("%s: %d addresses, %d beyond", h.Name, len(h.addresses), len(h.beyond))
		}
	}
	if want := 3 + 2*(maxHosts+maxServices); c.total() != want {
		t.Errorf("%d questions, want %d", c.total(), want)
	}
	for _, test := range []struct{ v4, v6, want4, want6 int }{{20, 0, 16, 0}, {0, 20, 0, 16}, {20, 20, 8, 8}, {20, 3, 13, 3}, {3, 20, 3, 13}, {1, 1, 1, 1}, {0, 0, 0, 0}} {
		kept, beyond := bounded(make([]netip.Addr, test.v4), make([]netip.Addr, test.v6))
		if len(kept) != test.want4+test.want6 || len(kept)+len(beyond) != test.v4+test.v6 {
			t.Errorf("%+v: %d kept, %d beyond", test, len(kept), len(beyond))
		}
	}
}

// failing is a Resolver that does not do as it should.
type failing func() error

func (f failing) Lookup(context.Context, string, dns.Type) (*dns.Answer, error) { return nil, f() }

func TestBadResolver(t *testing.T) {
	for name, f := range map[string]failing{
		"an error of another kind": func() error { return errors.New("out of order") },
		"a panic":                  func() error { panic("out of order") },
	} {
		s := (&Prober{Submission: true}).find(t.Context(), f, "example.org")
		if s.way != wayUnknown || s.mx.err == nil || s.submission.err == nil {
			t.Errorf("%s: %s", name, shape(s))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := (&Prober{}).find(ctx, &dns.Cache{Resolver: failing(func() error { select {} })}, "example.org")
	if s.way != wayUnknown || s.mx.err.Cause != dns.Canceled {
		t.Errorf("canceled: %s, %v", s.way, s.mx.err)
	}
}

// FuzzNames: what users type, and what strangers put into MX records, is taken or
// refused in few words, and never both a host and an address.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"example.org", "bücher.example", "192.0.2.1", "[IPv6:2001:db8::1]", "https://a@b:1/c", "a@b@c", "mx.example.org:25", `a\032b`, `1\.2`, `\25`, "localhost", "1.2.3.4.example.org"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := domainName(s)
		if (err == nil) != (name != "") || err != nil && len(err.Error()) > 4*maxShown*4+200 {
			t.Errorf("%.80q: %q, %v", s, name, err)
		}
		if again, err := domainName(name); name != "" && (err != nil || again != name) {
			t.Errorf("%.80q: %q, and of that %q, %v", s, name, again, err)
		}
		if isHost(s) && (addressLiteral(s).IsValid() || insideOnly(s) != "" && !strings.HasSuffix(s, insideOnly(s))) {
			t.Errorf("%.80q is a host and an address", s)
		}
		unescaped(s)
		addressAt(s, "example.org")
		spelled(s)
		if term, _ := lets(s); len(term) > len(s) {
			t.Errorf("%.80q lets %q", s, term)
		}
	})
}
