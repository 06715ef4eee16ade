package auth

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"

	"mailtrace/probe/dns"
)

// milterZone reads the zone file of authentication_milter, which is none by the book:
// quotes are optional, and one is unbalanced.
func milterZone(t *testing.T) dmarcZone {
	data, err := os.ReadFile(corpora(t, "e2e", "authentication_milter", "zonefile"))
	if err != nil {
		t.Skipf("no suite: %v", err)
	}
	z := dmarcZone{}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		at := -1
		for i := 1; i < min(len(f), 5); i++ {
			switch f[i] {
			case "A", "AAAA", "PTR", "CNAME", "TXT", "MX", "NS":
				if at < 0 {
					at = i
				}
			}
		}
		if at < 0 || at+1 >= len(f) || strings.HasPrefix(line, ";") {
			continue
		}
		key := strings.TrimSuffix(f[0], ".") + " " + f[at]
		value := strings.TrimSuffix(f[at+1], ".")
		if f[at] == "TXT" {
			value = strings.Trim(strings.Join(f[at+1:], " "), `"() `)
			value = strings.ReplaceAll(strings.ReplaceAll(value, `" "`, ""), `"`, "")
		}
		if old := z[key]; old != "" {
			value = old + "|" + value
		}
		z[key] = value
	}
	return z
}

// TestEndToEnd compares DMARC and iprev with what authentication_milter wrote, on
// what it found by SPF and DKIM.
func TestEndToEnd(t *testing.T) {
	type row struct {
		ID, EML, Prefix, Desc string
		ClientIP              string `json:"client_ip"`
		Expect                struct {
			Results []string `json:"authentication_results"`
		}
	}
	z := milterZone(t)
	var values []value
	compared := 0
	for _, c := range jsonLines[row](t, corpora(t, "e2e", "authentication_milter", "cases.jsonl")) {
		for _, field := range c.Expect.Results {
			r := ParseResults(fieldValue(field))
			if len(r.Faults) > 0 && len(r.Results) == 0 {
				t.Errorf("%s: %v", c.ID, r.Faults)
			}
			if want, ok := r.First("dmarc"); ok {
				m := openMessage(t, corpora(t, "e2e", "authentication_milter", c.EML))
				d := CheckDMARC(context.Background(), z, DMARCInput{From: fromDomains(m.Fields), Identifiers: identifiers(r)})
				head := strings.Join(d.Trace(), "\n\t")
				values = append(values, value{c.ID, "dmarc", string(d.RFC7489.Status), string(want.Status), head},
					value{c.ID, "dmarc 9989", string(d.Status()), string(want.Status), head},
					value{c.ID, "header.from", d.Domain, want.Prop("header", "from"), head})
				if p := want.Prop("policy", "published-domain-policy"); p != "" && d.RFC7489.Record != nil {
					values = append(values, value{c.ID, "policy", string(d.RFC7489.Record.P), p, head})
				}
				compared++
			}
			if want, ok := r.First("iprev"); ok {
				ip := want.Prop("smtp", "remote-ip") // "ip map" cases stand for another peer.
				p := CheckIprev(context.Background(), z, netip.MustParseAddr(ip))
				name := strings.Join(want.Comments, " ")
				if name == "NOT FOUND" {
					name = ""
				}
				values = append(values, value{c.ID, "iprev", string(p.Status), string(want.Status), p.Reason},
					value{c.ID, "iprev name", p.Name, name, p.Reason})
			}
		}
	}
	t.Logf("%d results of DMARC", compared)
	suites(t, values, "milter-", "smtp-")
}

// identifiers are the results of SPF and DKIM in a field.
func identifiers(r Results) (ids []DMARCIdentifier) {
	for res := range r.All("spf") {
		name := path(res.Prop("smtp", "mailfrom"))
		if _, d, ok := cutLast(name, "@"); ok {
			name = d
		}
		if name == "" {
			name = res.Prop("smtp", "helo")
		}
		ids = append(ids, DMARCIdentifier{"spf", strings.TrimSpace(name), res.Status})
	}
	for res := range r.All("dkim") {
		ids = append(ids, DMARCIdentifier{"dkim", res.Prop("header", "d"), res.Status})
	}
	return ids
}

var _ dns.Resolver = dmarcZone{}
