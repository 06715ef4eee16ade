package probe

import (
	"context"
	"strings"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var spfNoRecord = check{
	Rule: report.Rule{
		ID:    "spf.no-record",
		Title: "The domain has no SPF record",
		Max:   report.Warning,
		Explain: `By its SPF record a domain says which servers send its mail. Without one nobody can tell its mail by the server from
mail that others write in its name, and large providers refuse or mark mail of such domains. Publish one TXT record at the domain
that names the servers that send for it, as "v=spf1 mx -all"; for a domain that sends no mail it is "v=spf1 -all".`,
		Innocent: `A domain that is used for no mail at all, and whose owner has not thought of those who may use it.`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 7208 section 3.1", "RFC 7208 section 4.5", "RFC 7208 section 2.6.1", "RFC 7208 section 10.1.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.spf == nil {
			return nil, nil, nil
		}
		if s.spf.walk == nil {
			return nil, undecidedAbout("whether %s has an SPF record is not known: %s", spelled(s.domain), s.spf.why), nil
		}
		r := s.spf.walk.root
		if r.state == spfUnknown {
			return nil, undecidedAbout("whether %s has an SPF record is not known: %s", spelled(s.domain), r.why), nil
		}
		a := r.answer.answer
		if r.state != spfNone || a == nil || a.Status == dns.NXDomain {
			return nil, nil, nil // What does not exist sends nothing: dns.domain-missing.
		}
		if meant := meantForSPF(a.Records); len(meant) > 0 {
			return s.spfFinding(report.Warning, recordEvidenceClipped(r.name, meant), "%s has no SPF record: a TXT record that was meant for one does not begin with \"v=spf1\" and a blank, and receivers pass it over", spelled(s.domain)), nil, nil
		}
		what := "publish one that names the servers that send for it"
		if s.way == wayNull || s.way == wayNone {
			what = `as it takes no mail and so should send none, "v=spf1 -all" is what it needs`
		}
		return s.spfFinding(report.Warning, r.evidence(), "%s has no SPF record, so that any server may send in its name: %s", spelled(s.domain), what), nil, nil
	},
}

// meantForSPF are TXT records that nobody takes for SPF, and that were meant for it: with a
// quotation mark or a blank before the version, with another character behind it.
func meantForSPF(records []dns.Record) []dns.Record {
	var meant []dns.Record
	for _, r := range records {
		begin := strings.ToLower(string(r.Text[:min(len(r.Text), maxShown)]))
		begin = strings.TrimLeft(begin, " \t\"'\u201c\ufeff(")
		if strings.HasPrefix(begin, "v=spf") || strings.HasPrefix(begin, "spf1 ") || strings.HasPrefix(begin, "v = spf") || strings.HasPrefix(begin, "=spf1") {
			meant = append(meant, r)
		}
	}
	return meant
}

// recordEvidenceClipped is some TXT records.
func recordEvidenceClipped(name string, records []dns.Record) []report.Evidence {
	var all []report.Evidence
	for i := range records[:min(len(records), maxListed)] {
		all = append(all, spfRecordEvidence(name, &records[i]))
	}
	return all
}
