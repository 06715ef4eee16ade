package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
)

// dmarcZone is a resolver from a map: the key is a name and a type ("_dmarc.example.com
// TXT"), the value its records, separated by "|". A record that begins with "!" is the
// cause of an error. What is not there does not exist, unless there is something below
// it or of another type; "*" as a key is what all other names are.
type dmarcZone map[string]string

func (z dmarcZone) Lookup(_ context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	a := &dns.Answer{Name: name, Type: qtype, Status: dns.NXDomain, Server: "test"}
	for {
		alias, ok := z[name+" CNAME"]
		if !ok {
			break
		}
		a.Alias, name = append(a.Alias, alias), alias
	}
	text, ok := z[name+" "+qtype.String()]
	if !ok {
		text, ok = z["*"]
	}
	if cause, bad := strings.CutPrefix(text, "!"); bad {
		return nil, &dns.Error{Name: name, Type: qtype, Cause: dns.Cause(cause)}
	}
	if !ok {
		for key := range z {
			if owner, _, _ := strings.Cut(key, " "); owner == name || strings.HasSuffix(owner, "."+name) {
				a.Status = dns.NoData
			}
		}
		return a, nil
	}
	a.Status = dns.Found
	for record := range strings.SplitSeq(text, "|") {
		r := dns.Record{Text: []byte(record), Target: record}
		if qtype == dns.A || qtype == dns.AAAA {
			r = dns.Record{Address: netip.MustParseAddr(record)}
		}
		a.Records = append(a.Records, r)
	}
	return a, nil
}

// check evaluates with the zone.
func (z dmarcZone) check(from string, ids ...DMARCIdentifier) *DMARC {
	return CheckDMARC(context.Background(), z, DMARCInput{From: strings.Fields(from), Identifiers: ids})
}

// recordValues are what a suite says of a record. A record that it refuses has a fault
// here, which is more than a remark; and what can be used nevertheless is argued.
func recordValues(id, record string, ok bool) []value {
	r := ParseDMARC(record)
	faults, usable := r == nil, r != nil && r.Unusable(RFC7489) == ""
	if r != nil {
		for _, p := range r.Problems {
			faults = faults || !p.Fault.Harmless()
		}
	}
	return []value{
		{id, "correct", fmt.Sprint(!faults), fmt.Sprint(ok), record},
		{id, "usable", fmt.Sprint(usable), fmt.Sprint(ok), record},
	}
}

func TestSuiteDMARCRecords(t *testing.T) {
	type row struct {
		ID, Record string
		Expect     struct {
			OK     bool
			Fields map[string]any
		}
	}
	var values []value
	for _, file := range []string{"opendmarc-records.jsonl", "mox-records.jsonl"} {
		for _, c := range jsonLines[row](t, corpora(t, "dmarc", file)) {
			values = append(values, recordValues(c.ID, c.Record, c.Expect.OK)...)
			if r := ParseDMARC(c.Record); r != nil {
				for key, want := range c.Expect.Fields {
					values = append(values, value{c.ID, key, moxField(r, key), moxText(want), c.Record})
				}
				if again := ParseDMARC(r.String()); again.String() != r.String() {
					t.Errorf("%s: %q is written as %q", c.ID, c.Record, again)
				}
			}
		}
	}
	suites(t, values, "opendmarc-rec", "mox-dmarc-bad", "mox-dmarc-ok")
}

// suites are several in one list, by the beginnings of their ids.
func suites(t *testing.T, values []value, names ...string) {
	t.Helper()
	for _, name := range names {
		var part []value
		for _, v := range values {
			if strings.HasPrefix(v.id, name) {
				part = append(part, v)
			}
		}
		suite(t, name, part)
	}
}

