package probe

import (
	"context"
	"slices"
	"strings"

	"mailtrace/report"
)

var smtpEHLODiffersInTLS = check{
	Rule: report.Rule{
		ID:    "smtp.ehlo-differs-in-tls",
		Title: "Inside TLS the server offers other extensions than before",
		Max:   report.Info,
		Explain: `A sender asks again inside TLS, and only the second answer counts. That STARTTLS goes away there and log-in comes
is right. This server changes more than that, so senders with and without TLS are served differently. Nothing has
to be done if it is meant so; else look for a proxy in front of the server that answers for it before TLS.`,
		Innocent: `A proxy or filter that speaks first and hands over once TLS is up; settings that offer more to those who encrypt.`,
		Measured: notMeasured + " It rests on the two answers to EHLO.",
		Refs:     []string{"RFC 3207 section 4.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if !p.upgraded() {
				continue
			}
			gone := without(p.Extensions, p.ExtensionsTLS)
			come := without(p.ExtensionsTLS, p.Extensions)
			if len(gone)+len(come) == 0 {
				continue
			}
			var parts []string
			var evidence []report.Evidence
			if len(come) > 0 {
				parts = append(parts, "it also offers "+firstOf(come, keywordText))
				evidence = append(evidence, p.says(true, come[0])...)
			}
			if len(gone) > 0 {
				parts = append(parts, "it no longer offers "+firstOf(gone, keywordText))
				evidence = append(evidence, p.says(false, gone[0])...)
			}
			t.find(p, report.Info, evidence, "inside TLS %s", strings.Join(parts, ", and "))
		}
		return t.all()
	},
}

// without is the keywords of one list that are not in the other, in its order, each
// once; those left out that are to change with TLS.
func without(all, other []report.Extension) []string {
	var names []string
	for i := range all {
		k := all[i].Keyword
		if changesWithTLS(k) || slices.Contains(names, k) || slices.ContainsFunc(other, func(o report.Extension) bool { return o.Keyword == k }) {
			continue
		}
		names = append(names, k)
	}
	return names
}

// changesWithTLS says whether an extension is offered on one side of TLS alone where
// all is well: STARTTLS goes (RFC 3207 section 4.2), log-in comes (RFC 4954 section 4),
// and so does REQUIRETLS (RFC 8689 section 2). X-ANONYMOUSTLS and X-EXPS are the same
// things of Exchange. What firewalls paint over has a rule of its own.
func changesWithTLS(keyword string) bool {
	switch keyword {
	case "STARTTLS", "AUTH", "REQUIRETLS", "X-ANONYMOUSTLS", "X-EXPS":
		return true
	}
	return paintedOver(keyword)
}

// maxKeyword is how long a keyword may be to be told without quotes: the longest that
// is registered has 19 letters.
const maxKeyword = 32

// keywordText is a keyword for a text: as it is when it is one, in quotes when not.
func keywordText(k string) string {
	if len(k) <= maxKeyword && wellFormed(&report.Extension{Keyword: k}) {
		return k
	}
	return quoted(k)
}
