package analyze

import (
	"context"

	"mailtrace/received"
	"mailtrace/report"
)

var notUnderstood = check{
	Rule: report.Rule{
		ID:    "received.not-understood",
		Title: "A Received line, or its date, could not be understood",
		Max:   report.Info,
		Explain: `The line says neither where the message came from nor who took it, or what stands in the place of
its date is none. mailtrace keeps it as it is and draws no conclusion from it, and neither should
you. It may be the remark of a filter, damage from copying, or nonsense; where other lines look
damaged too, ask for the original (.eml).`,
		Innocent: `Filters and gateways leave remarks in the shape of a trace line; copying out of a
web page or a ticket damages lines.`,
		Refs: []string{"RFC 5321 section 4.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.hops {
			h := &s.hops[i]
			what := ""
			switch {
			case h.Dialect == received.Unknown:
				what = "it has neither from nor by"
			case s.has(i, received.BadDate):
				what = "what stands in the place of its date is none"
			case s.has(i, received.TooLong), s.has(i, received.TooManyParts):
				what = "it is too long to be read to its end"
			default:
				continue
			}
			f := s.about(i, report.Info, report.Ordinary, "line %d could not be understood: %s", h.Line, what)
			f.Evidence = append(f.Evidence, s.part(i, received.Span{}))
			found = append(found, f)
		}
		return found, nil, nil
	},
}
