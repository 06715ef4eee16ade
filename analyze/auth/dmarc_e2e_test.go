package auth

import (
	"context"
	"encoding/base64"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

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

// TestEndToEnd compares what is found of the message, on the peer and the DNS that
// authentication_milter had, with what that wrote: SPF and DKIM, on them DMARC, and
// iprev; method, result and properties.
func TestEndToEnd(t *testing.T) {
	type row struct {
		ID, EML, Prefix, Desc, HELO, MailFrom string
		ClientIP                              string `json:"client_ip"`
		Expect                                struct {
			Results []string `json:"authentication_results"`
		}
	}
	z := milterZone(t)
	var values []value
	compared := map[string]int{}
	sent := time.Date(2015, 1, 25, 3, 35, 19, 0, time.UTC) // Most of the messages; the keys are of that time.
	for _, c := range jsonLines[row](t, corpora(t, "e2e", "authentication_milter", "cases.jsonl")) {
		for _, field := range c.Expect.Results {
			r := ParseResults(fieldValue(field))
			if len(r.Faults) > 0 && len(r.Results) == 0 {
				t.Errorf("%s: %v", c.ID, r.Faults)
			}
			m := openMessage(t, corpora(t, "e2e", "authentication_milter", c.EML))
			add := func(name, got, want, why string) { values = append(values, value{c.ID, name, got, want, why}) }
			ids := endToEndSPF(z, r, SPFQuery{IP: netip.MustParseAddr(c.ClientIP), HELO: c.HELO, MailFrom: c.MailFrom}, add)
			signed := Verifier{DNS: z}.Verify(t.Context(), m, sent).DKIM
			for _, s := range signed {
				ids = append(ids, DMARCIdentifier{"dkim", s.Domain, s.Status})
			}
			endToEndDKIM(r, signed, add)
			if want, ok := r.First("dmarc"); ok {
				d := CheckDMARC(context.Background(), z, DMARCInput{From: fromDomains(m.Fields), Identifiers: ids})
				head := strings.Join(d.Trace(), "\n\t")
				add("dmarc", string(d.RFC7489.Status), string(want.Status), head)
				add("dmarc 9989", string(d.Status()), string(want.Status), head)
				add("header.from", d.Domain, want.Prop("header", "from"), head)
				if p := want.Prop("policy", "published-domain-policy"); p != "" && d.RFC7489.Record != nil {
					add("policy", string(d.RFC7489.Record.P), p, head)
				}
			}
			if want, ok := r.First("iprev"); ok {
				ip := want.Prop("smtp", "remote-ip") // "ip map" cases stand for another peer.
				p := CheckIprev(context.Background(), z, netip.MustParseAddr(ip))
				name := strings.Join(want.Comments, " ")
				if name == "NOT FOUND" {
					name = ""
				}
				add("iprev", string(p.Status), string(want.Status), p.Reason)
				add("iprev name", p.Name, name, p.Reason)
			}
			for _, one := range r.Results {
				compared[one.Method]++
			}
		}
	}
	t.Logf("results: %v", compared)
	suites(t, values, "milter-", "smtp-")
}

// endToEndSPF compares SPF. The "ip map" cases of the suite put another peer in the
// place of the one that connects.
func endToEndSPF(z dmarcZone, r Results, q SPFQuery, add func(name, got, want, why string)) []DMARCIdentifier {
	if iprev, ok := r.First("iprev"); ok && iprev.Prop("smtp", "remote-ip") != "" {
		q.IP = netip.MustParseAddr(iprev.Prop("smtp", "remote-ip"))
	}
	want, ok := r.First("spf")
	if ok && want.Prop("smtp", "helo") != "" {
		q.HELO = want.Prop("smtp", "helo")
	}
	got := CheckSPF(context.Background(), z, q)
	why := got.Trace[len(got.Trace)-1].String()
	if ok {
		add("spf", string(got.Status), string(want.Status), why)
		domain := q.HELO
		if from := path(want.Prop("smtp", "mailfrom")); from != "" {
			_, domain, _ = cutLast(from, "@")
		}
		add("spf domain", got.Domain, domain, why)
	}
	return []DMARCIdentifier{{"spf", got.Domain, got.Status}}
}

// endToEndDKIM compares each result with the signature that it is about.
func endToEndDKIM(r Results, signed []Signature, add func(name, got, want, why string)) {
	for want := range r.All("dkim") {
		if want.Status == None {
			add("dkim", strconv.Itoa(len(signed)), "0", "signatures")
			continue
		}
		found := false
		for _, s := range signed {
			if b := base64.StdEncoding.EncodeToString(s.signature); s.Domain != want.Prop("header", "d") || !strings.HasPrefix(b, want.Prop("header", "b")) {
				continue
			}
			found = true
			identity := s.Identity
			if identity == "" {
				identity = "@" + s.Domain
			}
			add("dkim", string(s.Status), string(want.Status), s.Reason)
			add("header.s", s.Selector, want.Prop("header", "s"), s.Reason)
			add("header.i", identity, want.Prop("header", "i"), s.Reason)
			add("header.a", s.Algorithm, want.Prop("header", "a"), s.Reason)
		}
		if !found {
			add("dkim", "no such signature", want.Prop("header", "d"), "")
		}
	}
}

var _ dns.Resolver = dmarcZone{}
