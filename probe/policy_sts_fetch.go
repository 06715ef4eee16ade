package probe

import (
	"context"
	"fmt"

	"mailtrace/report"
)

var stsFetch = check{
	Rule: report.Rule{
		ID:    "policy.sts-fetch",
		Title: "The policy of MTA-STS cannot be fetched",
		Max:   report.Warning,
		Explain: `The record says that there is a policy, and the web server at mta-sts does not give it: senders accept it with
status 200 alone, without being sent on to another address, from a server whose certificate holds for that name, and up to
64 KiB. They act as if there was no policy, so that mail goes as before, without protection; those that fetched it earlier
keep to the old one until its max_age is over. Let the web server give the file itself, or take the record away.`,
		Innocent: `A web server that is down just now, or that lets nobody in from this network: try again, and from another one.`,
		Measured: notMeasured + " One request was made, and no second try.",
		Refs:     []string{"RFC 8461 section 3.3", "RFC 8461 section 3.2", "RFC 8461 section 8.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.policies == nil || s.policies.sts.file == nil {
			return nil, nil, nil
		}
		file := s.policies.sts.file
		switch {
		case file.outcome != report.OutcomeOK && file.unknown:
			return nil, []report.Undecided{s.undecided("whether senders get the MTA-STS policy of %s is not known: %s", spelled(s.domain), file.why)}, nil
		case file.outcome != report.OutcomeOK:
			f := s.finding(report.Warning, "the MTA-STS policy cannot be fetched: %s; senders act as if there was none", file.why)
			f.Evidence = append(file.evidence(), s.policies.sts.evidence()...)
			return []report.Finding{f}, nil, nil
		case file.kind != "text/plain" && s.policies.sts.policy != nil:
			f := s.finding(report.Warning, "the MTA-STS policy comes as %s and not as text/plain: some senders may not take it", kindOf(file))
			f.Evidence = file.evidence()
			return []report.Finding{f}, nil, nil
		}
		return nil, nil, nil
	},
}

// kindOf is the media type of a file in words.
func kindOf(f *fetched) string {
	if f.kind == "" {
		return "a file of no type"
	}
	return quoted(f.kind)
}

// evidence is how a fetch ended: the addresses where those were the cause, the
// certificate, the answer.
func (f *fetched) evidence() []report.Evidence {
	text := fmt.Sprintf("GET %s: ", f.url)
	switch {
	case f.wrong != nil:
		return f.wrong
	case !f.asked:
		var all []report.Evidence
		for _, l := range f.dns {
			all = append(all, l.evidence()...)
		}
		if len(all) > 0 {
			return all
		}
		text += f.why
	case f.status != 0:
		text += fmt.Sprintf("HTTP status %d, %s, from %s", f.status, kindOf(f), f.from)
	default:
		text += fmt.Sprintf("%s, from %s", f.outcome, f.from)
	}
	return []report.Evidence{{Source: report.SourcePolicy, Text: text, Length: len(text)}}
}

// undecided is one about the domain.
func (s *servers) undecided(format string, args ...any) report.Undecided {
	return report.Undecided{Why: fmt.Sprintf(format, args...)}
}
