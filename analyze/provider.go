package analyze

import (
	_ "embed"
	"strings"

	"mailtrace/report"
)

// provider is how one mail provider's own hosts look in Received fields, and where
// it writes down the results of its checks.
type provider struct {
	name     string
	own      []string // Hosts that write for it.
	edge     []string // Those of them that take mail from outside.
	inside   []string // Names of peers that are its own, where a host that is no edge wrote them down.
	dialects []string // Dialects that only its own hosts write.
	below    bool     // The results stand below the line of the edge, not above.
	results  []string // The authserv-id it writes; "-" where it writes none.
	writes   []string // The fields of results that it always writes there; in lower case.
	split    []string // The methods that have a field of their own each; none where one field holds all.
	between  []string // How its other fields begin that may stand among them; in lower case.
	marks    []string // Fields that it adds wherever it likes.
	behind   string   // How a field begins that it takes out of what comes in, and puts before its marks.
}

// providersData is the providers, a paragraph each.
//
//go:embed data/providers.txt
var providersData string

var providers = parseProviders(providersData)

func parseProviders(data string) []provider {
	var all []provider
	for row := range rows(data) {
		key, rest, _ := strings.Cut(row, " ")
		if key == "provider" {
			all = append(all, provider{name: strings.TrimSpace(rest)})
			continue
		}
		p := &all[len(all)-1]
		switch words := strings.Fields(rest); key {
		case "own":
			p.own = words
		case "edge":
			p.edge = words
		case "inside":
			p.inside = words
		case "dialect":
			p.dialects = words
		case "results":
			p.below = words[0] == "below"
			p.results = words[1:]
		case "writes":
			p.writes = words
		case "split":
			p.split = words
		case "between":
			p.between = words
		case "behind":
			p.behind = words[0]
		case "marks":
			p.marks = words
		default:
			panic("provider data: " + row)
		}
	}
	return all
}

// providerOf finds the provider whose host wrote a hop, or nil.
func providerOf(h *report.Hop) *provider {
	for i := range providers {
		if p := &providers[i]; p.wrote(h) {
			return p
		}
	}
	return nil
}

func (p *provider) wrote(h *report.Hop) bool {
	return anyHost(p.own, h.By.Name) || contains(p.dialects, h.Dialect)
}

func (p *provider) atEdge(h *report.Hop) bool { return anyHost(p.edge, h.By.Name) }

// peerInside says whether the peer of a hop is the provider's own. An edge writes
// down what strangers call themselves, so there no name counts; elsewhere it counts
// where the address cannot be a stranger's. Exchange writes only such names as its
// hosts have among themselves, under public addresses.
func (p *provider) peerInside(h *report.Hop) bool {
	f := &h.From
	switch {
	case p.atEdge(h):
		return false
	case f.Address.IsValid() && (!public(f.Address) || f.Address == h.By.Address):
		return true // Or the host itself, as when Exchange takes a message up again.
	case f.Address.IsValid() && h.Dialect != "exchange" && h.Dialect != "m365":
		return confirmed(h) && anyHost(p.inside, f.RDNS)
	}
	return f.Name == "" && !f.Address.IsValid() || anyHost(p.inside, f.Name) || anyHost(p.inside, f.HELO)
}

// anyHost says whether name fits one of the patterns: ".example.org" is all below
// it, "*" stands for any run of characters, everything else for itself.
func anyHost(patterns []string, name string) bool {
	if name == "" {
		return false
	}
	name = strings.TrimSuffix(name, ".")
	lower := ""
	for _, p := range patterns {
		// Most names fail at the end of the pattern, in any case of letters.
		tail := p[strings.LastIndexByte(p, '*')+1:]
		if len(name) < len(tail) || !strings.EqualFold(name[len(name)-len(tail):], tail) {
			continue
		}
		if p[0] == '.' && tail == p {
			return true
		}
		if lower == "" {
			lower = strings.ToLower(name)
		}
		if fits(p, lower) {
			return true
		}
	}
	return false
}

// fits is a match with "*" for any run of characters.
func fits(pattern, name string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, head)
	for ok {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(name, part)
		}
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name, rest = name[i+len(part):], next
	}
	return false
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

// containsFold is contains for names, in which case says nothing.
func containsFold(list []string, name string) bool {
	for _, have := range list {
		if name != "" && strings.EqualFold(have, name) {
			return true
		}
	}
	return false
}
