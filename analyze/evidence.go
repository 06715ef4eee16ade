package analyze

import (
	"fmt"
	"strings"
	"time"

	"mailtrace/analyze/mailbox"
	"mailtrace/received"
	"mailtrace/report"
)

// about begins a finding about hop i.
func (s *subject) about(i int, severity report.Severity, weight report.Weight, format string, args ...any) report.Finding {
	n := s.hops[i].Number
	return report.Finding{
		Severity: severity, Weight: weight, Hop: &n,
		Text: fmt.Sprintf(format, args...), Evidence: []report.Evidence{},
	}
}

// proof begins a finding that disproves hop i.
func (s *subject) proof(i int, d report.Disproves, format string, args ...any) report.Finding {
	f := s.about(i, report.Critical, report.Proof, format, args...)
	f.Disproves = d
	return f
}

// part is the bytes of hop i at span, or the whole field where the span is empty.
func (s *subject) part(i int, span received.Span) report.Evidence {
	f := s.received[i]
	value := span.In(f.Value)
	if value == "" {
		return field(f)
	}
	line, offset := f.Place(int(span.Offset))
	return report.NewEvidence(line, offset, value)
}

// field is the body of a whole field as evidence.
func field(f mailbox.Field) report.Evidence {
	value := strings.TrimLeft(f.Value, " \t")
	line, offset := f.Place(len(f.Value) - len(value))
	return report.NewEvidence(line, offset, value)
}

// has says whether hop i has an oddity.
func (s *subject) has(i int, o received.Oddity) bool {
	for _, have := range s.hops[i].Oddities {
		if have == o {
			return true
		}
	}
	return false
}

// host names a hop by the host that wrote it, for the text of a finding.
func (s *subject) host(i int) string {
	by := s.hops[i].By
	switch {
	case by.Name != "":
		return by.Name
	case by.Address.IsValid():
		return by.Address.String()
	}
	return fmt.Sprintf("the host that wrote line %d", s.hops[i].Line)
}

// span says how long a time is, in two units at most: "2 d 4 h", "3 min".
func span(d time.Duration) string {
	d = d.Round(time.Second)
	units := [...]struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	for i, u := range units {
		if n := d / u.unit; n > 0 {
			text := fmt.Sprintf("%d %s", n, u.name)
			if i+1 < len(units) {
				if rest := (d % u.unit) / units[i+1].unit; rest > 0 {
					text += fmt.Sprintf(" %d %s", rest, units[i+1].name)
				}
			}
			return text
		}
	}
	return "0 s"
}
