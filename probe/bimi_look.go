package probe

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// bimiSight is what was seen of BIMI. Neither logo nor certificate are fetched: the fetch
// that a probe makes is that of the MTA-STS policy.
type bimiSight struct {
	lookup              // The one that counts.
	kept   []dns.Record // That begin as a record does.
	record *bimiRecord  // Nil where there is none, or more than one.
	why    string       // Of a fault of ours.
}

// bimiName stands before a domain where its record is: that of the usual selector. Another
// one is named by a mail alone.
const bimiName = "default._bimi."

func lookAtBIMI(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	if !s.ofSenders() {
		return nil
	}
	b := &bimiSight{}
	of := s.domain
	wait := inBackground(func() { b.look(ctx, asks, of) })
	return func(r *report.Report) {
		b.why = wait()
		s.bimi = b
		r.Policies.BIMI = b.report()
	}
}

// look asks at the domain, and, where that has no record, at the organisational domain.
func (b *bimiSight) look(ctx context.Context, asks dns.Resolver, of string) {
	b.at(ctx, asks, of)
	if org := domain.Org(of); b.err == nil && len(b.kept) == 0 && org != "" && org != of {
		b.at(ctx, asks, org)
	}
	if len(b.kept) == 1 {
		b.record = parseBIMI(string(b.kept[0].Text))
	}
}

func (b *bimiSight) at(ctx context.Context, asks dns.Resolver, name string) {
	b.lookup, b.kept = ask(ctx, asks, bimiName+name, dns.TXT), nil
	if b.answer == nil {
		return
	}
	for _, r := range b.answer.Records {
		if isBIMI(string(r.Text)) {
			b.kept = append(b.kept, r)
		}
	}
}

// status is what providers make of it.
func (b *bimiSight) status() (report.PolicyStatus, string) {
	switch {
	case b.why != "":
		return report.PolicyUnknown, b.why
	case b.err != nil:
		return report.PolicyUnknown, inWords(b.err)
	case len(b.kept) > 1:
		return report.PolicyInvalid, fmt.Sprintf("there are %d records, which all count for nothing", len(b.kept))
	case b.record == nil:
		return report.PolicyNone, ""
	case len(b.record.faults) > 0:
		return report.PolicyInvalid, strings.Join(b.record.faults[:min(len(b.record.faults), maxListed)], "; ")
	case !b.record.hasLogo:
		return report.PolicyInvalid, "it names no logo: there is no l="
	}
	return report.PolicyFound, ""
}

// shows says that the domain wants a logo to be shown.
func (b *bimiSight) shows() bool {
	return b != nil && b.record != nil && !b.record.declines()
}

func (b *bimiSight) report() *report.BIMI {
	r := &report.BIMI{}
	r.Status, r.Why = b.status()
	if len(b.kept) > 0 {
		r.Record = clipped(string(b.kept[0].Text), maxRecord)
	}
	if b.record != nil {
		r.Location, r.Evidence = clipped(b.record.location, maxRecord), clipped(b.record.evidence, maxRecord)
		if r.Status == report.PolicyFound && b.record.declines() {
			r.Why = "the domain wants no logo to be shown"
		}
	}
	return r
}

// evidence is the records.
func (b *bimiSight) evidence() []report.Evidence {
	if b.answer == nil || len(b.kept) == 0 {
		return b.lookup.evidence()
	}
	return clippedEvidence(append(aliasEvidence(b.answer.Name, b.answer.Alias), recordEvidence(b.answer, b.kept)...))
}
