package dns

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Algorithms and digests that can be verified here. ED448 and GOST cannot: zones with
// nothing else are insecure to us (RFC 4035 section 5.2).
var (
	algorithms = []uint8{dns.RSASHA1, dns.RSASHA1NSEC3SHA1, dns.RSASHA256, dns.RSASHA512, dns.ECDSAP256SHA256, dns.ECDSAP384SHA384, dns.ED25519}
	digests    = []uint8{dns.SHA1, dns.SHA256, dns.SHA384}
)

// judge says what a set is worth.
func (w *validation) judge(ctx context.Context, s *rrset, p *page) worth {
	got := w.judgeSigned(ctx, s, p)
	if got.secure == Bogus {
		// Where nothing has to be signed, signatures cannot be wrong.
		if l := w.chain(ctx, s.above()); l.secure == Insecure {
			got = l.worth
		}
	}
	if got.secure != SecureYes {
		got.ttl = s.ttl()
	}
	return got
}

// above is the name that is in the zone of the set for sure: a DS record is above the cut.
func (s *rrset) above() string {
	if s.typ == dns.TypeDS {
		name, _ := parent(s.name)
		return name
	}
	return s.name
}

func (w *validation) judgeSigned(ctx context.Context, s *rrset, p *page) worth {
	last := worth{}
	for i, signer := range s.signers() {
		if i == maxSigners {
			break
		}
		l := w.chain(ctx, signer)
		switch {
		case l.secure == Insecure:
			return l.worth
		case l.secure != SecureYes:
			last = l.worth
			continue
		case l.zone != signer:
			last = bogus("%s is signed by %s, which is no zone", s, spell(signer))
			continue
		}
		got, sig := w.verify(s, l)
		if got.secure == SecureYes && expanded(s.name, sig) {
			// RFC 4035 section 5.3.4: there must be nothing between.
			proof := w.noCloser(p, l, s.name, int(sig.Labels))
			if proof.secure == Bogus {
				proof.why = s.String() + " is made of a wildcard: " + proof.why
			}
			got = both(got, proof)
		}
		if got.secure != Bogus {
			return got
		}
		last = got
	}
	if last.secure != "" {
		return last
	}
	l := w.chain(ctx, s.above())
	switch {
	case l.secure != SecureYes:
		return l.worth
	case len(s.signatures) > 0:
		return bogus("%s is signed by none of its zones", s)
	}
	return bogus("%s has no signature, and the zone %s is signed", s, spell(l.zone))
}

// both is what two things that are needed are worth together: what the worse one is, or
// what ends first.
func both(a, b worth) worth {
	switch {
	case a.secure == Bogus:
		return a
	case b.secure != SecureYes:
		return b
	case a.secure != SecureYes:
		return a
	}
	ttl := min(a.ttl, b.ttl)
	if b.until.Before(a.until) {
		a = b
	}
	a.ttl = ttl
	return a
}

// signers are the zones that signed the set and may have.
func (s *rrset) signers() []string {
	var signers []string
	owner := pathOf(s.name)
	for _, sig := range s.signatures {
		signer := strings.TrimSuffix(sig.SignerName, ".")
		if slices.Contains(signers, signer) || !owner.within(pathOf(signer)) || s.typ == dns.TypeDS && signer == s.name && s.name != "" {
			continue
		}
		signers = append(signers, signer)
	}
	return signers
}

// String names the set in a sentence.
func (s *rrset) String() string { return spell(s.name) + " " + dns.Type(s.typ).String() }

func spell(name string) string { return question{name: name}.absolute() }

// expanded says whether a set was made of a wildcard (RFC 4035 section 5.3.2).
func expanded(name string, sig *dns.RRSIG) bool {
	p := pathOf(name)
	n := len(p)
	if n > 0 && p[n-1] == "*" {
		n--
	}
	return int(sig.Labels) < n
}

