package probe

import (
	"crypto/x509"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtrace/report"
)

// parsed is the chain of a certificate of the test CA.
func parsed(t testing.TB, der [][]byte) []*x509.Certificate {
	t.Helper()
	var all []*x509.Certificate
	for _, d := range der {
		c, err := x509.ParseCertificate(d)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

func isTrue() *bool  { b := true; return &b }
func isFalse() *bool { return new(bool) }

func boolText(b *bool) string {
	if b == nil {
		return "null"
	}
	return fmt.Sprint(*b)
}

// TestCertificate: every kind that the CA of the tests makes, and all of its faults.
func TestCertificate(t *testing.T) {
	ca := authority()
	const host = "mx.example.org"
	for _, c := range []struct {
		kind   string
		pkix   *bool
		faults string
		why    string // A part of it.
	}{
		{"good", isTrue(), "", ""},
		{"ecdsa", isTrue(), "", ""},
		{"with-root", isTrue(), "", ""},
		{"wildcard", isTrue(), "", ""},
		{"must-staple", isTrue(), "", ""},
		{"expiring", isTrue(), "", ""},
		{"sans:1000", isTrue(), "", ""},
		{"chain:20", isTrue(), "", ""},
		{"weak-key", isTrue(), "weak-key", "it has a key of RSA 1024"},
		{"expired", isFalse(), "expired", "it expired on 2026-11-22 12:00 UTC"},
		{"not-yet-valid", isFalse(), "not-yet-valid", "it is not valid before 2026-11-28 12:00 UTC"},
		{"wrong-name", isFalse(), "name-mismatch", "none of its names is mx.example.org"},
		{"self-signed", isFalse(), "self-signed", "it is signed by itself"},
		{"expired+wrong-name+self-signed", isFalse(), "expired name-mismatch self-signed", ""},
		{"missing-intermediate", isFalse(), "incomplete-chain", "CN=Test Intermediate,O=mailtrace tests, whose certificate was not sent"},
		{"expired-intermediate", isFalse(), "expired-intermediate", "CN=Test Expired Intermediate,O=mailtrace tests, above it, expired on 2026-11-22 12:00 UTC"},
		{"sha1", isFalse(), "weak-signature", "it is signed by way of SHA1-RSA"},
		{"cn-only", isFalse(), "no-san", "it has no subject alternative name"},
		{"wrong-usage", isFalse(), "wrong-usage", "it is made for clientAuth, not for servers"},
		{"unknown-authority", isFalse(), "unknown-authority", "CN=Unknown Root,O=mailtrace tests, which is no authority that is known here"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			p := &Prober{Roots: ca.roots()}
			got := p.certificate(parsed(t, ca.certificate(c.kind, host).Certificate), host, clock())
			var faults []string
			for _, f := range got.Faults {
				faults = append(faults, string(f))
			}
			if boolText(got.PKIX) != boolText(c.pkix) || strings.Join(faults, " ") != c.faults {
				t.Errorf("pkix %s, faults %v (%s), want %s, %q", boolText(got.PKIX), faults, got.Why, boolText(c.pkix), c.faults)
			}
			if !strings.Contains(got.Why, c.why) || (got.Why == "") != (c.why == "" && c.faults == "") {
				t.Errorf("why %q, want %q", got.Why, c.why)
			}
			if got.Names == nil || got.Faults == nil || got.Built == nil || got.Chain == nil || got.Usage == nil {
				t.Errorf("a list is null: %+v", got)
			}
		})
	}
}

// What a certificate says, and the bounds on it.
func TestCertificateFacts(t *testing.T) {
	ca := authority()
	p := &Prober{Roots: ca.roots()}
	judge := func(kind string) report.Certificate {
		return p.certificate(parsed(t, ca.certificate(kind, "mx.example.org").Certificate), "mx.example.org", clock())
	}
	good := judge("good")
	if got, want := fmt.Sprintln(good.Subject, good.CommonName, good.Names, good.NamesTotal, good.Key, good.Signature, good.Usage, good.ChainTotal),
		"CN=mx.example.org mx.example.org [mx.example.org] 1 RSA 2048 ECDSA-SHA256 [serverAuth] 1\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := strings.Join(good.Built, " < "); got != "CN=mx.example.org < CN=Test Intermediate,O=mailtrace tests < CN=Test Root,O=mailtrace tests" {
		t.Errorf("built %s", got)
	}
	if *good.DaysLeft != 60 || *good.LifetimeLeft != 0.6667 || len(good.SHA256) != 64 || len(good.SPKISHA256) != 64 || good.MustStaple {
		t.Errorf("%d days, %v, %s, %s, staple %v", *good.DaysLeft, *good.LifetimeLeft, good.SHA256, good.SPKISHA256, good.MustStaple)
	}
	if c := judge("expired"); *c.DaysLeft != -3 || *c.LifetimeLeft >= 0 {
		t.Errorf("expired: %d days, %v", *c.DaysLeft, *c.LifetimeLeft)
	}
	if c := judge("not-yet-valid"); *c.DaysLeft != 93 || *c.LifetimeLeft != 1 {
		t.Errorf("not yet valid: %d days, %v", *c.DaysLeft, *c.LifetimeLeft)
	}
	if !judge("must-staple").MustStaple {
		t.Error("must-staple is not seen")
	}
	if c := judge("sans:1000"); len(c.Names) != maxNames || c.NamesTotal != 1001 {
		t.Errorf("%d names of %d", len(c.Names), c.NamesTotal)
	}
	if c := judge("chain:20"); len(c.Chain) != maxCertificates-1 || c.ChainTotal != 21 {
		t.Errorf("%d certificates of %d", len(c.Chain), c.ChainTotal)
	}
}

