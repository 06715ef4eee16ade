package probe

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/report"
)

var smtpSize = check{
	Rule: report.Rule{
		ID:    "smtp.size",
		Title: "The limit on the size of messages is missing, odd or low",
		Max:   report.Warning,
		Explain: `By SIZE a server says how large a message may be, so that a sender need not send one in vain. Attachments grow by
more than a third on their way: the limit divided by 1.37 is the largest file. A limit that cannot be read is
ignored by some senders and taken for zero by others. Set it to what the server really takes (in Postfix
message_size_limit, in Exim message_size_limit).`,
		Innocent: `Some servers have no fixed limit, or say nothing of it. That works: mail that is too large is refused when it comes.`,
		Measured: notMeasured + " It rests on the standard; what is called low or high is our own choice.",
		Refs:     []string{"RFC 1870 section 3", "RFC 5321 section 4.5.3.1.7", "RFC 2045 section 6.8"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			all, tls, known := p.offers()
			if !known {
				continue
			}
			switch size := sizeOf(all); size.State {
			case report.SizeInvalid:
				t.find(p, report.Warning, p.says(tls, "SIZE"), "SIZE stands with %s, which is %s: some senders ignore it, others take it for a limit of nothing", quoted(firstSize(all).Param), notOctets(firstSize(all).Param))
			case report.SizeUnlimited:
				t.find(p, report.Info, p.says(tls, "SIZE"), "SIZE is 0: there is no fixed limit, and a message may still be refused for want of room")
			case report.SizeUnstated:
				t.find(p, report.Info, p.says(tls, "SIZE"), "SIZE stands without a number: senders learn only by trying whether a message is too large")
			case report.SizeAbsent:
				evidence, _ := p.replied(tls, "EHLO")
				t.find(p, report.Info, evidence, "SIZE is not offered: senders learn only by trying whether a message is too large")
			case report.SizeLimit:
				t.limit(p, p.says(tls, "SIZE"), *size.Octets)
			}
		}
		return t.all()
	},
}

const (
	minMessage = 64 << 10 // "at least 64K octets" (RFC 5321 section 4.5.3.1.7).
	lowMessage = 10 << 20 // Senders today expect 10 MiB at least; the default of Postfix is 10,240,000, so that is let be.
	hugeLimit  = 2 << 30  // 2 GiB: programs that count in 32 bits take what is above for less than nothing.
)

// postfixDefault is message_size_limit where nobody set it.
const postfixDefault = 10_240_000

// limit tells a limit that is odd, with the largest attachment.
func (t *told) limit(p place, evidence []report.Evidence, n int64) {
	octets, file := counted(n, "octet", "octets"), amount(report.Attachment(n))
	switch {
	case n < minMessage:
		t.find(p, report.Warning, evidence, "SIZE is %s, and every server must take 65,536: hardly a mail of today is that small (the largest attachment has about %s)", octets, file)
	case n < lowMessage && n != postfixDefault:
		t.find(p, report.Info, evidence, "SIZE is %s, which is little: the largest attachment has about %s, and larger mail bounces", octets, file)
	case n >= hugeLimit:
		t.find(p, report.Info, evidence, "SIZE is %s, more than some senders can count to; hardly a server takes that much", octets)
	}
}

// notOctets says why a parameter of SIZE is no number of octets.
func notOctets(param string) string {
	if param != "" && strings.Trim(param, "0123456789") == "" {
		return "more than can be counted in 63 bits"
	}
	return "no number of octets"
}

// amount is octets as people speak of the size of a file.
func amount(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return counted(n, "octet", "octets")
}
