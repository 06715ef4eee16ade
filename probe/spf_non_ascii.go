package probe

import (
	"context"
	"strings"

	"mailtrace/analyze/domain"
	"mailtrace/report"
)

var spfNonASCII = check{
	Rule: report.Rule{
		ID:    "spf.non-ascii",
		Title: "An SPF record has letters that are no ASCII",
		Max:   report.Critical,
		Explain: `Domain names with other letters than those of ASCII stand in SPF records in A-labels, such as xn--bcher-kva.example. A letter of
another kind spoils the whole record: the result is "permerror" for every server. Write the name in A-labels; where it is no
name, look for a dash or a blank that a word processor has put into the place of the ordinary one.`,
		Innocent: `A record that was copied from a web page or a document, or a form that shows names as people write them.`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 7208 section 4.3", "RFC 8616 section 4", "RFC 7208 section 12"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		return s.wrongRecords(true), nil, nil
	},
}

// inALabels says how the name in a term is to be written, where there is one.
func inALabels(term string) string {
	i := strings.IndexAny(term, ":=")
	if i < 0 {
		return ""
	}
	head, name := term[:i+1], term[i+1:]
	name, tail, slash := strings.Cut(name, "/")
	ascii := domain.ASCII(name)
	if ascii == "" || firstForeign(head) >= 0 || firstForeign(tail) >= 0 {
		return ""
	}
	if slash {
		ascii += "/" + tail
	}
	return "; write " + shortened(head+ascii)
}
