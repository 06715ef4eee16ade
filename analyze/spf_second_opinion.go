package analyze

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfSecondOpinion = check{
	Rule: report.Rule{
		ID:    "spf.second-opinion",
		Title: "Two programs that check SPF come to different results on the same records",
		Max:   report.Info,
		Explain: `mailtrace lets a second, independent program (blitiri.com.ar/go/spf) judge SPF on the same answers of the
DNS. Here the two differ, and none of the known differences between them is the cause: one of the two is
wrong. Do not rely on the SPF result of this message alone; the steps of the check are in the JSON report.
Please report the records and the address in the evidence to the authors of mailtrace.`,
		Innocent: `A mistake in one of the two programs, or a rule of SPF that can be read in two ways.`,
		Refs:     []string{"RFC 7208 section 4"},
	},
	asks: true,
	run: func(ctx context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		ask := s.second
		if ask == nil {
			ask = auth.SecondSPF
		}
		var found []report.Finding
		for _, c := range [...]*spfCheck{s.checked.spf.mailFrom, s.checked.spf.helo} {
			if c == nil || c.result == nil || s.checked.spf.open != "" || !decided(c.result.Status) {
				continue
			}
			second := ask(ctx, c.query, c.result)
			if second.Difference != auth.UnexplainedSPF {
				continue
			}
			f := s.about(c.hop, report.Info, report.Ordinary, "SPF of %s for %s is %s by our own check, and %s by the second program%s: one of the two is wrong, please report it",
				c.result.Domain, c.query.IP, c.result.Status, second.Status, secondWhy(&second))
			f.Evidence = append(f.Evidence, s.part(c.hop, s.hops[c.hop].Spans.From))
			f.Evidence = append(f.Evidence, spfRecord(c.result)...)
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// secondSPF lets a second program judge a query on the answers that the first one got.
type secondSPF func(context.Context, auth.SPFQuery, *auth.SPF) auth.SPFSecond

// secondWhy is what the second program says for itself.
func secondWhy(second *auth.SPFSecond) string {
	var said []string
	if second.Problem != "" {
		said = append(said, second.Problem)
	}
	if len(second.NotKept) > 0 {
		said = append(said, fmt.Sprintf("it wanted to know %s", strings.Join(second.NotKept, ", ")))
	}
	if len(said) == 0 {
		return ""
	}
	return " (" + strings.Join(said, "; ") + ")"
}
