package dns

import (
	"slices"
	"strings"
)

// path is a name as a row of labels, the one next to the root first: so its order is that
// of DNSSEC (RFC 4034 section 6.1). Octets stand for themselves, in lower case.
type path []string

// pathOf takes a canonical name apart.
func pathOf(name string) path {
	var p path
	for name != "" {
		above, _ := parent(name)
		label := name
		if above != "" {
			label = name[:len(name)-len(above)-1]
		}
		octets, err := unescape(label)
		if err != nil {
			octets = []byte(label) // It is not canonical.
		}
		p = append(p, string(octets))
		name = above
	}
	slices.Reverse(p)
	return p
}

// name is the canonical form again.
func (p path) name() string {
	var out []byte
	for i := len(p) - 1; i >= 0; i-- {
		for _, c := range []byte(p[i]) {
			out = appendOctet(out, c)
		}
		if i > 0 {
			out = append(out, '.')
		}
	}
	return string(out)
}

func (p path) compare(o path) int { return slices.CompareFunc(p, o, strings.Compare) }

func (p path) equal(o path) bool { return slices.Equal(p, o) }

// within says whether p is o, or below it.
func (p path) within(o path) bool { return len(p) >= len(o) && slices.Equal(p[:len(o)], o) }

// below is the name that a label makes of p.
func (p path) below(label string) path { return append(slices.Clone(p), label) }

// common is how many labels two names share.
func (p path) common(o path) int {
	n := 0
	for n < len(p) && n < len(o) && p[n] == o[n] {
		n++
	}
	return n
}
