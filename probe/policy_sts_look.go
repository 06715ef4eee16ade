package probe

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// policies is what a domain says of how mail to it has to be sent, as it was looked up.
type policies struct {
	sts *stsLook
	rpt *rptLook
}

// look asks for the policies of a domain that takes mail; the result is nil where nothing
// is asked. It goes on beside the SMTP conversations: done waits for it.
func (p *Prober) look(ctx context.Context, asks dns.Resolver, s *servers) (done func() *policies) {
	if p.NoPolicies || !s.takesMail() {
		return func() *policies { return nil }
	}
	l := &policies{}
	var wg sync.WaitGroup
	wg.Go(func() { l.sts = p.lookSTS(ctx, asks, s.domain) })
	wg.Go(func() { l.rpt = lookRPT(ctx, asks, s.domain) })
	return func() *policies { wg.Wait(); return l }
}

// takesMail says whether the domain names servers for its mail: where it does not, how mail
// to it has to be sent is no question.
func (s *servers) takesMail() bool {
	for i := range s.hosts {
		if s.hosts[i].takesMail() {
			return s.way == wayMX || s.way == wayImplicit || s.way == wayNone && s.hosts[i].Role == report.RoleMX
		}
	}
	return false
}

// textRecords are the records of one name that are of one kind by how they begin, and those
// that were meant to be, and that nobody takes for one.
type textRecords struct {
	lookup
	kept  []dns.Record
	meant []dns.Record
}

// lookText asks for the TXT records of a name. Those that do not begin with the version and
// ";" are discarded (RFC 8461 section 3.1, RFC 8460 section 3); version is "v=STSv1".
func lookText(ctx context.Context, asks dns.Resolver, name, version string) textRecords {
	t := textRecords{lookup: ask(ctx, asks, name, dns.TXT)}
	if t.answer == nil {
		return t
	}
	tag := strings.TrimRight(version[len("v="):], "v0123456789")
	for _, r := range t.answer.Records {
		text := string(r.Text)
		rest, ok := strings.CutPrefix(text, version)
		folded := strings.ToLower(strings.Join(strings.Fields(text[:min(len(text), maxShown)]), ""))
		switch {
		case ok && strings.HasPrefix(strings.TrimLeft(rest, wsp), ";"): // The grammar lets blanks stand there.
			t.kept = append(t.kept, r)
		case strings.HasPrefix(strings.TrimPrefix(strings.TrimLeft(folded, `"'`), "v="), strings.ToLower(tag)):
			t.meant = append(t.meant, r)
		}
	}
	return t
}

// status is what there is, before the record is read.
func (t *textRecords) status(version string) (report.PolicyStatus, string) {
	switch {
	case t.err != nil:
		return report.PolicyUnknown, inWords(t.err)
	case len(t.kept) > 1:
		return report.PolicyInvalid, fmt.Sprintf("there are %d records, and senders take it for none", len(t.kept))
	case len(t.kept) == 0 && len(t.meant) > 0:
		return report.PolicyInvalid, fmt.Sprintf("its record does not begin with %q, and senders take it for none", version+";")
	case len(t.kept) == 0:
		return report.PolicyNone, ""
	}
	return report.PolicyFound, ""
}

// text is the record that counts, or the one that was meant to; "" for none.
func (t *textRecords) text() string {
	for _, list := range [...][]dns.Record{t.kept, t.meant} {
		if len(list) > 0 {
			return clipped(string(list[0].Text), maxRecord)
		}
	}
	return ""
}

// maxRecord is how much of a record stands in a report, in octets; the answers of the DNS
// have the rest.
const maxRecord = 2048

