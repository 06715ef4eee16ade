package analyze

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

// dkimAuth is one result for each signature, or none.
func (s *subject) dkimAuth() []report.Auth {
	sigs := s.checked.signatures.DKIM
	if len(sigs) == 0 && s.checked.signatures.DKIM != nil {
		return []report.Auth{{Method: "dkim", Status: report.Status(auth.None), By: report.ByUs, Reason: "there is no signature"}}
	}
	out := make([]report.Auth, 0, len(sigs))
	for i := range sigs {
		g := &sigs[i]
		identity := g.Identity
		if identity == "" && g.Domain != "" {
			identity = "@" + g.Domain
		}
		one := report.Auth{
			Method: "dkim", Status: report.Status(g.Status), Outcome: string(g.Outcome), Domain: strings.ToLower(g.Domain), Identity: identity, Property: "header.d", Selector: g.Selector,
			Aligned: s.ownAligned(i+1, g.Domain), By: report.ByUs, Reason: g.Reason, Line: s.message.Fields[g.Field].Line, Trace: g.Trace(s.message),
		}
		if i < len(s.checked.autopsies) && s.checked.autopsies[i] != nil {
			dissect(&one, s.checked.autopsies[i])
		}
		out = append(out, one)
	}
	if n := s.checked.signatures.DKIMLeft; n > 0 {
		s.report.Evidence.Limits = append(slices.Clip(s.report.Evidence.Limits), report.Limit{
			Name: "auth.MaxSignatures", Value: auth.MaxSignatures, Text: fmt.Sprintf("%d more DKIM signatures were not looked at", n),
		})
	}
	return out
}

// dissect puts what was done to the message since it was signed into the result.
func dissect(one *report.Auth, a *auth.Autopsy) {
	for _, part := range [...]struct {
		name string
		*auth.PartAutopsy
	}{{"header", &a.Header}, {"body", &a.Body}} {
		switch part.State {
		case auth.AutopsyHolds:
		case auth.AutopsyExplained:
			one.Trace = append(one.Trace, fmt.Sprintf("search for what was changed: the %s is as signed, once this is undone:", part.name))
			for _, c := range part.Changes {
				one.Trace = append(one.Trace, "  "+string(c.Kind)+": "+c.Text)
				one.Changes = append(one.Changes, report.Change{Kind: string(c.Kind), Text: c.Text, Field: c.Field, Added: c.Added, Links: c.Links, Line: c.Line, Proven: part.Proven})
			}
		default:
			one.Trace = append(one.Trace, fmt.Sprintf("search for what was changed: the %s is %s: %s", part.name, part.State, part.Why))
		}
	}
	if a.Tried > 0 {
		one.Trace = append(one.Trace, fmt.Sprintf("%d forms of the message were tried for its signatures", a.Tried))
	}
}
