package probe

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

// Settings of a report by which a TLS report says who makes it.
const (
	SettingOrganization = "org"
	SettingContact      = "contact"
)

// TLSReport is what a server that sends mail, honours MTA-STS and DANE, and brought one
// mail to each address of the domain that was looked at, would have to report of that day
// (RFC 8460). It is made from the report alone; the same report gives the same one.
//
// A session counts where TLS came about or did not for a reason that any sender would meet.
// What may be due to our network, or passes, counts as neither success nor failure: servers
// that did not answer, were not reached, or said "not now" ("Transient errors due to
// too-busy networks, TCP timeouts, etc., are not required to be reported", RFC 8460 section
// 4.3.4), and all sessions to which a policy would apply that could not be looked up.
func TLSReport(r *report.Report) *report.TLSReport {
	m := &tlsReporter{r: r, domain: r.Target, walk: &walk{r: r, hosts: exchangers(r)}}
	if a, err := domainName(r.Target); err == nil {
		m.domain = a // "the domain MUST consist of the Punycode-encoded A-labels"
	}
	day := r.Made.UTC().Truncate(24 * time.Hour)
	t := &report.TLSReport{
		Range:    report.TLSReportRange{Start: day, End: day.Add(24*time.Hour - time.Second)},
		Policies: []report.TLSReportPolicy{},
	}
	helo := ourName(r)
	t.Organization, t.Contact = helo, "postmaster@"+helo // RFC 5321 section 4.5.1: that address is there.
	for _, s := range r.DecidedOn.Settings {
		switch s.Name {
		case SettingOrganization:
			t.Organization = s.Value
		case SettingContact:
			t.Contact = s.Value
		}
	}
	t.ID = fmt.Sprintf("%s.%s@%s", r.Made.UTC().Format("20060102T150405Z"), m.domain, helo)
	for _, host := range m.walk.hosts {
		for k := range host.Endpoints {
			m.session(host, &host.Endpoints[k])
		}
	}
	for _, p := range m.applied {
		t.Policies = append(t.Policies, *p)
	}
	return t
}

// ourName is the name by which we said EHLO, the first if there are several. Where nobody
// was spoken to it is the one that was chosen for it.
func ourName(r *report.Report) string {
	if name, _, _ := strings.Cut(r.DecidedOn.Observer.HELO, ", "); name != "" {
		return name
	}
	for _, s := range r.DecidedOn.Settings {
		if s.Name == "helo" {
			return s.Value
		}
	}
	return "localhost"
}

// tlsReporter counts the sessions of a report.
type tlsReporter struct {
	r       *report.Report
	domain  string // In A-labels.
	walk    *walk
	applied []*report.TLSReportPolicy // In the order in which they were first applied.
}

// session counts one session: for the MTA-STS policy and for the TLSA records where both are
// there, and for neither where that is known.
func (m *tlsReporter) session(h *report.Host, e *report.Endpoint) {
	sts := m.sts(h, e)
	dane := m.dane(h, e)
	if sts == no && dane == no {
		m.count(report.TLSReportApplied{Type: report.TLSReportNone, Domain: m.domain}, h, e, encryptedAlone(e))
	}
}

// sts counts a session for MTA-STS, and says whether a policy applies to it.
func (m *tlsReporter) sts(h *report.Host, e *report.Endpoint) answered {
	s := m.r.Policies.MTASTS
	switch {
	case s == nil, s.Status == report.PolicyUnknown:
		return unknown
	case s.Status == report.PolicyInvalid && s.URL != "":
		m.countWithout(report.TLSReportApplied{Type: report.TLSReportSTS, Domain: m.domain}, e, unfetched(s))
		return yes
	case s.Status != report.PolicyFound || s.Mode == string(stsNone):
		return no // No record, one that counts for none (RFC 8461 section 3.1), or mode none (section 5).
	}
	o := encryptedAlone(e)
	switch {
	case !allowedBy(s, h, m.domain):
		o = tlsOutcome{judged: greetedAtAll(e), failures: []tlsFailure{{report.ResultValidation, "the policy does not name the MX host"}}}
	case o.judged && len(o.failures) == 0:
		o = certifiedTLS(e)
	}
	m.count(report.TLSReportApplied{Type: report.TLSReportSTS, Domain: m.domain, Lines: stsLines(s), MX: s.MX}, h, e, o)
	return yes
}

