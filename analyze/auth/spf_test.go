package auth

import "net/netip"

var addr4 = netip.MustParseAddr("192.0.2.1")
