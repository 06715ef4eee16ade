package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfMXHostHELO = check{
	Rule: report.Rule{
		ID:    "spf.mx-host-helo",
		Title: "A server that sends for the domain has no SPF record at its own name",
		Max:   report.Info,
		Explain: `Receivers may also look at the name by which a server introduces itself, and for error reports, whose sender is empty, that is the only
name there is. The domain lets this mail server of its own send, and nothing is published at the server's name. If it sends by that
name, publish "v=spf1 a -all" there.`,
		Innocent: `The server only receives, or introduces itself by another name.`,
		Measured: notMeasured + " Only mail servers with names below the domain were looked at, and only such as its record lets send.",
		Refs:     []string{"RFC 7208 section 2.3", "RFC 7208 section 10.1.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil || l.passesAll() {
			return nil, nil, nil
		}
		var found []report.Finding
		var undecided []report.Undecided
		for _, h := range l.helo {
			if !l.sends(h.host) {
				continue
			}
			if err := h.text.err; err != nil {
				undecided = append(undecided, h.host.undecided("whether %s has an SPF record of its own is not known: %s", spelled(h.host.Name), inWords(err)))
				continue
			}
			has := false
			for _, r := range h.text.answer.Records {
				has = has || auth.IsSPF(r.Text)
			}
			if !has {
				f := h.host.finding(report.Info, "%s may send for %s, and has no SPF record at its own name", spelled(h.host.Name), spelled(s.domain))
				f.Evidence = withEvidence(l.walk.root.led(), h.host.addressEvidence())
				f.Evidence = withEvidence(f.Evidence, h.evidence())
				found = append(found, f)
			}
		}
		return found, undecided, nil
	},
}

// sends tells whether an address of the host passes.
func (l *spfSight) sends(h *host) bool {
	for _, a := range h.addresses {
		p, err := a.Unmap().Prefix(a.Unmap().BitLen())
		if err != nil {
			continue
		}
		four := a.Unmap().Is4()
		set := l.v6.pass
		if four {
			set = l.v4.pass
		}
		if x, ok := spanOf(p, four); ok && set.has(x.low) {
			return true
		}
	}
	return false
}

// evidence is that there is no record, or none of SPF.
func (h *spfHELO) evidence() []report.Evidence {
	r := spfRecord{name: h.host.Name, answer: *h.text}
	return r.evidence()
}