// stsLines are the lines of a policy, as far as senders look at them.
func stsLines(s *report.MTASTS) []string {
	lines := []string{"version: STSv1", "mode: " + s.Mode}
	for _, mx := range s.MX {
		lines = append(lines, "mx: "+mx)
	}
	if s.MaxAge != nil {
		lines = append(lines, fmt.Sprintf("max_age: %d", *s.MaxAge))
	}
	return lines
}

// unfetched says what was wrong with a policy to which the record leads.
func unfetched(s *report.MTASTS) tlsFailure {
	switch {
	case s.Outcome == report.OutcomeOK:
		return tlsFailure{report.ResultSTSInvalid, s.Why}
	case s.Outcome == report.OutcomeTLS && strings.HasPrefix(s.Why, webCertificate):
		return tlsFailure{report.ResultSTSCertificate, s.Why}
	}
	return tlsFailure{report.ResultSTSFetch, s.Why}
}

// dane counts a session for DANE, and says whether TLSA records apply to it.
func (m *tlsReporter) dane(h *report.Host, e *report.Endpoint) answered {
	d := m.walk.daneOf(h, e.Port)
	if d == nil {
		return unknown
	}
	applied := report.TLSReportApplied{Type: report.TLSReportTLSA, Domain: tlsaBase(d.Name)}
	for _, t := range d.Records {
		applied.Lines = append(applied.Lines, fmt.Sprintf("%d %d %d %s", t.Usage, t.Selector, t.Matching, t.Data))
	}
	o := encryptedAlone(e)
	switch d.Status {
	case report.DANENone, report.DANEInsecure:
		return no
	case report.DANEFailed:
		if !m.forAll(d) {
			return unknown
		}
		// Senders do not go there (RFC 7672 section 2.1.2): it fails whatever the server does.
		o = tlsOutcome{judged: true, failures: []tlsFailure{{report.ResultDNSSECInvalid, d.Why}}}
	case report.DANEUnusable:
		if o.judged {
			o.failures = append(o.failures, tlsFailure{report.ResultTLSAInvalid, "no record can be used for mail"})
		}
	case report.DANEUsable:
		if o.judged && len(o.failures) == 0 {
			o = matchedTLS(d, e)
		}
	default:
		return unknown
	}
	m.count(applied, h, e, o)
	return yes
}

// forAll says whether the failure of a question for TLSA records is one for all senders: the
// answer does not hold, or a server says that it has none. No answer may be due to us.
func (m *tlsReporter) forAll(d *report.DANE) bool {
	return slices.ContainsFunc(m.r.DNS, func(q report.DNS) bool {
		return q.Name == d.Name && q.Type == "TLSA" && (q.Secure == "bogus" || q.Cause == "servfail")
	})
}

// count adds a session to those of a policy.
func (m *tlsReporter) count(a report.TLSReportApplied, h *report.Host, e *report.Endpoint, o tlsOutcome) {
	if !o.judged {
		return
	}
	p := m.policy(a)
	if len(o.failures) == 0 {
		p.Summary.Successful++
		return
	}
	p.Summary.Failed++
	for _, f := range o.failures {
		p.Failures = append(p.Failures, report.TLSReportFailure{
			Result: f.result, Sender: m.from(e.Address), MX: h.Name, HELO: e.HelloName, Receiver: e.Address,
			Sessions: 1, Information: explained(f.result), Reason: clipped(f.why, maxWhy),
		})
	}
}

// countWithout adds a session that failed before a server was looked for.
func (m *tlsReporter) countWithout(a report.TLSReportApplied, e *report.Endpoint, f tlsFailure) {
	if !encryptedAlone(e).judged {
		return
	}
	p := m.policy(a)
	p.Summary.Failed++
	if len(p.Failures) == 0 {
		p.Failures = append(p.Failures, report.TLSReportFailure{Result: f.result, Information: explained(f.result), Reason: clipped(f.why, maxWhy)})
	}
	p.Failures[0].Sessions++
}

// policy is what was counted so far for a policy.
func (m *tlsReporter) policy(a report.TLSReportApplied) *report.TLSReportPolicy {
	for _, p := range m.applied {
		if p.Policy.Type == a.Type && p.Policy.Domain == a.Domain {
			return p
		}
	}
	p := &report.TLSReportPolicy{Policy: a, Failures: []report.TLSReportFailure{}}
	m.applied = append(m.applied, p)
	return p
}

// from is our own address towards another one: that of its family.
func (m *tlsReporter) from(to netip.Addr) netip.Addr {
	for text := range strings.SplitSeq(m.r.DecidedOn.Observer.Address, ", ") {
		if a, err := netip.ParseAddr(text); err == nil && a.Is4() == to.Is4() {
			return a
		}
	}
	return netip.Addr{}
}
