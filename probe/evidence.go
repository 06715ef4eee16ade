package probe

import (
	"fmt"
	"iter"
	"net/netip"
	"strings"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// place is one endpoint of one host.
type place struct {
	host *report.Host
	*report.Endpoint
}

// places are all endpoints, in the order of the report.
func (s *subject) places() iter.Seq[place] {
	return func(yield func(place) bool) {
		for i := range s.hosts {
			for k := range s.hosts[i].Endpoints {
				if !yield(place{&s.hosts[i], &s.hosts[i].Endpoints[k]}) {
					return
				}
			}
		}
	}
}

// finding begins one about the endpoint; evidence has to follow.
func (p place) finding(severity report.Severity, format string, args ...any) report.Finding {
	port := p.Port
	return report.Finding{
		Severity: severity, Host: p.host.Name, Address: p.Address, Port: &port,
		Text: fmt.Sprintf(format, args...), Evidence: []report.Evidence{},
	}
}

// undecided is one about the endpoint.
func (p place) undecided(format string, args ...any) report.Undecided {
	port := p.Port
	return report.Undecided{Host: p.host.Name, Address: p.Address, Port: &port, Why: fmt.Sprintf(format, args...)}
}

// line is line n of the transcript, from 1, as evidence.
func (p place) line(n int) report.Evidence {
	e := report.Evidence{Source: report.SourceSMTP, Line: n}
	if n >= 1 && n <= len(p.Transcript) {
		t := p.Transcript[n-1]
		e.Text, e.TextBase64 = t.Text, t.TextBase64
		e.Length = len(e.Bytes())
	}
	return e
}

// says is the lines of the server that begin with text, without regard to case, as
// evidence: inside TLS or before it. A line of a reply begins with its text, behind
// the code.
func (p place) says(tls bool, text string) []report.Evidence {
	var all []report.Evidence
	for i, t := range p.Transcript {
		if t.Client || t.TLS != tls || len(t.Text) < 4 {
			continue
		}
		if rest := t.Text[4:]; len(rest) >= len(text) && strings.EqualFold(rest[:len(text)], text) {
			all = append(all, p.line(i+1))
		}
	}
	return all
}

// ended is how the conversation ended, as evidence.
func (p place) ended() report.Evidence {
	at := netip.AddrPortFrom(p.Address, uint16(p.Port))
	text := fmt.Sprintf("%s: %s at %s after %d ms", at, p.Outcome, p.Phase, p.Milliseconds)
	if p.Why != "" {
		text += ": " + p.Why
	}
	return report.Evidence{Source: report.SourceSMTP, Text: text, Length: len(text)}
}

// certificateEvidence is words of a certificate or of a handshake, as evidence.
func certificateEvidence(format string, args ...any) report.Evidence {
	text := fmt.Sprintf(format, args...)
	return report.Evidence{Source: report.SourceCert, Text: text, Length: len(text)}
}

// answerEvidence is what the DNS answered, as evidence: each record, or that there is none.
func answerEvidence(a *dns.Answer) []report.Evidence {
	if len(a.Records) == 0 {
		return []report.Evidence{dnsEvidence(a.Name, a.Type, string(a.Status))}
	}
	all := make([]report.Evidence, 0, len(a.Records))
	for i := range a.Records {
		all = append(all, dnsEvidence(a.Name, a.Type, a.Records[i].Format(a.Type)))
	}
	return all
}

func dnsEvidence(name string, t dns.Type, data string) report.Evidence {
	text := name + " " + t.String() + " " + data
	return report.Evidence{Source: report.SourceDNS, Text: text, Length: len(text)}
}
