package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

type mailauthRow struct {
	ID    string
	Input []struct {
		HeaderFrom              any
		DKIMDomains, SPFDomains []any
	}
	Zone   map[string]map[string]json.RawMessage
	Expect struct {
		Asserts []struct {
			Path, Op string
			Value    any
		}
	}
}

func (c mailauthRow) zone(t *testing.T) dmarcZone {
	z := dmarcZone{}
	for name, types := range c.Zone {
		var texts [][]string
		if raw := types["TXT"]; json.Unmarshal(raw, &texts) != nil {
			z[name+" TXT"] = "!timeout"
			continue
		}
		for _, strs := range texts {
			z[name+" TXT"] = strings.Join(strs, "")
		}
	}
	return z
}

func (c mailauthRow) evaluate(t *testing.T) *DMARC {
	in := DMARCInput{}
	add := func(from any) {
		s := fmt.Sprint(from)
		_, d, ok := cutLast(s, "@")
		if !ok {
			d = s
		}
		in.From = append(in.From, d)
	}
	i := c.Input[0]
	if list, ok := i.HeaderFrom.([]any); ok {
		for _, f := range list {
			add(f)
		}
	} else {
		add(i.HeaderFrom)
	}
	for method, domains := range map[string][]any{"spf": i.SPFDomains, "dkim": i.DKIMDomains} {
		for _, d := range domains {
			if m, ok := d.(map[string]any); ok {
				d = m["domain"]
			}
			in.Identifiers = append(in.Identifiers, DMARCIdentifier{method, d.(string), Pass})
		}
	}
	return CheckDMARC(context.Background(), c.zone(t), in)
}

func TestSuiteDMARCMailauth(t *testing.T) {
	var values []value
	left := 0
	for _, c := range jsonLines[mailauthRow](t, corpora(t, "dmarc", "mailauth-verify.jsonl")) {
		d := c.evaluate(t)
		for _, a := range c.Expect.Asserts {
			want := fmt.Sprint(a.Value)
			if a.Value == nil {
				want = ""
			}
			for name, v := range map[string]*DMARCVerdict{"": &d.RFC7489, "9989 ": &d.RFC9989} {
				got, ok := mailauthValue(d, v, a.Path)
				if !ok {
					left++
					continue
				}
				values = append(values, value{c.ID, name + cmp.Or(a.Path, "evaluated"), got, want, strings.Join(d.Trace(), "\n\t")})
			}
		}
	}
	t.Logf("%d asserts are about what mailauth prints, or about l= of DKIM: not compared", left/2)
	suite(t, "mailauth-dmarc", values)
}

// mailauthValue follows a path of mailauth's result.
func mailauthValue(d *DMARC, v *DMARCVerdict, path string) (string, bool) {
	aligned := func(method string) string {
		for _, al := range v.Identifiers {
			if al.Method == method && al.counts() {
				return al.Domain
			}
		}
		return ""
	}
	r := v.Record
	switch path {
	case "":
		return fmt.Sprint(v.Status == Pass || v.Status == Fail), true
	case "status.result":
		return string(v.Status), true
	case "policy":
		return string(v.Policy), true
	case "p":
		return string(r.P), true
	case "sp":
		return string(r.SP), true
	case "pct":
		return fmt.Sprint(r.PCT), true
	case "rr":
		return r.Text, true
	case "domain":
		return v.Organisation, true
	case "error":
		if d.Steps[0].Err != nil {
			return "DNS timeout", true
		}
		return "", true
	case "status.header.from":
		return d.Domain, true
	case "status.header.d":
		return v.PolicyDomain, true
	case "alignment.dkim.strict":
		return fmt.Sprint(r.ADKIM == AlignStrict), true
	case "alignment.spf.strict":
		return fmt.Sprint(r.ASPF == AlignStrict), true
	case "alignment.dkim.result":
		return aligned("dkim"), true
	case "alignment.spf.result":
		return aligned("spf"), true
	}
	return "", false
}
