package probe

import "net/netip"

// forbidden says in words why an address may not be connected to, or "" for one that a
// public mail server can have. Who may be connected to is decided by strangers: an MX
// record may name the printer beside us, or the metadata service of a cloud.
//
// Refused is all that the IANA registries of special-purpose addresses hold (RFC 6890),
// the few ranges in them that can be reached from everywhere too, for no mail server is
// there; multicast; IPv6 that is not global unicast (RFC 4291 section 2.4); and every
// form in which an IPv6 address hides one of IPv4, even a harmless one: a server that is
// reached over IPv4 has an A record. A prefix for NAT64 that a network chose for itself
// (RFC 6052 section 3.3) cannot be told from other addresses and is not refused.
//
// Addresses of our own network that are global are not refused: they are public.
func forbidden(a netip.Addr) string {
	switch {
	case !a.IsValid():
		return "no address"
	case a.Zone() != "":
		return "an address of one network link (it names an interface)"
	case a.Is4():
		return forbidden4(a.As4())
	}
	return forbidden6(a.As16())
}

func forbidden4(a [4]byte) string {
	for i := range special4 {
		if s := &special4[i]; samePrefix(a[:], s.prefix[:], s.bits) {
			return s.why
		}
	}
	return ""
}

func forbidden6(a [16]byte) string {
	for i := range special6 {
		if s := &special6[i]; samePrefix(a[:], s.prefix[:], s.bits) {
			return s.why
		}
	}
	if a[0]&0xe0 != 0x20 { // Outside 2000::/3.
		return "an address of a range that is not in use"
	}
	return ""
}

// samePrefix says whether the first bits of two addresses of one length are the same.
func samePrefix(a, b []byte, bits int) bool {
	whole, rest := bits/8, bits%8
	for i := range whole {
		if a[i] != b[i] {
			return false
		}
	}
	return rest == 0 || (a[whole]^b[whole])>>(8-rest) == 0
}

// Words that stand for several ranges.
const (
	whyPrivate       = "an address for private networks"
	whyLoopback      = "a loopback address: it leads to the computer that asks"
	whyLinkLocal     = "a link-local address: it leads no further than the next cable"
	whyDocumentation = "an address for examples in documentation"
	whyBenchmark     = "an address for measurements in laboratories"
	whyMulticast     = "a multicast address: it is of no single computer"
	whyProtocol      = "an address set aside for protocols"
	whyNAT64         = "an IPv4 address hidden in an IPv6 address (NAT64)"
	why6to4          = "an IPv4 address hidden in an IPv6 address (6to4)"
)

// special4 is the IANA IPv4 Special-Purpose Address Registry, and multicast. The
// tables are constant data, so that no start of the program pays for them.
var special4 = [...]struct {
	prefix [4]byte
	bits   int
	why    string
}{
	{[4]byte{0}, 8, "an address that means no computer (0.0.0.0/8)"},            // RFC 791 section 3.2; many systems take it for loopback.
	{[4]byte{10}, 8, whyPrivate},                                                // RFC 1918.
	{[4]byte{100, 64}, 10, "an address for the inside of a provider's network"}, // RFC 6598: carrier-grade NAT.
	{[4]byte{127}, 8, whyLoopback},                                              // RFC 1122 section 3.2.1.3.
	{[4]byte{169, 254}, 16, whyLinkLocal},                                       // RFC 3927; 169.254.169.254 tells secrets in clouds.
	{[4]byte{172, 16}, 12, whyPrivate},                                          // RFC 1918.
	{[4]byte{192, 0, 0}, 24, whyProtocol},                                       // RFC 6890.
	{[4]byte{192, 0, 2}, 24, whyDocumentation},                                  // RFC 5737.
	{[4]byte{192, 31, 196}, 24, whyProtocol},                                    // RFC 7535: AS112.
	{[4]byte{192, 52, 193}, 24, whyProtocol},                                    // RFC 7450: AMT.
	{[4]byte{192, 88, 99}, 24, "an address of 6to4 relays"},                     // RFC 7526.
	{[4]byte{192, 168}, 16, whyPrivate},                                         // RFC 1918.
	{[4]byte{192, 175, 48}, 24, whyProtocol},                                    // RFC 7534: AS112.
	{[4]byte{198, 18}, 15, whyBenchmark},                                        // RFC 2544.
	{[4]byte{198, 51, 100}, 24, whyDocumentation},                               // RFC 5737.
	{[4]byte{203, 0, 113}, 24, whyDocumentation},                                // RFC 5737.
	{[4]byte{224}, 4, whyMulticast},                                             // RFC 5771.
	{[4]byte{255, 255, 255, 255}, 32, "the broadcast address"},                  // RFC 8190.
	{[4]byte{240}, 4, "an address of a range that is not in use"},               // RFC 1112 section 4.
}

