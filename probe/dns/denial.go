package dns

import (
	"context"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// This file says what it is worth that a message has no records: whether that is signed.

// absence is for the end of the aliases. The message says which zone speaks.
func (w *validation) absence(ctx context.Context, p *page, name string, t uint16) worth {
	zoneOf := name
	if t == dns.TypeDS {
		zoneOf, _ = parent(name)
	}
	signer, ok := p.signer(name)
	l := w.chain(ctx, signer)
	got := worth{}
	switch {
	case !ok:
		if l = w.chain(ctx, zoneOf); l.secure != SecureYes {
			return l.worth
		}
		return bogus("that there is no %s %s has no proof, and the zone %s is signed", spell(name), dns.Type(t), spell(l.zone))
	case l.secure != SecureYes:
		got = l.worth
	case l.zone != signer:
		got = bogus("%s, which signed the proof, is no zone", spell(signer))
	default:
		got = w.absent(p, l, name, t)
	}
	if got.secure == Bogus {
		if at := w.chain(ctx, zoneOf); at.secure == Insecure {
			return at.worth
		}
	}
	return got
}

// signer is the zone that signed what the message has for proof.
func (p *page) signer(name string) (string, bool) {
	of := pathOf(name)
	best, found := "", false
	for k, s := range p.authority {
		if k.typ != dns.TypeNSEC && k.typ != dns.TypeNSEC3 && k.typ != dns.TypeSOA {
			continue
		}
		for _, sig := range s.signatures {
			signer := strings.TrimSuffix(sig.SignerName, ".")
			if of.within(pathOf(signer)) && (!found || len(signer) > len(best)) {
				best, found = signer, true
			}
		}
	}
	return best, found
}

// proofs are the NSEC or NSEC3 records of a message that the zone has signed.
type proofs struct {
	zone   path
	nsec   []nsec
	nsec3  []nsec3
	least  worth // Of those that hold.
	failed worth // Of the last that does not.

	hash func(p path) (string, bool) // Of NSEC3, which all share.
}

// denials verifies what a message has for proof.
func (w *validation) denials(p *page, l *link) *proofs {
	d := &proofs{zone: pathOf(l.zone)}
	keys := make([]setKey, 0, len(p.authority))
	for k := range p.authority {
		// Of others there may be many: aliases lead through zones, each with proofs of its own.
		if (k.typ == dns.TypeNSEC || k.typ == dns.TypeNSEC3) && pathOf(k.name).within(d.zone) {
			keys = append(keys, k)
		}
	}
	// Always in the same order: where there are too many, the same ones are left out.
	slices.SortFunc(keys, func(a, b setKey) int { return strings.Compare(a.name, b.name) })
	for _, k := range keys[:min(len(keys), maxDenials)] {
		s := p.authority[k]
		got, sig := w.verify(s, l)
		if got.secure == SecureYes && expanded(k.name, sig) {
			got = bogus("%s is made of a wildcard", s) // RFC 4035 section 5.4 has it so of NSEC.
		}
		if got.secure != SecureYes {
			d.failed = got
			continue
		}
		d.add(s, got)
	}
	if len(d.nsec3) > 0 {
		d.alike(w)
	}
	return d
}

func (d *proofs) add(s *rrset, got worth) {
	if d.least.secure == "" {
		d.least = got
	} else {
		d.least = both(d.least, got)
	}
	switch rr := s.records[0].(type) { // There is one of a name.
	case *dns.NSEC:
		if next, err := canonical(rr.NextDomain); err == nil {
			d.nsec = append(d.nsec, nsec{pathOf(s.name), pathOf(next), bitmap(rr.TypeBitMap)})
		}
	case *dns.NSEC3:
		owner := pathOf(s.name)
		if len(owner) == len(d.zone)+1 {
			d.nsec3 = append(d.nsec3, nsec3{rr, strings.ToUpper(owner[len(d.zone)]), strings.ToUpper(rr.NextDomain), bitmap(rr.TypeBitMap)})
		}
	}
}

// bitmap is the types of a name.
type bitmap []uint16

func (b bitmap) has(t uint16) bool { return slices.Contains(b, t) }

// cut says that the record is of the upper side of a zone cut.
func (b bitmap) cut() bool { return b.has(dns.TypeNS) && !b.has(dns.TypeSOA) }

// absentHere says whether the types of a name prove that there is no record of a type, and
// none that leads elsewhere. Of a zone cut, the upper side speaks of DS records alone, and
// the lower side of all others (RFC 6840 section 4.4, RFC 4035 section 5.2).
func (b bitmap) absentHere(p path, t uint16) bool {
	switch {
	case t == dns.TypeDS && b.has(dns.TypeSOA) && len(p) > 0, t != dns.TypeDS && b.cut():
		return false
	}
	return !b.has(t) && !b.has(dns.TypeCNAME)
}

// absent proves that a zone has no records of a type at a name: no such name, if the
// message says so.
func (w *validation) absent(p *page, l *link, name string, t uint16) worth {
	d := w.denials(p, l)
	of := pathOf(name)
	what := "that there is no " + spell(name) + " " + dns.Type(t).String()
	if p.nxdomain {
		what = "that there is no name " + spell(name)
	}
	verdict := proof{}
	switch {
	case len(d.nsec) > 0 && p.nxdomain:
		verdict = d.noName(of)
	case len(d.nsec) > 0:
		verdict = d.noData(of, t)
	case len(d.nsec3) > 0 && d.tooCostly():
		return d.insecure("the zone " + spell(l.zone) + " has NSEC3 records with more iterations than are computed here")
	case len(d.nsec3) > 0 && p.nxdomain:
		verdict = d.noName3(of)
	case len(d.nsec3) > 0:
		verdict = d.noData3(of, t)
	}
	return d.weigh(verdict, what)
}

// noCloser proves that there is nothing between a name and the wildcard of which its
// records are made, which is below a name of so many labels.
func (w *validation) noCloser(p *page, l *link, name string, labels int) worth {
	d := w.denials(p, l)
	of := pathOf(name)
	verdict := proof{}
	switch {
	case len(d.nsec) > 0:
		verdict = d.noCloser(of, labels)
	case len(d.nsec3) > 0 && d.tooCostly():
		return d.insecure("the zone " + spell(l.zone) + " has NSEC3 records with more iterations than are computed here")
	case len(d.nsec3) > 0:
		verdict = d.noCloser3(of, labels)
	}
	return d.weigh(verdict, "that there is no name "+spell(name))
}

// proof is what records prove.
type proof struct {
	holds     bool
	delegated bool // The name is that of a zone without DS records.
	optOut    bool // Or there may be a zone that is not signed (RFC 5155 section 6).
}

func (d *proofs) insecure(why string) worth {
	return worth{secure: Insecure, why: why, ttl: d.least.ttl}
}

func (d *proofs) weigh(v proof, what string) worth {
	switch {
	case v.holds && v.optOut:
		// RFC 5155 section 9.2: such an answer is not authentic.
		return d.insecure(what + " is proven but for zones that are not signed (opt-out)")
	case v.holds:
		got := d.least
		got.delegated = v.delegated
		return got
	case d.failed.secure == Unverified:
		return d.failed
	case d.failed.secure == Bogus:
		return bogus("%s has no proof that holds: %s", what, d.failed.why)
	case d.least.secure == "":
		return bogus("%s has no proof", what)
	}
	return bogus("%s is not what its proof proves", what)
}
