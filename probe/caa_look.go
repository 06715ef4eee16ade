package probe

import (
	"context"
	"slices"
	"strings"
	"sync"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// caaSight is what the DNS says of who may issue certificates for one host.
type caaSight struct {
	host  string
	at    string   // The name that has the records that count; "" for none.
	found lookup   // What was answered there, or at the last name that was asked.
	asked []lookup // Each, the host first.
	why   string   // Why it is not known, where no answer says so.
}

// Bounds of the questions for CAA. A stranger chooses the names, and all questions for a
// domain have one bound.
const (
	maxCAAClimb     = 12 // Names of one host: no host of a provider has half of that.
	maxCAAQuestions = 32 // Of all hosts, each name counted once.
)

// caaNames are the names that may be asked for: those of the first hosts, up to the bound.
// They are chosen before one is asked, so that they do not hang on who is faster.
func caaNames(hosts []host) map[string]bool {
	names := map[string]bool{}
	for i := range hosts {
		for name, n := hosts[i].Name, 0; name != "" && n < maxCAAClimb && len(names) < maxCAAQuestions; n++ {
			names[name] = true
			_, name, _ = strings.Cut(name, ".")
		}
	}
	return names
}

// lookAtCAA asks for the records of all hosts, beside the conversations: only then is it
// known which of them show a certificate, and only of those is reported.
func lookAtCAA(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	names := caaNames(s.servers.hosts)
	var all []*caaSight
	var wg sync.WaitGroup
	for i := range s.servers.hosts {
		h := &s.servers.hosts[i]
		if h.Status == statusAddress || numeric(h.Name) || slices.ContainsFunc(all, func(c *caaSight) bool { return c.host == h.Name }) {
			continue
		}
		c := &caaSight{host: h.Name}
		all = append(all, c)
		wg.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					c.why = failedHere(v)
				}
			}()
			c.climb(ctx, asks, names)
		})
	}
	return func(r *report.Report) {
		wg.Wait()
		for _, c := range all {
			if len(s.certificatesOf(c.host)) > 0 {
				s.caa = append(s.caa, c)
				r.Policies.CAA = append(r.Policies.CAA, c.report())
			}
		}
	}
}

// climb goes up until a name has records: "The search for a CAA RRset climbs the DNS name
// tree from the specified label up to, but not including, the DNS root" (RFC 8659 section 3).
func (c *caaSight) climb(ctx context.Context, asks dns.Resolver, names map[string]bool) {
	for name, n := c.host, 0; name != ""; n++ {
		if n == maxCAAClimb || !names[name] {
			c.why = "there are too many names above the hosts to ask for all"
			return
		}
		c.found = ask(ctx, asks, name, dns.CAA)
		c.asked = append(c.asked, c.found)
		if c.found.err != nil {
			return
		}
		if len(c.found.answer.Records) > 0 {
			c.at = name
			return
		}
		_, name, _ = strings.Cut(name, ".")
	}
}

// certificatesOf are those that endpoints of a host showed first: their own.
func (s *subject) certificatesOf(host string) []*report.Certificate {
	var all []*report.Certificate
	for p := range s.places() {
		if p.host.Name != host || len(p.Certificates) == 0 {
			continue
		}
		cert := &p.Certificates[0]
		if !slices.ContainsFunc(all, func(o *report.Certificate) bool { return o.SHA256 == cert.SHA256 }) {
			all = append(all, cert)
		}
	}
	return all
}

// records are the set that counts.
func (c *caaSight) records() []dns.Record {
	if c.at == "" {
		return nil
	}
	return c.found.answer.Records[:min(len(c.found.answer.Records), maxRecordsShown)]
}

// status says whether it is known who may issue.
func (c *caaSight) status() (report.PolicyStatus, string) {
	switch {
	case c.why != "":
		return report.PolicyUnknown, c.why
	case c.found.err != nil:
		return report.PolicyUnknown, inWords(c.found.err)
	case c.at == "":
		return report.PolicyNone, ""
	}
	if faults := c.faults(); len(faults) > 0 && !faults[0].mild {
		return report.PolicyInvalid, faults[0].text
	}
	return report.PolicyFound, ""
}

func (c *caaSight) report() report.CAA {
	r := report.CAA{Name: c.host, Found: c.at}
	r.Status, r.Why = c.status()
	for _, value := range caaValues(c.records(), "issue") {
		r.Issue = append(r.Issue, clipped(value, maxRecord))
	}
	return r
}

// evidence is the records that count, or that there are none.
func (c *caaSight) evidence() []report.Evidence {
	return clippedEvidence(c.found.evidence())
}

// caaFault is something wrong with one record.
type caaFault struct {
	text   string
	record dns.Record
	mild   bool // Nothing comes of it.
}

// faults are what is wrong with the records.
func (c *caaSight) faults() []caaFault {
	var all []caaFault
	for _, r := range c.records() {
		add := func(text string, mild bool) { all = append(all, caaFault{text, r, mild}) }
		tag, value := shortened(r.Tag), shortened(string(r.Text))
		issue := strings.EqualFold(r.Tag, "issue") || strings.EqualFold(r.Tag, "issuewild")
		switch {
		case !caaKnown(r.Tag) && r.Flags&critical != 0:
			add("the tag "+tag+" is critical and not known: authorities must not issue", false)
		case !caaKnown(r.Tag):
			add("the tag "+tag+" is not known, and ignored", true)
		case issue && parseCAAIssue(string(r.Text)).wrong:
			add(tag+" "+value+" names no authority, and so allows none", false)
		}
		if r.Flags&^critical != 0 {
			add("the flags of "+tag+" "+value+" have bits that mean nothing: 128 is what makes a record critical", true)
		}
	}
	slices.SortStableFunc(all, func(a, b caaFault) int {
		switch {
		case a.mild == b.mild:
			return 0
		case b.mild:
			return -1
		}
		return 1
	})
	return all
}
