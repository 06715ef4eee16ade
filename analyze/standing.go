package analyze

import (
	"fmt"
	"strings"

	"mailtrace/received"
	"mailtrace/report"
)

// stand gives every hop its standing by where the boundary is, and puts boundary
// and handover into the report.
func (s *subject) stand(b boundary, a *Analyzer) {
	s.boundary = b
	if b.at < 0 {
		return
	}
	for i := range s.hops {
		s.hops[i].Standing = report.Claimed
		if i >= b.at {
			s.hops[i].Standing = report.Observed
		}
	}
	s.attest(a.Trust)
	s.attestSubmitted(a.MSA)
	at := &s.hops[b.at]
	s.report.Path.Boundary = &report.Boundary{
		Hop: at.Number, Confidence: b.sure, Basis: b.basis, Alternatives: s.alternatives(b),
	}
	if !b.whole || at.From.Address.IsValid() {
		h := handover(at)
		s.report.Path.Handover = &h
	}
}

// handover is the peer of a hop, as the host of that hop wrote it down.
func handover(h *report.Hop) report.Handover {
	return report.Handover{
		Hop: h.Number, Address: h.From.Address, HELO: h.From.HELO, RDNS: h.From.RDNS,
		By: h.By.Name, Time: h.Time, TLS: h.TLS, User: h.User, EnvelopeFrom: h.EnvelopeFrom,
	}
}

// attest goes on below the boundary as long as the peer is one that the user
// vouches for.
func (s *subject) attest(trust Hosts) {
	for i := s.boundary.at; i > 0; i-- {
		h := &s.hops[i]
		if h.Kind != received.Note && !trust.address(h.From.Address) && !(confirmed(h) && trust.name(h.From.RDNS)) {
			return
		}
		if !s.goesOn(i) {
			return
		}
		s.hops[i-1].Standing = report.Attested
	}
}

// attestSubmitted vouches for what a host took over that takes mail only from users
// who authenticate: the account is known there, whatever the message says of its
// way. The host's own line tells of an author's program.
func (s *subject) attestSubmitted(msa Hosts) {
	at := s.boundary.at
	below := at - 1
	if s.submittedTo(msa, at) {
		below = at
	} else if !msa.address(s.hops[at].From.Address) {
		return
	}
	for below > 0 && s.hops[below].Kind == received.Note {
		below--
	}
	if below >= 0 && s.hops[below].Kind == received.Relay {
		s.hops[below].Kind = received.Submission
	}
	for i := min(below, at-1); i >= 0; i-- {
		s.hops[i].Standing = report.Attested
	}
}

// services is filtering services that stand in front of a recipient's own hosts,
// by the organisational domains of their hosts.
var services = []struct {
	name    string
	domains []string
}{
	{"Mimecast", []string{"mimecast.com"}},
	{"Proofpoint", []string{"pphosted.com", "ppe-hosted.com"}},
	{"Barracuda", []string{"barracudanetworks.com", "cudaops.com"}},
	{"Cisco Secure Email", []string{"iphmx.com"}},
	{"Symantec Email Security", []string{"messagelabs.com"}},
	{"Forcepoint", []string{"mailcontrol.com"}},
	{"Hornetsecurity", []string{"hornetsecurity.com", "antispameurope.com"}},
	{"SpamExperts", []string{"antispamcloud.com", "spamexperts.com"}},
	{"Trend Micro", []string{"trendmicro.com", "trendmicro.eu"}},
	{"Sophos", []string{"sophos.com"}},
	{"Trellix", []string{"fireeyecloud.com"}},
	{"MailChannels inbound", []string{"mailchannels.net"}},
}

func serviceOf(name string) string {
	org := house(name)
	for _, v := range services {
		if org != "" && contains(v.domains, org) {
			return v.name
		}
	}
	return ""
}

// alternatives offers the reading in which the service that handed the message
// over works for the recipient. It is never taken by itself: the same services
// work for senders.
func (s *subject) alternatives(b boundary) []report.Alternative {
	f := &s.hops[b.at].From
	name := f.RDNS
	if !verified(f) {
		name = f.HELO
	}
	service := serviceOf(name)
	if service == "" || b.at == 0 {
		return []report.Alternative{}
	}
	at := -1
	for i := b.at - 1; i >= 0; i-- {
		h := &s.hops[i]
		if h.Kind != received.Note && serviceOf(h.By.Name) != service && !strings.Contains(strings.ToLower(h.Dialect), strings.ToLower(service)) {
			break
		}
		at = i
		if serviceOf(h.From.RDNS) != service && serviceOf(h.From.HELO) != service && h.From.Address.IsValid() && public(h.From.Address) {
			break
		}
	}
	if at < 0 {
		return []report.Alternative{}
	}
	return []report.Alternative{{Through: service, Hop: s.hops[at].Number, Handover: handover(&s.hops[at])}}
}

// revise changes standings by what the checks found: a proof against a hop makes
// it fictitious, strong evidence inconsistent, and both only below the boundary.
// What the recipient's own hosts wrote is not disproved by a line; then the
// boundary is what is doubtful.
func (s *subject) revise() {
	if s.boundary.at < 0 {
		return
	}
	for i := range s.report.Findings {
		f := &s.report.Findings[i]
		if f.Hop == nil || f.Weight == report.Ordinary {
			continue
		}
		h := &s.hops[*f.Hop-1]
		switch {
		case f.Weight == report.Proof && f.Disproves != report.DisprovesHop:
		case h.Standing == report.Observed:
			if f.Weight == report.Proof {
				s.doubt(h, f.Rule)
			}
		case f.Weight == report.Proof:
			h.Standing = report.Fictitious
		case h.Standing == report.Claimed:
			h.Standing = report.Inconsistent
		}
	}
	s.hang()
}

// doubt lowers the certainty of the boundary.
func (s *subject) doubt(h *report.Hop, rule string) {
	b := s.report.Path.Boundary
	b.Confidence = received.Guess
	b.Basis = append(b.Basis, report.Basis{Why: fmt.Sprintf("%s speaks against hop %d, so it may not be of the recipient's side after all", rule, h.Number), Line: h.Line})
}

// hang marks what is known only through a hop that is false.
func (s *subject) hang() {
	var on *int
	for i := len(s.hops) - 1; i >= 0; i-- {
		s.hops[i].HangsOn = on
		if s.hops[i].Standing == report.Fictitious {
			n := s.hops[i].Number
			on = &n
		}
	}
}
