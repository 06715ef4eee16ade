package text

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mailtrace/report"
)

// server is a host, and what its addresses have come to.
type server struct {
	*report.Host
	short   string
	takes   int      // Endpoints that answered EHLO or HELO: mail can be handed over there.
	whole   int      // Of those, the ones with TLS and a certificate that passes.
	blind   int      // Addresses to which no way leads from here: nothing is known of them.
	endings []string // How it ended at the others, each word once.
	now     time.Time
}

func newServer(h *report.Host, short string, now time.Time) server {
	s := server{Host: h, short: short, now: now}
	for i := range h.Endpoints {
		e := &h.Endpoints[i]
		switch {
		case !takes(e):
			if e.Outcome == report.OutcomeNoRoute {
				s.blind++
			}
			if word := ending(e); !slices.Contains(s.endings, word) {
				s.endings = append(s.endings, word)
			}
		case encrypted(e) && certified(e):
			s.whole++
			fallthrough
		default:
			s.takes++
		}
	}
	return s
}

// users says whether the server is for users: it takes mail from them, and not from
// other servers.
func (s *server) users() bool {
	return s.Role == report.RoleSubmission || s.Role == report.RoleSubmissions
}

// fully says whether all is well at all addresses to which a way leads from here.
func (s *server) fully() bool { return s.takes > 0 && s.whole == len(s.Endpoints)-s.blind }

// gone says that a sender finds out at every address that nothing is to be had there:
// it goes on to the next server.
func (s *server) gone() bool {
	if len(s.Endpoints) == 0 {
		return s.Status == "nxdomain" || s.Status == "nodata" || s.Status == "address"
	}
	return !slices.ContainsFunc(s.Endpoints, func(e report.Endpoint) bool {
		return takes(&e) || e.Outcome != report.OutcomeTimeout && e.Outcome != report.OutcomeRefused
	})
}

func (s *server) any(is func(*report.Endpoint) bool) bool {
	return slices.ContainsFunc(s.Endpoints, func(e report.Endpoint) bool { return is(&e) })
}

// unanswered says that the DNS did not tell the addresses, and may do so later.
func (s *server) unanswered() bool {
	return s.Status == "failed" && s.Cause != "alias-loop" && s.Cause != "bad-name"
}

func takes(e *report.Endpoint) bool { return e.Hello != report.HelloNone }

func encrypted(e *report.Endpoint) bool {
	return e.StartTLS == report.StartTLSOK || e.StartTLS == report.StartTLSImplicit
}

// certified says whether every certificate passes.
func certified(e *report.Endpoint) bool {
	return len(e.Certificates) > 0 && !slices.ContainsFunc(e.Certificates, func(c report.Certificate) bool {
		return len(c.Faults) > 0 || c.PKIX == nil || !*c.PKIX
	})
}

// ending is how a conversation ended, in a word or two that fit a column.
func ending(e *report.Endpoint) string {
	if e.Code != nil {
		return strconv.Itoa(*e.Code)
	}
	switch e.Outcome {
	case report.OutcomeTimeout:
		if e.Phase == report.PhaseGreeting {
			return "silent"
		}
		return "timeout"
	case report.OutcomeDeferred:
		return "not now"
	case report.OutcomeRejected:
		return "no"
	case report.OutcomeProtocol:
		return "no SMTP"
	case report.OutcomeTLS:
		return "no TLS"
	case report.OutcomeNoRoute:
		return "no route"
	case report.OutcomeForbidden, report.OutcomeUntried:
		return "not asked"
	case report.OutcomeRefused, report.OutcomeClosed, report.OutcomeOK:
		return string(e.Outcome)
	}
	return "unknown"
}

// greeted says whether the server sent a greeting that lets one go on.
func greeted(e *report.Endpoint) bool {
	switch e.Phase {
	case report.PhaseEHLO, report.PhaseStartTLS, report.PhaseQuit:
		return true
	case report.PhaseTLS:
		return !implicit(e) // There TLS comes first.
	}
	return takes(e)
}

func implicit(e *report.Endpoint) bool {
	const implicitPort = 465 // RFC 8314 section 3.3.
	return e.StartTLS == report.StartTLSImplicit || e.Port == implicitPort
}

// Cells of the table, in words of our own.

func greetingCell(e *report.Endpoint) string {
	switch {
	case greeted(e):
		return "220"
	case e.Phase == report.PhaseTLS:
		return "-"
	}
	return ending(e)
}

func tlsCell(e *report.Endpoint) string {
	switch e.StartTLS {
	case report.StartTLSOK, report.StartTLSImplicit:
		if e.TLS != nil && e.TLS.Version != "" {
			return cut(Escape(e.TLS.Version), 8)
		}
		return "TLS"
	case report.StartTLSAbsent:
		return "no TLS"
	case report.StartTLSDeferred, report.StartTLSRejected:
		if code := answered(e, "STARTTLS"); code != "" {
			return code
		}
		return map[bool]string{true: "not now", false: "refused"}[e.StartTLS == report.StartTLSDeferred]
	case report.StartTLSFailed:
		switch e.Outcome {
		case report.OutcomeTimeout:
			return "timeout"
		case report.OutcomeProtocol:
			return "unread" // It is beyond what we read.
		}
		return "FAILED"
	}
	if greeted(e) && e.Outcome != report.OutcomeOK {
		return ending(e)
	}
	return "-"
}