// moxField is a field by the name that mox has for it.
func moxField(r *DMARCRecord, key string) string {
	switch key {
	case "Version":
		return "DMARC1"
	case "Policy":
		if !r.sound(RFC7489) {
			return "none"
		}
		return string(r.P)
	case "SubdomainPolicy":
		return string(r.SP)
	case "ADKIM":
		return string(r.ADKIM)
	case "ASPF":
		return string(r.ASPF)
	case "AggregateReportAddresses":
		return fmt.Sprint(r.RUA)
	case "FailureReportAddresses":
		return fmt.Sprint(r.RUF)
	case "AggregateReportingInterval":
		return fmt.Sprint(r.RI)
	case "Percentage":
		return fmt.Sprint(r.PCT)
	case "FailureReportingOptions":
		return fmt.Sprint(r.FO)
	case "ReportingFormat":
		return fmt.Sprint(r.RF)
	}
	return "?"
}

func moxText(want any) string {
	list, ok := want.([]any)
	if !ok {
		return fmt.Sprint(want)
	}
	var out []string
	for _, w := range list {
		m, ok := w.(map[string]any)
		if !ok {
			out = append(out, fmt.Sprint(w))
			continue
		}
		size := ""
		if unit, ok := m["Unit"]; ok {
			size = fmt.Sprint(m["MaxSize"], unit)
		}
		out = append(out, fmt.Sprint(DMARCURI{m["Address"].(string), size}))
	}
	return "[" + strings.Join(out, " ") + "]"
}