// evidence is the records that are in question, or what came of the question.
func (t *textRecords) evidence() []report.Evidence {
	all := append(append([]dns.Record{}, t.kept...), t.meant...)
	if t.answer == nil || len(all) == 0 {
		return t.lookup.evidence()
	}
	evidence := append(aliasEvidence(t.answer.Name, t.answer.Alias), recordEvidence(t.answer, all)...)
	for i := range evidence {
		e := &evidence[i]
		e.Text = clipped(e.Text, maxRecord)
		e.Length = len(e.Text)
	}
	return evidence
}

// stsLook is what was found of MTA-STS.
type stsLook struct {
	textRecords
	said   report.MTASTS // Without the MX hosts.
	file   *fetched      // Nil where it was not fetched.
	policy *stsPolicy    // Nil where there is none that counts.

	orphan *fetched    // Where there is no record: what is served all the same; nil where that was not looked at.
	parent string      // Where there is no record: the organisational domain, if it is another one.
	above  textRecords // Of the parent.
}

// stsPath is where the policy is on the host mta-sts of the domain (RFC 8461 section 3.3).
const stsPath = "/.well-known/mta-sts.txt"

// lookSTS asks for the record and, where just one is there and right, for the policy.
func (p *Prober) lookSTS(ctx context.Context, asks dns.Resolver, domain string) (l *stsLook) {
	l = &stsLook{}
	m := &l.said
	defer func() {
		if v := recover(); v != nil {
			m.Status, m.Why = report.PolicyUnknown, failedHere(v)
		}
	}()
	m.Outcome = report.OutcomeUntried
	ahead := p.askAhead(ctx, asks, stsHost(domain))
	l.textRecords = lookText(ctx, asks, "_mta-sts."+domain, stsVersion)
	ahead()
	m.Record = l.text()
	if m.Status, m.Why = l.status(stsVersion); m.Status != report.PolicyFound {
		if m.Status == report.PolicyNone {
			p.lookWithout(ctx, asks, domain, l)
		}
		return l
	}
	record, err := parseSTSRecord(string(l.kept[0].Text))
	if err != nil {
		m.Status, m.Why = report.PolicyInvalid, "the record is wrong: "+err.Error()
		return l
	}
	m.ID = record.id
	f := p.fetchOnce(ctx, asks, stsHost(domain), stsPath)
	l.file = f
	l.fetched(f)
	switch policy, err := parseSTSPolicy(f.body); {
	case f.outcome != report.OutcomeOK && f.unknown:
		m.Status, m.Why = report.PolicyUnknown, f.why
	case f.outcome != report.OutcomeOK:
		m.Status, m.Why = report.PolicyInvalid, f.why
	case err != nil:
		m.Status, m.Why = report.PolicyInvalid, "the policy is wrong: "+err.Error()
	default:
		l.policy = policy
		m.Mode, m.MaxAge, m.MX = string(policy.mode), &policy.maxAge, policy.mx
	}
	return l
}

// fetched notes how asking the web server ended.
func (l *stsLook) fetched(f *fetched) {
	m := &l.said
	m.URL, m.Outcome = f.url, f.outcome
	if f.status != 0 {
		m.HTTPStatus = &f.status
	}
}

// stsHost is the host that serves the policy of a domain.
func stsHost(domain string) string { return "mta-sts." + domain }

// askAhead asks for the addresses of a host, so that who needs them later finds the answers
// with the resolver. What it gives waits for that.
func (p *Prober) askAhead(ctx context.Context, asks dns.Resolver, name string) func() {
	var wg sync.WaitGroup
	if !p.NoIPv4 {
		wg.Go(func() { ask(ctx, asks, name, dns.A) })
	}
	if !p.NoIPv6 {
		wg.Go(func() { ask(ctx, asks, name, dns.AAAA) })
	}
	return wg.Wait
}

