package auth

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestIprev(t *testing.T) {
	var eleven, many []string
	for i := range 40 {
		many = append(many, fmt.Sprintf("h%d.example.com", i))
	}
	eleven = append(append(eleven, many[:10]...), "mail.example.com")
	const v4, v6 = "192.0.2.25", "2001:db8::25"
	r4, r6 := ReverseName(netip.MustParseAddr(v4))+" PTR", ReverseName(netip.MustParseAddr(v6))+" PTR"
	for _, c := range []struct {
		name, address string
		zone          dmarcZone
		want          Status
		confirmed     string
		why           string
	}{
		{"agrees", v4, dmarcZone{r4: "mail.example.com", "mail.example.com A": "192.0.2.1|192.0.2.25"}, Pass, "mail.example.com", "is named mail.example.com"},
		{"IPv6", v6, dmarcZone{r6: "mail.example.com", "mail.example.com AAAA": v6}, Pass, "mail.example.com", "has this address"},
		{"IPv4 in IPv6", "::ffff:192.0.2.25", dmarcZone{r4: "mail.example.com", "mail.example.com A": v4}, Pass, "mail.example.com", ""},
		{"the second", v4, dmarcZone{r4: "a.example.com|mail.example.com", "a.example.com A": "!servfail", "mail.example.com A": v4}, Pass, "mail.example.com", ""},
		{"aliases", v4, dmarcZone{"25.2.0.192.in-addr.arpa CNAME": "25.0-63.example.net", "25.0-63.example.net PTR": "mail.example.com", "mail.example.com A": v4}, Pass, "mail.example.com", ""},
		{"other address", v4, dmarcZone{r4: "mail.example.com", "mail.example.com A": "192.0.2.1"}, Fail, "", "but that name does not lead back"},
		{"no address", v4, dmarcZone{r4: "mail.example.com"}, Fail, "", "does not lead back"},
		{"no host name", v4, dmarcZone{r4: "ida smith@example.com|192.0.2.25"}, Fail, "", "none of the 2 names"},
		{"no name", v4, dmarcZone{}, PermError, "", "has no name"},
		{"name not known", v4, dmarcZone{r4: "!timeout"}, TempError, "", "in time"},
		{"nobody asked", v4, dmarcZone{r4: "!offline"}, Undecided, "", "offline"},
		{"address not known", v4, dmarcZone{r4: "a.example.com|b.example.com", "a.example.com A": "!servfail", "b.example.com A": "192.0.2.1"}, TempError, "", "a.example.com"},
		{"not recorded", v4, dmarcZone{r4: "a.example.com|b.example.com", "a.example.com A": "!servfail", "b.example.com A": "!not-recorded"}, Undecided, "", "b.example.com"},
		{"a circle", v4, dmarcZone{r4: "a.example.com", "a.example.com A": "!alias-loop"}, Fail, "", ""},
		{"the eleventh", v4, dmarcZone{r4: strings.Join(eleven, "|"), "mail.example.com A": v4}, Undecided, "", "1 more were not looked up"},
		{"forty", v4, dmarcZone{r4: strings.Join(many, "|")}, Undecided, "", "30 more"},
	} {
		n := 0
		p := CheckIprev(context.Background(), dmarcCounting{c.zone, &n}, netip.MustParseAddr(c.address))
		if p.Status != c.want || p.Name != c.confirmed || !strings.Contains(p.Reason, c.why) || p.Reason == "" {
			t.Errorf("%s: %s %q: %s", c.name, p.Status, p.Name, p.Reason)
		}
		if n > 1+MaxIprevNames {
			t.Errorf("%s: %d questions", c.name, n)
		}
		if (p.Status == TempError || p.Status == Undecided && p.More == 0) != (p.Err != nil) {
			t.Errorf("%s: %s, %v", c.name, p.Status, p.Err)
		}
	}
	if p := CheckIprev(context.Background(), dmarcZone{}, netip.Addr{}); p.Status != None {
		t.Errorf("no address: %s", p.Status)
	}
	if p := CheckIprev(context.Background(), nil, netip.MustParseAddr(v4)); p.Status != Undecided {
		t.Errorf("no resolver: %s", p.Status)
	}
}

func TestReverseName(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.25":        "25.2.0.192.in-addr.arpa",
		"::ffff:192.0.2.25": "25.2.0.192.in-addr.arpa",
		"2001:db8::25":      "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
	} {
		if got := ReverseName(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
