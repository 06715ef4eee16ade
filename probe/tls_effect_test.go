package probe

import (
	"net/netip"
	"strings"
	"testing"

	"mailtrace/report"
)

// TestEffectOnMail: what a bad certificate, and no TLS, do to mail is what the policies of
// the domain say.
func TestEffectOnMail(t *testing.T) {
	is := func(policies, severity, certificate, clear string) {
		t.Helper()
		c := &verdictCase{r: report.New(report.KindProbe)}
		c.line(t, "host mx1 10 192.0.2.1 ok tls bad:expired")
		for line := range strings.SplitSeq(policies, "; ") {
			if line != "" {
				c.line(t, line)
			}
		}
		s := &subject{servers: &servers{}, hosts: c.r.Hosts, promises: &c.r.Policies}
		for p := range s.places() {
			if got, effect := s.effectOnMail(p); string(got) != severity || !strings.Contains(effect, certificate) {
				t.Errorf("%s: %s, %s", policies, got, effect)
			}
			if got := s.effectOfClear(p); !strings.Contains(got, clear) {
				t.Errorf("%s: %s", policies, got)
			}
		}
	}
	is("", "warning", "not looked at", "is not looked at yet")
	is("sts absent; dane none", "warning", "the domain asks nobody to check: senders deliver encrypted", "asks nobody to insist")
	is("sts testing mx1; dane none", "warning", "the domain asks nobody to check", "asks nobody to insist")
	is("sts enforce mx9; dane none", "warning", "the domain asks nobody to check", "asks nobody to insist") // Senders do not get there.
	is("sts enforce mx1; dane none", "warning", "senders that honour the MTA-STS policy of the domain keep the mail waiting; others deliver encrypted", "honour the MTA-STS policy")
	is("sts absent; dane mx1 usable match", "info", "senders that honour DANE do not mind; others deliver encrypted", "honour DANE, which")
	is("sts enforce mx1; dane mx1 usable match", "warning", "keep the mail waiting; senders that honour DANE do not mind", "MTA-STS or DANE, both")
	is("sts absent; dane mx1 usable no-match", "warning", "those do not match", "honour DANE, which")
	is("sts unknown; dane none", "warning", "could not be told", "could not be told")
	is("sts absent; dane mx1 unverified match", "warning", "could not be told", "could not be told")
}

// TestNameProtected: REQUIRETLS can be used where the name of the server is protected.
func TestNameProtected(t *testing.T) {
	is := func(sts, dane, want string) {
		t.Helper()
		c := &verdictCase{r: report.New(report.KindProbe)}
		c.line(t, "host mx1 10 192.0.2.1 ok tls pkix requiretls")
		c.line(t, sts)
		c.line(t, dane)
		s := &subject{servers: &servers{}, hosts: c.r.Hosts, promises: &c.r.Policies}
		for p := range s.places() {
			if got := s.nameProtected(p); !strings.HasPrefix(got, want) {
				t.Errorf("%s, %s: %s", sts, dane, got)
			}
		}
	}
	is("sts testing mx1", "dane none", "it can be used: ")
	is("sts absent", "dane mx1 usable match", "it can be used: ")
	is("sts absent", "dane none", "it cannot be used")
	is("sts unknown", "dane none", "it can be used if")
}

// TestVerdictsOfProbe: the report of a domain has them, that of a named host has none.
func TestVerdictsOfProbe(t *testing.T) {
	const zone = "example.org. MX 10 mx1.example.org.\nmx1.example.org. A 192.0.2.10\nnull.example. MX 0 .\n"
	d := parseDialogs(t, authority(), "", zone)
	p := testProber(t, d, zone, clock(), nil)
	p.Dial = nil
	p.AllowPrivate = false // The address is of an example: nobody is dialled.
	for _, domain := range []string{"example.org", "null.example", "missing.example"} {
		r := p.Domain(t.Context(), domain)
		if len(r.Verdicts) != len(senders) {
			t.Errorf("%s: %d verdicts", domain, len(r.Verdicts))
		}
		valid(t, r)
		for _, v := range r.Verdicts {
			if v.Host != "" || v.Address != (netip.Addr{}) {
				t.Errorf("%s: %+v", domain, v)
			}
		}
	}
	if r := p.Host(t.Context(), "mx1.example.org", nil); len(r.Verdicts) > 0 {
		t.Errorf("verdicts on a named host: %+v", r.Verdicts)
	}
	if r := p.Domain(t.Context(), "example..org"); len(r.Verdicts) > 0 {
		t.Errorf("verdicts on what is no domain: %+v", r.Verdicts)
	}
}
