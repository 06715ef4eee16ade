package analyze

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
	"mailtrace/received"
	"mailtrace/report"
)

// SPF is about one connection: the one over which the message came to the
// recipient's side. Asked about any other hop it gives a result that means nothing,
// and forwarders, gateways and filters make all hops but one the wrong one. So it is
// asked at the handover, and where that is open it is undecided, with what it would be.

// maxSPFOthers is at how many other hops SPF is asked.
const maxSPFOthers = 5

// spfCheck is SPF of one identity at one hop.
type spfCheck struct {
	hop    int    // Index of the hop that recorded the peer.
	when   string // The reading by which it is the handover; "" for the one that is taken.
	query  auth.SPFQuery
	result *auth.SPF
}

// spfResults is SPF of one message.
type spfResults struct {
	mailFrom *spfCheck // At the handover; nil where there is no address, or no MAIL FROM.
	helo     *spfCheck // Likewise; nil where it is no name, or is what MAIL FROM is checked by.
	others   []spfCheck
	open     string // Why the results say nothing; "" where they do.
	sender   sender
	heloOpen string // As open, for HELO, which the handover recorded by itself.
}

// sender is the reverse-path that SPF is asked for.
type sender struct {
	path string
	line int
	why  string // Where it was read.
	open string // Why it cannot be relied on; "" where it can.
}

// spfResults finds out what SPF is to be asked.
func (s *subject) spfResults(own Hosts, macros bool) spfResults {
	var out spfResults
	out.sender = s.reversePath()
	out.open = s.spfOpen(own)
	out.heloOpen = out.open
	if s.boundary.at < 0 {
		return out
	}
	h := &s.hops[s.boundary.at]
	if out.open == "" {
		out.open = out.sender.open
	}
	query := auth.SPFQuery{IP: h.From.Address, HELO: h.From.HELO, MailFrom: out.sender.path, Receiver: h.By.Name, AllowMacros: macros}
	if h.Time != nil {
		query.Now = *h.Time
	}
	null := out.sender.path == "<>"
	if public(query.IP) && (null || strings.Contains(out.sender.path, "@")) {
		out.mailFrom = &spfCheck{hop: s.boundary.at, query: query}
		out.others = s.spfOthers(query)
	}
	if public(query.IP) && isDomain(query.HELO) && !null {
		query.Identity = auth.SPFHELO
		out.helo = &spfCheck{hop: s.boundary.at, query: query}
	}
	return out
}

// isDomain says whether a HELO name is one that can publish a record, and not an
// address or a computer's name.
func isDomain(name string) bool {
	dot := strings.IndexByte(name, '.')
	return dot > 0 && !strings.ContainsAny(name, "[]: \t") && (name[len(name)-1]|0x20 >= 'a' && name[len(name)-1]|0x20 <= 'z')
}

// spfOpen says why no SPF result can count at the handover, whatever it is.
func (s *subject) spfOpen(own Hosts) string {
	at := s.boundary.at
	if at < 0 {
		return "where the message was handed to the recipient's side is not known (--own tells it)"
	}
	h := &s.hops[at]
	switch b := s.report.Path.Boundary; {
	case h.User != "":
		return "the sender signed in to the recipient's own server, where SPF says nothing"
	case !h.From.Address.IsValid() && s.boundary.whole:
		return "the message was written on the recipient's side: nobody handed it over"
	case !h.From.Address.IsValid():
		return "the host that took it over did not record the address of the peer"
	case !public(h.From.Address):
		return fmt.Sprintf("the host that took it over recorded %s, which is not an address of the Internet", h.From.Address)
	case len(b.Alternatives) > 0:
		return fmt.Sprintf("%s handed it over, and whether it works for the recipient cannot be told (--own tells it)", b.Alternatives[0].Through)
	case s.throughPrivate(own) != nil:
		seen := s.throughPrivate(own)
		return fmt.Sprintf("hop %d saw only %s, behind which anybody may have come in, so that the line below it may be the sender's (--own %s tells that it is not)", seen.Number, seen.From.Address, seen.From.Address)
	case s.byCarrier:
		return "at which address it was handed over is the word of whoever attached the message"
	}
	return ""
}

// throughPrivate is a hop above the handover whose host saw a private address, which
// the user does not call his own: behind a translator of addresses, as containers have,
// every stranger comes from one, and may write a line of the host that he says he is.
// Providers have none in front of their servers.
func (s *subject) throughPrivate(own Hosts) *report.Hop {
	if s.boundary.provider != nil {
		return nil
	}
	for i := s.boundary.at + 1; i < len(s.hops); i++ {
		h := &s.hops[i]
		a := h.From.Address
		if a.IsValid() && !public(a) && !a.IsLoopback() && h.Kind != received.Note && !own.address(a) {
			return h
		}
	}
	return nil
}