// Without authorities nothing is known of the chain; what is wrong with the certificate
// itself is.
func TestCertificateNoAuthorities(t *testing.T) {
	ca := authority()
	var a authorities
	a.system.Do(func() {})
	for kind, want := range map[string]string{"good": "null []", "expired": "false [expired]", "self-signed": "false [self-signed]", "sha1": "false [weak-signature]"} {
		sent := parsed(t, ca.certificate(kind, "mx.example.org").Certificate)
		j := a.judgeInTime(nil, sent, "mx.example.org", clock())
		if got := fmt.Sprint(boolText(j.pkix), " ", j.faults); got != want || j.text() == "" {
			t.Errorf("%s: %s (%s), want %s", kind, got, j.text(), want)
		}
	}
}

func TestCertificateNames(t *testing.T) {
	ca := authority()
	for _, c := range []struct {
		names, host string
		match       bool
	}{
		{"mx.example.org", "mx.example.org", true},
		{"MX.Example.ORG", "mx.example.org", true},
		{"mx.example.org", "mx.example.org.", true},
		{"*.example.org", "mx.example.org", true},
		{"*.example.org", "a.mx.example.org", false}, // One label (RFC 6125 section 6.4.3).
		{"*.example.org", "example.org", false},
		{"m*.example.org", "mx.example.org", false}, // The whole label.
		{"*", "localhost", false},
		{"a.example.org,mx.example.org", "mx.example.org", true},
		{"example.org", "mx.example.org", false},
		{"xn--mx-eka.example.org", "xn--mx-eka.example.org", true},
		{"192.0.2.10", "192.0.2.10", true},
		{"192.0.2.10", "mx.example.org", false},
	} {
		leaf := parsed(t, ca.certificate("ecdsa", strings.Split(c.names, ",")...).Certificate)[0]
		if got := nameMatches(leaf, c.host); got != c.match {
			t.Errorf("%s for %s: %v", c.names, c.host, got)
		}
	}
}

// One run judges the same once, and forgets before it fills the memory.
func TestCertificateRemembered(t *testing.T) {
	ca := authority()
	p := &Prober{Roots: ca.roots()}
	sent := parsed(t, ca.certificate("good", "mx.example.org").Certificate)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { p.certificate(sent, "mx.example.org", clock()) })
	}
	wg.Wait()
	for i := range maxJudgments + 10 {
		p.certificate(sent, "mx.example.org", clock().Add(time.Duration(i)*time.Second))
	}
	if n := len(p.run.authorities.judgments); n != 1+(maxJudgments+10)/60 {
		t.Errorf("%d judgements are kept", n)
	}
	for i := range maxJudgments {
		p.run.authorities.remember([32]byte{byte(i), byte(i >> 8), 1}, report.Certificate{})
	}
	if n := len(p.run.authorities.judgments); n > maxJudgments {
		t.Errorf("%d judgements are kept", n)
	}
}

func BenchmarkCertificate(b *testing.B) {
	ca := authority()
	sent := parsed(b, ca.certificate("good", "mx.example.org").Certificate)
	b.ReportAllocs()
	for b.Loop() {
		p := Prober{Roots: ca.roots()}
		p.certificate(sent, "mx.example.org", clock())
	}
}
