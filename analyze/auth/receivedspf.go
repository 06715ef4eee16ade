package auth

import (
	"net/netip"
	"strings"
)

// ReceivedSPF is one Received-SPF field (RFC 7208 section 9.1).
type ReceivedSPF struct {
	Status   Status
	Pairs    []Pair
	Comments []string // The first is the one that explains the result.
	Faults   []Fault  // How the field departs from RFC 7208, each once.
}

// Pair is one key-value pair: client-ip=192.0.2.1.
type Pair struct {
	Key   string // In lower case.
	Value string
}

// Value returns what stands behind the first pair of that key, in lower case, or
// "".
func (s ReceivedSPF) Value(key string) string {
	for _, p := range s.Pairs {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// Address is the address of the peer that the field names, the zero Addr where it
// names none or several that differ, as Results.Address.
func (s ReceivedSPF) Address() netip.Addr { return only(s.Addresses()) }

// Addresses returns the addresses that the field names, each once: client-ip= and
// that of the comment.
func (s ReceivedSPF) Addresses() []netip.Addr {
	var out []netip.Addr
	for _, p := range s.Pairs {
		if p.Key == "client-ip" {
			out = put(out, p.Value)
		}
	}
	for _, c := range s.Comments {
		out = put(out, peerIn(c))
	}
	return out
}

// Receiver is the host that checked: receiver=, else the name at the beginning of
// the comment ("mx.example.org: domain of …").
func (s ReceivedSPF) Receiver() string {
	// QUIRK: policyd-spf writes receiver=<UNKNOWN> to hide its recipients.
	if r := s.Value("receiver"); r != "" && r[0] != '<' {
		return r
	}
	if len(s.Comments) > 0 {
		if name, _, ok := strings.Cut(s.Comments[0], ": "); ok && name != "" && strings.IndexByte(name, ' ') < 0 {
			return name
		}
	}
	return ""
}

// MailFrom is the reverse-path, as Results.MailFrom.
func (s ReceivedSPF) MailFrom() string { return path(s.Value("envelope-from")) }

// HELO is the name by which the peer called itself.
func (s ReceivedSPF) HELO() string { return s.Value("helo") }

// Identity is what was checked: "mailfrom", "helo", or another word; "" where the
// field does not say.
func (s ReceivedSPF) Identity() string { return lower(s.Value("identity")) }

// ParseReceivedSPF reads the value of a Received-SPF field. It never fails: what
// cannot be read is stepped over, and Faults says so.
func ParseReceivedSPF(value string) ReceivedSPF {
	var p scanner
	p.begin(value)
	out := ReceivedSPF{Pairs: make([]Pair, 0, 6)}
	p.skip()
	out.Status = Status(lower(p.word(true)))
	if !keyword(string(out.Status)) || p.at() == '=' {
		out.Status = ""
		p.i = 0
		p.comments = p.comments[:0]
		p.fault(NoResult)
	} else if !out.Status.Defined() || out.Status == Policy {
		p.fault(UnknownStatus)
	}
	semicolon := true
	for {
		p.skip()
		if p.i >= len(p.s) {
			break
		}
		if p.at() == ';' || p.at() == '=' {
			if p.at() == '=' {
				p.fault(StrayText)
			}
			semicolon = true
			p.i++
			continue
		}
		key := p.name()
		if p.at() != '=' {
			p.fault(StrayText)
			continue
		}
		p.i++
		v := p.loose()
		if !semicolon {
			p.fault(MissingSemicolon)
		}
		semicolon = false
		if len(out.Pairs) == MaxProps {
			p.fault(TooManyParts)
			continue
		}
		out.Pairs = append(out.Pairs, Pair{lower(key), v})
	}
	if out.Comments = p.comments; out.Comments == nil {
		out.Comments = []string{}
	}
	out.Faults = p.found()
	return out
}

// loose reads a value. QUIRK: spfmilter and others write blanks without quotes:
// x-software=spfmilter 2.001 http://www.example.com/ with libspf2; problem=…;
func (s *scanner) loose() string {
	start := s.i
	v := s.value()
	if v == "" || s.s[s.i-1] == '"' {
		return v
	}
	for {
		end := s.i
		for s.i < len(s.s) && class[s.s[s.i]] == blank {
			s.i++
		}
		w := s.word(true)
		if w == "" || s.at() == '=' {
			s.i = end
			break
		}
		s.fault(UnquotedValue)
	}
	if whole := strings.TrimSpace(s.s[start:s.i]); len(whole) > len(v) && strings.HasPrefix(whole, v) {
		return unfold(whole)
	}
	return v
}
