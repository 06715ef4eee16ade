package probe

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	"mailtrace/report"
)

// Bounds on what is looked at. crypto/tls takes 256 KiB of certificates and RSA keys of
// 8192 bits at most.
const (
	maxCertificates = 10  // Of a chain; an honest one has two to four.
	maxNames        = 50  // Of a certificate that are told; all are compared.
	maxName         = 255 // Octets of each: a domain name has no more (RFC 1035 section 3.1).
	maxUsages       = 20
)

// timeToVerify is how long a chain may take to be verified. An honest one takes a
// millisecond; one that takes longer is not judged.
const timeToVerify = 2 * time.Second

// certificate judges what a server sent, its own certificate first, for the name of the
// host. Nothing that a certificate points to is ever fetched. What was judged once in this
// run is not judged anew.
func (p *Prober) certificate(sent []*x509.Certificate, name string, now time.Time) report.Certificate {
	if len(sent) == 0 {
		return report.Certificate{Faults: []report.Fault{}, Names: []string{}, Usage: []string{}, Chain: []report.ChainCertificate{}, Built: []string{}, Why: "the server sent no certificate"}
	}
	a := &p.run.authorities
	key := judgementKey(sent, name, now)
	if c, ok := a.judged(key); ok {
		return c
	}
	c := describe(sent, now)
	j := a.judgeInTime(p.Roots, sent[:min(len(sent), maxCertificates)], name, now)
	c.PKIX, c.Faults, c.Built, c.Why = j.pkix, j.faults, j.built, j.text()
	if !j.late {
		a.remember(key, c)
	}
	return c
}

// judgementKey is for what a judgement holds: the certificates, the name, the minute.
func judgementKey(sent []*x509.Certificate, name string, now time.Time) [sha256.Size]byte {
	h := sha256.New()
	var n [8]byte
	for _, c := range sent {
		h.Write(binary.BigEndian.AppendUint64(n[:0], uint64(len(c.Raw))))
		h.Write(c.Raw)
	}
	h.Write(binary.BigEndian.AppendUint64(n[:0], uint64(now.Unix()/60)))
	h.Write([]byte(name))
	return [sha256.Size]byte(h.Sum(nil))
}

// describe is what the certificate says, without a word on whether it is right.
func describe(sent []*x509.Certificate, now time.Time) report.Certificate {
	leaf := sent[0]
	names, total := certificateNames(leaf)
	c := report.Certificate{
		Subject: nameText(leaf.Subject), CommonName: clipped(leaf.Subject.CommonName, maxName),
		Names: names, NamesTotal: total, Issuer: nameText(leaf.Issuer),
		NotBefore: leaf.NotBefore.UTC(), NotAfter: leaf.NotAfter.UTC(),
		Key: keyText(leaf), Signature: signatureText(leaf), Usage: usageText(leaf),
		MustStaple: mustStaple(leaf), SCTs: countSCTs(leaf),
		SHA256: hexSHA256(leaf.Raw), SPKISHA256: hexSHA256(leaf.RawSubjectPublicKeyInfo),
		Chain: []report.ChainCertificate{}, ChainTotal: len(sent) - 1,
	}
	c.DaysLeft, c.LifetimeLeft = timeLeft(leaf.NotBefore, leaf.NotAfter, now)
	for _, s := range sent[1:min(len(sent), maxCertificates)] {
		c.Chain = append(c.Chain, report.ChainCertificate{
			Subject: nameText(s.Subject), Issuer: nameText(s.Issuer), NotBefore: s.NotBefore.UTC(), NotAfter: s.NotAfter.UTC(),
			Key: keyText(s), Signature: signatureText(s), SHA256: hexSHA256(s.Raw),
		})
	}
	return c
}

// timeLeft is how many whole days are left, and which share of the lifetime; nothing where
// the certificate ends before it begins. In seconds, since a time.Duration ends at 292
// years and a certificate need not.
func timeLeft(from, to, now time.Time) (*int, *float64) {
	life, left := to.Unix()-from.Unix(), to.Unix()-now.Unix()
	if life <= 0 {
		return nil, nil
	}
	days := int(math.Floor(float64(left) / (24 * 60 * 60)))
	share := min(1, math.Round(1e4*float64(left)/float64(life))/1e4)
	return &days, &share
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// dayText is a date and time as a person reads it.
func dayText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// judgement is what is wrong with a chain.
type judgement struct {
	pkix   *bool
	faults []report.Fault
	built  []string
	why    []string
	late   bool // It took too long.
}

// add notes a fault, once, and what was seen.
func (j *judgement) add(f report.Fault, format string, args ...any) {
	for _, have := range j.faults {
		if have == f {
			j.why = append(j.why, fmt.Sprintf(format, args...))
			return
		}
	}
	j.faults = append(j.faults, f)
	j.why = append(j.why, fmt.Sprintf(format, args...))
}
