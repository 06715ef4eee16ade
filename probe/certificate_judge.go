package probe

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

// chain is what a server sent, and what it is judged by.
type chain struct {
	*authorities
	roots *x509.CertPool // Nil: this computer has none.
	sent  []*x509.Certificate
	leaf  *x509.Certificate // Of sent, the first.
	name  string            // Of the host.
	now   time.Time
	judgement
}

// judgeInTime judges what was sent, unless that takes too long: then nothing is said of
// whom the chain leads to.
func (a *authorities) judgeInTime(given *x509.CertPool, sent []*x509.Certificate, name string, now time.Time) judgement {
	roots := a.roots(given)
	done := make(chan judgement, 1)
	go func() {
		c := chain{authorities: a, roots: roots, sent: sent, leaf: sent[0], name: name, now: now}
		defer func() {
			if v := recover(); v != nil {
				c.judgement = c.tooMuch(fmt.Sprintf("verifying the chain failed: %v", v))
			}
			done <- c.judgement
		}()
		c.judge()
	}()
	timer := time.NewTimer(timeToVerify)
	defer timer.Stop()
	select {
	case j := <-done:
		return j
	case <-timer.C:
		c := chain{sent: sent, leaf: sent[0], name: name, now: now}
		return c.tooMuch("verifying the chain took too long, and was given up")
	}
}

// tooMuch is what can be said without verifying the chain.
func (c *chain) tooMuch(why string) judgement {
	c.judgement = judgement{late: true, faults: []report.Fault{}, built: []string{}}
	c.self()
	c.why = append(c.why, why)
	if len(c.faults) > 0 {
		c.pkix = new(bool)
	}
	return c.judgement
}

// judge finds every fault. The faults of the certificate by itself are looked for by us,
// one after the other, since x509.Verify tells the first alone.
func (c *chain) judge() {
	c.faults, c.built = []report.Fault{}, []string{}
	c.self()
	var built []*x509.Certificate
	if c.roots == nil {
		built = c.climb()
		c.why = append(c.why, "this computer knows no authorities to verify by")
		if len(built) == 1 && signed(built[0], built[0]) {
			c.add(report.FaultSelfSigned, "it is signed by itself")
		}
	} else {
		built = c.trust()
	}
	for _, b := range built {
		c.built = append(c.built, nameText(b.Subject))
	}
	c.strength(built)
	if c.roots != nil && c.pkix == nil || len(c.faults) > 0 && c.pkix == nil {
		c.pkix = new(bool)
	}
}

// self is what is wrong with the certificate itself: dates, names, usage.
func (c *chain) self() {
	if c.now.After(c.leaf.NotAfter) {
		c.add(report.FaultExpired, "it expired on %s", dayText(c.leaf.NotAfter))
	}
	if c.now.Before(c.leaf.NotBefore) {
		c.add(report.FaultNotYetValid, "it is not valid before %s", dayText(c.leaf.NotBefore))
	}
	// RFC 8461 section 4.2: "The certificate MUST have a subject alternative name (SAN)
	// [RFC5280] with a DNS-ID [RFC6125] matching the hostname". A common name never
	// counts; where it is all there is, and right, its lack of a SAN says it.
	if len(c.leaf.DNSNames)+len(c.leaf.IPAddresses) == 0 {
		c.add(report.FaultNoSAN, "it has no subject alternative name")
		if !strings.EqualFold(c.leaf.Subject.CommonName, strings.TrimSuffix(c.name, ".")) {
			c.add(report.FaultNameMismatch, "it does not hold the name %s", c.name)
		}
	} else if !nameMatches(c.leaf, c.name) {
		c.add(report.FaultNameMismatch, "none of its names is %s", c.name)
	}
	if usage := c.leaf.ExtKeyUsage; len(usage)+len(c.leaf.UnknownExtKeyUsage) > 0 &&
		!slices.Contains(usage, x509.ExtKeyUsageServerAuth) && !slices.Contains(usage, x509.ExtKeyUsageAny) {
		c.add(report.FaultWrongUsage, "it is made for %s, not for servers", strings.Join(usageText(c.leaf), ", "))
	}
}

// nameMatches says whether one of the names is that of the host: without regard to case,
// and with "*" for the whole of the leftmost label (RFC 6125 section 6.4.3). So does
// x509.Certificate.VerifyHostname, which never looks at the common name.
func nameMatches(c *x509.Certificate, name string) bool {
	return c.VerifyHostname(strings.TrimSuffix(name, ".")) == nil
}

// Least sizes of keys in bits (RFC 9325 section 4.5).
const (
	minRSA   = 2048
	minCurve = 224
)

// strength looks for weak keys and signatures along the chain. An authority's signature of
// itself proves nothing and may be weak.
func (c *chain) strength(built []*x509.Certificate) {
	for i, b := range built {
		who := "it"
		if i > 0 {
			who = nameText(b.Subject)
		}
		switch k := b.PublicKey.(type) {
		case *rsa.PublicKey:
			// RFC 9325 section 4.5: "at least a 2048-bit modulus".
			if k.N.BitLen() < minRSA {
				c.add(report.FaultWeakKey, "%s has a key of %s", who, keyText(b))
			}
		case *ecdsa.PublicKey:
			// RFC 9325 section 4.5: "Curves of less than 224 bits MUST NOT be used."
			if k.Curve.Params().BitSize < minCurve {
				c.add(report.FaultWeakKey, "%s has a key of %s", who, keyText(b))
			}
		}
		if weakSignature(b) && !isSelfIssued(b) {
			c.add(report.FaultWeakSignature, "%s is signed by way of %s", who, signatureText(b))
		}
	}
}

// weakSignature says whether a certificate was signed in a way that must not be relied on:
// RFC 9325 section 4.5: "SHA-1 or MD5 MUST NOT be used".
func weakSignature(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	}
	return false
}

// text is all that was seen, in words.
func (j *judgement) text() string { return strings.Join(j.why, "; ") }
