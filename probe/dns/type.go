package dns

import (
	"strconv"
	"strings"
)

// types are those that can be asked for.
var types = []struct {
	number Type
	name   string
}{
	{A, "A"}, {NS, "NS"}, {CNAME, "CNAME"}, {SOA, "SOA"}, {PTR, "PTR"}, {MX, "MX"}, {TXT, "TXT"},
	{AAAA, "AAAA"}, {SRV, "SRV"}, {TLSA, "TLSA"}, {CAA, "CAA"},
}

// String is the mnemonic, or "TYPE" and the number (RFC 3597 section 5).
func (t Type) String() string {
	for i := range types {
		if types[i].number == t {
			return types[i].name
		}
	}
	return "TYPE" + strconv.Itoa(int(t))
}

// ParseType reads the mnemonic of a type that can be asked for, in any case.
func ParseType(s string) (Type, bool) {
	for i := range types {
		if strings.EqualFold(types[i].name, s) {
			return types[i].number, true
		}
	}
	return 0, false
}

// known says whether the records of a type can be read.
func (t Type) known() bool {
	for i := range types {
		if types[i].number == t {
			return true
		}
	}
	return false
}
