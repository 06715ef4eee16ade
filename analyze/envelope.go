package analyze

import (
	"fmt"
	"strings"

	"mailtrace/analyze/domain"
	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

// maxEnvelope is how many addresses of the envelope a report lists.
const maxEnvelope = 100

// envelopeFields are the fields in which the final delivery, or a forwarder,
// writes down an address of the envelope. None but Return-Path is standardised.
var envelopeFields = [...]struct {
	name string
	role report.EnvelopeRole
}{
	{"Return-Path", report.EnvelopeReturnPath},
	{"Delivered-To", report.EnvelopeDeliveredTo},
	{"X-Original-To", report.EnvelopeOriginalTo},
	{"Envelope-To", report.EnvelopeTo},
	{"X-Forwarded-To", report.EnvelopeForwardedTo},
}

// envelope puts what is known of the envelope into the report. A recipient is
// taken from where only the recipient's side writes: the sender knows what he
// wrote into Delivered-To himself.
func (s *subject) envelope() {
	e := &s.report.Envelope
	var to []string // Recipients that the recipient's side wrote down.
	for i, f := range s.message.Fields {
		for _, known := range envelopeFields {
			if !f.Is(known.name) {
				continue
			}
			a := report.EnvelopeAddress{Role: known.role, Address: returnPath(f), Line: f.Line, Standing: s.standing(i)}
			s.addEnvelope(a)
			if known.role != report.EnvelopeReturnPath && s.believable(i) {
				to = append(to, a.Address)
			}
		}
	}
	for i := range s.hops {
		h := &s.hops[i]
		if h.Standing != report.Observed {
			continue
		}
		if i == s.boundary.at && h.EnvelopeFrom != "" {
			s.addEnvelope(report.EnvelopeAddress{Role: report.EnvelopeFrom, Address: h.EnvelopeFrom, Line: h.Line, Hop: &h.Number, Standing: h.Standing})
		}
		for _, address := range h.For {
			s.addEnvelope(report.EnvelopeAddress{Role: report.EnvelopeFor, Address: address, Line: h.Line, Hop: &h.Number, Standing: h.Standing})
			to = append(to, address)
		}
	}
	e.Addressed, e.Way, e.Why = s.way(to)
}

func (s *subject) addEnvelope(a report.EnvelopeAddress) {
	e := &s.report.Envelope
	if a.Address == "" || len(e.Addresses) == maxEnvelope {
		return
	}
	d := decodeEnvelope(a.Address)
	a.Form, a.Decoded, a.Meaning = d.form, d.address, d.meaning
	e.Addresses = append(e.Addresses, a)
}

// believable says whether the field at an index is of the recipient's side, as far
// as can be told: without a boundary, whether it stands above all that was handed
// on.
func (s *subject) believable(index int) bool {
	if s.boundary.at >= 0 {
		return s.recipients(&s.boundary, index, "")
	}
	return len(s.index) == 0 || index < s.index[len(s.index)-1]
}

// standing is that of the field at an index: the standing of the line that whoever
// wrote it, or a newer host, wrote too.
func (s *subject) standing(index int) report.Standing {
	switch {
	case s.boundary.at < 0:
		return report.Standing("")
	case s.recipients(&s.boundary, index, "") && s.byCarrier:
		return report.Attested
	case s.recipients(&s.boundary, index, ""):
		return report.Observed
	}
	for i := range s.hops {
		if s.hops[i].Standing == report.Attested {
			// The oldest one: what stands above it was written by hosts that are vouched for.
			if index < s.index[i] {
				return report.Attested
			}
			break
		}
	}
	return report.Claimed
}

// way infers how the message came to its recipient. Who gets a blind copy stands
// in no address field (RFC 5322 section 3.6.3), and neither does who gets it over a
// list, a forwarder or an alias.
func (s *subject) way(to []string) (addressed *bool, way report.EnvelopeWay, why string) {
	var known []string
	for _, a := range to {
		if recipient(a) {
			known = append(known, a)
		}
	}
	if len(known) == 0 {
		return nil, report.WayUnknown, "no recipient of the envelope was written down by the recipient's side"
	}
	yes, no := true, false
	for _, a := range known {
		if s.names(a) {
			return &yes, report.WayDirect, a + " stands in To or Cc"
		}
	}
	if f, ok := s.listField(); ok {
		return &no, report.WayList, fmt.Sprintf("%s in line %d shows a mailing list", f.Name, f.Line)
	}
	for _, a := range s.report.Envelope.Addresses {
		switch d := decodeEnvelope(a.Address); {
		case d.way == hintList:
			return &no, report.WayList, fmt.Sprintf("the %s in line %d shows a mailing list: %s", a.Role, a.Line, d.meaning)
		case d.way == hintForward:
			return &no, report.WayForward, fmt.Sprintf("the %s in line %d shows a forwarder: %s", a.Role, a.Line, d.meaning)
		case a.Role == report.EnvelopeForwardedTo:
			return &no, report.WayForward, fmt.Sprintf("X-Forwarded-To in line %d shows a forwarder", a.Line)
		}
	}
	for _, a := range known[1:] {
		if !sameMailbox(a, known[0]) {
			return &no, report.WayForward, fmt.Sprintf("it was taken for %s and delivered to %s", a, known[0])
		}
	}
	return &no, report.WayHidden, known[0] + " stands neither in To nor in Cc, and nothing shows a list or a forwarder"
}

// recipient says whether an address can be compared with those in To: one of an
// organisation, not of a mailbox on one host.
func recipient(address string) bool {
	host := domainOf(address)
	return strings.Contains(address, "@") && domain.Org(host) != "" && !isLoopbackName(host)
}

// names says whether an address stands in To or Cc.
func (s *subject) names(address string) bool {
	for _, list := range [...][]report.Mailbox{s.report.Message.To, s.report.Message.Cc} {
		for _, m := range list {
			if sameMailbox(m.Address, address) {
				return true
			}
		}
	}
	return false
}

// sameMailbox says whether two addresses lead to one mailbox, as far as they show:
// case, and what stands behind a "+" (RFC 5233 section 2), do not matter.
func sameMailbox(a, b string) bool {
	localA, hostA := bare(a)
	localB, hostB := bare(b)
	return strings.EqualFold(localA, localB) && strings.EqualFold(hostA, hostB)
}

// bare is the parts of an address that tell where it leads.
func bare(address string) (local, host string) {
	local, host, ok := cutLast(strings.Trim(address, "<> "), '@')
	if i := strings.IndexByte(local, '+'); ok && i > 0 {
		local = local[:i]
	}
	return local, host
}

// listField is the field that shows a mailing list, if there is one.
// List-Unsubscribe alone is none: every newsletter has it.
func (s *subject) listField() (mailbox.Field, bool) {
	for _, f := range s.message.Fields {
		if f.Is("List-Id") || f.Is("List-Post") || f.Is("Mailing-List") || f.Is("X-Mailing-List") || f.Is("X-BeenThere") {
			return f, true
		}
	}
	return mailbox.Field{}, false
}
