package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var sendingPTRGeneric = check{
	Rule: report.Rule{
		ID:    "dns.sending-ptr-generic",
		Title: "The name of the address looks like one that a provider gave to all of its addresses",
		Max:   report.Info,
		Explain: `Many providers give each address a name that holds the address, or words such as "dynamic" and "pool". Receivers take
such a server for a computer at somebody's home, and some refuse mail from there. Ask the provider for a name of your own, such
as mail.example.org.`,
		Innocent: `A server in a data centre where nobody asked for a name. Nothing is wrong with it but how it looks.`,
		Measured: notMeasured + " It rests on the name alone: receivers have lists of their own.",
		Refs:     []string{"RFC 1912 section 2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		v := s.sending
		if v == nil || v.reverse.iprev.Status != auth.Pass {
			return nil, nil, nil // Other words are for what is not confirmed.
		}
		name := v.reverse.iprev.Name
		why := genericName(name, v.Address)
		if why == "" {
			return nil, nil, nil
		}
		return v.finding(report.Info, v.reverse.evidence(), "the name of %s, %s, looks as if the provider gave it: %s", v.Address, quoted(name), why), nil, nil
	},
}
