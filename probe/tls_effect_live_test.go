package probe

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"mailtrace/report"
)

// effectKinds are certificates that do not hold.
var effectKinds = []string{
	"expired", "not-yet-valid", "wrong-name", "self-signed", "unknown-authority", "missing-intermediate", "expired-intermediate", "cn-only", "wrong-usage",
	"expired+wrong-name+self-signed",
}

// effectPolicies are what a domain may say, as zone and policy: "DNSSEC; records; mode".
var effectPolicies = map[string][3]string{
	"none":             {"secure", "", ""},
	"sts enforce":      {"secure", "", "enforce"},
	"sts testing":      {"secure", "", "testing"},
	"sts none":         {"secure", "", "none"},
	"sts unknown":      {"secure", "_mta-sts.example.org. FAIL timeout", ""},
	"dane key":         {"secure", "_25._tcp.mx1.example.org. TLSA 3 1 1 @server", ""},
	"dane authority":   {"secure", "_25._tcp.mx1.example.org. TLSA 2 0 1 @intermediate", ""},
	"dane unusable":    {"secure", "_25._tcp.mx1.example.org. TLSA 1 1 1 @server", ""},
	"dane unverified":  {"unverified", "_25._tcp.mx1.example.org. TLSA 3 1 1 @server", ""},
	"both, key":        {"secure", "_25._tcp.mx1.example.org. TLSA 3 1 1 @server", "enforce"},
	"both, authority":  {"secure", "_25._tcp.mx1.example.org. TLSA 2 0 1 @intermediate", "enforce"},
	"testing and dane": {"secure", "_25._tcp.mx1.example.org. TLSA 3 1 1 @server", "testing"},
	"not looked at":    {"secure", "", "no-policies"},
}

// effectProbe probes a domain with such policies, whose server has a certificate of a kind.
func effectProbe(t *testing.T, policies [3]string, kind string) *report.Report {
	t.Helper()
	text := fmt.Sprintf("$DNSSEC %s\nexample.org. MX 10 mx1.example.org.\nmx1.example.org. A 192.0.2.10\n%s\n", policies[0], policies[1])
	script := "@ 192.0.2.10:25\nD: good " + kind + "\n"
	var options []string
	switch mode := policies[2]; mode {
	case "":
	case "no-policies":
		options = []string{mode}
	default:
		text += "_mta-sts.example.org. TXT \"v=STSv1; id=1\"\nmta-sts.example.org. A 192.0.2.80\n"
		script += "@ 192.0.2.80:443\nP: 200 text/plain\n| version: STSv1\n| mode: " + mode + "\n| max_age: 604800\n| mx: mx1.example.org\n"
	}
	text, _ = fillTLSA(t, text)
	d := parseDialogs(t, authority(), script, text)
	var r *report.Report
	synctest.Test(t, func(t *testing.T) {
		r = testProber(t, d, text, clock(), options).Domain(t.Context(), "example.org")
		synctest.Wait()
	})
	return r
}

// ofCertificate are the findings that are about a certificate which does not hold.
func ofCertificate(r *report.Report) []report.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f report.Finding) bool {
		return !slices.Contains([]string{
			"tls.certificate-expired", "tls.certificate-name", "tls.certificate-no-san", "tls.certificate-untrusted", "tls.certificate-usage",
			"policy.sts-certificate", "policy.dane-no-match", "policy.dane-ta-chain",
		}, f.Rule)
	})
}

// TestEffectOfVerdicts: how bad a certificate is that does not hold is what it does to
// verdicts. A finding is critical where the mail of senders waits that the domain itself asks
// to look, by MTA-STS or DANE; and the findings name each kind of sender whose mail waits.
func TestEffectOfVerdicts(t *testing.T) {
	cells := 0
	for name, policies := range effectPolicies {
		well := effectProbe(t, policies, "good")
		if found := ofCertificate(well); len(found) > 0 {
			t.Errorf("%s: a certificate that holds: %+v", name, found)
		}
		for _, kind := range effectKinds {
			cells++
			r := effectProbe(t, policies, kind)
			waits := map[report.Sender]bool{}
			for i, v := range r.Verdicts {
				waits[v.Sender] = v.Result == report.DeliveryDeferred && well.Verdicts[i].Result != report.DeliveryDeferred
			}
			found := ofCertificate(r)
			want := report.Warning
			matched := slices.ContainsFunc(r.Policies.DANE, func(d report.DANE) bool {
				return d.Status == report.DANEUsable && len(d.Results) == 1 && d.Results[0].Match != nil && *d.Results[0].Match
			})
			switch {
			case waits[report.SenderMTASTS] || waits[report.SenderDANE]:
				want = report.Critical
			case matched:
				want = report.Info // Those that are asked to look at the server find it to be the right one.
			}
			if policies[2] == "testing" {
				want = report.Warning // The domain asks to be told.
			}
			got, texts := report.Info, ""
			for _, f := range found {
				texts += f.Rule + " " + string(f.Severity) + ": " + f.Text + "\n"
				if severityOrder[f.Severity] > severityOrder[got] {
					got = f.Severity
				}
			}
			if len(found) == 0 || got != want || !waits[report.SenderPKIX] {
				t.Errorf("%s, %s: %s, want %s; who checks certificates waits: %v\n%s", name, kind, got, want, waits[report.SenderPKIX], texts)
			}
			for sender, word := range map[report.Sender]string{report.SenderMTASTS: "MTA-STS", report.SenderDANE: "DANE"} {
				if waits[sender] && !strings.Contains(texts, word) {
					t.Errorf("%s, %s: mail of %s waits, and no finding says so:\n%s", name, kind, sender, texts)
				}
			}
			if want == report.Warning && policies[2] == "" && policies[1] == "" && !strings.Contains(texts, "asks nobody to check") {
				t.Errorf("%s, %s: nobody is asked to check, and no finding says so:\n%s", name, kind, texts)
			}
			decidedByFindings(t, r)
			if waits[report.SenderOpportunistic] || waits[report.SenderNoTLS] {
				t.Errorf("%s, %s: mail of those waits that look at no certificate", name, kind)
			}
		}
	}
	t.Logf("%d combinations", cells)
}
