package analyze

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mailtrace/received"
	"mailtrace/report"
)

// What an input allows to be judged. A message reaches a helpdesk copied out of a
// web page, saved by Outlook, attached by a program that writes it anew: what looks
// like the trace of a forger may be that of the copying. So a check says what it
// needs of the input, and where the input does not give it, the check is undecided
// and not asked.

// need is what a check needs of an input, beside the values in it.
type need int

const (
	needForm   need = 1 << iota // The lines of the route as their writers printed them.
	needPlaces                  // The fields in their places, and each as often as it was there.
	needHeader                  // The whole header: what is not in it was not in it.
)

// cannotJudge begins the reason of an undecided that is due to the input.
const cannotJudge = "cannot be judged on this input: "

// lacks says what of that the input does not give, or "".
func (s *subject) lacks(n need) string {
	m := s.message
	msg := slices.Contains(m.Containers, "msg") // Its header is a copy of the text that came in.
	switch {
	case n != 0 && m.Rebuilt:
		return cannotJudge + "there is no header in it but one made of what Outlook kept"
	case n&needForm != 0 && m.Fidelity == report.Reserialised:
		return cannotJudge + "a program wrote the lines of the route anew"
	case n&needPlaces != 0 && m.Fidelity == report.Reserialised && !msg:
		return cannotJudge + "a program wrote the header anew, and may have put its fields in other places"
	case n&(needPlaces|needHeader) != 0 && m.Fidelity == report.PastedRepaired:
		return cannotJudge + "it was copied, and fields may be missing or in other places"
	case n&needHeader != 0 && m.Fidelity != report.AsReceived && !s.authored():
		return cannotJudge + "it is a piece of a header"
	}
	return ""
}

// authored says whether the fields are there that every message has (RFC 5322
// section 3.6).
func (s *subject) authored() bool {
	_, from := s.message.Field("From")
	return from
}

// ask lets a check look at the subject as far as the input allows. What speaks
// against a hop whose line had to be put together is not a finding but undecided:
// the damage may be what speaks.
func (s *subject) ask(ctx context.Context, c *check) ([]report.Finding, []report.Undecided, error) {
	if why := s.lacks(c.needs); why != "" {
		return nil, []report.Undecided{{Why: why}}, nil
	}
	found, undecided, err := c.safely(ctx, s)
	if s.message.Fidelity == report.AsReceived || s.message.Fidelity == report.HeadersOnly {
		return found, undecided, err
	}
	kept := found[:0]
	for _, f := range found {
		if why := s.damaged(&f); why != "" {
			undecided = append(undecided, report.Undecided{Why: why, Hop: f.Hop})
			continue
		}
		kept = append(kept, f)
	}
	return kept, undecided, err
}

// damaged says why a finding about a hop may be due to what was done to its line.
func (s *subject) damaged(f *report.Finding) string {
	if f.Hop == nil || f.Weight == report.Ordinary {
		return ""
	}
	i := *f.Hop - 1
	switch {
	case s.received[i].Mended:
		return cannotJudge + fmt.Sprintf("line %d was damaged by copying, and put together again", s.hops[i].Line)
	case merged(s.hops[i].Raw):
		return cannotJudge + fmt.Sprintf("line %d looks like several lines of the route made one", s.hops[i].Line)
	}
	return ""
}

// merged says whether the text of one Received field has the parts of two: QUIRK:
// programs that make a .msg file of a message keep one field of a name and put the
// text of all into it (MsgKit).
func merged(raw string) bool {
	dates := 0
	for _, rest, ok := strings.Cut(raw, ";"); ok; _, rest, ok = strings.Cut(rest, ";") {
		if _, is := received.ReadDate(rest[:min(len(rest), longestDate)]); is {
			dates++
		}
	}
	return dates > 1 && strings.Count(raw, "by ") > 1
}

// longestDate is how many bytes of what stands behind a semicolon are read as a date.
const longestDate = 64
