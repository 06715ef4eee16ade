package analyze

import (
	"context"
	"strings"

	"mailtrace/analyze/mailbox"
	"mailtrace/received"
	"mailtrace/report"
)

var envelopeFromDiffers = check{
	Rule: report.Rule{
		ID:    "received.envelope-from-differs",
		Title: "Return-Path is not the bounce address that was noted when the message came in",
		Max:   report.Warning,
		Explain: `A sending host names an address to which errors (bounces) are to go. The recipient's side noted it
when the message came in, and once more as Return-Path when it put the message into the mailbox;
here the two are of different domains. So Return-Path came with the message or was changed on the
way. For complaints and filters take the other one, the envelope sender that was noted when the
message came in.`,
		Innocent: `The message was delivered a second time: by a forwarding, a mailing list or a program
that fetches mail. Addresses that are rewritten for each recipient (SRS, VERP) are seen and left alone.`,
		Refs: []string{"RFC 5321 section 4.4", "RFC 8601 section 2.7.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		at := s.boundary.at
		if at < 0 {
			return nil, nil, nil
		}
		path, ok := s.returnPath()
		if !ok {
			return nil, nil, nil
		}
		given, evidence, who := s.givenFrom()
		if given == "" || sameSender(given, returnPath(path)) {
			return nil, nil, nil
		}
		for i := at; i < len(s.hops); i++ {
			switch s.hops[i].Kind {
			case received.List, received.Forward, received.Fetch:
				return nil, nil, nil // Handed in anew, with another envelope.
			}
		}
		severity, weight := report.Info, report.Ordinary
		if s.boundary.sure == received.Certain && s.origin(s.indexOf(path), "") == report.FromRecipient {
			severity, weight = report.Warning, report.Strong
		}
		f := s.about(at, severity, weight, "%s says that %s was given as the sender, and Return-Path is %s", who, given, returnPath(path))
		f.Evidence = append(f.Evidence, evidence, field(path))
		return []report.Finding{f}, nil, nil
	},
}

// returnPath is the only Return-Path; where there are several, one delivery came
// after another.
func (s *subject) returnPath() (mailbox.Field, bool) {
	var path mailbox.Field
	n := 0
	for _, f := range s.message.Fields {
		if f.Is("Return-Path") {
			path = f
			n++
		}
	}
	return path, n == 1
}

func (s *subject) indexOf(f mailbox.Field) int {
	for i := range s.message.Fields {
		if s.message.Fields[i].ValueOffset == f.ValueOffset {
			return i
		}
	}
	return -1
}

// givenFrom is the reverse-path that the recipient's side wrote down at the
// handover: in its Received field, or as what SPF was checked on.
func (s *subject) givenFrom() (given string, evidence report.Evidence, who string) {
	h := &s.hops[s.boundary.at]
	if h.EnvelopeFrom != "" {
		return h.EnvelopeFrom, s.part(s.boundary.at, h.Spans.EnvelopeFrom), s.host(s.boundary.at)
	}
	for i := range s.marks {
		k := &s.marks[i]
		if s.origin(k.index, k.server) != report.FromRecipient {
			continue
		}
		from, helo := "", ""
		if k.results != nil {
			from, helo = k.results.MailFrom(), k.results.HELO()
		} else if k.spf != nil {
			from, helo = k.spf.MailFrom(), k.spf.HELO()
		}
		// With a null sender SPF is checked on the greeting (RFC 7208 section
		// 2.4), and some write that down as if it were the sender.
		if d := domainOf(from); d == "" || strings.EqualFold(d, helo) || strings.EqualFold(d, h.From.HELO) {
			continue
		}
		return from, field(k.field), k.field.Name
	}
	return "", evidence, ""
}

// sameSender says whether two reverse-paths, or the domain of one, are of one
// organisation, or one is the other rewritten.
func sameSender(a, b string) bool {
	a, b = strings.ToLower(strings.Trim(a, "<> ")), strings.ToLower(strings.Trim(b, "<> "))
	da, db := domainOf(a), domainOf(b)
	if a == b || da == "" || db == "" || nameless(da) || nameless(db) || house(da) == house(db) {
		return true // Also where one is empty, or was blotted out.
	}
	return rewritten(a, db) || rewritten(b, da)
}

// rewritten says whether an address holds the domain of another: SRS0=…=domain=user@…,
// VERP's user=domain@….
func rewritten(address, domain string) bool {
	local, _, ok := strings.Cut(address, "@")
	return ok && strings.Contains(local, domain)
}
