package dns

import "github.com/miekg/dns"

// nsec says: between these two names of the zone there is none (RFC 4034 section 4).
type nsec struct {
	owner, next path
	types       bitmap
}

// covers says whether a name is one that there is not. One that is below a zone cut, or a
// DNAME, is not for this zone to deny (RFC 6840 section 4.1).
func (n *nsec) covers(p path) bool {
	if p.within(n.owner) && (n.types.cut() || n.types.has(dns.TypeDNAME)) {
		return false
	}
	last := n.next.compare(n.owner) <= 0 // It leads back to the first.
	return n.owner.compare(p) < 0 && (last || p.compare(n.next) < 0)
}

func (d *proofs) covering(p path) *nsec {
	for i := range d.nsec {
		if p.within(d.zone) && d.nsec[i].covers(p) {
			return &d.nsec[i]
		}
	}
	return nil
}

func (d *proofs) at(p path) *nsec {
	for i := range d.nsec {
		if d.nsec[i].owner.equal(p) {
			return &d.nsec[i]
		}
	}
	return nil
}

// encloser is how many labels the longest name that there is shares with one that there is
// not.
func (n *nsec) encloser(p path) int { return max(p.common(n.owner), p.common(n.next)) }

// noName needs two: for the name, and for the wildcard that would make it (RFC 4035 section
// 5.4).
func (d *proofs) noName(p path) proof {
	n := d.covering(p)
	if n == nil || n.next.within(p) { // There are names below it.
		return proof{}
	}
	w := p[:n.encloser(p)].below("*")
	m := d.covering(w)
	return proof{holds: m != nil && !m.next.within(w)} // RFC 4592 section 2.2.2: it is there, too, if a name below it is.
}

func (d *proofs) noData(p path, t uint16) proof {
	if n := d.at(p); n != nil {
		return proof{holds: n.types.absentHere(p, t), delegated: n.types.cut()}
	}
	n := d.covering(p)
	switch {
	case n == nil:
		return proof{}
	case n.next.within(p):
		return proof{holds: true} // It has no records, and is above one that has.
	}
	w := p[:n.encloser(p)].below("*")
	if m := d.at(w); m != nil {
		return proof{holds: m.types.absentHere(w, t)}
	}
	m := d.covering(w)
	return proof{holds: m != nil && m.next.within(w)} // The wildcard has no records, and is above one that has.
}

func (d *proofs) noCloser(p path, labels int) proof {
	n := d.covering(p)
	return proof{holds: n != nil && n.encloser(p) == labels}
}
