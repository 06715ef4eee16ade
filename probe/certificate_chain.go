package probe

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

// trust finds the way from the certificate to an authority, and is the chain as far as it
// goes. It sets pkix when the chain verifies just as it was sent, for the name, now.
func (c *chain) trust() []*x509.Certificate {
	server := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if built, err := c.verify(c.sent[1:], c.now, server, c.name); err == nil {
		c.pkix = new(bool)
		*c.pkix = true
		return built
	}
	at := c.within(c.now)
	built, err := c.verify(c.sent[1:], at, anyUsage, "")
	if err != nil && strings.Contains(err.Error(), "expired") {
		built, err = c.verifyThen()
	}
	if err != nil {
		return c.untrusted(err)
	}
	c.expired(built)
	c.usage(built, at)
	return built
}

// anyUsage leaves out of x509.Verify what is judged by itself.
var anyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}

// verify is x509.Verify of the certificate, and one chain.
func (c *chain) verify(intermediates []*x509.Certificate, at time.Time, usage []x509.ExtKeyUsage, name string) ([]*x509.Certificate, error) {
	pool := x509.NewCertPool()
	for _, i := range intermediates {
		pool.AddCert(i)
	}
	chains, err := c.leaf.Verify(x509.VerifyOptions{
		Roots: c.roots, Intermediates: pool, CurrentTime: at, KeyUsages: usage, DNSName: strings.TrimSuffix(name, "."),
	})
	if err != nil {
		return nil, err
	}
	return slices.MinFunc(chains, func(a, b []*x509.Certificate) int { return len(a) - len(b) }), nil
}

// within is the time in the certificate's own lifetime that is closest to t: so that what
// is above it can be judged where it itself is expired.
func (c *chain) within(t time.Time) time.Time {
	if t.After(c.leaf.NotAfter) {
		t = c.leaf.NotAfter
	}
	if t.Before(c.leaf.NotBefore) {
		t = c.leaf.NotBefore
	}
	return t
}

// verifyThen verifies the chain at times when more of it was valid.
func (c *chain) verifyThen() (built []*x509.Certificate, err error) {
	times := []time.Time{c.leaf.NotBefore, c.leaf.NotAfter}
	for _, s := range c.sent[1:] {
		times = append(times, c.within(s.NotBefore), c.within(s.NotAfter))
	}
	for _, t := range times {
		if built, err = c.verify(c.sent[1:], t, anyUsage, ""); err == nil {
			return built, nil
		}
	}
	return nil, err
}

// expired looks for what is expired above the certificate.
func (c *chain) expired(built []*x509.Certificate) {
	for _, b := range built[1:] {
		if c.now.After(b.NotAfter) {
			c.add(report.FaultExpiredIntermediate, "%s, above it, expired on %s", nameText(b.Subject), dayText(b.NotAfter))
		} else if c.now.Before(b.NotBefore) {
			c.add(report.FaultExpiredIntermediate, "%s, above it, is not valid before %s", nameText(b.Subject), dayText(b.NotBefore))
		}
	}
}

// usage looks for an authority that may not sign for servers.
func (c *chain) usage(built []*x509.Certificate, at time.Time) {
	if slices.Contains(c.faults, report.FaultWrongUsage) || slices.Contains(c.faults, report.FaultExpiredIntermediate) {
		return
	}
	_, err := c.verify(built[1:], at, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, "")
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage {
		c.add(report.FaultWrongUsage, "an authority above it may not sign for servers")
	}
}

// untrusted finds out why the chain leads to no authority that is known here; err is what
// x509.Verify said.
func (c *chain) untrusted(err error) []*x509.Certificate {
	built := c.climb()
	top := built[len(built)-1]
	if len(built) == 1 && isSelfIssued(top) && signed(top, top) {
		c.add(report.FaultSelfSigned, "it is signed by itself")
		return built
	}
	if root, ok := c.known(top); ok {
		built = append(built, root...)
		c.expired(built)
		dated := strings.Contains(err.Error(), "expired") && slices.ContainsFunc(c.faults, aboutDates)
		if !dated && !slices.ContainsFunc(built, func(b *x509.Certificate) bool { return weakSignature(b) && !isSelfIssued(b) }) {
			// x509.Verify refuses the chain for what none of our words is for: a
			// name that an authority may not sign for, a path too long.
			c.add(report.FaultUnknownAuthority, "%s", plain(err))
		}
		return built
	}
	switch {
	case isSelfIssued(top):
		c.add(report.FaultUnknownAuthority, "the chain ends at %s, which is no authority that is known here", nameText(top.Subject))
	case len(built) > 1:
		c.add(report.FaultUnknownAuthority, "the chain ends at %s, signed by %s, which is no authority that is known here", nameText(top.Subject), nameText(top.Issuer))
	case c.wrongParent() != nil:
		c.add(report.FaultUnknownAuthority, "it is signed by %s, which is no authority", nameText(c.wrongParent().Subject))
	default:
		c.add(report.FaultIncompleteChain, "it is signed by %s, whose certificate was not sent and is not known here: it was forgotten, or belongs to an authority of one's own", nameText(top.Issuer))
	}
	return built
}

