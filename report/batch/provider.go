package batch

import (
	_ "embed"
	"net/netip"
	"strings"
	"sync"

	"mailtrace/report"
)

// providersData is the large mailbox and bulk providers, a paragraph each.
//
//go:embed data/providers.txt
var providersData string

// providers is the table, read.
type providers struct {
	names   map[string]string // Domain → the provider, for it and all below it.
	tenants map[string]bool   // Domains below which each name is one customer.
	nets    []providerNet
}

type providerNet struct {
	netip.Prefix
	provider string
}

var table = sync.OnceValue(func() *providers {
	t := &providers{names: map[string]string{}, tenants: map[string]bool{}}
	provider := ""
	for row := range rows(providersData) {
		key, rest, _ := strings.Cut(row, " ")
		switch words := strings.Fields(rest); key {
		case "provider":
			provider = strings.TrimSpace(rest)
		case "names":
			for _, w := range words {
				t.names[w] = provider
			}
		case "tenants":
			for _, w := range words {
				t.names[w], t.tenants[w] = provider, true
			}
		case "nets":
			for _, w := range words {
				t.nets = append(t.nets, providerNet{netip.MustParsePrefix(w), provider})
			}
		default:
			panic("provider data: " + row)
		}
	}
	return t
})

// rows is the lines of a table, without blanks around them: not those that are
// empty or a remark.
func rows(data string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(data) {
			row := strings.TrimSpace(line)
			if row != "" && row[0] != '#' && !yield(row) {
				return
			}
		}
	}
}

// ofName is the provider of a domain, "" when it is of none; tenant says that the
// name is that of one customer.
func (t *providers) ofName(name string) (provider string, tenant bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for at := name; at != ""; {
		if p, ok := t.names[at]; ok {
			return p, t.tenants[at] && at != name
		}
		_, at, _ = strings.Cut(at, ".")
	}
	return "", false
}

func (t *providers) ofAddress(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	for i := range t.nets {
		if t.nets[i].Contains(a) {
			return t.nets[i].provider
		}
	}
	return ""
}

// handoverProvider is the provider from whose pool the message was handed over.
// What a peer calls itself hides nothing: it is the address that counts, where it
// is in a range that the provider publishes, and a name only where the recipient's
// host looked it up in both directions.
func handoverProvider(r *report.Report) string {
	h := r.Path.Handover
	if p := table().ofAddress(h.Address); p != "" {
		return p
	}
	line := hop(r, h.Hop)
	if line == nil || h.RDNS == "" || line.From.RDNSStatus != "recorded" || line.Confidence == "guess" {
		return ""
	}
	switch line.Dialect {
	case "postfix", "exim", "sendmail": // They write no name that does not lead back.
		p, _ := table().ofName(h.RDNS)
		return p
	}
	return ""
}

// networkOf is the network of an address.
func networkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := NetworkBits4
	if a.Is6() {
		bits = NetworkBits6
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// public says whether an address is one that a network answers for.
func public(a netip.Addr) bool {
	a = a.Unmap()
	// RFC 6598 section 7: the shared space behind carriers.
	shared := a.Is4() && a.As4()[0] == 100 && a.As4()[1]&0xC0 == 64
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared
}

// second are the labels below the top ones of countries under which organisations
// register: "example.co.uk" is one. There is no list of public suffixes in this
// package; what this gets wrong only joins or parts rows of a count.
var second = map[string]bool{
	"ac": true, "ad": true, "co": true, "com": true, "edu": true, "ed": true, "go": true, "gob": true, "gov": true,
	"gr": true, "lg": true, "ltd": true, "me": true, "ne": true, "net": true, "nhs": true, "or": true, "org": true,
}

// organisation is the end of a host's name that stands for who runs it.
func organisation(host string) string {
	host = strings.ToLower(strings.Trim(host, ".[]"))
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	end := strings.LastIndexByte(host, '.')
	if end < 0 {
		return host[:min(len(host), MaxName)]
	}
	start := strings.LastIndexByte(host[:end], '.')
	if start >= 0 && len(host)-end == len(".uk") && second[host[start+1:end]] {
		start = strings.LastIndexByte(host[:start], '.')
	}
	host = host[start+1:]
	return host[:min(len(host), MaxName)]
}
