package dns

import (
	"slices"
	"time"

	"github.com/miekg/dns"
)

// page is what a message says, by sets of records.
type page struct {
	question
	server            Server
	nxdomain          bool
	answer, authority map[setKey]*rrset
}

type setKey struct {
	name string // Canonical.
	typ  uint16
}

// rrset is the records of one name and type, with the signatures over them.
type rrset struct {
	setKey
	records    []dns.RR
	signatures []*dns.RRSIG
}

// setsOf sorts a section. Names are written in one way from here on, so that the library
// finds them equal where they are.
func setsOf(section []dns.RR) (map[setKey]*rrset, error) {
	sets := map[setKey]*rrset{}
	at := func(k setKey) *rrset {
		if sets[k] == nil {
			sets[k] = &rrset{setKey: k}
		}
		return sets[k]
	}
	for _, rr := range section {
		h := rr.Header()
		if h.Class != dns.ClassINET {
			continue
		}
		name, err := canonical(h.Name)
		if err != nil {
			return nil, err
		}
		h.Name = name + "."
		sig, ok := rr.(*dns.RRSIG)
		if !ok {
			s := at(setKey{name, h.Rrtype})
			s.records = append(s.records, rr)
			continue
		}
		signer, err := canonical(sig.SignerName)
		if err != nil {
			return nil, err
		}
		sig.SignerName = signer + "."
		s := at(setKey{name, sig.TypeCovered})
		s.signatures = append(s.signatures, sig)
	}
	for k, s := range sets {
		if len(s.records) == 0 { // Signatures over nothing.
			delete(sets, k)
			continue
		}
		// The one that holds longest comes first: as long as it does, the set holds.
		slices.SortStableFunc(s.signatures, func(a, b *dns.RRSIG) int { return int(int32(b.Expiration - a.Expiration)) })
	}
	return sets, nil
}

func (p *page) malformed(err error) *Error { return p.fail(p.server.String(), Malformed, err) }

// tells says whether the message goes on at the name to which an alias led.
func (p *page) tells(at string, t Type) bool {
	return p.answer[setKey{at, uint16(t)}] != nil || p.answer[setKey{at, dns.TypeCNAME}] != nil || p.nxdomain || p.negative() >= 0
}

// negative is how long an absence holds (RFC 2308 section 5); negative when there is no SOA
// record.
func (p *page) negative() time.Duration {
	for _, s := range p.authority {
		if soa, ok := s.records[0].(*dns.SOA); ok {
			return ttlOf(min(soa.Hdr.Ttl, soa.Minttl))
		}
	}
	return -1
}

func ttlOf(seconds uint32) time.Duration {
	if seconds > 1<<31-1 {
		seconds = 0 // RFC 2181 section 8.
	}
	return time.Duration(seconds) * time.Second
}

// synthesized is the DNAME set of the message that makes an alias of a name for a target
// (RFC 6672 section 2.2), or nil.
func (p *page) synthesized(name, target string) *rrset {
	from, to := pathOf(name), pathOf(target)
	for n := len(from) - 1; n >= 0; n-- {
		s := p.answer[setKey{from[:n].name(), dns.TypeDNAME}]
		if s == nil {
			continue
		}
		end, err := canonical(s.records[0].(*dns.DNAME).Target)
		if err == nil && append(slices.Clone(pathOf(end)), from[n:]...).equal(to) {
			return s
		}
	}
	return nil
}

// ttl is the least of a set.
func (s *rrset) ttl() time.Duration {
	least := ttlOf(s.records[0].Header().Ttl)
	for _, rr := range s.records[1:] {
		least = min(least, ttlOf(rr.Header().Ttl))
	}
	return least
}