// answered is the code by which a command was answered, "" where none was.
func answered(e *report.Endpoint, command string) string {
	for i := range e.Transcript {
		x := &e.Transcript[i]
		if !x.Client || x.Text != command {
			continue
		}
		if i+1 == len(e.Transcript) || e.Transcript[i+1].Client {
			return ""
		}
		code, _, _ := strings.Cut(e.Transcript[i+1].Text+" ", " ")
		if n, err := strconv.Atoi(code); err == nil && len(code) == 3 && n > 0 {
			return code
		}
		return ""
	}
	return ""
}

func certificateCell(e *report.Endpoint, now time.Time) string {
	c := worst(e.Certificates)
	switch {
	case c != nil && e.StartTLS == report.StartTLSFailed:
		return "seen, not proven" // The handshake did not come to where the server shows that it has the key.
	case c != nil:
		return certificateWord(c, now)
	case e.StartTLS == report.StartTLSAbsent:
		return "-"
	}
	return "not seen"
}

// worst is the certificate that most is wrong with, or the first one to expire.
func worst(list []report.Certificate) *report.Certificate {
	var worst *report.Certificate
	for i := range list {
		c := &list[i]
		switch {
		case worst == nil, len(c.Faults) > len(worst.Faults):
			worst = c
		case len(c.Faults) == len(worst.Faults) && c.DaysLeft != nil && (worst.DaysLeft == nil || *c.DaysLeft < *worst.DaysLeft):
			worst = c
		}
	}
	return worst
}

// faultWords are what a column and what a sentence says of a certificate, what weighs
// most first.
var faultWords = [...]struct {
	fault        report.Fault
	cell, phrase string
}{
	{report.FaultExpired, "EXPIRED", "has expired"},
	{report.FaultNotYetValid, "not valid yet", "is not valid yet"},
	{report.FaultNameMismatch, "wrong name", "is for another name"},
	{report.FaultSelfSigned, "self-signed", "is signed by nobody but itself"},
	{report.FaultUnknownAuthority, "unknown CA", "is from an authority that is not known here"},
	{report.FaultIncompleteChain, "no chain", "comes without the certificate of its issuer"},
	{report.FaultExpiredIntermediate, "CA EXPIRED", "hangs on a certificate of its issuer that has expired"},
	{report.FaultNoSAN, "no names", "names no host where programs look (it has no subject alternative name)"},
	{report.FaultWrongUsage, "wrong use", "is none for a server"},
	{report.FaultWeakKey, "weak key", "has a weak key"},
	{report.FaultWeakSignature, "weak hash", "is signed in a weak way"},
}

// certificateWord is what a column says of a certificate: its worst fault and how many
// more there are, or how long it lasts.
func certificateWord(c *report.Certificate, now time.Time) string {
	more := ""
	if n := len(c.Faults) - 1; n > 0 {
		more = fmt.Sprintf(" +%d", n)
	}
	for _, w := range faultWords {
		switch {
		case !slices.Contains(c.Faults, w.fault):
		case w.fault == report.FaultExpired && c.DaysLeft != nil:
			return "EXPIRED " + strings.ReplaceAll(ago(c.NotAfter, now), noBreak, " ") + more
		default:
			return w.cell + more
		}
	}
	switch {
	case len(c.Faults) > 0, c.PKIX != nil && !*c.PKIX:
		return "does not pass"
	case c.PKIX == nil:
		return "not judged"
	case c.DaysLeft == nil:
		return "ok"
	case *c.DaysLeft == 0:
		return "ok, <1 d left"
	}
	return fmt.Sprintf("ok, %d d left", *c.DaysLeft)
}

// ago is how long something is past, as findings have it. DaysLeft is rounded down and
// would say a day more.
func ago(then, now time.Time) string {
	const day = 24 * time.Hour
	d := now.Sub(then)
	if d >= 2*day {
		return fmt.Sprintf("%d%sd%sago", d/day, noBreak, noBreak)
	}
	return fmt.Sprintf("%d%sh%sago", max(1, d/time.Hour), noBreak, noBreak)
}

// noHost is why a host has no address that could be spoken to.
func noHost(h *report.Host) string {
	switch h.Status {
	case "nxdomain":
		return "no such name"
	case "nodata":
		return "no address"
	case "failed":
		if h.Cause != "" {
			return "DNS: " + cut(Escape(h.Cause), 12)
		}
		return "DNS: no answer"
	case "reserved":
		return "private only"
	case "address":
		return "is no name"
	}
	return "not asked"
}

// sizeCell is how large a message may be.
func sizeCell(z report.Size) string {
	switch z.State {
	case report.SizeLimit:
		if z.Octets != nil {
			return octets(*z.Octets)
		}
	case report.SizeUnlimited:
		return "no limit"
	case report.SizeUnstated:
		return "unstated"
	case report.SizeInvalid:
		return "invalid"
	}
	return "-"
}

// octets is a number of octets in its largest unit, rounded down: a limit must not
// look larger than it is.
func octets(n int64) string {
	units := [...]string{"GiB", "MiB", "KiB"}
	for i, u := range units {
		size := int64(1) << (10 * (len(units) - i))
		if n < size {
			continue
		}
		if whole, tenth := n/size, n%size*10/size; tenth > 0 && whole < 100 {
			return fmt.Sprintf("%d.%d %s", whole, tenth, u)
		}
		return thousands(n/size) + " " + u
	}
	return thousands(n) + " B"
}
