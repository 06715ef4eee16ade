package batch

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

// Bounds on what a Summary keeps. What comes beyond them is counted together, in
// the Cut of each list.
const (
	MaxNetworks  = 20_000
	MaxSystems   = 10_000 // Autonomous systems.
	MaxRecorders = 5_000  // Organisations whose hosts wrote the line at the boundary.
	MaxRules     = 1_000
	MaxName      = 255 // Bytes of a name that is kept.
)

// Prefixes that stand for a network: the longest that is routed on its own.
const (
	NetworkBits4 = 24
	NetworkBits6 = 48
)

// Summary adds up reports. Messages that are attached to others count like all
// others, where nothing else is said. It is for one goroutine. The zero value is
// ready to use.
type Summary struct {
	// ASN finds the autonomous system of an address. Nil: systems are not counted.
	ASN func(netip.Addr) (AS, bool)

	Messages int // Of the input itself.
	Attached int // Those attached to them.
	Failed   int // Of both: could not be read at all.
	Partly   int // Of both: have an error, and a route nevertheless.
	NoHop    int // Of both: were read, and have no Received line. Nothing could be judged.

	Boundary  Boundary
	Standing  Standing
	Fidelity  Fidelity
	NoAddress int // Have a boundary, and no address of a handover was written down.

	First, Last *time.Time // Handover, by the clocks of the recipients. Nil: none is known.

	networks  tally[netip.Prefix, Network]
	systems   tally[uint32, System]
	recorders tally[string, Recorder]
	rules     tally[string, Rule]
	groups    grouper
}

// AS is an autonomous system: the network that answers for an address.
type AS struct {
	Number uint32
	Name   string
}

// Boundary counts messages by how sure it is where the recipient's side begins.
type Boundary struct{ Certain, Likely, Guess, None int }

// Standing counts messages by the worst standing of their hops.
type Standing struct{ Fictitious, Inconsistent int }

// Fidelity counts messages by how close they are to what was received.
type Fidelity struct{ AsReceived, Reserialised, HeadersOnly, PastedRepaired int }

// Network is a network that handed messages over.
type Network struct {
	Prefix   netip.Prefix
	Host     string // One of its hosts: the name that was found for it, or else its HELO.
	Provider string // The large provider whose pool it is; "" when of none that is known.
	AS       AS     // Of its first address seen; zero when not known.
	Messages int
}

// System is an autonomous system that handed messages over.
type System struct {
	AS
	Networks, Messages int
}

// Recorder is who wrote down the handover: the recipient's side.
type Recorder struct {
	Name     string // The organisation of its hosts, as far as a name shows that.
	Messages int
}

// Rule is a rule that found something.
type Rule struct {
	ID, Title string
	Severity  report.Severity // The most serious one found.
	Weight    report.Weight   // The heaviest one found.
	Messages  int
}

// List is what was counted of one kind, the most frequent first.
type List[T any] struct {
	Rows []T
	Cut  int // Messages that came when the list was full, and are in no row.
}

// Add adds a report. It keeps nothing of it but copies.
func (s *Summary) Add(r *report.Report) {
	if r.Evidence.Part == 0 {
		s.Messages++
	} else {
		s.Attached++
	}
	hops := len(r.Path.Hops)
	switch {
	case r.Error != "" && hops == 0:
		s.Failed++
		return
	case r.Error != "":
		s.Partly++
	case hops == 0:
		s.NoHop++
	}
	s.addFidelity(r)
	s.addFindings(r)
	if hops > 0 {
		s.addStanding(r)
		s.addBoundary(r)
	}
	p := s.addHandover(r)
	s.groups.add(r, p)
}

func (s *Summary) addFidelity(r *report.Report) {
	switch r.Evidence.Fidelity {
	case report.AsReceived:
		s.Fidelity.AsReceived++
	case report.Reserialised:
		s.Fidelity.Reserialised++
	case report.HeadersOnly:
		s.Fidelity.HeadersOnly++
	case report.PastedRepaired:
		s.Fidelity.PastedRepaired++
	}
}

// addFindings counts every rule once for a message.
func (s *Summary) addFindings(r *report.Report) {
	for i, f := range r.Findings {
		row := s.rules.at(f.Rule, MaxRules)
		if row == nil {
			continue
		}
		if row.ID == "" {
			row.ID = clone(f.Rule)
			if j := slices.IndexFunc(r.Rules, func(d report.Rule) bool { return d.ID == f.Rule }); j >= 0 {
				row.Title = clone(r.Rules[j].Title)
			}
		}
		if rank(severities, f.Severity) > rank(severities, row.Severity) {
			row.Severity = f.Severity
		}
		if rank(weights, f.Weight) > rank(weights, row.Weight) {
			row.Weight = f.Weight
		}
		if !slices.ContainsFunc(r.Findings[:i], func(g report.Finding) bool { return g.Rule == f.Rule }) {
			row.Messages++
		}
	}
}

var (
	severities = []report.Severity{report.Info, report.Warning, report.Critical}
	weights    = []report.Weight{report.Ordinary, report.Strong, report.Proof}
)

