package dns

import (
	"github.com/miekg/dns"
)

// nsec3 says the same of the hashes of names (RFC 5155). An answer with more than
// maxIterations of them is insecure: validators "MAY also return an insecure response" when
// processing NSEC3 records with iterations larger than 0, and 100 is "interoperable without
// significant problems" (RFC 9276 section 3.2 and appendix A). Its signature is verified
// all the same, as it must be, and nothing is hashed.
type nsec3 struct {
	*dns.NSEC3
	owner, next string // Base 32, in upper case: in the order of the octets.
	types       bitmap
}

// alike leaves those that have the parameters of the first: all of a zone are alike (RFC
// 5155 section 8.2).
func (d *proofs) alike(w *validation) {
	const optOutOnly = 1
	kept := d.nsec3[:0]
	for _, n := range d.nsec3 {
		if n.Hash != dns.SHA1 || n.Flags&^optOutOnly != 0 {
			continue // RFC 5155 section 8.1 has them ignored.
		}
		if len(kept) == 0 || n.Iterations == kept[0].Iterations && n.Salt == kept[0].Salt {
			kept = append(kept, n)
		}
	}
	d.nsec3 = kept
	seen := map[string]string{}
	d.hash = func(p path) (string, bool) {
		name := p.name()
		if h, ok := seen[name]; ok {
			return h, true
		}
		if w.hashes--; w.hashes < 0 {
			return "", false
		}
		seen[name] = dns.HashName(name+".", dns.SHA1, kept[0].Iterations, kept[0].Salt)
		return seen[name], true
	}
}

func (d *proofs) tooCostly() bool { return d.nsec3[0].Iterations > maxIterations }

func (n *nsec3) optOut() bool { return n.Flags&1 != 0 }

// match is the record of a name that there is.
func (d *proofs) match(p path) *nsec3 {
	h, ok := d.hash(p)
	for i := range d.nsec3 {
		if ok && d.nsec3[i].owner == h {
			return &d.nsec3[i]
		}
	}
	return nil
}

// cover is the record that has a name between its hashes.
func (d *proofs) cover(p path) *nsec3 {
	h, ok := d.hash(p)
	for i := range d.nsec3 {
		n := &d.nsec3[i]
		last := n.next <= n.owner
		if ok && (n.owner < h && (last || h < n.next) || last && h < n.next) {
			return n
		}
	}
	return nil
}

// closest proves which is the closest name above p that there is (RFC 5155 section 8.3), by
// its labels, and gives the record that covers the one below it.
func (d *proofs) closest(p path) (labels int, next *nsec3) {
	for n := len(p) - 1; n >= len(d.zone); n-- {
		m := d.match(p[:n])
		if m == nil {
			continue
		}
		if m.types.cut() || m.types.has(dns.TypeDNAME) {
			return 0, nil // The name is not for this zone to deny.
		}
		return n, d.cover(p[:n+1])
	}
	return 0, nil
}

func (d *proofs) noName3(p path) proof {
	n, next := d.closest(p)
	if next == nil || d.cover(p[:n].below("*")) == nil {
		return proof{}
	}
	return proof{holds: true, optOut: next.optOut()}
}

func (d *proofs) noData3(p path, t uint16) proof {
	if m := d.match(p); m != nil {
		return proof{holds: m.types.absentHere(p, t), delegated: m.types.cut()}
	}
	n, next := d.closest(p)
	if next == nil {
		return proof{}
	}
	w := p[:n].below("*")
	if m := d.match(w); m != nil {
		return proof{holds: m.types.absentHere(w, t), optOut: next.optOut()}
	}
	// RFC 5155 section 8.6: there may be a zone there, and if so it is not signed.
	return proof{holds: next.optOut(), optOut: true}
}

func (d *proofs) noCloser3(p path, labels int) proof {
	if labels >= len(p) {
		return proof{}
	}
	next := d.cover(p[:labels+1])
	if next == nil {
		return proof{}
	}
	return proof{holds: true, optOut: next.optOut()}
}
