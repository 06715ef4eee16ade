package main

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"mailtrace/report"
)

// nagiosShape is what monitors take: one line, a text without a bar, figures of a
// quoted label, a number, ranges.
var nagiosShape = regexp.MustCompile(`^MAILTRACE (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \|( '[A-Za-z0-9._: -]+'=-?\d+;\d+:;\d+:)* time=\d+\.\d\ds)?\n$`)

// TestNagiosHostile holds that no name and no text of a stranger leaves the form.
func TestNagiosHostile(t *testing.T) {
	const bad = "a'=1 | b=2;\n\x1b[2J\u202e\xff\x00"
	address := netip.MustParseAddr("192.0.2.1")
	for _, severity := range []report.Severity{report.Info, report.Critical} {
		for _, outcome := range []report.Outcome{report.OutcomeOK, report.OutcomeTimeout, report.OutcomeDeferred, bad} {
			for _, left := range []int{-1000, 5, 15, 100} {
				r := report.New(report.KindProbe)
				r.Target = bad
				for i := range 40 {
					e := report.Endpoint{Address: address, Outcome: outcome, Phase: bad, Certificates: []report.Certificate{{DaysLeft: &left}}}
					r.Hosts = append(r.Hosts, report.Host{Name: strings.Repeat(bad, 1+i), Endpoints: []report.Endpoint{e}})
				}
				r.Findings = []report.Finding{{Severity: severity, Host: bad, Address: address, Text: strings.Repeat(bad, 100)}}
				r.Undecided = []report.Undecided{{Why: bad}}
				if v, line := nagios(r, 21, 7); !nagiosShape.MatchString(line) || len(line) > 4<<10 {
					t.Errorf("%s, %s, %d: %v, %q", severity, outcome, left, v, line)
				}
			}
		}
	}
	r := report.New(report.KindProbe)
	r.Target, r.Error = bad, bad
	if v, line := nagios(r, 21, 7); v != verdictUnknown || !nagiosShape.MatchString(line) {
		t.Errorf("%v, %q", v, line)
	}
	if line := nagiosFailure(misuse(bad, bad)); !nagiosShape.MatchString(line) {
		t.Errorf("%q", line)
	}
}

// TestNagiosVerdict holds what is worse than what.
func TestNagiosVerdict(t *testing.T) {
	address := netip.MustParseAddr("192.0.2.1")
	endpoint := func(o report.Outcome, left int) report.Endpoint {
		e := report.Endpoint{Address: address, Outcome: o, Phase: report.PhaseConnect}
		if o == report.OutcomeOK {
			e.Hello, e.Certificates = report.HelloEHLO, []report.Certificate{{DaysLeft: &left}}
		}
		return e
	}
	// It ends before it begins, so that no days can be counted.
	turned := endpoint(report.OutcomeOK, 0)
	turned.Certificates = []report.Certificate{{Faults: []report.Fault{report.FaultExpired, report.FaultNotYetValid}}}
	for _, test := range []struct {
		want      verdict
		endpoints []report.Endpoint
		finding   report.Severity
	}{
		{verdictOK, []report.Endpoint{endpoint(report.OutcomeOK, 60)}, report.Warning},
		{verdictOK, []report.Endpoint{endpoint(report.OutcomeOK, 21)}, ""},
		{verdictWarning, []report.Endpoint{endpoint(report.OutcomeOK, 20)}, ""},
		{verdictWarning, []report.Endpoint{endpoint(report.OutcomeOK, 7)}, ""},
		{verdictCritical, []report.Endpoint{endpoint(report.OutcomeOK, 6)}, ""},
		{verdictCritical, []report.Endpoint{endpoint(report.OutcomeOK, 60), endpoint(report.OutcomeOK, -1)}, ""},
		{verdictCritical, []report.Endpoint{turned}, report.Warning},
		{verdictCritical, []report.Endpoint{endpoint(report.OutcomeOK, 60)}, report.Critical},
		{verdictWarning, []report.Endpoint{endpoint(report.OutcomeOK, 60), endpoint(report.OutcomeTimeout, 0)}, ""},
		{verdictOK, []report.Endpoint{endpoint(report.OutcomeOK, 60), endpoint(report.OutcomeNoRoute, 0)}, ""}, // No IPv6 here.
		{verdictOK, []report.Endpoint{endpoint(report.OutcomeOK, 60), endpoint(report.OutcomeDeferred, 0)}, ""},
		{verdictUnknown, []report.Endpoint{endpoint(report.OutcomeTimeout, 0)}, ""},
		{verdictUnknown, []report.Endpoint{endpoint(report.OutcomeDeferred, 0)}, report.Info},
		{verdictCritical, []report.Endpoint{endpoint(report.OutcomeRefused, 0)}, report.Critical},
		{verdictOK, nil, report.Info}, // A null MX.
		{verdictUnknown, nil, ""},     // Nothing at all.
	} {
		r := report.New(report.KindProbe)
		r.Hosts = []report.Host{{Name: "mx.example.org", Endpoints: test.endpoints}}
		if test.finding != "" {
			r.Findings = []report.Finding{{Severity: test.finding, Text: "found"}}
		}
		got, line := nagios(r, 21, 7)
		if got != test.want || !strings.HasPrefix(line, fmt.Sprintf("MAILTRACE %s - ", test.want)) {
			t.Errorf("%+v: %s", test, line)
		}
	}
	// Mail to the domain works, and its SPF record says nothing that counts.
	sends := report.New(report.KindProbe)
	sends.Hosts = []report.Host{{Name: "mx.example.org", Endpoints: []report.Endpoint{endpoint(report.OutcomeOK, 60)}}}
	sends.Findings = []report.Finding{{Rule: "spf.several-records", Severity: report.Critical, Text: "found"}}
	if got, line := nagios(sends, 21, 7); got != verdictWarning || !strings.Contains(line, "of the mail that it sends: ") {
		t.Errorf("%s", line)
	}
	// One MX host has no address, and of the other the DNS did not say.
	r := report.New(report.KindProbe)
	r.Findings = []report.Finding{{Severity: report.Warning, Text: "found"}}
	r.Undecided = []report.Undecided{{Rule: "dns.mx-none-usable", Why: "no answer"}}
	if got, line := nagios(r, 21, 7); got != verdictUnknown || !strings.Contains(line, "no answer") {
		t.Errorf("%s", line)
	}
}
