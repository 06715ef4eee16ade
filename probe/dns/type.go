package dns

import "strconv"

// String is the mnemonic, or "TYPE" and the number (RFC 3597 section 5).
func (t Type) String() string {
	switch t {
	case A:
		return "A"
	case NS:
		return "NS"
	case CNAME:
		return "CNAME"
	case SOA:
		return "SOA"
	case PTR:
		return "PTR"
	case MX:
		return "MX"
	case TXT:
		return "TXT"
	case AAAA:
		return "AAAA"
	case SRV:
		return "SRV"
	case TLSA:
		return "TLSA"
	case CAA:
		return "CAA"
	}
	return "TYPE" + strconv.Itoa(int(t))
}
