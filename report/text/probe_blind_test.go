package text

import (
	"strings"
	"testing"
	"time"

	"mailtrace/report"
)

// noIPv6Here: nothing is known of an address to which no way leads, and nothing said
// against it.
func noIPv6Here() *report.Report {
	r := probeOf("example.org", "10 mx1.example.org.")
	r.Hosts = []report.Host{mx(10, "mx1.example.org", wellAt("192.0.2.10", 61),
		endedAt("2001:db8::10", report.OutcomeNoRoute, report.PhaseConnect, 0, 0, "from here no packet gets there: network is unreachable"))}
	return r
}

// criticalAllTheSame: all servers answer well, and that is not what comes first.
func criticalAllTheSame() *report.Report {
	r := probeOf("example.org", "10 mx1.example.org.")
	r.Hosts = []report.Host{mx(10, "mx1.example.org", wellAt("192.0.2.10", 0))}
	line := report.Evidence{Source: report.SourceSMTP, Line: 9, Text: "250-mx1.example.org"}
	r.Findings = []report.Finding{finds(report.Critical, "smtp.starttls-injection", "mx1.example.org", "192.0.2.10", "behind the reply to STARTTLS came more in clear text", line, line)}
	r.Rules = []report.Rule{{ID: "smtp.starttls-injection", Title: "Text came between the reply to STARTTLS and TLS", Max: report.Critical}}
	return r
}

// notKnown: no server is blamed for what the DNS did not say.
func notKnown() *report.Report {
	r := probeOf("example.org", "10 mx1.example.org.", "20 mx2.example.org.")
	for i, name := range []string{"mx1.example.org", "mx2.example.org"} {
		h := mx(10*(i+1), name)
		h.Status, h.Cause = "failed", "timeout"
		r.Hosts = append(r.Hosts, h)
	}
	return r
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1 h ago", 3 * time.Hour: "3 h ago", 47*time.Hour + time.Minute: "47 h ago", 48 * time.Hour: "2 d ago", 95 * time.Hour: "3 d ago",
	} {
		if got := strings.ReplaceAll(ago(probeNow, probeNow.Add(d)), noBreak, " "); got != want {
			t.Errorf("ago(%s) = %q, want %q", d, got, want)
		}
	}
}

func probeError() *report.Report {
	r := probeOf("example..com")
	r.Error = "example..com: no domain has an empty label"
	r.Cost, r.DecidedOn.Observer = report.Cost{}, report.Observer{}
	return r
}
