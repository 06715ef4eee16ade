package auth

import (
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"strings"
	"testing"

	"mailtrace/probe/dns"
)

// spfZone answers from a map, and knows how names fail. It counts what it is asked.
type spfZone struct {
	answers map[spfAsk]*dns.Answer
	names   map[string]bool
	fails   map[string]dns.Cause // Of every type that a name has not.
	aliases map[string]string
}

type spfAsk struct {
	name  string
	qtype dns.Type
}

func newSPFZone() *spfZone {
	return &spfZone{map[spfAsk]*dns.Answer{}, map[string]bool{}, map[string]dns.Cause{}, map[string]string{}}
}

func (z *spfZone) add(name string, qtype dns.Type, r dns.Record) {
	name = strings.TrimSuffix(lower(name), ".")
	z.names[name] = true
	key := spfAsk{name, qtype}
	if z.answers[key] == nil {
		z.answers[key] = &dns.Answer{Name: name, Type: qtype, Status: dns.Found}
	}
	z.answers[key].Records = append(z.answers[key].Records, r)
}

func (z *spfZone) txt(name, text string) { z.add(name, dns.TXT, dns.Record{Text: []byte(text)}) }

func (z *spfZone) ip(name string, addrs ...string) {
	for _, s := range addrs {
		a := netip.MustParseAddr(s)
		z.add(name, map[bool]dns.Type{true: dns.A, false: dns.AAAA}[a.Is4()], dns.Record{Address: a})
	}
}

func (z *spfZone) Lookup(ctx context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	if ctx.Err() != nil {
		return nil, &dns.Error{Name: name, Type: qtype, Cause: dns.Canceled, Err: ctx.Err()}
	}
	name = strings.TrimSuffix(lower(name), ".")
	asked := name
	for range 8 {
		if a := z.answers[spfAsk{name, qtype}]; a != nil {
			return a, nil
		}
		to, ok := z.aliases[name]
		if !ok {
			if c := z.fails[name]; c != "" {
				return nil, &dns.Error{Name: name, Type: qtype, Cause: c}
			}
			status := dns.NXDomain
			if z.names[name] {
				status = dns.NoData
			}
			return &dns.Answer{Name: asked, Type: qtype, Status: status}, nil
		}
		name = to
	}
	return nil, &dns.Error{Name: asked, Type: qtype, Cause: dns.AliasLoop}
}

// spfZones reads the zones of a suite, by scenario.
func spfZones(t testing.TB, suite string) map[string]*spfZone {
	data, err := os.ReadFile(corpora(t, "spf", suite+"-tests.zones.json"))
	if err != nil {
		t.Skipf("no suite: %v", err)
	}
	var all map[string]map[string][]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	out := map[string]*spfZone{}
	for scenario, names := range all {
		z := newSPFZone()
		for name, records := range names {
			z.read(t, strings.TrimSuffix(lower(name), "."), records)
		}
		out[scenario] = z
	}
	return out
}

// read takes the records of one name in. Records of type SPF stand for TXT records
// where there are none of these; "NONE" forbids that.
func (z *spfZone) read(t testing.TB, name string, records []json.RawMessage) {
	z.names[name] = true
	var spf []string
	hasTXT := false
	for _, raw := range records {
		var word string
		if json.Unmarshal(raw, &word) == nil {
			z.fails[name] = dns.Timeout
			continue
		}
		var r map[string]any
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatal(err)
		}
		for kind, v := range r {
			text, _ := v.(string)
			switch kind {
			case "TIMEOUT":
				z.fails[name] = dns.Timeout
			case "SERVFAIL":
				z.fails[name] = dns.ServFail
			case "SPF":
				spf = append(spf, joined(v))
			case "TXT":
				if hasTXT = true; text != "NONE" {
					z.txt(name, joined(v))
				}
			case "A", "AAAA":
				z.ip(name, text)
			case "PTR":
				z.add(name, dns.PTR, dns.Record{Target: strings.TrimSuffix(lower(text), ".")})
			case "CNAME":
				z.aliases[name] = strings.TrimSuffix(lower(text), ".")
			case "MX":
				mx := v.([]any)
				z.add(name, dns.MX, dns.Record{Priority: uint16(mx[0].(float64)), Target: strings.TrimSuffix(lower(mx[1].(string)), ".")})
			default:
				t.Fatalf("%s: a record of type %s", name, kind)
			}
		}
	}
	if !hasTXT {
		for _, s := range spf {
			z.txt(name, s)
		}
	}
}

// joined are the strings of a TXT record as one. The file holds bytes as the
// characters of Latin-1.
func joined(v any) string {
	text, _ := v.(string)
	if list, ok := v.([]any); ok {
		for _, s := range list {
			text += s.(string)
		}
	}
	out := make([]byte, 0, len(text))
	for _, r := range text {
		out = append(out, byte(r))
	}
	return string(out)
}

// spfCase is a row of a suite.
type spfCase struct {
	ID, Scenario         string
	HELO, MailFrom, Host string
	Expect               struct {
		Result      []string
		Explanation string
	}
}

func (c spfCase) query() SPFQuery {
	return SPFQuery{IP: netip.MustParseAddr(c.Host), HELO: c.HELO, MailFrom: c.MailFrom, AllowMacros: true}
}
