package probe

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"slices"
	"time"

	"mailtrace/probe/dns"
)

// DANE (RFC 6698, RFC 7671, for mail RFC 7672) puts the keys of a server into the DNS,
// where DNSSEC signs them: a sender that honours it then speaks to just that server, by
// TLS, or not at all. This file matches what a server sent against such records; whether
// the records themselves can be trusted is another matter.

// Certificate usages (RFC 6698 section 2.1.1, by the names of RFC 7218).
const (
	danePKIXTA = 0 // Not for mail between servers (RFC 7672 section 3.1.3).
	danePKIXEE = 1 // As above.
	daneTA     = 2 // The record names an authority.
	daneEE     = 3 // The record names the certificate, or the key, of the server.
)

// Selectors and matching types (RFC 6698 section 2.1.2 and 2.1.3).
const (
	selectCertificate = 0
	selectKey         = 1

	matchFull   = 0
	matchSHA256 = 1
	matchSHA512 = 2
)

// maxTLSA bounds the records that are looked at. The servers with the most have eight.
const maxTLSA = 64

// daneOutcome says what came of matching.
type daneOutcome string

const (
	daneNoRecords daneOutcome = "none"     // There is nothing to match.
	daneUnusable  daneOutcome = "unusable" // No record that a mail server can use: TLS is forced, nobody is authenticated (RFC 7672 section 2.2).
	daneMatch     daneOutcome = "match"
	daneNoMatch   daneOutcome = "no-match"
	daneNoName    daneOutcome = "no-name"  // An authority matched, and the certificate has none of the names (RFC 7672 section 3.2.2).
	daneNoChain   daneOutcome = "no-chain" // An authority matched, and the certificate is not proven to be of it, or not now.
)

// daneResult is what came of matching a server against records.
type daneResult struct {
	outcome daneOutcome
	record  int   // Which one matched; -1 for none.
	depth   int   // Of the certificate that matched: 0 is the server's own; -1 for none.
	usable  []int // Records that a sender looks at.
	stale   []int // Of those, the ones that match nothing that the server sent.
	unsent  bool  // The authority that matched was not sent by the server: it stands whole in the record. Most senders do not find it there.
}

// daneVerify matches what a server sent, its own certificate first, against the records
// at one name. The names are those that the certificate may have where an authority is
// named; for DANE-EE neither names nor dates count (RFC 7672 section 3.1.1).
func daneVerify(records []dns.TLSARecord, sent []*x509.Certificate, names []string, now time.Time) daneResult {
	records = records[:min(len(records), maxTLSA)]
	r := daneResult{outcome: daneNoRecords, record: -1, depth: -1}
	if len(records) == 0 {
		return r
	}
	r.usable = daneAgile(records)
	if r.outcome = daneUnusable; len(r.usable) == 0 {
		return r
	}
	r.outcome = daneNoMatch
	for _, i := range r.usable {
		outcome, depth, unsent := daneTry(&records[i], sent, names, now)
		if outcome == daneNoMatch {
			r.stale = append(r.stale, i)
		}
		if better(outcome, r.outcome) {
			r.outcome, r.record, r.depth, r.unsent = outcome, i, depth, unsent
		}
	}
	return r
}

// better orders outcomes: a match is best, and the nearest miss says most.
func better(a, b daneOutcome) bool {
	order := []daneOutcome{daneNoMatch, daneNoChain, daneNoName, daneMatch}
	return slices.Index(order, a) > slices.Index(order, b)
}

// daneAgile are the records that a sender looks at: those that are usable, and of their
// digests only the strongest for each usage and selector (RFC 7671 section 9).
func daneAgile(records []dns.TLSARecord) []int {
	type kind struct{ usage, selector uint8 }
	strongest := map[kind]uint8{}
	var usable []int
	for i := range records {
		if rec := &records[i]; daneUsable(rec) {
			k := kind{rec.Usage, rec.Selector}
			strongest[k] = max(strongest[k], rec.Matching)
			usable = append(usable, i)
		}
	}
	return slices.DeleteFunc(usable, func(i int) bool {
		rec := &records[i]
		return rec.Matching != matchFull && rec.Matching < strongest[kind{rec.Usage, rec.Selector}]
	})
}

