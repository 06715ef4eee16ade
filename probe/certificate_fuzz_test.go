package probe

import (
	"crypto/x509"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"mailtrace/report"
)

// FuzzCertificate judges whatever can be read as certificates, one behind the other. A
// judgement ends in time, keeps its bounds and does not contradict itself.
func FuzzCertificate(f *testing.F) {
	ca := authority()
	for _, kind := range []string{"good", "ecdsa", "self-signed", "sha1", "wildcard", "must-staple", "wrong-usage", "unknown-authority", "expired-intermediate", "weak-key", "cn-only", "sans:60"} {
		var all []byte
		for _, der := range ca.certificate(kind, "mx.example.org").Certificate {
			all = append(all, der...)
		}
		f.Add(all)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sent, err := x509.ParseCertificates(data)
		if err != nil || len(sent) == 0 {
			return
		}
		p := &Prober{Roots: ca.roots()}
		began := time.Now()
		c := p.certificate(sent, "mx.example.org", clock(), &report.Handshake{})
		if d := time.Since(began); d > 2*timeToVerify {
			t.Errorf("took %s", d)
		}
		if c.Faults == nil || c.Names == nil || c.Usage == nil || c.Chain == nil || c.Built == nil {
			t.Errorf("a list is null: %+v", c)
		}
		if len(c.Names) > maxNames || len(c.Chain) >= maxCertificates || len(c.Usage) > maxUsages || len(c.Subject) > 8<<10 || len(c.Why) > 64<<10 {
			t.Errorf("%d names, %d certificates, %d usages, %d octets of subject, %d of why", len(c.Names), len(c.Chain), len(c.Usage), len(c.Subject), len(c.Why))
		}
		if slices.ContainsFunc(c.Names, func(n string) bool { return len(n) > maxName+len("...") }) {
			t.Errorf("a name is too long: %q", c.Names)
		}
		if c.PKIX != nil && *c.PKIX && hasFault(&c, report.FaultExpired, report.FaultNotYetValid, report.FaultNameMismatch, report.FaultNoSAN,
			report.FaultSelfSigned, report.FaultUnknownAuthority, report.FaultIncompleteChain, report.FaultWrongUsage) {
			t.Errorf("passes in spite of %v", c.Faults)
		}
		if c.PKIX != nil && !*c.PKIX && (len(c.Faults) == 0 || c.Why == "") {
			t.Errorf("does not pass, and nobody knows why: %v %q", c.Faults, c.Why)
		}
		if _, err := json.Marshal(&c); err != nil {
			t.Error(err)
		}
	})
}
