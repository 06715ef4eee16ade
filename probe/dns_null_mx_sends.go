package probe

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var nullMXSends = check{
	Rule: report.Rule{
		ID:    "dns.null-mx-sends",
		Title: "The domain accepts no mail, but lets servers send in its name",
		Max:   report.Warning,
		Explain: `The domain says that it accepts no mail, so answers and error reports to its addresses cannot arrive. Its SPF
record lets servers send mail in its name all the same. Receivers may refuse such mail, with the words
550 5.7.27, since nobody can be reached there. If it sends, let it accept mail too; if not, publish
the SPF record "v=spf1 -all".`,
		Innocent: "An SPF record that was left behind when the domain stopped sending.",
		Measured: notMeasured + " It rests on RFC 7505, by which receivers may refuse such mail. Only SPF was looked at, not DKIM, whose keys cannot be found without a message.",
		Refs:     []string{"RFC 7505 section 4.2", "RFC 7505 section 4.1", "RFC 7208 section 5"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.txt.err != nil {
			return nil, []report.Undecided{{Why: fmt.Sprintf("whether %s, which accepts no mail, lets servers send in its name is not known: %s", spelled(s.domain), inWords(s.txt.err))}}, nil
		}
		if s.txt.answer == nil {
			return nil, nil, nil
		}
		for _, r := range s.txt.answer.Records {
			term, elsewhere := lets(string(r.Text))
			if term == "" {
				continue
			}
			if elsewhere {
				return nil, []report.Undecided{{Why: fmt.Sprintf("whether %s, which accepts no mail, lets servers send in its name stands in the SPF record of another name (%s), which was not asked for", spelled(s.domain), shortened(term))}}, nil
			}
			f := s.finding(report.Warning, "%s accepts no mail, but its SPF record lets servers send in its name (%s): receivers may refuse that mail", spelled(s.domain), shortened(term))
			f.Evidence = append(s.mx.evidence(), recordEvidence(s.txt.answer, []dns.Record{r})...)
			return []report.Finding{f}, nil, nil
		}
		return nil, nil, nil
	},
}

// lets is the first term of an SPF record by which mail can pass, or "" where there is
// none or where the text is no such record; elsewhere says that the term is redirect,
// which leaves it to another record. A term passes without a qualifier, or with "+"
// (RFC 7208 section 4.6.2).
func lets(record string) (term string, elsewhere bool) {
	fields := strings.Split(record, " ")
	if !strings.EqualFold(fields[0], "v=spf1") {
		return "", false
	}
	for _, f := range fields[1:] {
		if f == "" || strings.ContainsRune("-~?", rune(f[0])) {
			if strings.EqualFold(strings.TrimLeft(f, "-~?"), "all") {
				return "", false // What follows counts for nothing, and redirect nowhere (RFC 7208 section 5.1).
			}
			continue
		}
		name, _, modifier := strings.Cut(f, "=")
		if modifier && !strings.ContainsAny(name, ":/") {
			if strings.EqualFold(name, "redirect") {
				term = f
			}
			continue
		}
		return f, false
	}
	return term, term != ""
}