// fromDomains are the domains of what stands in From.
func fromDomains(fields []mailbox.Field) (out []string) {
	for _, f := range fields {
		if f.Is("From") {
			for _, m := range f.Mailboxes() {
				if _, d, ok := cutLast(m.Address, "@"); ok {
					out = append(out, d)
				}
			}
		}
	}
	return out
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

func TestSuiteDMARCFrom(t *testing.T) {
	type row struct {
		ID, From string
		Expect   struct{ Domain string }
	}
	var values []value
	for _, c := range jsonLines[row](t, corpora(t, "dmarc", "opendmarc-from-domain.jsonl")) {
		d := fromDomains([]mailbox.Field{{Name: "From", Key: "from", Value: " " + c.From}})
		got := CheckDMARC(context.Background(), dmarcZone{}, DMARCInput{From: d})
		name := got.Domain
		if got.Each != nil {
			name = fmt.Sprint(len(got.Each)) + " domains"
		}
		values = append(values, value{c.ID, "domain", name, c.Expect.Domain, c.From})
	}
	suite(t, "opendmarc-from", values)
}

func TestSuiteDMARCMox(t *testing.T) {
	type result struct{ Result, Domain string }
	type row struct {
		ID         string
		Zone       map[string][]string
		ServFail   []string
		FromDomain string `json:"from_domain"`
		DKIM       []result
		SPF        result
		Expect     struct {
			UseResult    bool `json:"use_result"`
			Reject       bool
			Status       string
			SPF          bool   `json:"aligned_spf_pass"`
			DKIM         bool   `json:"aligned_dkim_pass"`
			PolicyDomain string `json:"policy_domain"`
		}
	}
	var values []value
	for _, c := range jsonLines[row](t, corpora(t, "dmarc", "mox-verify.jsonl")) {
		z := dmarcZone{}
		for name, texts := range c.Zone {
			z[name+" TXT"] = strings.Join(texts, "|")
		}
		for _, name := range c.ServFail {
			z[name+" TXT"] = "!servfail"
		}
		ids := []DMARCIdentifier{{"spf", c.SPF.Domain, Status(c.SPF.Result)}}
		for _, d := range c.DKIM {
			ids = append(ids, DMARCIdentifier{"dkim", d.Domain, Status(d.Result)})
		}
		d := z.check(c.FromDomain, ids...)
		v := d.RFC7489
		aligned := map[string]bool{}
		for _, al := range v.Identifiers {
			aligned[al.Method] = aligned[al.Method] || al.counts()
		}
		head := strings.Join(d.Trace(), "\n\t")
		// Its word is about what p= says, not about what pct= makes of it.
		add := func(what string, got, want any) {
			values = append(values, value{c.ID, what, fmt.Sprint(got), fmt.Sprint(want), head})
		}
		add("status", v.Status, c.Expect.Status)
		add("9989", d.Status(), c.Expect.Status)
		add("reject", v.Status == Fail && v.Policy != PolicyNone, c.Expect.Reject)
		add("used", v.Record != nil && v.Policy != "" && v.Applied == v.Policy, c.Expect.UseResult)
		add("spf", aligned["spf"], c.Expect.SPF)
		add("dkim", aligned["dkim"], c.Expect.DKIM)
		if v.Record != nil {
			add("policy domain", v.PolicyDomain, c.Expect.PolicyDomain)
		}
	}
	suite(t, "mox-dmarc-verify", values)
}

// rspamdSigned are the domains whose signature the suite has for valid, by message:
// whether one is, is not for DMARC to find out.
var rspamdSigned = map[string]string{
	"pass_none.eml":                  "cacophony.za.org",
	"onsubdomain_pass_relaxed.eml":   "mom.za.org",
	"onsubdomain_fail_alignment.eml": "mom.za.org",
}

func TestSuiteDMARCRspamd(t *testing.T) {
	type row struct {
		ID, EML  string
		ClientIP string `json:"client_ip"`
		MailFrom string
		Expect   struct{ Symbols []string }
	}
	var records []struct {
		Name, Type, RCode string
		Replies           []string
	}
	data, err := os.ReadFile(corpora(t, "dmarc", "rspamd", "dns.json"))
	if err != nil {
		t.Skipf("no suite: %v", err)
	}
	if err := json.Unmarshal(data, &records); err != nil {
		t.Fatal(err)
	}
	z := dmarcZone{}
	for _, r := range records {
		switch key := r.Name + " " + strings.ToUpper(r.Type); {
		case r.RCode == "timeout":
			z[key] = "!timeout"
		case r.RCode == "" && r.Type == "txt":
			z[key] = strings.Join(r.Replies, "|")
		}
	}
	var values []value
	for _, c := range jsonLines[row](t, corpora(t, "dmarc", "rspamd", "cases.jsonl")) {
		m := openMessage(t, corpora(t, "dmarc", "rspamd", c.EML))
		ids := []DMARCIdentifier{{"spf", "", None}}
		if _, domain, _ := cutLast(c.MailFrom, "@"); domain != "" {
			ids[0] = DMARCIdentifier{"spf", domain, Fail}
			if strings.Contains(z[domain+" TXT"]+" ", " ip4:"+c.ClientIP+" ") {
				ids[0].Status = Pass
			}
		}
		if d := rspamdSigned[c.EML]; d != "" {
			ids = append(ids, DMARCIdentifier{"dkim", d, Pass})
		}
		d := z.check(strings.Join(fromDomains(m.Fields), " "), ids...)
		head := strings.Join(d.Trace(), "\n\t")
		values = append(values,
			value{c.ID, "symbol", rspamdSymbol(d.RFC7489), c.Expect.Symbols[0], head},
			value{c.ID, "9989", rspamdSymbol(d.RFC9989), c.Expect.Symbols[0], head})
	}
	suite(t, "dmarc-", values)
}

func openMessage(t *testing.T, file string) *mailbox.Message {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mailbox.Read(file, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func rspamdSymbol(v DMARCVerdict) string {
	switch v.Status {
	case Pass:
		return "DMARC_POLICY_ALLOW"
	case Fail:
		return map[DMARCPolicy]string{
			PolicyNone: "DMARC_POLICY_SOFTFAIL", PolicyQuarantine: "DMARC_POLICY_QUARANTINE", PolicyReject: "DMARC_POLICY_REJECT",
		}[v.Applied]
	case None:
		return "DMARC_NA"
	case TempError:
		return "DMARC_DNSFAIL"
	}
	return "DMARC_BAD_POLICY"
}
