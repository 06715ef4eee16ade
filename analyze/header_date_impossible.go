package analyze

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mailtrace/analyze/mailbox"
	"mailtrace/received"
	"mailtrace/report"
)

var headerDateImpossible = check{
	Rule: report.Rule{
		ID:    "header.date-impossible",
		Title: "The Date field has a date or time that does not exist",
		Max:   report.Critical,
		Explain: `Mail programs write the Date field from a clock, and no clock has a 31 February, a 25 o'clock or
an offset of eighteen hours from world time. This date was made up by whoever wrote the message,
usually a spam program. Do not rely on it: the time stamps of the recipient's own servers tell
when the message came. An offset of odd minutes is only a strong sign.`,
		Innocent: `None is known among mail programs; a computer whose zone is set to the sun time of its
town has odd minutes. A converter or archive can damage a date; then
other fields of the message look damaged too.`,
		Refs: []string{"RFC 5322 section 3.3", "RFC 5322 section 3.6.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		f, d, ok := s.date()
		if !ok {
			return nil, nil, nil
		}
		what := ""
		switch {
		case slices.Contains(d.Oddities, received.ImpossibleDate):
			what = "a date or time that no calendar or clock has"
		case !slices.Contains(d.Oddities, received.ImpossibleOffset):
			return nil, nil, nil
		case !beyondZones(f.Value):
			what = "an offset from world time that no zone has today"
		default:
			what = "an offset from world time that no zone ever had"
		}
		found := finding(report.Critical, report.Proof, "the Date field has %s: %s", what, f.Text())
		if found.Disproves = report.DisprovesDate; strings.HasSuffix(what, "today") {
			found.Severity, found.Weight, found.Disproves = report.Warning, report.Strong, report.DisprovesNothing
		}
		found.Evidence = append(found.Evidence, field(f))
		return []report.Finding{found}, nil, nil
	},
}

// offset is an offset from UTC of four digits, as RFC 5322 section 3.3 has it.
var offset = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[ \t]([+-])([0-9]{2})([0-9]{2})\b`) })

// beyondZones says whether an offset is farther from UTC than any zone ever was:
// Manila had -15:56 until 1844, and Metlakatla +15:13 until 1867. Nearer ones that
// are no quarter of an hour are strong evidence, no more: an honest message of
// 2025 has +0106, the sun time of some place, for a computer keeps its zone by a table
// in which each begins with that.
func beyondZones(date string) bool {
	m := offset().FindStringSubmatch(date)
	return m != nil && (m[2] >= "16" || m[3] >= "60")
}

// date is the topmost Date field, read; false when there is none that can be read.
func (s *subject) date() (mailbox.Field, received.Date, bool) {
	f, ok := s.message.Field("Date")
	if !ok {
		return f, received.Date{}, false
	}
	d, ok := received.ReadDate(f.Value)
	return f, d, ok
}

// finding begins a finding that is about no hop.
func finding(severity report.Severity, weight report.Weight, format string, args ...any) report.Finding {
	return report.Finding{Severity: severity, Weight: weight, Text: fmt.Sprintf(format, args...), Evidence: []report.Evidence{}}
}
