package auth

import (
	"errors"

	"mailtrace/probe/dns"
)

// unanswered is the status of what hangs on a question that has no answer.
func unanswered(err error) Status {
	var e *dns.Error
	if errors.As(err, &e) {
		switch e.Cause {
		case dns.Offline, dns.NotKept, dns.OverLimit, dns.Withheld, dns.Canceled:
			return Undecided // Nobody was asked, or not to the end.
		}
		if !e.Temporary() {
			return PermError
		}
	}
	return TempError
}

// whyUnanswered says in words why there is no answer.
func whyUnanswered(err error) string {
	var e *dns.Error
	if !errors.As(err, &e) {
		return "the DNS did not answer"
	}
	return WhyUnanswered(e.Cause)
}

// WhyUnanswered says in words why there is no answer.
func WhyUnanswered(c dns.Cause) string {
	switch c {
	case dns.Offline:
		return "the DNS was not asked (offline)"
	case dns.NotKept:
		return "the recorded DNS answers do not have it"
	case dns.OverLimit:
		return "no more DNS questions may be asked for this message"
	case dns.Withheld:
		return "its name holds a recipient, and asking for it would tell its owner who got the message"
	case dns.Canceled:
		return "the time for DNS questions was over"
	case dns.Timeout:
		return "the DNS did not answer in time"
	case dns.ServFail:
		return "the DNS server failed (SERVFAIL)"
	case dns.Refused:
		return "the DNS server refuses to answer"
	case dns.Malformed:
		return "what the DNS answered cannot be read"
	case dns.AliasLoop:
		return "the name leads in a circle of aliases"
	case dns.BadName:
		return "the name cannot be asked for"
	}
	return "no DNS server could be reached"
}