// verify looks for one signature of the zone that holds, and gives it. Where none does, why
// is of the first: the one that would hold longest.
//
// The TTL is no greater than the one that is signed, and than what is left of the time of the
// signature (RFC 4035 section 5.3.3): who is on the path can write any other.
func (w *validation) verify(s *rrset, l *link) (worth, *dns.RRSIG) {
	failed := bogus("%s has no signature of %s", s, spell(l.zone))
	owner := pathOf(s.name)
	tried := 0
	for _, sig := range s.signatures {
		if sig.SignerName != l.zone+"." || int(sig.Labels) > len(owner) {
			continue
		}
		if !slices.Contains(algorithms, sig.Algorithm) {
			if tried == 0 {
				failed = bogus("%s is signed with algorithm %d, which is not known here, and the zone has a key of another", s, sig.Algorithm)
			}
			continue
		}
		if tried++; tried > maxSignatures {
			break
		}
		got := w.try(s, l, sig)
		if got.secure == SecureYes {
			got.ttl = min(s.ttl(), ttlOf(sig.OrigTtl), max(0, got.until.Sub(w.now())))
			return got, sig
		}
		if tried == 1 {
			failed = got
		}
	}
	return failed, nil
}

// try verifies one signature, if it holds now.
func (w *validation) try(s *rrset, l *link, sig *dns.RRSIG) worth {
	now := w.now()
	from, until := sigTimes(sig, now)
	switch {
	case now.After(until):
		return bogus("the signature over %s expired at %s", s, until.Format(time.RFC3339))
	case now.Before(from):
		return bogus("the signature over %s is not valid before %s", s, from.Format(time.RFC3339))
	}
	got := w.tryKeys(s, l, sig)
	got.from, got.until = from, until
	return got
}

// tryKeys verifies a signature with the keys that may have made it.
func (w *validation) tryKeys(s *rrset, l *link, sig *dns.RRSIG) worth {
	tried := 0
	for _, k := range l.keys {
		if k.Algorithm != sig.Algorithm || k.KeyTag() != sig.KeyTag {
			continue
		}
		if tried++; tried > maxSameTag {
			return bogus("%s has more than %d keys with the tag %d", spell(l.zone), maxSameTag, sig.KeyTag)
		}
		if !readable(k) {
			return worth{secure: Unverified, why: "the key of " + spell(l.zone) + " that signed " + s.String() + " is too short, or its exponent too long, to be verified with here"}
		}
		if w.checks--; w.checks < 0 {
			return bogus("more than %d signatures would have to be verified", maxValidationChecks)
		}
		if sig.Verify(k, s.records) == nil {
			return worth{secure: SecureYes}
		}
	}
	if tried == 0 {
		return bogus("%s is signed with a key (tag %d) that the zone %s does not have", s, sig.KeyTag, spell(l.zone))
	}
	return bogus("the signature over %s is not that of the key (tag %d)", s, sig.KeyTag)
}

// Bounds of RSA keys that crypto/rsa and the library verify with. Others are rare, and may
// be right.
const (
	minModulus  = 1024 / 8 // Octets.
	maxExponent = 4
)

// readable says whether signatures of a key can be verified here.
func readable(k *dns.DNSKEY) bool {
	if !slices.Contains([]uint8{dns.RSASHA1, dns.RSASHA1NSEC3SHA1, dns.RSASHA256, dns.RSASHA512}, k.Algorithm) {
		return true
	}
	raw, err := base64.StdEncoding.DecodeString(k.PublicKey)
	if err != nil || len(raw) < 3 {
		return true // It is no key, and verifies nothing.
	}
	exponent, begin := int(raw[0]), 1 // RFC 3110 section 2.
	if exponent == 0 {
		exponent, begin = int(binary.BigEndian.Uint16(raw[1:])), 3
	}
	return exponent <= maxExponent && len(raw)-begin-exponent >= minModulus
}

// sigTimes are the window of a signature: numbers that wrap around (RFC 4034 section
// 3.1.5).
func sigTimes(sig *dns.RRSIG, now time.Time) (from, until time.Time) {
	base := now.Unix()
	at := func(n uint32) time.Time {
		return time.Unix(base+int64(int32(n-uint32(base))), 0).UTC()
	}
	return at(sig.Inception), at(sig.Expiration)
}