// spfOthers are other hops at which somebody may have checked the same sender: those
// that would be the handover by another reading first.
func (s *subject) spfOthers(query auth.SPFQuery) []spfCheck {
	var out []spfCheck
	seen := []string{query.IP.String()}
	add := func(i int, why string) {
		h := &s.hops[i]
		a := h.From.Address
		if !public(a) || slices.Contains(seen, a.String()) || len(out) == maxSPFOthers || h.Kind == received.Note {
			return
		}
		seen = append(seen, a.String())
		q := query
		q.IP, q.HELO, q.Receiver = a, h.From.HELO, h.By.Name
		out = append(out, spfCheck{hop: i, when: why, query: q})
	}
	for _, alt := range s.report.Path.Boundary.Alternatives {
		add(alt.Hop-1, fmt.Sprintf("if %s works for the recipient", alt.Through))
	}
	for i := s.boundary.at + 1; i < len(s.hops); i++ {
		add(i, fmt.Sprintf("if the boundary were hop %d", s.hops[i].Number))
	}
	for i := s.boundary.at - 1; i >= 0; i-- {
		add(i, fmt.Sprintf("if the boundary were hop %d", s.hops[i].Number))
	}
	return out
}

// reversePath finds the reverse-path of the handover: as it was recorded there, else
// as the recipient's side wrote it down, else as the message has it, which is the
// sender's word.
func (s *subject) reversePath() sender {
	path, line, from := "", 0, ""
	if s.boundary.at >= 0 {
		h := &s.hops[s.boundary.at]
		given, evidence, who := s.givenFrom()
		path, line, from = bareReturnPath(given), evidence.Line, who
		if h.EnvelopeFrom != "" {
			return sender{path: nullPath(path), line: line, why: fmt.Sprintf("MAIL FROM as %s recorded it, line %d", who, line)}
		}
	}
	f, one := s.returnPath()
	kept := ""
	if one {
		kept = returnPath(f)
	}
	switch own := one && s.believable(s.indexOf(f)); {
	case path != "" && kept != "" && strings.EqualFold(domainOf(kept), domainOf(path)) && strings.Contains(kept, "@"):
		// Authentication-Results may hold the domain alone.
		return sender{path: kept, line: f.Line, why: fmt.Sprintf("MAIL FROM as Return-Path has it, line %d; the recipient's %s, line %d, names the same domain", f.Line, from, line)}
	case strings.Contains(path, "@"):
		return sender{path: path, line: line, why: fmt.Sprintf("MAIL FROM as the recipient's %s recorded it, line %d", from, line)}
	case path != "":
		return sender{path: "@" + path, line: line, why: fmt.Sprintf("the domain of MAIL FROM as the recipient's %s recorded it, line %d", from, line)}
	case kept == "":
		return sender{why: "no MAIL FROM was recorded", open: "the MAIL FROM of the handover was not recorded"}
	case own:
		return sender{path: nullPath(kept), line: f.Line, why: fmt.Sprintf("MAIL FROM as Return-Path has it, line %d, which the recipient's side wrote", f.Line)}
	}
	return sender{path: nullPath(kept), line: f.Line, why: fmt.Sprintf("MAIL FROM as Return-Path has it, line %d", f.Line),
		open: fmt.Sprintf("the MAIL FROM of the handover was not recorded, and Return-Path, line %d, is not known to be of the recipient's side", f.Line)}
}

// nullPath writes the null reverse-path in one way.
func nullPath(path string) string {
	if path == "" || path == "<>" {
		return "<>"
	}
	return path
}

// check asks.
func (r *spfResults) check(ctx context.Context, resolver dns.Resolver) {
	if r.mailFrom != nil {
		r.mailFrom.result = auth.CheckSPF(ctx, resolver, r.mailFrom.query)
		switch r.mailFrom.result.Status {
		case auth.Undecided, auth.TempError:
			r.others = nil // Nor can it be told for other hops.
		case auth.Pass:
			if r.open == "" {
				r.others = nil // Nobody asks what it would have been elsewhere.
			}
		}
		for i := range r.others {
			r.others[i].result = auth.CheckSPF(ctx, resolver, r.others[i].query)
		}
	}
	if r.helo != nil {
		r.helo.result = auth.CheckSPF(ctx, resolver, r.helo.query)
	}
}

// identifier is what DMARC takes of it.
func (r *spfResults) identifier() auth.DMARCIdentifier {
	id := auth.DMARCIdentifier{Method: "spf", Status: auth.Undecided, Domain: domainOf(r.sender.path)}
	if r.mailFrom == nil || r.mailFrom.result == nil {
		return id
	}
	if id.Domain == "" {
		id.Domain = r.mailFrom.result.Domain // Of the HELO name, for the null reverse-path.
	}
	if r.open == "" {
		id.Status = r.mailFrom.result.Status
	}
	return id
}

// holdsAt names another hop at which it passes, or "".
func (r *spfResults) holdsAt() string {
	for i := range r.others {
		o := &r.others[i]
		if o.result != nil && o.result.Status == auth.Pass {
			return fmt.Sprintf("it would pass %s (%s)", o.when, o.query.IP)
		}
	}
	return ""
}
