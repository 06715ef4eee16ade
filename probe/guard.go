package probe

import "net/netip"

// forbidden says why an address may not be connected to, or "".
func forbidden(a netip.Addr) string { panic("not yet") }