// special6 is the IANA IPv6 Special-Purpose Address Registry, with what RFC 4291 and
// those before it set aside. A range inside another stands before it.
var special6 = [...]struct {
	prefix [16]byte
	bits   int
	why    string
}{
	{[16]byte{15: 1}, 128, whyLoopback},                                                             // ::1, RFC 4291 section 2.5.3.
	{[16]byte{}, 128, "the unspecified address"},                                                    // ::, RFC 4291 section 2.5.2.
	{[16]byte{10: 0xff, 11: 0xff}, 96, "an IPv4 address hidden in an IPv6 address (IPv4-mapped)"},   // ::ffff:0:0/96, RFC 4291 section 2.5.5.2.
	{[16]byte{8: 0xff, 9: 0xff}, 96, "an IPv4 address hidden in an IPv6 address (IPv4-translated)"}, // ::ffff:0:0:0/96, RFC 7915.
	{[16]byte{}, 96, "an IPv4 address hidden in an IPv6 address (IPv4-compatible)"},                 // ::/96, RFC 4291 section 2.5.5.1.
	{[16]byte{0, 0x64, 0xff, 0x9b}, 96, whyNAT64},                                                   // 64:ff9b::/96, RFC 6052.
	{[16]byte{0, 0x64, 0xff, 0x9b, 0, 1}, 48, whyNAT64},                                             // 64:ff9b:1::/48, RFC 8215.
	{[16]byte{1}, 64, "an address to which everything is thrown away"},                              // 100::/64, RFC 6666.
	{[16]byte{0: 1, 7: 1}, 64, "an address that stands for no computer"},                            // 100:0:0:1::/64, RFC 9780.
	{[16]byte{0x20, 0x01}, 32, "an IPv4 address hidden in an IPv6 address (Teredo)"},                // 2001::/32, RFC 4380.
	{[16]byte{0x20, 0x01, 0, 0x02}, 48, whyBenchmark},                                               // 2001:2::/48, RFC 5180.
	{[16]byte{0x20, 0x01, 0, 0x10}, 28, "no address but the hash of a key (ORCHID)"},                // 2001:10::/28, RFC 4843.
	{[16]byte{0x20, 0x01, 0, 0x20}, 28, "no address but the hash of a key (ORCHID)"},                // 2001:20::/28, RFC 7343.
	{[16]byte{0x20, 0x01}, 23, whyProtocol},                                                         // 2001::/23, RFC 2928: all others of it.
	{[16]byte{0x20, 0x01, 0x0d, 0xb8}, 32, whyDocumentation},                                        // 2001:db8::/32, RFC 3849.
	{[16]byte{0x20, 0x02}, 16, why6to4},                                                             // 2002::/16, RFC 3056.
	{[16]byte{0x26, 0x20, 0, 0x4f, 0x80}, 48, whyProtocol},                                          // 2620:4f:8000::/48, RFC 7534: AS112.
	{[16]byte{0x3f, 0xff}, 20, whyDocumentation},                                                    // 3fff::/20, RFC 9637.
	{[16]byte{0x5f}, 16, "an address for the inside of a provider's network (segment routing)"},     // 5f00::/16, RFC 9602.
	{[16]byte{0xfc}, 7, whyPrivate},                                                                 // fc00::/7, RFC 4193; fd00:ec2::254 tells secrets in clouds.
	{[16]byte{0xfe, 0x80}, 10, whyLinkLocal},                                                        // fe80::/10, RFC 4291 section 2.5.6.
	{[16]byte{0xfe, 0xc0}, 10, "an address for private networks (site-local)"},                      // fec0::/10, RFC 3879.
	{[16]byte{0xff}, 8, whyMulticast},                                                               // ff00::/8, RFC 4291 section 2.7.
}
