package probe

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// unknownExtension is critical, and made up.
var unknownExtension = pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Critical: true, Value: []byte{5, 0}}

// Chains that no kind of the CA has: what is wrong above the certificate.
func TestCertificateChains(t *testing.T) {
	ca := authority()
	const host = "mx.example.org"
	key := ca.ecdsaKey()
	signedBy := func(by *issuer, change func(*x509.Certificate)) *x509.Certificate {
		leaf := ca.leaf([]string{host})
		if change != nil {
			change(leaf)
		}
		return parsed(t, [][]byte{ca.sign(leaf, by, key)})[0]
	}
	good := signedBy(ca.sub, nil)
	rsaRoot := ca.issuer("RSA Root", nil, rsaIssuerKey(), 1000*day)
	rsaSub := ca.issuer("RSA Intermediate", ca.root, rsaIssuerKey(), 1000*day)
	weakSub := ca.issuer("Weak Intermediate", ca.root, rsaWeakKey(), 1000*day)
	oldSub := ca.issuer("Old Intermediate", ca.root, ca.ecdsaKey(), -3*day)
	oldRoot := ca.issuer("Old Root", nil, ca.ecdsaKey(), -3*day)
	noAuthority := &issuer{signedBy(ca.sub, func(l *x509.Certificate) { name(l, "neighbour.example.org") }), key}
	foreign := ca.issuer("Foreign Intermediate", ca.issuer("Foreign Root", nil, ca.ecdsaKey(), 1000*day), ca.ecdsaKey(), 1000*day)
	sha1 := func(c *x509.Certificate) *x509.Certificate {
		return parsed(t, [][]byte{ca.signSHA1(c.Raw, rsaIssuerKey())})[0]
	}
	shaKey := ca.ecdsaKey()
	shaSub := &issuer{sha1(ca.issuer("SHA-1 Intermediate", rsaRoot, shaKey, 1000*day).cert), shaKey}
	limitedDER := ca.sign(&x509.Certificate{
		SerialNumber: ca.serial(), NotBefore: ca.now.Add(-day), NotAfter: ca.now.Add(day), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{"other.example"},
	}, ca.root, key)
	limited := &issuer{parsed(t, [][]byte{limitedDER})[0], key}
	limitedRootDER := ca.sign(&x509.Certificate{
		SerialNumber: ca.serial(), Subject: pkix.Name{CommonName: "Limited Root"}, NotBefore: ca.now.Add(-day), NotAfter: ca.now.Add(day), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{"other.example"},
	}, nil, key)
	limitedRoot := &issuer{parsed(t, [][]byte{limitedRootDER})[0], key}
	ancient := func(l *x509.Certificate) { l.NotBefore, l.NotAfter = time.Unix(0, 0), time.Unix(1, 0) }
	roots := ca.roots()
	roots.AddCert(limitedRoot.cert)
	roots.AddCert(rsaRoot.cert)
	roots.AddCert(oldRoot.cert)
	for _, c := range []struct {
		name   string
		sent   []*x509.Certificate
		faults string
		why    string
	}{
		{"no order, and twice", []*x509.Certificate{good, ca.root.cert, good, ca.sub.cert, ca.sub.cert}, "", ""},
		{"a stranger's chain in place of its own", []*x509.Certificate{good, foreign.cert}, "incomplete-chain", "CN=Test Intermediate"},
		{"right from the root", []*x509.Certificate{signedBy(ca.root, nil)}, "", ""},
		{"SHA-1 right from the root", []*x509.Certificate{sha1(signedBy(rsaRoot, nil))}, "weak-signature", "it is signed by way of SHA1-RSA"},
		{"SHA-1, the intermediate forgotten", []*x509.Certificate{sha1(signedBy(rsaSub, nil))}, "incomplete-chain weak-signature", "CN=RSA Intermediate"},
		{"SHA-1 above", []*x509.Certificate{signedBy(shaSub, nil), shaSub.cert}, "weak-signature", "CN=SHA-1 Intermediate,O=mailtrace tests is signed by way of SHA1-RSA"},
		{"a weak key above", []*x509.Certificate{signedBy(weakSub, nil), weakSub.cert}, "weak-key", "CN=Weak Intermediate,O=mailtrace tests has a key of RSA 1024"},
		{"both out of date", []*x509.Certificate{signedBy(oldSub, func(l *x509.Certificate) { l.NotAfter = ca.now.Add(-10 * day) }), oldSub.cert}, "expired expired-intermediate", ""},
		{"an expired root", []*x509.Certificate{signedBy(oldRoot, nil)}, "expired-intermediate", "CN=Old Root"},
		{"signed by no authority", []*x509.Certificate{signedBy(noAuthority, nil), noAuthority.cert, ca.sub.cert}, "unknown-authority", "which is no authority"},
		{"an authority for other names", []*x509.Certificate{signedBy(limited, nil), limited.cert}, "unknown-authority", "is not permitted"},
		{"a critical extension that nobody knows", []*x509.Certificate{signedBy(ca.sub, func(l *x509.Certificate) {
			l.ExtraExtensions = append(l.ExtraExtensions, unknownExtension)
		}), ca.sub.cert}, "unknown-authority", "unhandled critical extension"},
		// Who signed them is known here: nothing was forgotten.
		{"a critical extension, right from the root", []*x509.Certificate{signedBy(ca.root, func(l *x509.Certificate) {
			l.ExtraExtensions = append(l.ExtraExtensions, unknownExtension)
		})}, "unknown-authority", "unhandled critical extension"},
		{"a root for other names", []*x509.Certificate{signedBy(limitedRoot, nil)}, "unknown-authority", "is not permitted"},
		{"older than the root", []*x509.Certificate{signedBy(ca.root, ancient)}, "expired", ""},
		{"older than all above", []*x509.Certificate{signedBy(ca.sub, ancient), ca.sub.cert}, "expired", ""},
		{"over before it began", []*x509.Certificate{signedBy(ca.root, func(l *x509.Certificate) {
			l.NotBefore, l.NotAfter = ca.now.Add(day), ca.now.Add(-day)
		})}, "expired not-yet-valid", ""},
		{"a foreign root sent along", []*x509.Certificate{signedBy(foreign, nil), foreign.cert}, "unknown-authority", "CN=Foreign Root"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &Prober{Roots: roots}
			got := p.certificate(c.sent, host, clock())
			var faults []string
			for _, f := range got.Faults {
				faults = append(faults, string(f))
			}
			slices.Sort(faults)
			if strings.Join(faults, " ") != c.faults || !strings.Contains(got.Why, c.why) {
				t.Errorf("faults %v (%s), want %q (%s)", faults, got.Why, c.faults, c.why)
			}
			if ok := c.faults == "" || c.faults == "weak-key"; boolText(got.PKIX) != fmt.Sprint(ok) {
				t.Errorf("pkix %s", boolText(got.PKIX))
			}
		})
	}
}

// What takes too long is not judged, and not remembered.
func TestCertificateTooMuch(t *testing.T) {
	ca := authority()
	for kind, want := range map[string]string{"good": "null []", "expired": "false [expired]", "self-signed": "null []"} {
		sent := parsed(t, ca.certificate(kind, "mx.example.org").Certificate)
		c := chain{sent: sent, leaf: sent[0], name: "mx.example.org", now: clock()}
		j := c.tooMuch("verifying took too long")
		if got := fmt.Sprint(boolText(j.pkix), " ", j.faults); got != want || !j.late || !strings.Contains(j.text(), "too long") {
			t.Errorf("%s: %s (%s), want %s", kind, got, j.text(), want)
		}
	}
	// As many names as TLS lets through, and a good deal of certificates.
	began := time.Now()
	p := &Prober{Roots: ca.roots()}
	got := p.certificate(parsed(t, ca.certificate("sans:10000", "mx.example.org").Certificate), "mx.example.net", clock())
	if d := time.Since(began); d > 2*timeToVerify || len(got.Names) != maxNames || got.NamesTotal != 10001 {
		t.Errorf("%d names of %d, in %s", len(got.Names), got.NamesTotal, d)
	}
}
