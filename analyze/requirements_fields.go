package analyze

import (
	"slices"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/bulk"
	"mailtrace/received"
	"mailtrace/report"
)

// indexes of the fields of a name.
func (s *subject) fieldsNamed(name string) []int {
	var all []int
	for i := range s.message.Fields {
		if s.message.Fields[i].Is(name) {
			all = append(all, i)
		}
	}
	return all
}

// oneClickFact is whether who gets the mail can leave by one click (RFC 8058): one field
// List-Unsubscribe with a link by HTTPS, one List-Unsubscribe-Post, both in one signature
// that holds. It is asked for of advertising and newsletters alone, and no field says what
// a mail is: without any sign of a list, it is not missed.
func (s *subject) oneClickFact() bulk.Fact {
	leave, post := s.fieldsNamed("List-Unsubscribe"), s.fieldsNamed("List-Unsubscribe-Post")
	incomplete := s.lacks(needHeader | needPlaces)
	switch {
	case len(leave) == 0 && len(post) == 0 && incomplete != "":
		return fact(bulk.Unknown, "there is no List-Unsubscribe, and that %s", incomplete)
	case len(leave) == 0 && len(post) == 0 && !s.subscribed():
		return fact(bulk.Unknown, "there is no List-Unsubscribe; it is asked only of advertising and newsletters, and nothing in the header says that this is one")
	case len(leave) == 0:
		return fact(bulk.No, "there is no List-Unsubscribe, and other fields show a list")
	case incomplete != "":
		return fact(bulk.Unknown, "whether the fields are there as they were sent %s", incomplete)
	case len(leave) > 1:
		return fact(bulk.No, "there are %d List-Unsubscribe; RFC 8058 allows one", len(leave))
	}
	field := s.message.Fields[leave[0]]
	switch {
	case bulk.HTTPSLink(field.Text()) == "":
		return fact(bulk.No, "List-Unsubscribe, line %d, has no link by HTTPS", field.Line)
	case len(post) != 1:
		return fact(bulk.No, "there are %d List-Unsubscribe-Post, and one is needed", len(post))
	case !bulk.OneClick(s.message.Fields[post[0]].Text()):
		return fact(bulk.No, "List-Unsubscribe-Post, line %d, is not \"List-Unsubscribe=One-Click\"", s.message.Fields[post[0]].Line)
	}
	return s.oneClickSigned(leave[0], post[0])
}

// oneClickSigned is whether one signature that holds is over both fields (RFC 8058 section
// 4): one that is open and names them leaves it open.
func (s *subject) oneClickSigned(leave, post int) bulk.Fact {
	open := false
	for i := range s.checked.signatures.DKIM {
		g := &s.checked.signatures.DKIM[i]
		covers := slices.Contains(g.Covered, leave) && slices.Contains(g.Covered, post)
		switch {
		case covers && g.Status == auth.Pass:
			return fact(bulk.Yes, "both fields are there, and the signature of %s is over them", g.Domain)
		case resulting(g.Status) == bulk.Unknown && (covers || len(g.Covered) == 0):
			open = true
		}
	}
	if open {
		return fact(bulk.Unknown, "both fields are there; whether a signature that holds is over them is not known")
	}
	return fact(bulk.No, "both fields are there, and no signature that holds is over them")
}

// subscribed says whether fields show that the mail went to a list of subscribers.
func (s *subject) subscribed() bool {
	if _, list := s.listField(); list {
		return true
	}
	for i := range s.message.Fields {
		f := &s.message.Fields[i]
		if f.Is("Feedback-ID") || f.Is("List-Help") || f.Is("List-Subscribe") ||
			f.Is("Precedence") && (strings.EqualFold(f.Text(), "bulk") || strings.EqualFold(f.Text(), "list")) {
			return true
		}
	}
	return false
}