// lookWithout looks, for a domain without a record, whether a policy is served all the same
// (RFC 8461 section 8.3), and whether the organisation above has one, which does not hold for
// the domain (RFC 8461 section 3.4).
func (p *Prober) lookWithout(ctx context.Context, asks dns.Resolver, of string, l *stsLook) {
	var wg sync.WaitGroup
	defer wg.Wait()
	if org := domain.Org(of); org != "" && org != of {
		l.parent = org
		wg.Go(func() { l.above = lookText(ctx, asks, "_mta-sts."+org, stsVersion) })
	}
	l.orphan = p.fetchOnce(ctx, asks, stsHost(of), stsPath) // Where its host has no address nothing is fetched.
	if l.orphan.asked {
		l.fetched(l.orphan)
	}
}

// rptLook is what was found of TLS reporting.
type rptLook struct {
	textRecords
	said report.TLSRPT
}

// maxReportTo is how many places to report to stand in a report.
const maxReportTo = 100

// lookRPT asks for the record.
func lookRPT(ctx context.Context, asks dns.Resolver, domain string) (l *rptLook) {
	l = &rptLook{}
	t := &l.said
	defer func() {
		if v := recover(); v != nil {
			t.Status, t.Why = report.PolicyUnknown, failedHere(v)
		}
	}()
	l.textRecords = lookText(ctx, asks, "_smtp._tls."+domain, rptVersion)
	t.Record = l.text()
	if t.Status, t.Why = l.status(rptVersion); t.Status != report.PolicyFound {
		return l
	}
	record, err := parseRPTRecord(string(l.kept[0].Text))
	if err != nil {
		t.Status, t.Why = report.PolicyInvalid, "the record is wrong: "+err.Error()
		return l
	}
	t.RUA = record.rua[:min(len(record.rua), maxReportTo)]
	return l
}

// failedHere says that a mistake of ours is why something is not known.
func failedHere(v any) string {
	return fmt.Sprintf("mailtrace itself failed here: %v; please report this to its authors", v)
}

// reportPolicies puts what was found into the report.
func (s *subject) reportPolicies(r *report.Report) {
	l := s.policies
	if l == nil {
		return
	}
	m, t := l.sts.said, l.rpt.said
	m.Unmatched, m.Unused = s.stsMatched()
	r.Policies.MTASTS, r.Policies.TLSRPT = &m, &t
	for _, f := range [...]*fetched{l.sts.file, l.sts.orphan} {
		if f != nil && f.asked {
			r.Cost.Fetches++
		}
	}
}

// stsMatched holds the MX hosts and the patterns of the policy against each other.
func (s *subject) stsMatched() (unmatched, unused []string) {
	unmatched, unused = []string{}, []string{}
	if p := s.policies.sts.policy; p == nil || p.mode == stsNone {
		return unmatched, unused // Senders act as if there was no policy.
	}
	patterns, hosts := s.policies.sts.policy.mx, s.stsHosts()
	for _, h := range hosts {
		if !stsAllows(patterns, h) && !(s.way == wayImplicit && stsAllows(patterns, s.canonical())) {
			unmatched = append(unmatched, h)
		}
	}
	if s.way == wayImplicit {
		hosts = append(hosts, s.canonical())
	}
	for _, p := range patterns {
		used := false
		for _, h := range hosts {
			used = used || stsMatches(p, h)
		}
		if !used {
			unused = append(unused, p)
		}
	}
	return unmatched, unused
}

// stsHosts are the names that senders hold against the policy: those of the MX records, or,
// where there is none, the domain. Where that is an alias some hold the name behind it
// against the policy (RFC 5321 section 5.1), so that it is enough if one of the two is named.
func (s *servers) stsHosts() []string {
	if s.way == wayImplicit || len(s.exchanges()) == 0 {
		return []string{s.domain}
	}
	var names []string
	for i := range s.hosts {
		if s.hosts[i].Role == report.RoleMX {
			names = append(names, s.hosts[i].Name)
		}
	}
	return append(names, s.beyond...)
}

func stsAllows(patterns []string, host string) bool {
	for _, p := range patterns {
		if stsMatches(p, host) {
			return true
		}
	}
	return false
}
