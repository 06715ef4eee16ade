package probe

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// spfRecordEvidence is the text of an SPF record.
func spfRecordEvidence(name string, r *dns.Record) report.Evidence {
	e := dnsEvidence(name, dns.TXT, r.Format(dns.TXT))
	e.Text = clipped(e.Text, maxRecord)
	e.Length = len(e.Text)
	return e
}

// evidence is the record, or what was answered in its place.
func (r *spfRecord) evidence() []report.Evidence {
	if len(r.found) == 0 {
		if r.answer.answer == nil || len(r.answer.answer.Records) == 0 {
			return r.answer.evidence()
		}
		// Others, of which one may be for a visitor: their number says enough.
		others := fmt.Sprintf("%d other than SPF", len(r.answer.answer.Records))
		return append(aliasEvidence(r.name, r.answer.answer.Alias), dnsEvidence(r.name, dns.TXT, others))
	}
	all := aliasEvidence(r.name, r.answer.answer.Alias)
	for i := range r.found[:min(len(r.found), maxListed)] {
		all = append(all, spfRecordEvidence(r.name, &r.found[i]))
	}
	return all
}

// led is the records that lead to this one, and itself.
func (r *spfRecord) led() []report.Evidence {
	var all []report.Evidence
	if r.by != nil {
		all = r.by.in.led()
	}
	return append(all, r.evidence()...)
}

// ledToAll is the same of the records in which terms stand, each once.
func ledToAll(terms []*spfTerm) []report.Evidence {
	var all []report.Evidence
	told := map[*spfRecord]bool{}
	for _, t := range terms {
		if !told[t.in] && len(all) < maxRecordsShown {
			told[t.in] = true
			all = withEvidence(all, t.in.led())
		}
	}
	return all
}

// withEvidence adds what is not yet there, up to a bound.
func withEvidence(all, more []report.Evidence) []report.Evidence {
	for _, e := range more {
		if len(all) < maxRecordsShown && !slices.Contains(all, e) {
			all = append(all, e)
		}
	}
	return all
}

// label is a term, and whose record it stands in where that is another domain's.
func (t *spfTerm) label() string {
	if t.in.depth == 0 {
		return shortened(t.Text)
	}
	return fmt.Sprintf("%s (in the record of %s)", shortened(t.Text), spelled(t.in.name))
}

// own tells whether the record is of the organisation of the domain: the others are not
// its to change.
func (l *spfSight) own(r *spfRecord) bool {
	return r.depth == 0 || domain.Org(r.name) == domain.Org(l.walk.domain)
}

// terms are those of the whole tree that are wanted, the dead ones left out.
func (l *spfSight) terms(wanted func(*spfTerm) bool) []*spfTerm {
	var all []*spfTerm
	l.walk.root.each(func(t *spfTerm) {
		if t.dead == "" && wanted(t) {
			all = append(all, t)
		}
	})
	return all
}

// records are those of the whole tree in one of these states.
func (l *spfSight) records(states ...spfState) []*spfRecord {
	var all []*spfRecord
	l.walk.root.every(func(r *spfRecord) {
		if slices.Contains(states, r.state) {
			all = append(all, r)
		}
	})
	return all
}

// unseen says which branches could not be looked at, and why; "" where all could.
func (l *spfSight) unseen() string {
	var why []string
	for _, r := range l.records(spfUnknown) {
		if text := spelled(r.name) + ": " + r.why; !slices.Contains(why, text) {
			why = append(why, text)
		}
	}
	for _, t := range l.terms(func(t *spfTerm) bool {
		return t.to.Message && (t.Mechanism == auth.MechInclude || t.Mechanism == auth.MechRedirect)
	}) {
		why = append(why, "where "+t.label()+" leads hangs on the message")
	}
	return strings.Join(firstWords(why), "; ")
}

// firstWords are the first maxListed, and how many more there are.
func firstWords(words []string) []string {
	if more := len(words) - maxListed; more > 0 {
		return append(slices.Clone(words[:maxListed]), fmt.Sprintf("and %d more", more))
	}
	return words
}

// labels joins terms for a sentence, each text once.
func labels(terms []*spfTerm) string {
	var words []string
	seen := map[string]bool{}
	for _, t := range terms {
		if word := t.label(); !seen[word] {
			seen[word] = true
			words = append(words, word)
		}
	}
	return firstOf(words, func(s string) string { return s })
}

// undecidedAbout is one about the domain.
func undecidedAbout(format string, args ...any) []report.Undecided {
	return []report.Undecided{{Why: fmt.Sprintf(format, args...)}}
}

// spfFinding is one finding with its evidence.
func (s *subject) spfFinding(severity report.Severity, evidence []report.Evidence, format string, args ...any) []report.Finding {
	f := s.finding(severity, format, args...)
	f.Evidence = evidence
	return []report.Finding{f}
}
