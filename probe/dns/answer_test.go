package dns

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func TestAliases(t *testing.T) {
	chain := func(n int) []string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("a%d.example.org. %d CNAME a%d.example.org.", i, 900-i%100, i+1))
		}
		return append(all, fmt.Sprintf("a%d.example.org. 950 A 192.0.2.1", n))
	}
	whole := func(records ...string) behaviour {
		return func(q *dns.Msg, network string) [][]byte {
			m := answering(q, records...)
			m.Compress = true
			if network == "udp" && m.Len() > udpSize {
				m.Answer, m.Truncated = nil, true
			}
			return send(network, packed(m))
		}
	}
	step := func(next func(int) int) behaviour { // One alias for each question.
		return func(q *dns.Msg, network string) [][]byte {
			var i int
			_, _ = fmt.Sscanf(q.Question[0].Name, "a%d.", &i)
			if i == 5 && next(5) == 6 {
				return send(network, packed(answering(q, "a5.example.org. 7 A 192.0.2.1")))
			}
			return send(network, packed(answering(q, fmt.Sprintf("a%d.example.org. 60 CNAME a%d.example.org.", i, next(i)))))
		}
	}
	for _, test := range []struct {
		name    string
		respond behaviour
		want    string
		aliases int
	}{
		{"chain in the answer", whole(chain(3)...), "found 1 14m58s", 3},
		{"in another order", whole("a1.example.org. 60 A 192.0.2.1", "a0.example.org. 60 CNAME A1.example.org."), "found 1 1m0s", 1},
		{"left open", step(func(i int) int { return i + 1 }), "found 1 7s", 5},
		{"loop in the answer", whole("a0.example.org. 60 CNAME a1.example.org.", "a1.example.org. 60 CNAME a0.example.org."), "alias-loop", 0},
		{"itself", whole("a0.example.org. 60 CNAME a0.example.org."), "alias-loop", 0},
		{"loop over questions", step(func(i int) int { return (i + 1) % 4 }), "alias-loop", 0},
		{"a thousand in the answer", whole(chain(1000)...), "alias-loop", 0},
		{"on and on", step(func(i int) int { return i + 100 }), "alias-loop", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, test.respond)
			a, err := client(s).Lookup(context.Background(), "a0.example.org", A)
			if got := told(a, err); got != test.want {
				t.Errorf("%s, want %s (%v)", got, test.want, err)
			}
			if a != nil && len(a.Alias) != test.aliases {
				t.Errorf("aliases %q", a.Alias)
			}
			if n := s.count(); n > 2*maxAliases+2 {
				t.Errorf("%d questions", n)
			}
		})
	}
}

// TestBig has the longest answers that a message can hold, and one that makes the most
// of compression.
func TestBig(t *testing.T) {
	text := strings.Repeat(`\255`, 255)
	reply := func(q *dns.Msg) *dns.Msg {
		m := answering(q)
		hdr := dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET}
		switch {
		case strings.HasPrefix(hdr.Name, "text"):
			m.Answer = append(m.Answer, &dns.TXT{Hdr: hdr, Txt: make([]string, 255)})
			for i := range 255 {
				m.Answer[0].(*dns.TXT).Txt[i] = text
			}
		case strings.HasPrefix(hdr.Name, "bomb"):
			m.Compress = true
			label := strings.Repeat("x", 60)
			for i := range maxRecords {
				m.Answer = append(m.Answer, &dns.MX{Hdr: hdr, Mx: fmt.Sprintf("%d.%[2]s.%[2]s.%[2]s.", i, label)})
				m.Answer[i].Header().Rrtype = dns.TypeMX
			}
		}
		return m
	}
	s := startServer(t, func(q *dns.Msg, network string) [][]byte {
		m := answering(q)
		if m.Truncated = network == "udp"; !m.Truncated {
			m = reply(q)
		}
		return send(network, packed(m))
	})
	a, err := client(s).Lookup(context.Background(), "text.example", TXT)
	if err != nil || len(a.Records) != 1 || len(a.Records[0].Text) != 255*255 {
		t.Errorf("text: %s, %v", told(a, err), err)
	}
	a, err = client(s).Lookup(context.Background(), "bomb.example", MX)
	if err != nil || len(a.Records) != maxRecords {
		t.Errorf("bomb: %s, %v", told(a, err), err)
	}
}