// daneUsable says whether a sender of mail can use a record.
func daneUsable(rec *dns.TLSARecord) bool {
	if rec.Usage != daneTA && rec.Usage != daneEE || rec.Selector > selectKey {
		return false
	}
	switch rec.Matching {
	case matchFull:
		if rec.Selector == selectCertificate {
			_, err := x509.ParseCertificate(rec.Data)
			return err == nil
		}
		_, err := x509.ParsePKIXPublicKey(rec.Data)
		return err == nil
	case matchSHA256:
		return len(rec.Data) == sha256.Size
	case matchSHA512:
		return len(rec.Data) == sha512.Size
	}
	return false
}

// daneTry matches one usable record.
func daneTry(rec *dns.TLSARecord, sent []*x509.Certificate, names []string, now time.Time) (outcome daneOutcome, depth int, unsent bool) {
	if len(sent) == 0 {
		return daneNoMatch, -1, false
	}
	if rec.Usage == daneEE {
		if daneIs(rec, sent[0]) {
			return daneMatch, 0, false
		}
		return daneNoMatch, -1, false
	}
	outcome, depth = daneNoMatch, -1
	for i, c := range sent {
		if daneIs(rec, c) {
			if o := anchored(sent, c, names, now); better(o, outcome) {
				outcome, depth = o, i
			}
		}
	}
	if depth >= 0 || rec.Matching != matchFull {
		return outcome, depth, false
	}
	return daneUnsent(rec, sent, names, now)
}

// daneIs says whether a record is of a certificate.
func daneIs(rec *dns.TLSARecord, c *x509.Certificate) bool {
	data := c.Raw
	if rec.Selector == selectKey {
		data = c.RawSubjectPublicKeyInfo
	}
	switch rec.Matching {
	case matchSHA256:
		sum := sha256.Sum256(data)
		return bytes.Equal(sum[:], rec.Data)
	case matchSHA512:
		sum := sha512.Sum512(data)
		return bytes.Equal(sum[:], rec.Data)
	}
	return bytes.Equal(data, rec.Data)
}

// anchored says whether the server's certificate is proven by an authority that was
// sent, or that a record holds, and has one of the names.
func anchored(sent []*x509.Certificate, authority *x509.Certificate, names []string, now time.Time) daneOutcome {
	roots, others := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(authority)
	for _, c := range sent[1:] {
		others.AddCert(c)
	}
	if _, err := sent[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, CurrentTime: now}); err != nil {
		return daneNoChain
	}
	if !daneNamed(sent[0], names) {
		return daneNoName
	}
	return daneMatch
}

// daneNamed says whether a certificate has one of the names: "The CN-ID is only considered
// when no DNS-IDs are present" (RFC 7672 section 3.2.3), and then it is, other than where
// MTA-STS or a user asks for a name.
func daneNamed(c *x509.Certificate, names []string) bool {
	if len(c.DNSNames) == 0 && c.Subject.CommonName != "" {
		c = &x509.Certificate{DNSNames: []string{c.Subject.CommonName}}
	}
	return slices.ContainsFunc(names, func(name string) bool { return c.VerifyHostname(name) == nil })
}

// daneUnsent looks for the authority in the record itself, which holds it, or its key,
// whole. "Client implementations may not be able to" (RFC 7672 section 3.1.2).
func daneUnsent(rec *dns.TLSARecord, sent []*x509.Certificate, names []string, now time.Time) (daneOutcome, int, bool) {
	if rec.Selector == selectCertificate {
		c, err := x509.ParseCertificate(rec.Data)
		if err != nil {
			return daneNoMatch, -1, false
		}
		if o := anchored(sent, c, names, now); o != daneNoChain {
			return o, len(sent), true
		}
		return daneNoMatch, -1, false
	}
	key, err := x509.ParsePKIXPublicKey(rec.Data)
	if err != nil {
		return daneNoMatch, -1, false
	}
	signer := &x509.Certificate{PublicKey: key}
	for i, c := range sent {
		if signer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil {
			return anchored(sent, c, names, now), i, true
		}
	}
	return daneNoMatch, -1, false
}
