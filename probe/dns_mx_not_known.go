package probe

import (
	"context"
	"fmt"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var mxNotKnown = check{
	Rule: report.Rule{
		ID:    "dns.mx-not-known",
		Title: "The DNS gave no answer about the mail servers",
		Max:   report.Info,
		Explain: `The DNS says which servers take mail for a domain. Here it said nothing at all, which is not the same as
saying that there are none. Senders that get no answer either keep the mail and try again for some days.
Ask again in a few minutes, and with another --resolver; if it stays so, the servers that answer for
the domain in the DNS need a look.`,
		Innocent: "The network here, or the resolver that was asked, had a short disturbance.",
		Measured: notMeasured + " It rests on RFC 5321, which demands that a temporary failure of the DNS only delays mail.",
		Refs:     []string{"RFC 5321 section 5.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.mx.err == nil || s.mx.err.Cause == dns.AliasLoop { // dns.domain-alias has that.
			return nil, nil, nil
		}
		return nil, []report.Undecided{{Why: fmt.Sprintf(
			"which servers take mail for %s is not known: %s; senders that get no answer keep the mail and try again", spelled(s.domain), inWords(s.mx.err))}}, nil
	},
}

// notMeasured begins what is said of a rule that was only tried on servers of tests.
const notMeasured = "Not measured on live servers."
