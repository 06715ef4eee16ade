package probe

import (
	"context"

	"mailtrace/report"
)

// Sizes of a DNS answer, in octets.
const (
	answerPlain = 512  // That fits into one datagram of any resolver (RFC 1035 section 4.2.1).
	answerEDNS  = 1232 // That resolvers take by UDP since 2020, by agreement of their makers; longer ones go over TCP.
)

var spfAnswerSize = check{
	Rule: report.Rule{
		ID:    "spf.answer-size",
		Title: "The DNS answer with the SPF record is large",
		Max:   report.Warning,
		Explain: `Whoever asks for the SPF record gets all TXT records of the name, those for others too. RFC 7208 wants the answer in 512 octets; up to
1232 it comes by UDP to resolvers of today, and above that it needs a second question over TCP, which some networks block: there the record is not
seen at all. Delete verification records that are no longer used, and put parts of a long SPF record into one that it includes.`,
		Innocent: `Many services ask for a TXT record that proves the ownership of the domain, and none says when it may go.`,
		Measured: notMeasured + " The size is counted from the records, with names compressed: the least that the answer has.",
		Refs:     []string{"RFC 7208 section 3.4", "RFC 1035 section 4.2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.walked()
		if l == nil || len(l.walk.root.found) == 0 || l.octets <= answerPlain {
			return nil, nil, nil
		}
		r := l.walk.root
		records := len(r.answer.answer.Records)
		ours := 0
		for i := range r.found {
			ours += len(r.found[i].Text)
		}
		severity, what := report.Info, "more than every resolver takes in one datagram"
		if l.octets > answerEDNS {
			severity, what = report.Warning, "so that it comes over TCP alone, and where that is blocked there is no SPF record"
		}
		return s.spfFinding(severity, r.evidence(), "the answer about TXT records of %s has %s or more, %s: %s, of which SPF takes %s",
			spelled(s.domain), counted(int64(l.octets), "octet", "octets"), what, counted(int64(records), "record", "records"), counted(int64(ours), "octet", "octets")), nil, nil
	},
}
