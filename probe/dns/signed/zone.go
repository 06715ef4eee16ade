package signed

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Signatures hold from so long before the Now of a tree until so long after.
const (
	signedBefore = 7 * 24 * time.Hour
	signedAfter  = 14 * 24 * time.Hour
)

// unknownAlgorithm is one that nobody knows.
const unknownAlgorithm, unknownDigest = 200, 200

// zone is one zone: what is right with it, and what is not.
type zone struct {
	apex  string
	nodes map[string]*node // Those without records too, which are above others.
	how   style

	broken  map[string][]entry
	keys    []key
	strange []key // That sign where the keys are wrong.
	now     time.Time
	address netip.Addr

	mu         sync.Mutex
	signatures map[string][]dns.RR
	ordered    []link
}

// node is a name.
type node struct {
	sets  map[uint16][]dns.RR
	cut   *zone // The zone that begins there.
	times map[uint16][2]time.Time
}

// style is what $ZONE says.
type style struct {
	algorithm                       uint8
	digest                          uint8
	nsec3, optOut                   bool
	salt                            string
	iterations                      uint16
	unsigned, noDS, wrongDS         bool
	unknownAlgorithm, unknownDigest bool
	expired, early, wrongKey        bool
	noRRSIG, noNSEC                 bool
	keysFail                        string
	oneKey                          bool
}

// options reads those of a $ZONE line. The last one of a kind counts.
func (z *zone) options(words []string) error {
	z.how = style{algorithm: dns.ECDSAP256SHA256, digest: dns.SHA256}
	flags := map[string]*bool{
		"nsec3": &z.how.nsec3, "optout": &z.how.optOut, "unsigned": &z.how.unsigned, "no-ds": &z.how.noDS, "wrong-ds": &z.how.wrongDS,
		"unknown-algorithm": &z.how.unknownAlgorithm, "unknown-digest": &z.how.unknownDigest, "expired": &z.how.expired,
		"not-yet-valid": &z.how.early, "wrong-key": &z.how.wrongKey, "no-rrsig": &z.how.noRRSIG, "no-nsec": &z.how.noNSEC, "one-key": &z.how.oneKey,
	}
	algorithms := map[string]uint8{
		"ecdsa": dns.ECDSAP256SHA256, "p384": dns.ECDSAP384SHA384, "ed25519": dns.ED25519, "rsa": dns.RSASHA256, "rsa512": dns.RSASHA512, "rsasha1": dns.RSASHA1,
	}
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		n, err := uint64(0), error(nil)
		switch name {
		case "salt":
			z.how.salt = value
		case "iterations", "digest":
			n, err = strconv.ParseUint(value, 10, 16)
		case "keys":
			z.how.keysFail = value
		case "nsec":
			z.how.nsec3 = false
		default:
			if a, ok := algorithms[name]; ok {
				z.how.algorithm = a
			} else if flags[name] == nil {
				err = fmt.Errorf("%q is no option of a zone", w)
			} else {
				*flags[name] = true
			}
		}
		if err != nil {
			return err
		}
		if name == "iterations" {
			z.how.iterations = uint16(n)
		} else if name == "digest" {
			z.how.digest = uint8(n)
		}
	}
	return nil
}

// node gives that of a name, made with those above it.
func (z *zone) node(name string) *node {
	n := z.nodes[name]
	if n == nil {
		n = &node{sets: map[uint16][]dns.RR{}, times: map[uint16][2]time.Time{}}
		z.nodes[name] = n
		if name != z.apex {
			z.node(above(name))
		}
	}
	return n
}

func (z *zone) add(e entry) error {
	if e.rr == nil {
		z.broken[e.owner] = append(z.broken[e.owner], e)
		return nil
	}
	n := z.node(e.owner)
	t := e.rr.Header().Rrtype
	n.sets[t] = append(n.sets[t], e.rr)
	if !e.from.IsZero() {
		n.times[t] = [2]time.Time{e.from, e.until}
	}
	return nil
}

// begin makes keys, and what every zone has.
func (z *zone) begin(t *Tree, address netip.Addr) error {
	z.now, z.address, z.signatures = t.Now, address, map[string][]dns.RR{}
	apex := z.node(z.apex)
	put := func(name, rest string) error {
		rr, err := dns.NewRR(name + " 3600 IN " + rest)
		if err != nil {
			return err
		}
		return z.add(entry{owner: name, rr: rr})
	}
	server := child("ns", z.apex)
	if len(apex.sets[dns.TypeSOA]) == 0 {
		if err := put(z.apex, "SOA "+server+" hostmaster.invalid. 1 7200 3600 604800 300"); err != nil {
			return err
		}
	}
	if len(apex.sets[dns.TypeNS]) == 0 {
		if err := put(z.apex, "NS "+server); err != nil {
			return err
		}
		if t.Addresses {
			if err := put(server, "A "+address.String()); err != nil {
				return err
			}
		}
	}
	if z.how.unsigned {
		return nil
	}
	if z.how.nsec3 {
		rr := &dns.NSEC3PARAM{Hdr: z.header(z.apex, dns.TypeNSEC3PARAM), Hash: dns.SHA1, Iterations: z.how.iterations, SaltLength: uint8(len(z.how.salt) / 2), Salt: z.how.salt}
		if err := z.add(entry{owner: z.apex, rr: rr}); err != nil {
			return err
		}
	}
	return z.makeKeys()
}

func (z *zone) header(name string, t uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: t, Class: dns.ClassINET, Ttl: 3600}
}

// delegate puts the upper side of a cut into the zone.
func (z *zone) delegate(child *zone) {
	n := z.node(child.apex)
	n.cut = child
	n.sets = map[uint16][]dns.RR{dns.TypeNS: child.nodes[child.apex].sets[dns.TypeNS]}
	if child.how.unsigned || child.how.noDS {
		return
	}
	for _, d := range child.ds() {
		n.sets[dns.TypeDS] = append(n.sets[dns.TypeDS], d)
	}
}

// types are the bitmap of a name.
func (z *zone) types(n *node) []uint16 {
	var all []uint16
	for t := range n.sets {
		all = append(all, t)
	}
	if n.cut == nil && len(all) > 0 || len(n.sets[dns.TypeDS]) > 0 || !z.how.nsec3 {
		all = append(all, dns.TypeRRSIG)
	}
	if !z.how.nsec3 {
		all = append(all, dns.TypeNSEC)
	}
	slices.Sort(all)
	return all
}
