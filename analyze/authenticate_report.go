package analyze

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// reportAuth puts mailtrace's own results into the report: SPF, DKIM, DMARC, ARC.
func (s *subject) reportAuth() {
	own := s.spfAuth()
	own = append(own, s.dkimAuth()...)
	own = append(own, s.dmarcAuth()...)
	own = append(own, s.arcAuth()...)
	own = append(own, s.iprevAuth()...)
	s.report.Auth = append(own, s.report.Auth...)
}

// spfAuth is the results of SPF: of MAIL FROM, and of HELO.
func (s *subject) spfAuth() []report.Auth {
	r := &s.checked.spf
	out := report.Auth{
		Method: "spf", Status: report.Status(auth.Undecided), Identity: r.sender.path, Property: "smtp.mailfrom", Domain: domainOf(r.sender.path),
		By: report.ByUs, Reason: r.open, Trace: []string{r.sender.why},
	}
	switch m := r.mailFrom; {
	case m == nil || m.result == nil:
	case r.open != "":
		out.Domain = m.result.Domain
		out.Reason = fmt.Sprintf("%s; at hop %d (%s) it would be %s", r.open, s.hops[m.hop].Number, m.query.IP, m.result.Status)
	default:
		out.Status, out.Domain, out.Reason = report.Status(m.result.Status), m.result.Domain, spfReason(m)
	}
	if also := r.holdsAt(); also != "" {
		out.Reason += "; " + also
	}
	out.Aligned = s.ownAligned(0, out.Domain)
	if r.mailFrom != nil && r.mailFrom.result != nil {
		out.Trace = append(out.Trace, s.spfTrace(r.mailFrom)...)
	}
	for i := range r.others {
		if r.others[i].result != nil {
			out.Trace = append(out.Trace, s.spfTrace(&r.others[i])...)
		}
	}
	all := []report.Auth{out}
	if h := r.helo; h != nil && h.result != nil {
		helo := report.Auth{
			Method: "spf", Status: report.Status(h.result.Status), Identity: h.query.HELO, Property: "smtp.helo", Domain: h.result.Domain,
			Aligned: s.aligned(h.result.Domain), By: report.ByUs, Reason: spfReason(h), Trace: s.spfTrace(h),
		}
		if why := r.heloOpen; why != "" {
			helo.Status, helo.Reason = report.Status(auth.Undecided), fmt.Sprintf("%s; at hop %d (%s) it would be %s", why, s.hops[h.hop].Number, h.query.IP, h.result.Status)
		}
		all = append(all, helo)
	}
	return all
}

// spfReason says in a sentence why it came to its status.
func spfReason(c *spfCheck) string {
	return c.result.Sentence(c.query.IP)
}

// spfTrace tells an evaluation.
func (s *subject) spfTrace(c *spfCheck) []string {
	title := fmt.Sprintf("hop %d: %s, HELO %s, MAIL FROM %s", s.hops[c.hop].Number, c.query.IP, orNone(c.query.HELO), orNone(c.query.MailFrom))
	if c.when != "" {
		title += ", " + c.when
	}
	return append([]string{title}, c.result.Lines()...)
}

func orNone(text string) string {
	if text == "" {
		return "not known"
	}
	return text
}

// ownAligned is what DMARC found on the alignment of its identifier at an index; where it
// did not look, whether the organisations are the same.
func (s *subject) ownAligned(i int, d string) *bool {
	if m := s.checked.dmarc; m != nil && i < len(m.RFC9989.Identifiers) && m.RFC9989.Identifiers[i].Aligned != nil {
		return m.RFC9989.Identifiers[i].Aligned
	}
	return s.aligned(d)
}

// dmarcAuth is the result of DMARC.
func (s *subject) dmarcAuth() []report.Auth {
	d := s.checked.dmarc
	if d == nil {
		return nil
	}
	out := report.Auth{
		Method: "dmarc", Status: report.Status(d.Status()), Domain: d.Domain, Identity: d.Domain, Property: "header.from",
		By: report.ByUs, Reason: d.RFC9989.Reason, Trace: d.Trace(),
	}
	out.Aligned = s.aligned(d.Domain)
	return []report.Auth{out}
}

// arcAuth is the result on the chain, where there is one.
func (s *subject) arcAuth() []report.Auth {
	c := &s.checked.signatures.ARC
	if len(c.Sets) == 0 && len(c.Faults) == 0 {
		return nil
	}
	out := report.Auth{Method: "arc", Status: report.Status(c.Status), By: report.ByUs, Reason: c.Reason, Trace: c.Trace(s.message)}
	if n := len(c.Sets); n > 0 && c.Sets[n-1].Seal != nil {
		seal := c.Sets[n-1].Seal
		out.Domain, out.Identity, out.Property, out.Selector = strings.ToLower(seal.Domain), seal.Domain, "header.d", seal.Selector
		out.Line = s.message.Fields[seal.Field].Line
		out.Aligned = s.aligned(seal.Domain)
	}
	return []report.Auth{out}
}

// maxReverse is at how many hops reverse names are looked up.
const maxReverse = 10

// iprev is the reverse look-up of the peer of one hop.
type iprev struct {
	hop    int // Index.
	result auth.Iprev
}

// reverse looks up the names of the peers on the path, the one at the handover first, and
// that one alone unless all are wanted.
func (s *subject) reverse(ctx context.Context, resolver dns.Resolver, all bool) []iprev {
	var out []iprev
	var seen []netip.Addr
	look := func(i int) {
		a := s.hops[i].From.Address
		if !public(a) || slices.Contains(seen, a) || len(out) == maxReverse {
			return
		}
		seen = append(seen, a)
		out = append(out, iprev{i, auth.CheckIprev(ctx, resolver, a)})
	}
	if s.boundary.at >= 0 {
		look(s.boundary.at)
	}
	for i := len(s.hops) - 1; i >= 0 && all; i-- {
		look(i)
	}
	return out
}

func (s *subject) iprevAuth() []report.Auth {
	var out []report.Auth
	for _, v := range s.checked.iprev {
		out = append(out, report.Auth{
			Method: "iprev", Status: report.Status(v.result.Status), Domain: v.result.Name, Identity: v.result.Address.String(), Property: "policy.iprev",
			Aligned: s.aligned(v.result.Name), By: report.ByUs, Reason: v.result.Reason, Line: s.hops[v.hop].Line,
		})
	}
	return out
}
