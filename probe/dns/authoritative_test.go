package dns

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// TestAuthoritative is what name servers do when they are asked by themselves.
func TestAuthoritative(t *testing.T) {
	with := func(change func(m *dns.Msg)) behaviour {
		return func(q *dns.Msg, network string) [][]byte {
			m := answering(q, "example.org. 60 SOA ns.example.org. hm.example.org. 2026112501 2 3 4 5")
			m.RecursionAvailable, m.Authoritative = false, true
			change(m)
			return send(network, packed(m))
		}
	}
	cname, _ := dns.NewRR("example.org. 60 CNAME example.net.")
	ns, _ := dns.NewRR("example.org. 900 NS ns.example.net.")
	for _, test := range []struct {
		name    string
		respond behaviour
		want    string
		lame    bool
	}{
		{"answers", with(func(*dns.Msg) {}), "found 1 1m0s", false},
		{"asked to ask others", func(q *dns.Msg, network string) [][]byte {
			if q.RecursionDesired {
				return nil
			}
			return with(func(*dns.Msg) {})(q, network)
		}, "found 1 1m0s", false},
		{"from its memory", with(func(m *dns.Msg) { m.Authoritative = false }), "refused", true},
		{"leads elsewhere", with(func(m *dns.Msg) { m.Authoritative, m.Answer, m.Ns = false, nil, []dns.RR{ns} }), "refused", true},
		{"REFUSED", with(func(m *dns.Msg) { m.Answer, m.Rcode = nil, dns.RcodeRefused }), "refused", true},
		{"NOTAUTH", with(func(m *dns.Msg) { m.Answer, m.Rcode = nil, dns.RcodeNotAuth }), "refused", true},
		{"SERVFAIL", with(func(m *dns.Msg) { m.Answer, m.Rcode = nil, dns.RcodeServerFailure }), "servfail", false},
		{"no such name", with(func(m *dns.Msg) { m.Answer, m.Rcode = nil, dns.RcodeNameError }), "nxdomain 0 0s", false},
		{"an alias that leads out of the zone", with(func(m *dns.Msg) { m.Answer = []dns.RR{cname} }), "nodata 0 1m0s", false},
		{"silence", func(*dns.Msg, string) [][]byte { return nil }, "timeout", false},
		{"garbage", func(*dns.Msg, string) [][]byte { return [][]byte{[]byte("HTTP/1.1 400 Bad Request\r\n\r\n")} }, "malformed", false},
		{"does not know EDNS", func(q *dns.Msg, network string) [][]byte {
			if q.IsEdns0() != nil {
				return with(func(m *dns.Msg) { m.Answer, m.Rcode = nil, dns.RcodeFormatError })(q, network)
			}
			return with(func(*dns.Msg) {})(q, network)
		}, "found 1 1m0s", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := &Authoritative{Server: startServer(t, test.respond).Address, Timeout: 300 * time.Millisecond}
			answer, err := a.Lookup(context.Background(), "Example.org", SOA)
			if got := told(answer, err); got != test.want || errors.Is(err, ErrNotAuthoritative) != test.lame {
				t.Errorf("%s, want %s (%v)", got, test.want, err)
			}
			if err == nil && len(answer.Records) > 0 && answer.Records[0].Serial != 2026112501 {
				t.Errorf("serial %d", answer.Records[0].Serial)
			}
		})
	}
}
