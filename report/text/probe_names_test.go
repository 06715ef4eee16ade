package text

import (
	"net/netip"
	"strings"
	"testing"

	"mailtrace/report"
)

// TestNamelessOnce holds that an address without a name is told of once: by the finding,
// where there is one, else below the servers.
func TestNamelessOnce(t *testing.T) {
	address := netip.MustParseAddr("192.0.2.10")
	r := report.New(report.KindProbe)
	r.Target = "example.org"
	r.Hosts = []report.Host{{Name: "mx1.example.org", Role: report.RoleMX, Status: "found", Endpoints: []report.Endpoint{{
		Address: address, Port: 25, Outcome: report.OutcomeOK, Hello: report.HelloEHLO, RDNS: &report.RDNS{Status: "permerror"},
	}}}}
	page := func() string {
		var b strings.Builder
		if err := Probe(&b, r, Style{}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if got := page(); !strings.Contains(got, "no reverse name (PTR)") {
		t.Errorf("not told at all:\n%s", got)
	}
	r.Findings = []report.Finding{{Rule: "dns.ptr-missing", Severity: report.Info, Text: "192.0.2.10: this address has no name in the DNS (PTR)"}}
	if got := page(); strings.Contains(got, "no reverse name (PTR)") || !strings.Contains(got, "has no name") {
		t.Errorf("told twice:\n%s", got)
	}
}
