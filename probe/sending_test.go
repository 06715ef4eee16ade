package probe

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// goodSender is the DNS of a server that has all that receivers ask for.
const goodSender = `25.2.0.192.in-addr.arpa. PTR mail.example.org.
mail.example.org. A 192.0.2.25
mail.example.org. TXT "v=spf1 a -all"
example.org. TXT "v=spf1 ip4:192.0.2.25 -all"
_dmarc.example.org. TXT "v=DMARC1; p=reject"
`

func sender(t *testing.T, resolver dns.Resolver, s Sending) *report.Report {
	t.Helper()
	p := &Prober{AllowPrivate: true, Now: clock, DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: resolver} }}
	r := p.Sending(t.Context(), s)
	valid(t, r)
	return r
}

// TestSendingQuiet: of a good server no rule has anything to say: those for servers that
// receive are silent too, for they have nothing to look at.
func TestSendingQuiet(t *testing.T) {
	r := sender(t, zoneOf(t, goodSender), Sending{netip.MustParseAddr("192.0.2.25"), "mail.example.org", "example.org"})
	if len(r.Findings)+len(r.Undecided) > 0 || r.Error != "" || len(r.Hosts)+len(r.Verdicts) > 0 {
		t.Errorf("findings %+v, undecided %+v, error %q", r.Findings, r.Undecided, r.Error)
	}
	for _, a := range r.Auth {
		if a.Status != "pass" || a.By != report.ByUs {
			t.Errorf("%+v", a)
		}
	}
	if len(r.Auth) != 3 || !r.Judged() {
		t.Errorf("%d results", len(r.Auth))
	}
}

// TestSendingUnanswered: where nobody answers nothing is found, each rule that was to look
// says that it could not, and the report says that nothing was judged.
func TestSendingUnanswered(t *testing.T) {
	r := sender(t, dns.Nobody{}, Sending{netip.MustParseAddr("192.0.2.25"), "mail.example.org", "example.org"})
	var open []string
	for _, u := range r.Undecided {
		open = append(open, u.Rule)
	}
	want := []string{"dns.sending-ptr-missing", "smtp.sending-helo-unresolved", "spf.sending-mail-from", "spf.sending-helo", "dmarc.sending-none"}
	if len(r.Findings) > 0 || r.Judged() || !slices.Equal(open, want) {
		t.Errorf("findings %+v, undecided %v", r.Findings, open)
	}
}

// broken fails in ways in which no resolver may.
type broken struct{}

func (broken) Lookup(context.Context, string, dns.Type) (*dns.Answer, error) { panic("broken") }

// TestBrokenResolver: a fault of ours costs no more than what hangs on it.
func TestBrokenResolver(t *testing.T) {
	r := sender(t, broken{}, Sending{netip.MustParseAddr("2001:db8::25"), "mail.example.org", "example.org"})
	if len(r.Findings) > 0 || len(r.Undecided) < 4 || r.Error != "" {
		t.Errorf("findings %+v, undecided %+v, error %q", r.Findings, r.Undecided, r.Error)
	}
	p := &Prober{
		AllowPrivate: true, Authoritative: true, Blocklists: []string{"list.example"}, Now: clock,
		DNS:    func() *dns.Recorder { return &dns.Recorder{Resolver: zoneOf(t, nsZone)} },
		Server: func(netip.AddrPort) dns.Resolver { panic("broken") },
	}
	r = p.Domain(t.Context(), "example.org")
	valid(t, r)
	if len(r.NameServers) != 1 || r.NameServers[0].Status != "failed" || !strings.Contains(r.NameServers[0].Why, "mailtrace itself failed") {
		t.Errorf("%+v", r.NameServers)
	}
}

const nsZone = "example.org. NS ns.example.org.\nns.example.org. A 192.0.2.53\nexample.org. MX 0 .\n"

// TestSilentNameServers: a server that is silent is asked no more than the first question.
func TestSilentNameServers(t *testing.T) {
	slow := func(netip.AddrPort) dns.Resolver { return sleeper{} }
	p := &Prober{AllowPrivate: true, Authoritative: true, Now: clock, Server: slow, DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: zoneOf(t, nsZone)} }}
	began := time.Now()
	r := p.Domain(t.Context(), "example.org")
	if took := time.Since(began); took > 5*time.Second || len(r.NameServers) != 1 || r.NameServers[0].Status != "failed" {
		t.Errorf("%s, %+v", took, r.NameServers)
	}
}

// sleeper answers after a while that nothing came.
type sleeper struct{}

func (sleeper) Lookup(_ context.Context, name string, t dns.Type) (*dns.Answer, error) {
	time.Sleep(50 * time.Millisecond)
	return nil, &dns.Error{Name: name, Type: t, Cause: dns.Timeout}
}

// FuzzGenericName: any name may stand at an address.
func FuzzGenericName(f *testing.F) {
	f.Add("192-0-2-10.dsl.example", "192.0.2.10")
	f.Add("99999999999999999999.0.2.10", "192.0.2.10")
	f.Add("2001-db8--25.example", "2001:db8::25")
	f.Add("\xff\x00.", "::")
	f.Fuzz(func(t *testing.T, name, address string) {
		a, err := netip.ParseAddr(address)
		if err != nil {
			return
		}
		if why := genericName(name, a.Unmap().WithZone("")); len(why) > 60 {
			t.Errorf("%q: %s", name, why)
		}
	})
}

// FuzzListAnswer: a list may answer with any address.
func FuzzListAnswer(f *testing.F) {
	f.Add(uint32(0x7f000002), "list.example")
	f.Add(uint32(0x7ffffffe), "dnswl.org")
	f.Fuzz(func(t *testing.T, n uint32, zone string) {
		a := netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		result, why := listResult(lookup{answer: &dns.Answer{Records: []dns.Record{{Address: a}}}}, zone)
		if (result == report.Listed) != (why == "") || result == report.Listed && a.As4()[0] != 127 {
			t.Errorf("%s: %s, %q", a, result, why)
		}
		if name := listName(a, zone); !strings.HasSuffix(name, "."+zone) {
			t.Errorf("%s", name)
		}
	})
}

// TestListName holds the names to those of RFC 5782 sections 2.1, 2.4 and 5.
func TestListName(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.99":                "99.2.0.192.bad.example.com",
		"2001:db8:1:2:3:4:567:89ab": "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bad.example.com",
		"::ffff:127.0.0.2":          "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bad.example.com",
	} {
		if got := listName(netip.MustParseAddr(address), "bad.example.com"); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

// TestSendingOctets: what is no text may be said behind EHLO, and be the reason of a list.
func TestSendingOctets(t *testing.T) {
	p := &Prober{
		AllowPrivate: true, Now: clock, Blocklists: []string{"list.example"},
		DNS: func() *dns.Recorder {
			return &dns.Recorder{Resolver: zoneOf(t, goodSender+"2.0.0.127.list.example. A 127.0.0.2\n25.2.0.192.list.example. A 127.0.0.2\n25.2.0.192.list.example. TXT \"\\255\\000\\027[2J\"\n")}
		},
	}
	r := p.Sending(t.Context(), Sending{netip.MustParseAddr("192.0.2.25"), "\xff\x1b[2J\r\nDATA", "\xff.example"})
	valid(t, r)
	if len(r.Listings) != 1 || r.Listings[0].Result != report.Listed {
		t.Errorf("%+v", r.Listings)
	}
}
