package probe

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var policyDANERollover = check{
	Rule: report.Rule{
		ID:    "policy.dane-rollover",
		Title: "The next change of the key is not prepared in the TLSA records",
		Max:   report.Warning,
		Explain: `When a server gets a new key while the DNS has the record of the old one alone, mail from senders that
honour DANE waits. So the record of the next key is published first, beside the one in use, at least two times to
live before the key is used; the old one is taken out afterwards. Records that match nothing for long are forgotten
ones and hide mistakes. A time to live of more than a day makes an unplanned change cost as long.`,
		Innocent: `A record beside the one in use that matches nothing is the next key, as it should be. A key that stays
the same with every renewal needs no second record.`,
		Measured: notMeasured + " It rests on the records, and on the certificates that the servers sent.",
		Refs:     []string{"RFC 7672 section 4", "RFC 7671 section 8.1", "RFC 7671 section 13"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tellDANE()
		for _, d := range s.dane {
			usable := daneAgile(d.records())
			if len(usable) == 0 {
				continue
			}
			if ttl := d.answer.TTL; ttl > maxTLSATime {
				evidence := append(d.evidence(usable[:1]), dnsEvidence(d.owner, dns.TLSA, fmt.Sprintf("time to live %d s", int64(ttl.Seconds()))))
				t.host(d, report.Warning, evidence, "its TLSA records are kept for %d hours by %s: as long they do not %s after a change of the key that was not prepared", int64(ttl.Hours()), d.who(), d.does())
			}
			if len(usable) == 1 && d.tlsa[usable[0]].TLSA.Usage == daneEE {
				t.host(d, report.Info, d.evidence(usable), "one TLSA record can be used: before the key of the server changes, the record of the next one has to be published beside it")
			}
			if stale := d.stale(usable); len(stale) > 1 {
				t.host(d, report.Info, d.evidence(stale), "%d of %d usable TLSA records match no certificate that was seen: one is enough for the next key, others may be forgotten ones", len(stale), len(usable))
			}
		}
		return t.done()
	},
}

// maxTLSATime is the longest time to live that is let pass. RFC 7671 section 13: "short
// enough to limit unplanned service disruption to an acceptable duration".
const maxTLSATime = 24 * time.Hour

// stale are the records that match no certificate of the host, where others match some.
func (d *daneSight) stale(usable []int) []int {
	matched := false
	var stale []int
	for _, i := range usable {
		idle := true
		for k := range d.seen {
			seen := &d.seen[k]
			idle = idle && seen.failed == "" && slices.Contains(seen.stale, i)
			matched = matched || seen.failed == "" && seen.outcome == daneMatch
		}
		if idle {
			stale = append(stale, i)
		}
	}
	if !matched {
		return nil
	}
	return stale
}