func rank[T comparable](order []T, v T) int { return slices.Index(order, v) }

func (s *Summary) addStanding(r *report.Report) {
	fictitious, inconsistent := false, false
	for i := range r.Path.Hops { // A hop is large, so it is not copied.
		switch r.Path.Hops[i].Standing {
		case report.Fictitious:
			fictitious = true
		case report.Inconsistent:
			inconsistent = true
		}
	}
	switch {
	case fictitious:
		s.Standing.Fictitious++
	case inconsistent:
		s.Standing.Inconsistent++
	}
}

func (s *Summary) addBoundary(r *report.Report) {
	b := r.Path.Boundary
	if b == nil {
		s.Boundary.None++
		return
	}
	switch b.Confidence {
	case "certain":
		s.Boundary.Certain++
	case "likely":
		s.Boundary.Likely++
	default:
		s.Boundary.Guess++
	}
	by := ""
	if h := hop(r, b.Hop); h != nil {
		by = h.By.Name
	}
	if row := s.recorders.at(organisation(by), MaxRecorders); row != nil {
		row.Name = organisation(by)
		row.Messages++
	}
}

// addHandover counts the network, and says of which provider it is.
func (s *Summary) addHandover(r *report.Report) (provider string) {
	h := r.Path.Handover
	if h == nil {
		return ""
	}
	if h.Time != nil {
		s.First, s.Last = earlier(s.First, h.Time), later(s.Last, h.Time)
	}
	network := networkOf(h.Address)
	if !network.IsValid() {
		s.NoAddress++
		return ""
	}
	provider = handoverProvider(r)
	row := s.networks.at(network, MaxNetworks)
	if row == nil {
		return provider
	}
	if row.Messages++; row.Messages == 1 {
		row.Prefix = network
		if s.ASN != nil {
			if as, ok := s.ASN(h.Address.Unmap().WithZone("")); ok {
				row.AS = AS{as.Number, clone(as.Name)}
			}
		}
	}
	if row.Host == "" {
		row.Host = clone(cmp.Or(h.RDNS, h.HELO))
	}
	row.Provider = cmp.Or(row.Provider, provider)
	if row.AS.Number != 0 {
		if as := s.systems.at(row.AS.Number, MaxSystems); as != nil {
			as.AS = row.AS
			as.Messages++
			if row.Messages == 1 {
				as.Networks++
			}
		}
	}
	return provider
}

// Networks are those that handed messages over.
func (s *Summary) Networks() List[Network] {
	return s.networks.list(func(a, b Network) int { return cmp.Or(b.Messages-a.Messages, a.Prefix.Compare(b.Prefix)) })
}

// Systems are the autonomous systems that handed messages over, where ASN knows them.
func (s *Summary) Systems() List[System] {
	return s.systems.list(func(a, b System) int { return cmp.Or(b.Messages-a.Messages, cmp.Compare(a.Number, b.Number)) })
}

// Recorders are those whose hosts wrote down the handovers.
func (s *Summary) Recorders() List[Recorder] {
	return s.recorders.list(func(a, b Recorder) int { return cmp.Or(b.Messages-a.Messages, cmp.Compare(a.Name, b.Name)) })
}

// Rules are those that found something, the heaviest first.
func (s *Summary) Rules() List[Rule] {
	return s.rules.list(func(a, b Rule) int {
		return cmp.Or(rank(weights, b.Weight)-rank(weights, a.Weight), b.Messages-a.Messages, cmp.Compare(a.ID, b.ID))
	})
}

// tally counts by key, up to a number of keys.
type tally[K comparable, V any] struct {
	rows map[K]*V
	cut  int
}

// at is the row of a key, or nil when there is no room for one.
func (t *tally[K, V]) at(k K, most int) *V {
	if row, ok := t.rows[k]; ok {
		return row
	}
	if len(t.rows) >= most {
		t.cut++
		return nil
	}
	if t.rows == nil {
		t.rows = map[K]*V{}
	}
	if text, ok := any(k).(string); ok {
		k = any(strings.Clone(text)).(K) // Not a part of the message.
	}
	row := new(V)
	t.rows[k] = row
	return row
}

func (t *tally[K, V]) list(compare func(a, b V) int) List[V] {
	l := List[V]{Rows: make([]V, 0, len(t.rows)), Cut: t.cut}
	for _, row := range t.rows {
		l.Rows = append(l.Rows, *row)
	}
	slices.SortFunc(l.Rows, compare)
	return l
}

// clone is a copy that holds nothing else in memory: strings of a report are parts
// of its message.
func clone(s string) string { return strings.Clone(s[:min(len(s), MaxName)]) }

func earlier(a, b *time.Time) *time.Time {
	if a == nil || b.Before(*a) {
		t := *b
		return &t
	}
	return a
}

func later(a, b *time.Time) *time.Time {
	if a == nil || b.After(*a) {
		t := *b
		return &t
	}
	return a
}

// hop is the hop of a number, or nil.
func hop(r *report.Report, number int) *report.Hop {
	for i := range r.Path.Hops {
		if r.Path.Hops[i].Number == number {
			return &r.Path.Hops[i]
		}
	}
	return nil
}