// aboutDates says whether a fault is one of time alone.
func aboutDates(f report.Fault) bool {
	return f == report.FaultExpired || f == report.FaultNotYetValid || f == report.FaultExpiredIntermediate
}

// climb goes up from the certificate through what was sent, by signatures, weak ones too:
// x509.Verify takes none that was made by way of SHA-1.
func (c *chain) climb() []*x509.Certificate {
	built := []*x509.Certificate{c.leaf}
	for len(built) < maxCertificates {
		top := built[len(built)-1]
		i := slices.IndexFunc(c.sent, func(s *x509.Certificate) bool {
			return s.IsCA && s.BasicConstraintsValid && bytes.Equal(s.RawSubject, top.RawIssuer) && !slices.ContainsFunc(built, s.Equal) && signed(top, s)
		})
		if i < 0 {
			break
		}
		built = append(built, c.sent[i])
	}
	return built
}

// wrongParent is the certificate that signed ours and may not: it is none of an authority.
func (c *chain) wrongParent() *x509.Certificate {
	for _, s := range c.sent[1:] {
		if bytes.Equal(s.RawSubject, c.leaf.RawIssuer) && signed(c.leaf, s) {
			return s
		}
	}
	return nil
}

// known says whether a certificate is signed by an authority that is known here, and is
// what stands above it, or that it is one.
func (c *chain) known(top *x509.Certificate) ([]*x509.Certificate, bool) {
	at := c.now
	if at.After(top.NotAfter) || at.Before(top.NotBefore) {
		at = top.NotBefore
	}
	// What is wrong with the certificate itself does not make a stranger of who signed it.
	plainer := *top
	plainer.NotBefore, plainer.NotAfter, plainer.UnhandledCriticalExtensions = at, at, nil
	chains, err := plainer.Verify(x509.VerifyOptions{Roots: c.roots, CurrentTime: at, KeyUsages: anyUsage})
	if err == nil {
		return chains[0][1:], true
	}
	// x509 has found an authority whose signature is right, and refuses it for another
	// reason: it may not sign for such a name, or was not valid then.
	if _, found := errors.AsType[x509.CertificateInvalidError](err); found {
		return nil, true
	}
	// Its name is that of an authority, and nothing but the kind of its signature keeps
	// x509 from looking at it.
	return nil, weakSignature(top) && !isSelfIssued(top) && strings.Contains(err.Error(), "insecure algorithm")
}

// isSelfIssued says whether subject and issuer are one.
func isSelfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// signed says whether parent's key signed the certificate. Go's x509 refuses to look at
// signatures by way of SHA-1 and MD5: those are checked here, so that what is weak is not
// called unknown.
func signed(c, parent *x509.Certificate) bool {
	var hash crypto.Hash
	var sum []byte
	switch c.SignatureAlgorithm {
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1:
		s := sha1.Sum(c.RawTBSCertificate)
		hash, sum = crypto.SHA1, s[:]
	case x509.MD5WithRSA:
		s := md5.Sum(c.RawTBSCertificate)
		hash, sum = crypto.MD5, s[:]
	default:
		return parent.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
	}
	switch k := parent.PublicKey.(type) {
	case *rsa.PublicKey:
		return c.SignatureAlgorithm != x509.ECDSAWithSHA1 && rsa.VerifyPKCS1v15(k, hash, sum, c.Signature) == nil
	case *ecdsa.PublicKey:
		return c.SignatureAlgorithm == x509.ECDSAWithSHA1 && ecdsa.VerifyASN1(k, sum, c.Signature)
	}
	return false
}

// plain is an error of x509 without the name of the package, and short.
func plain(err error) string {
	return "verifying the chain says: " + clipped(strings.TrimPrefix(err.Error(), "x509: "), maxWhy)
}
