package analyze

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

var dkimSecondOpinion = check{
	Rule: report.Rule{
		ID:    "dkim.second-opinion",
		Title: "Two programs that check DKIM come to different results on the same signature",
		Max:   report.Info,
		Explain: `mailtrace lets a second, independent program (emersion/go-msgauth) check signatures with the same key.
Here the two differ, and none of the known differences between them is the cause: one of the two is wrong.
Do not rely on the result of this signature before you have read its steps (--explain). Please report
the message, or the signature and the key in the evidence, to the authors of mailtrace.`,
		Innocent: `A mistake in one of the two programs, or a rule of DKIM that can be read in two ways.`,
		Refs:     []string{"RFC 6376 section 6.1"},
	},
	asks: true,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		ask := s.secondDKIM
		if ask == nil {
			ask = auth.SecondDKIM
			if !s.worthASecond() {
				return nil, nil, nil
			}
		}
		if !s.anyKey() {
			return nil, nil, nil
		}
		var found []report.Finding
		for i, second := range ask(s.message, &s.checked.signatures) {
			if second.Difference != auth.UnexplainedDKIM {
				continue
			}
			g, why := &s.checked.signatures.DKIM[i], ""
			if second.Problem != "" {
				why = " (" + second.Problem + ")"
			}
			f := finding(report.Info, report.Ordinary, "the signature of %s, line %d, is %s by our own check (%s), and %s by the second program%s: one of the two is wrong, please report it",
				g.Domain, s.message.Fields[g.Field].Line, g.Status, g.Reason, second.Status, why)
			f.Evidence = append(f.Evidence, s.signed(g))
			if g.Key != nil {
				f.Evidence = append(f.Evidence, published(g.Key.Name, "TXT", g.Key.Text))
			}
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// secondDKIM lets a second program judge each signature on the keys that the first one
// got.
type secondDKIM func(*mailbox.Message, *auth.Signatures) []auth.DKIMSecond

// anyKey says whether a signature was checked with a key. Without one both have nothing
// to say, and the second would read the message for nothing.
func (s *subject) anyKey() bool {
	for i := range s.checked.signatures.DKIM {
		if s.checked.signatures.DKIM[i].Key != nil {
			return true
		}
	}
	return false
}

// worthASecond says whether the second program is asked. It takes four times as long as
// our own, so that where all signatures hold it is left out, unless the user has time:
// a hash that is equal and a signature that verifies leave little to err in.
func (s *subject) worthASecond() bool {
	if s.thorough {
		return true
	}
	for i := range s.checked.signatures.DKIM {
		g := &s.checked.signatures.DKIM[i]
		if g.Key != nil && g.Status != auth.Pass {
			return true
		}
	}
	return false
}
