package probe

import (
	"context"
	"fmt"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var policyDANELookupFailed = check{
	Rule: report.Rule{
		ID:    "policy.dane-lookup-failed",
		Title: "Whether the server has TLSA records cannot be found out",
		Max:   report.Critical,
		Explain: `A sender that honours DANE asks for the TLSA records of each mail server whose address is signed by
DNSSEC. When that question fails, it must take the server for unreachable, since an attacker could have made it
fail; if all servers of the domain are so, mail waits and comes back after some days. Ask the DNS servers of the
zone for the name yourself: old ones, load balancers and firewalls fail on types that they do not know; else the
signatures are wrong or out of date.`,
		Innocent: `A failure of a moment, or of the resolver that was asked: ask again, at another one.`,
		Measured: notMeasured + " It rests on what a resolver answered.",
		Refs:     []string{"RFC 7672 section 2.1.2", "RFC 7672 section 2.2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tellDANE()
		for _, d := range s.dane {
			if d.fail == nil || !d.asked {
				continue // Of addresses dns.mx-unresolved speaks.
			}
			failed := []report.Evidence{dnsEvidence(d.owner, dns.TLSA, d.why)}
			switch {
			case !d.fromServers():
				t.undecided = append(t.undecided, d.undecided("whether it has TLSA records: %s", d.why))
			case d.trust == trustUnverified:
				t.undecided = append(t.undecided, d.undecided("whether it has TLSA records: %s (where the zone is signed, %s that honour DANE pass the server over then)", d.why, d.who()))
			case d.fail.Cause != dns.ServFail:
				t.undecided = append(t.undecided, d.undecided("whether it has TLSA records: %s; %s that honour DANE pass the server over where they meet the same", d.why, d.who()))
			default:
				t.host(d, report.Critical, failed, "whether it has TLSA records cannot be found out, and its address is signed (%s): %s", d.why, d.passedOver())
			}
		}
		return t.done()
	},
}

// passedOver is what those that honour DANE do then.
func (d *daneSight) passedOver() string {
	if d.forUsers() {
		return "mail programs that honour DANE do not connect"
	}
	return "senders that honour DANE pass it over, and keep the mail waiting where no other server is left"
}

// undecided is one about the host, or, where it is not that of mail between servers, about
// the port.
func (d *daneSight) undecided(format string, args ...any) report.Undecided {
	u := d.host.undecided(format, args...)
	if d.port != smtpPort {
		u.Why = fmt.Sprintf("port %d: %s", d.port, u.Why)
	}
	return u
}
