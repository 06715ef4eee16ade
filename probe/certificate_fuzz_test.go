package probe

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtrace/report"
)

// seedCertificates is where the fuzz test begins: chains that the CA of the tests made,
// each certificate behind the other, and root.der, its root. They are files since making
// RSA keys takes minutes in a fuzzing process.
const seedCertificates = "testdata/certificates"

// TestSeedCertificates makes them, with -update, where they are missing: all of them, since
// they have one root.
func TestSeedCertificates(t *testing.T) {
	if _, err := os.Stat(seedCertificates); err == nil {
		return
	}
	if !*update {
		t.Fatalf("%s is missing: run with -update", seedCertificates)
	}
	if err := os.Mkdir(seedCertificates, 0o755); err != nil {
		t.Fatal(err)
	}
	ca := authority()
	seeds := map[string][]byte{"root": ca.root.cert.Raw}
	for _, kind := range []string{"good", "ecdsa", "self-signed", "sha1", "wildcard", "must-staple", "wrong-usage", "unknown-authority", "expired-intermediate", "weak-key", "cn-only", "sans:60"} {
		seeds[strings.ReplaceAll(kind, ":", "-")] = bytes.Join(ca.certificate(kind, "mx.example.org").Certificate, nil)
	}
	for name, der := range seeds {
		if err := os.WriteFile(filepath.Join(seedCertificates, name+".der"), der, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzCertificate judges whatever can be read as certificates, one behind the other. A
// judgement ends in time, keeps its bounds and does not contradict itself.
func FuzzCertificate(f *testing.F) {
	root, err := os.ReadFile(filepath.Join(seedCertificates, "root.der"))
	if err != nil {
		f.Fatal(err)
	}
	roots := x509.NewCertPool()
	for _, c := range parsed(f, [][]byte{root}) {
		roots.AddCert(c)
	}
	files, err := filepath.Glob(filepath.Join(seedCertificates, "*.der"))
	if err != nil || len(files) < 10 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		der, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sent, err := x509.ParseCertificates(data)
		if err != nil || len(sent) == 0 {
			return
		}
		p := &Prober{Roots: roots}
		began := time.Now()
		c := p.certificate(sent, "mx.example.org", clock())
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
