package analyze

import (
	"context"
	"strings"

	"mailtrace/received"
	"mailtrace/report"
)

var zoneMismatch = check{
	Rule: report.Rule{
		ID:    "received.zone-mismatch",
		Title: "The time zone named in a stamp never had the offset beside it",
		Max:   report.Warning,
		Explain: `Many servers give the time zone twice: as an offset, that is hours from world time (+0100), and by
name (CET). Both come from one table, so they agree; where they do not, the line was often put
together from pieces. This alone proves nothing. Look whether the line has other findings or a gap
beside it before you rely on it.`,
		Innocent: `A host whose zone was set by hand to a name that is used differently elsewhere, or
whose table of zones is very old.`,
		Refs: []string{"RFC 5322 section 3.3", "RFC 5322 section 4.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.hops {
			h := &s.hops[i]
			if !s.has(i, received.ZoneMismatch) {
				continue
			}
			severity, weight := report.Warning, report.Strong
			if strings.Contains(h.TimeText, "-0000") {
				// QUIRK: amavis on some hosts writes -0000, "not known" (RFC 5322
				// section 3.3), beside the right name.
				severity, weight = report.Info, report.Ordinary
			}
			f := s.about(i, severity, weight, "the stamp of %s says %s: %s never had that offset", s.host(i), h.TimeText, h.Zone)
			f.Evidence = append(f.Evidence, s.part(i, h.Spans.Time))
			found = append(found, f)
		}
		return found, nil, nil
	},
}
