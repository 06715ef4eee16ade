package analyze

import (
	"mailtrace/received"
	"mailtrace/report"
)

// carried lowers what was found in a message that is attached to another one. Whose
// hosts wrote its newest lines is seen as in any message; that these lines are
// those that came in, and nothing was changed in them, is only the word of whoever
// attached it. So nothing in it was observed: at most it is attested.
func (s *subject) carried(a *Analyzer) {
	if s.message.Carrier == nil || a.TrustCarrier {
		return
	}
	s.byCarrier = true
	for i := range s.hops {
		if s.hops[i].Standing == report.Observed {
			s.hops[i].Standing = report.Attested
		}
	}
	if b := s.report.Path.Boundary; b != nil {
		if b.Confidence == received.Certain {
			b.Confidence = received.Likely
		}
		b.Basis = append(b.Basis, report.Basis{Why: "it is attached to another message, so all this is the word of whoever attached it (unless --trust-carrier)"})
	}
}
