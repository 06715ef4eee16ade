package analyze

import (
	"context"
	"time"

	"mailtrace/analyze/mailbox"
	"mailtrace/received"
	"mailtrace/report"
)

var sesOutgoing = check{
	Rule: report.Rule{
		ID:    "received.ses-outgoing",
		Title: "What Amazon's mail service (SES) wrote into the message does not fit its route",
		Max:   report.Warning,
		Explain: `Amazon's mail service writes into each message the day and the address from which it sends it
(X-SES-Outgoing), and the moment into the Message-ID. Here one of them does not fit: no hop shows
that address, or the days differ. So the message did not come straight from Amazon: the fields
were copied, or an older message was sent once more. For a complaint go by the host that handed
the message over ("came from"), not by these fields.`,
		Innocent: `A mailing list or a forwarding in between that dropped the older lines; an author's
computer whose clock is days off.`,
		Refs: []string{"RFC 5321 section 4.4", "RFC 5322 section 3.6.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, f := range s.message.Fields {
			if !f.Is("X-SES-Outgoing") {
				continue
			}
			if out, ok := received.ParseSESOutgoing(f.Value); ok {
				if finding, ok := s.sesRoute(f, out); ok {
					found = append(found, finding)
				}
			}
			break
		}
		if finding, ok := s.sesDate(); ok {
			found = append(found, finding)
		}
		return found, nil, nil
	},
}

// sesRoute looks for the hop that took the message from SES.
func (s *subject) sesRoute(f mailbox.Field, out received.SESOutgoing) (report.Finding, bool) {
	seen := false
	for i := range s.hops {
		h := &s.hops[i]
		seen = seen || public(h.From.Address)
		if h.From.Address != out.Address {
			continue
		}
		if h.Time == nil || !h.Time.Before(out.Day.Add(-24*time.Hour)) && h.Time.Before(out.Day.Add(idClockHeld)) {
			return report.Finding{}, false
		}
		finding := s.about(i, report.Warning, report.Strong, "Amazon SES says that it sent the message from %s on %s, and hop %d took it from there on %s",
			out.Address, out.Day.Format(time.DateOnly), h.Number, h.Time.UTC().Format(time.DateOnly))
		finding.Evidence = append(finding.Evidence, field(f), s.part(i, h.Spans.Time))
		return finding, true
	}
	if !seen {
		return report.Finding{}, false // No hop tells an address: nothing to compare.
	}
	severity, weight := report.Warning, report.Strong
	if s.sentAnew() {
		severity, weight = report.Info, report.Ordinary
	}
	at := s.handedOver()
	finding := s.about(at, severity, weight, "Amazon SES says that it sent the message from %s, and no hop took it from there: hop %d took it from %s",
		out.Address, s.hops[at].Number, peer(&s.hops[at]))
	finding.Evidence = append(finding.Evidence, field(f), s.part(at, s.hops[at].Spans.From))
	return finding, true
}

// handedOver is the hop at the boundary, or the oldest one that saw an address.
func (s *subject) handedOver() int {
	if s.boundary.at >= 0 {
		return s.boundary.at
	}
	for i := range s.hops {
		if public(s.hops[i].From.Address) {
			return i
		}
	}
	return 0
}

// sentAnew says whether a list or a forwarding sent the message on, so that its
// older lines may be gone.
func (s *subject) sentAnew() bool {
	for i := range s.hops {
		switch s.hops[i].Kind {
		case received.List, received.Forward, received.Fetch:
			return true
		}
	}
	for _, f := range s.message.Fields {
		if f.Is("List-Id") || f.Is("List-Post") || f.Is("Resent-From") || f.Is("Resent-Date") || f.Is("X-Forwarded-To") || f.Is("X-Forwarded-For") {
			return true
		}
	}
	return false
}

// sesDate compares the moment in a Message-ID of SES with Date.
func (s *subject) sesDate() (report.Finding, bool) {
	var id, date mailbox.Field
	ids, dates := 0, 0
	for _, f := range s.message.Fields {
		switch {
		case f.Is("Message-ID"):
			id = f
			ids++
		case f.Is("Date"):
			date = f
			dates++
		}
	}
	if ids != 1 || dates != 1 {
		return report.Finding{}, false
	}
	sent, ok := received.SESMessageID(id.Value)
	written := s.report.Message.Date
	if !ok || written == nil {
		return report.Finding{}, false
	}
	apart := written.Sub(sent)
	if apart.Abs() <= 24*time.Hour {
		return report.Finding{}, false
	}
	f := report.Finding{Severity: report.Warning, Weight: report.Strong, Evidence: []report.Evidence{field(id), field(date)}}
	f.Text = "the Message-ID is of Amazon SES, given on " + sent.Format(time.DateTime) + " UTC, and Date is " + span(apart.Abs()) + " away from it"
	return f, true
}
