package probe

import (
	"fmt"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// finding begins one about the server that sends; evidence has to follow.
func (v *sendingSight) finding(severity report.Severity, evidence []report.Evidence, format string, args ...any) []report.Finding {
	return []report.Finding{{
		Severity: severity, Address: v.Address, Text: clipped(fmt.Sprintf(format, args...), maxRecord),
		Evidence: evidence[:min(len(evidence), maxRecordsShown)],
	}}
}

// undecided is one about the server that sends.
func (v *sendingSight) undecided(format string, args ...any) []report.Undecided {
	return []report.Undecided{{Address: v.Address, Why: clipped(fmt.Sprintf(format, args...), maxRecord)}}
}

// failed is why something that was to be looked at was not: a mistake of ours.
func (v *sendingSight) failed() []report.Undecided {
	if len(v.failures) == 0 {
		return nil
	}
	return v.undecided("%s", v.failures[0])
}

// saidHELO is what the user says that the server calls itself, as evidence.
func (v *sendingSight) saidHELO() report.Evidence {
	e := report.NewEvidence(0, 0, "EHLO "+clipped(v.HELO, maxQuoted))
	e.Source = report.SourceSMTP
	return e
}

// spfEvidence is the records that a check of SPF rests on: that of the domain, that which
// decided, and the questions that have no answer. Other TXT records are left out.
func spfEvidence(s *auth.SPF) []report.Evidence {
	var all []report.Evidence
	for i := range s.Questions {
		q := &s.Questions[i]
		switch {
		case q.Answer == nil:
			all = append(all, dnsEvidence(q.Name, q.Type, string(q.Cause)))
		case q.Type == dns.TXT && (strings.EqualFold(q.Name, s.Domain) || strings.EqualFold(q.Name, s.MatchedIn)):
			all = append(all, spfRecords(q.Answer)...)
		}
	}
	if len(all) == 0 { // Nothing was asked: the name cannot have a record.
		text := s.Domain + " SPF " + s.Problem
		all = append(all, report.Evidence{Source: report.SourceDNS, Text: text, Length: len(text)})
	}
	for i := range all {
		all[i].Text = clipped(all[i].Text, maxRecord)
		all[i].Length = len(all[i].Text)
	}
	return all
}

// spfRecords are those of an answer that begin as a record of SPF does, or that there is
// none.
func spfRecords(a *dns.Answer) []report.Evidence {
	var all []report.Evidence
	for i := range a.Records {
		const version = "v=spf1"
		if text := a.Records[i].Text; len(text) >= len(version) && strings.EqualFold(string(text[:len(version)]), version) {
			all = append(all, dnsEvidence(a.Name, a.Type, a.Records[i].Format(a.Type)))
		}
	}
	switch {
	case len(all) > 0:
		return all
	case len(a.Records) > 0:
		return []report.Evidence{dnsEvidence(a.Name, a.Type, fmt.Sprintf("%s, none of them v=spf1", counted(int64(len(a.Records)), "record", "records")))}
	}
	return answerEvidence(a)
}

// isV6 says that mail comes over IPv6, where large receivers ask for more.
func (v *sendingSight) isV6() bool { return !v.Address.Is4() }
