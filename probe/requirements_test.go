package probe

import (
	"testing"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// TestRequirements: a report on a domain has the list where it is wanted, and what cannot
// be seen is neither met nor missed.
func TestRequirements(t *testing.T) {
	for _, wanted := range []bool{false, true} {
		zone, err := dns.ParseZone("example.org. MX 0 .\n")
		if err != nil {
			t.Fatal(err)
		}
		p := &Prober{Now: clock, Requirements: wanted, DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: zone} }}
		r := p.Domain(t.Context(), "example.org")
		valid(t, r)
		if (len(r.Requirements) > 0) != wanted || (len(r.DecidedOn.Data) > 0) != wanted {
			t.Errorf("wanted: %v, got %d, %v", wanted, len(r.Requirements), r.DecidedOn.Data)
		}
		for _, q := range r.Requirements {
			if q.ID == "tls" && q.Status != report.RequirementUnseen || q.Why == "" {
				t.Errorf("%+v", q)
			}
		}
	}
}