func (s *subject) messageIDFact() bulk.Fact {
	all := s.fieldsNamed("Message-ID")
	switch incomplete := s.lacks(needHeader); {
	case len(all) == 0 && incomplete != "":
		return fact(bulk.Unknown, "there is none, and that %s", incomplete)
	case len(all) == 0:
		return fact(bulk.No, "there is no Message-ID")
	case len(all) > 1 && s.lacks(needPlaces) != "":
		return fact(bulk.Unknown, "there are %d, and that %s", len(all), s.lacks(needPlaces))
	case len(all) > 1:
		return fact(bulk.No, "there are %d", len(all))
	}
	f := s.message.Fields[all[0]]
	if !bulk.ValidMessageID(f.Value) {
		return fact(bulk.No, "line %d is not as RFC 5322 section 3.6.4 has it: %s", f.Line, f.Text())
	}
	if h, _ := s.seenHandover(); h != nil && all[0] < s.index[s.boundary.at] {
		return fact(bulk.Unknown, "line %d was written on the recipient's side: the message may have come without", f.Line)
	}
	return fact(bulk.Yes, "line %d: %s", f.Line, f.Text())
}

func (s *subject) oneFromFact() bulk.Fact {
	fields, all := s.fieldsNamed("From"), s.report.Message.From
	addresses := 0
	for _, m := range all {
		if m.Address != "" {
			addresses++
		}
	}
	switch incomplete := s.lacks(needHeader | needPlaces); {
	case len(fields) == 1 && addresses == 1 && len(all) == 1:
		return fact(bulk.Yes, "%s", all[0].Address)
	case incomplete != "":
		return fact(bulk.Unknown, "%s", incomplete)
	case len(fields) != 1:
		return fact(bulk.No, "there are %d From fields", len(fields))
	}
	return fact(bulk.No, "From holds %d addresses", addresses)
}

// gmailFact is whether the mail is in the name of Gmail without being Gmail's.
func (s *subject) gmailFact(aligned bulk.Fact) bulk.Fact {
	from := s.fromDomains()
	if len(from) == 0 {
		return fact(bulk.Unknown, "From names no domain")
	}
	for _, d := range from {
		if bulk.Gmail(d) {
			return fact(aligned.State, "From is of %s; %s", d, aligned.Why)
		}
	}
	return fact(bulk.Yes, "From is of %s", strings.Join(from[:min(len(from), 3)], ", "))
}

// handedOn says how the mail was handed on by others on its way, or "".
func (s *subject) handedOn() string {
	for i := range s.report.Path.Segments {
		if k := s.report.Path.Segments[i].Kind; k == received.List || k == received.Forward {
			return map[received.Kind]string{received.List: "a mailing list", received.Forward: "a forwarder"}[k]
		}
	}
	if s.report.Envelope.Way == report.WayList {
		return "a mailing list"
	}
	return ""
}

// arcFact is whether whoever handed the mail on sealed it. Whether the chain holds is
// another question: it is asked for the fields.
func (s *subject) arcFact() bulk.Fact {
	by, sets := s.handedOn(), len(s.checked.signatures.ARC.Sets)
	switch {
	case by == "":
		return fact(bulk.Unknown, "it is asked only of who hands mail on, and nothing shows that this was")
	case sets > 0:
		return fact(bulk.Yes, "%s handed it on, and there are %d ARC sets", by, sets)
	case s.lacks(needHeader) != "":
		return fact(bulk.Unknown, "%s", s.lacks(needHeader))
	}
	return fact(bulk.No, "%s handed it on, and there is no ARC field", by)
}

func (s *subject) listIDFact() bulk.Fact {
	all := s.fieldsNamed("List-Id")
	switch {
	case len(all) > 0:
		return fact(bulk.Yes, "line %d", s.message.Fields[all[0]].Line)
	case s.handedOn() != "a mailing list":
		return fact(bulk.Unknown, "it is asked only of mailing lists, and nothing shows that this came over one")
	case s.lacks(needHeader) != "":
		return fact(bulk.Unknown, "%s", s.lacks(needHeader))
	}
	return fact(bulk.No, "it came over a mailing list, and there is no List-Id")
}
