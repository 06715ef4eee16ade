package probe

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"mailtrace/report"
)

// tried says whether a connection was attempted.
func (p place) tried() bool {
	return p.Outcome != "" && p.Outcome != report.OutcomeUntried && p.Outcome != report.OutcomeForbidden
}

// heard says whether EHLO or HELO was answered.
func (p place) heard() bool { return p.Hello != report.HelloNone }

// takesMail says whether this is where servers bring mail, and not users.
func (p place) takesMail() bool { return p.Port == smtpPort }

// forUsers says whether this is where users hand in mail.
func (p place) forUsers() bool {
	return p.Port == submissionPort || p.Port == implicitPort || p.host.Role == report.RoleSubmission || p.host.Role == report.RoleSubmissions
}

// upgraded says whether there was an answer to EHLO before TLS, and another one inside.
func (p place) upgraded() bool { return p.StartTLS == report.StartTLSOK && p.secured() }

// secured says whether EHLO was answered inside TLS.
func (p place) secured() bool {
	if p.TLS == nil || p.TLS.Outcome != report.OutcomeOK {
		return false
	}
	code, _ := p.reply(true, "EHLO")
	return strings.HasPrefix(code, "2")
}

// offers is the extensions that count at the end: inside TLS where there is TLS (RFC
// 3207 section 4.2), and whether they are known. They are not when TLS was begun and
// EHLO not answered there.
func (p place) offers() (all []report.Extension, tls, known bool) {
	switch {
	case p.secured():
		return p.ExtensionsTLS, true, true
	case p.TLS != nil || p.Hello != report.HelloEHLO:
		return nil, false, false
	}
	return p.Extensions, false, true
}

// settled says whether it is known what the server offers in the end: inside TLS, or
// without where there is none. What it says before a TLS that could not be had this
// time is not.
func (p place) settled() bool {
	_, tls, known := p.offers()
	return known && (tls || p.StartTLS == report.StartTLSAbsent)
}

// lastHeard is the last line of the server, or, without one, how the endpoint ended.
func (p place) lastHeard() report.Evidence {
	for i := len(p.Transcript) - 1; i >= 0; i-- {
		if !p.Transcript[i].Client {
			return p.line(i + 1)
		}
	}
	return p.ended()
}

// reply is the code of the reply to the last command of the client that begins with a
// verb, before TLS or inside, and the numbers of its lines in the transcript. To "" it
// is the greeting.
func (p place) reply(tls bool, verb string) (code string, lines []int) {
	at := 0
	for i, t := range p.Transcript {
		if verb != "" && t.Client && t.TLS == tls && strings.HasPrefix(t.Text, verb) {
			at = i + 1
		}
	}
	if verb != "" && at == 0 {
		return "", nil
	}
	for i := at; i < len(p.Transcript) && !p.Transcript[i].Client; i++ {
		lines = append(lines, i+1)
	}
	if len(lines) > 0 {
		if text := p.Transcript[lines[0]-1].Text; len(text) >= 3 {
			code = text[:3]
		}
	}
	return code, lines
}

// replied is the reply to a command as evidence, and its text as a report quotes it;
// without a reply it is how the conversation ended.
func (p place) replied(tls bool, verb string) (evidence []report.Evidence, text string) {
	_, lines := p.reply(tls, verb)
	for _, n := range lines {
		evidence = append(evidence, p.line(n))
	}
	if len(evidence) == 0 {
		return []report.Evidence{p.ended()}, ""
	}
	return evidence, quoted(evidence[0].Bytes())
}

// maxQuoted is how many octets of a server's words stand in a text; the evidence has
// the rest.
const maxQuoted = 120

// quoted is a server's words in quotes, cut where they are long, with whatever is no
// text escaped.
func quoted(s string) string {
	if len(s) <= maxQuoted {
		return fmt.Sprintf("%q", s)
	}
	end := maxQuoted
	for end > maxQuoted-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return fmt.Sprintf("%q...", s[:end])
}

// counted is "1 octet", "1,024 octets", with commas at the thousands.
func counted(n int64, one, many string) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n == 1 {
		return digits + " " + one
	}
	return digits + " " + many
}

// seconds is a time of the report as people write it.
func seconds(milliseconds int64) string {
	return inSeconds(time.Duration(milliseconds) * time.Millisecond)
}

// took is how long a phase was, the last one of that name; 0 when it did not begin.
func (p place) took(phase report.Phase) int64 {
	for i := len(p.Times) - 1; i >= 0; i-- {
		if p.Times[i].Phase == phase {
			return p.Times[i].Milliseconds
		}
	}
	return 0
}

// odd is the oddities of a kind.
func (p place) odd(kind report.OddityKind) []report.Oddity {
	var all []report.Oddity
	for _, o := range p.Oddities {
		if o.Kind == kind {
			all = append(all, o)
		}
	}
	return all
}

// oddLines is the lines of oddities as evidence.
func (p place) oddLines(all []report.Oddity) []report.Evidence {
	evidence := make([]report.Evidence, 0, len(all))
	for _, o := range all {
		evidence = append(evidence, p.line(o.Line))
	}
	return evidence
}

// lines is lines of the transcript as evidence.
func (p place) lines(numbers []int) []report.Evidence {
	evidence := make([]report.Evidence, 0, len(numbers))
	for _, n := range numbers {
		evidence = append(evidence, p.line(n))
	}
	return evidence
}
