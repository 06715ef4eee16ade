package signed

import (
	"crypto"
	"fmt"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// key is a key of a zone, with what signs by it.
type key struct {
	*dns.DNSKEY
	signer crypto.Signer
}

// bits is how long the keys of an algorithm are.
var bits = map[uint8]int{
	dns.ECDSAP256SHA256: 256, dns.ECDSAP384SHA384: 384, dns.ED25519: 256, dns.RSASHA256: 2048, dns.RSASHA512: 2048, dns.RSASHA1: 2048,
}

// makeKey makes one. Flags are 257 for one that the zone above names. Its key tag is not 0,
// as that of one key in 65,536 is: miekg/dns takes that for a tag that was not set.
func (z *zone) makeKey(flags uint16) (key, error) {
	for {
		k, err := z.makeAnyKey(flags)
		if err != nil || k.KeyTag() != 0 {
			return k, err
		}
	}
}

func (z *zone) makeAnyKey(flags uint16) (key, error) {
	k := &dns.DNSKEY{Hdr: z.header(z.apex, dns.TypeDNSKEY), Flags: flags, Protocol: 3, Algorithm: z.how.algorithm}
	private, err := k.Generate(bits[z.how.algorithm])
	if err != nil {
		return key{}, err
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return key{}, fmt.Errorf("a key of algorithm %d cannot sign", k.Algorithm)
	}
	if z.how.unknownAlgorithm {
		k.Algorithm = unknownAlgorithm
	}
	return key{k, signer}, nil
}

// makeKeys makes those of a zone: one that signs the keys, and one that signs the rest.
func (z *zone) makeKeys() error {
	flags := []uint16{257, 256}
	if z.how.oneKey || z.how.algorithm == dns.RSASHA256 || z.how.algorithm == dns.RSASHA512 {
		flags = flags[:1] // They take long to make.
	}
	for _, f := range flags {
		k, err := z.makeKey(f)
		if err != nil {
			return err
		}
		z.keys = append(z.keys, k)
		n := z.node(z.apex)
		n.sets[dns.TypeDNSKEY] = append(n.sets[dns.TypeDNSKEY], k.DNSKEY)
	}
	if !z.how.wrongKey && len(z.broken) == 0 {
		return nil
	}
	k, err := z.makeKey(256)
	z.strange = []key{k}
	return err
}

// ds is what the zone above says of the keys.
func (z *zone) ds() []*dns.DS {
	d := z.keys[0].ToDS(z.how.digest)
	d.Hdr = z.header(z.apex, dns.TypeDS)
	if z.how.wrongDS {
		flip := map[byte]string{'0': "1"}[d.Digest[0]]
		if flip == "" {
			flip = "0"
		}
		d.Digest = flip + d.Digest[1:]
	}
	if z.how.unknownDigest {
		d.DigestType = unknownDigest
	}
	return []*dns.DS{d}
}

// sign gives the signatures over a set, which is that of the owner in the zone.
func (z *zone) sign(owner string, t uint16, set []dns.RR) []dns.RR {
	if z.how.unsigned || z.how.noRRSIG || len(set) == 0 {
		return nil
	}
	id := fmt.Sprint(owner, " ", t)
	z.mu.Lock()
	defer z.mu.Unlock()
	if sigs, ok := z.signatures[id]; ok {
		return sigs
	}
	sigs := z.signAnew(owner, t, set)
	z.signatures[id] = sigs
	return sigs
}

func (z *zone) signAnew(owner string, t uint16, set []dns.RR) []dns.RR {
	how := z.brokenBy(owner, t)
	from, until := z.now.Add(-signedBefore), z.now.Add(signedAfter)
	if n := z.nodes[owner]; n != nil {
		if own, ok := n.times[t]; ok {
			from, until = own[0], own[1]
		}
	}
	switch {
	case how == "no-rrsig":
		return nil
	case how == "expired" || z.how.expired:
		from, until = z.now.Add(-2*signedBefore), z.now.Add(-24*time.Hour)
	case how == "not-yet-valid" || z.how.early:
		from = z.now.Add(24 * time.Hour)
	}
	k := z.keys[len(z.keys)-1]
	if t == dns.TypeDNSKEY {
		k = z.keys[0]
	}
	if how == "wrong-key" || z.how.wrongKey {
		k = z.strange[0]
	}
	sig := &dns.RRSIG{
		Hdr: z.header(owner, dns.TypeRRSIG), Algorithm: z.how.algorithm, Inception: uint32(from.Unix()), Expiration: uint32(until.Unix()),
		KeyTag: k.KeyTag(), SignerName: z.apex,
	}
	sig.Hdr.Ttl = set[0].Header().Ttl
	if err := sig.Sign(k.signer, set); err != nil {
		panic(fmt.Sprintf("%s: %v", owner, err)) // Keys of ours sign.
	}
	if z.how.unknownAlgorithm {
		sig.Algorithm = unknownAlgorithm
	}
	if how == "garbage" {
		// Changed where it still is a signature.
		at := len(sig.Signature) / 2
		other := "A"
		if sig.Signature[at] == 'A' {
			other = "B"
		}
		sig.Signature = sig.Signature[:at] + other + sig.Signature[at+1:]
	}
	return []dns.RR{sig}
}

// brokenBy is the way in which a set is broken; "" for none. What the zone says of itself
// is broken by a type alone.
func (z *zone) brokenBy(owner string, t uint16) string {
	for _, e := range z.broken[owner] {
		if e.typ == t || e.typ == 0 && !slices.Contains([]uint16{dns.TypeSOA, dns.TypeNS, dns.TypeDNSKEY, dns.TypeNSEC, dns.TypeDS}, t) {
			return e.broken
		}
	}
	return ""
}

// proofBroken says whether the proof that there is no such set is to be broken.
func (z *zone) proofBroken(name string, t uint16) bool {
	return slices.ContainsFunc(z.broken[name], func(e entry) bool { return e.typ == t || e.typ == 0 })
}

// as gives a set the name that was asked for.
func as(name string, set []dns.RR) []dns.RR {
	all := make([]dns.RR, len(set))
	for i, rr := range set {
		all[i] = dns.Copy(rr)
		all[i].Header().Name = name
	}
	return all
}
