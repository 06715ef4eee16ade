package batch

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

// Bounds on what is kept to find groups. Messages that share all keys take the room
// of one.
const (
	MaxKeys     = 60_000   // Different keys.
	MaxKeyBytes = 12 << 20 // Of all keys.
	MaxSets     = 30_000   // Different sets of keys.
	MaxSamples  = 5        // Messages of a group that are named.
	MaxTarget   = 500      // Bytes of the name of one.
	MaxShares   = 12       // Keys of a group that are told.
	MaxGroups   = 1_000
	MinorShare  = 10      // Of a strong key, one in so many messages is told; of others, half.
	MaxJoints   = 16      // Of one set of keys.
	MaxCommon   = 500_000 // Pairs of groups whose common messages are counted.
)

// A key that more than one in OutsizedShare messages of a batch of at least
// LargeBatch has makes no group: it is the provider, the forwarder or the list
// through which the batch came, and the count of networks says so already. Account
// keys are excepted.
const (
	LargeBatch    = 1_000
	OutsizedShare = 4
)

// Sample is one message of a group.
type Sample struct {
	Target string
	Offset int64
	Part   int
}

// Group is messages that share infrastructure.
type Group struct {
	Messages    int
	Shares      []Share    // What alone makes a group first. Only what many of them share, see MinorShare.
	First, Last *time.Time // Handover; nil: none is known.
	Samples     []Sample   // The first of them.
}

// Share is one thing that messages share.
type Share struct {
	Sharing  Sharing
	What     string // What an account key is.
	Value    string
	Messages int // Of the group, or where it makes none, of all.
}

// Groups are the groups of a batch, the largest first.
type Groups struct {
	Groups   []Group
	More     int     // Groups beyond MaxGroups.
	Grouped  int     // Messages that are in a group.
	Outsized []Share // What so many messages share that it makes no group.
	Cut      int     // Messages that were not compared with all others, because no more could be kept.
}

// grouper keeps the keys of messages until Groups is asked for: only then is it
// known which of them too many share.
type grouper struct {
	ids   map[string]uint32
	keys  []fact
	bytes int
	sets  map[string]*keySet
	order []*keySet
	facts []fact // Of the report in hand: room that is used again.
	full  bool
	total int
	cut   int
}

// keySet is the messages that have the same keys.
type keySet struct {
	number      int // In the order in which they were first seen.
	keys        []uint32
	messages    int
	first, last *time.Time
	samples     []Sample
}

func (g *grouper) add(r *report.Report, provider string) {
	g.total++
	g.facts = facts(g.facts[:0], r, provider)
	all := g.facts
	if !slices.ContainsFunc(all, func(f fact) bool { return f.strength != describes }) {
		return
	}
	roomy := g.roomy()
	var room [MaxKeysOfOne]uint32
	ids := room[:0]
	for i := range all {
		id, ok := g.id(&all[i], roomy)
		if !ok {
			g.cut++
			return
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var key [4 * MaxKeysOfOne]byte
	set := g.sets[string(appendKey(key[:0], ids))]
	if set == nil {
		if !roomy {
			g.cut++
			return
		}
		if g.sets == nil {
			g.sets = map[string]*keySet{}
		}
		set = &keySet{number: len(g.order), keys: slices.Clone(ids)}
		g.sets[setKey(ids)] = set
		g.order = append(g.order, set)
	}
	set.messages++
	if len(set.samples) < MaxSamples {
		target := r.Target[:min(len(r.Target), MaxTarget)]
		set.samples = append(set.samples, Sample{strings.Clone(target), r.Evidence.Offset, r.Evidence.Part})
	}
	if h := r.Path.Handover; h != nil && h.Time != nil {
		set.first, set.last = earlier(set.first, h.Time), later(set.last, h.Time)
	}
}

// setKey stands for a set of keys, which are sorted.
func setKey(ids []uint32) string { return string(appendKey(nil, ids)) }

func appendKey(b []byte, ids []uint32) []byte {
	for _, id := range ids {
		b = binary.LittleEndian.AppendUint32(b, id)
	}
	return b
}

// id is the number of a key, which it gets if it has none and there is room.
func (g *grouper) id(f *fact, roomy bool) (uint32, bool) {
	buf := make([]byte, 0, 128)
	buf = append(buf, f.sharing...)
	buf = append(append(buf, 0, byte(f.strength)), f.what...)
	start := len(buf)
	buf = append(append(buf, 0), f.value...)
	if id, ok := g.ids[string(buf)]; ok {
		return id, true
	}
	if !roomy {
		return 0, false
	}
	if g.ids == nil {
		g.ids = map[string]uint32{}
	}
	id := uint32(len(g.keys))
	name := string(buf) // The only copy: the parts below are of it.
	g.ids[name] = id
	g.bytes += len(name)
	g.keys = append(g.keys, fact{f.sharing, f.strength, name[len(f.sharing)+2 : start], name[start+1:]})
	return id, true
}

// pair is two weak keys; a strong one stands alone, twice.
type pair [2]uint32

// joints calls each with what may join a set of keys to others.
func (g *grouper) joints(set *keySet, each func(pair)) {
	n := 0
	joint := func(a, b uint32) {
		if n++; n <= MaxJoints {
			each(pair{a, b})
		}
	}
	for _, a := range set.keys {
		if g.keys[a].strength == strong {
			joint(a, a)
		}
	}
	for i, a := range set.keys {
		for _, b := range set.keys[i+1:] {
			if g.keys[a].strength == weak && g.keys[b].strength == weak && g.keys[a].sharing != g.keys[b].sharing {
				joint(a, b)
			}
		}
	}
}

// outsized says whether too many share a joint to make a group of it.
func (g *grouper) outsized(p pair, messages int) bool {
	return g.total >= LargeBatch && messages > g.total/OutsizedShare &&
		(p[0] != p[1] || g.keys[p[0]].sharing != ShareAccount)
}

// core is the messages that share one joint: what a group is made around.
type core struct {
	pair
	sets     []*keySet
	messages int
}

// Groups finds the messages that share infrastructure. Two are of one group when
// they share an account key, a handover network, a domain whose DKIM signature was
// verified, or two of the weaker signs: the grammar of the Message-ID, the dialects
// of the sender's lines, a signature nobody verified, a key that is a common one.
// What all customers of a large provider share makes no group.
//
// Groups that have most of their messages in common are one. That is not carried
// on from one to the next, as it were if every shared key joined: one person who
// writes to two mailing lists does not make these lists one group. So a message may
// be in more than one group.
func (s *Summary) Groups() Groups {
	g := &s.groups
	cores, outsized := g.cores()
	out := Groups{Cut: g.cut, Outsized: outsized}
	grouped := map[*keySet]bool{}
	for _, sets := range g.join(cores) {
		slices.SortFunc(sets, func(a, b *keySet) int { return a.number - b.number })
		sets = slices.Compact(sets)
		for _, set := range sets {
			if !grouped[set] {
				grouped[set] = true
				out.Grouped += set.messages
			}
		}
		out.Groups = append(out.Groups, g.group(sets))
	}
	slices.SortStableFunc(out.Groups, func(a, b Group) int { return b.Messages - a.Messages })
	if n := len(out.Groups); n > MaxGroups {
		out.Groups, out.More = out.Groups[:MaxGroups:MaxGroups], n-MaxGroups
	}
	return out
}

// cores are what at least two messages share, the largest first, and what too many
// do. Those of one size are in the order in which they were first seen, so that the
// same reports give the same groups.
func (g *grouper) cores() (cores []core, outsized []Share) {
	at := map[pair]int{}
	var all []core
	for _, set := range g.order {
		g.joints(set, func(p pair) {
			i, ok := at[p]
			if !ok {
				i = len(all)
				at[p] = i
				all = append(all, core{pair: p})
			}
			all[i].sets = append(all[i].sets, set)
			all[i].messages += set.messages
		})
	}
	for _, c := range all {
		switch {
		case c.messages < 2:
		case !g.outsized(c.pair, c.messages):
			cores = append(cores, c)
		case c.pair[0] == c.pair[1]:
			f := &g.keys[c.pair[0]]
			outsized = append(outsized, Share{f.sharing, f.what, f.value, c.messages})
		}
	}
	slices.SortStableFunc(cores, func(a, b core) int { return b.messages - a.messages })
	slices.SortStableFunc(outsized, func(a, b Share) int { return b.Messages - a.Messages })
	return cores, outsized
}

// join gives the sets of each group. A core of which more than half of the messages
// are in a larger one goes to the one that has most of them; what others it has in
// common with does not matter, and nothing goes to a core that went elsewhere.
func (g *grouper) join(cores []core) [][]*keySet {
	common := g.common(cores)
	heads := make([]int, len(cores)) // Where each core went.
	groups := make([][]*keySet, len(cores))
	for i := range cores {
		heads[i] = i
		most := cores[i].messages / 2
		for _, c := range common[i] {
			if heads[c.core] == c.core && c.messages > most {
				heads[i], most = c.core, c.messages
			}
		}
		groups[heads[i]] = append(groups[heads[i]], cores[i].sets...)
	}
	return slices.DeleteFunc(groups, func(sets []*keySet) bool { return sets == nil })
}

// overlap is how many messages a core has in common with another.
type overlap struct{ core, messages int }

// common is, for each core, the larger ones with which it has messages in common, in
// their order.
func (g *grouper) common(cores []core) [][]overlap {
	at := make(map[pair]int, len(cores))
	for i := range cores {
		at[cores[i].pair] = i
	}
	counts := map[[2]int]int{}
	var of []int
	for _, set := range g.order {
		of = of[:0]
		g.joints(set, func(p pair) {
			if i, ok := at[p]; ok {
				of = append(of, i)
			}
		})
		slices.Sort(of)
		for n, i := range of {
			for _, j := range of[n+1:] {
				if _, had := counts[[2]int{j, i}]; had || len(counts) < MaxCommon {
					counts[[2]int{j, i}] += set.messages
				}
			}
		}
	}
	all := make([][]overlap, len(cores))
	for c, messages := range counts {
		all[c[0]] = append(all[c[0]], overlap{c[1], messages})
	}
	for _, list := range all {
		slices.SortFunc(list, func(a, b overlap) int { return a.core - b.core })
	}
	return all
}

// group puts together what the messages of some sets share.
func (g *grouper) group(sets []*keySet) Group {
	var group Group
	counts := map[uint32]int{}
	for _, set := range sets {
		group.Messages += set.messages
		for _, id := range set.keys {
			counts[id] += set.messages
		}
		for _, sample := range set.samples {
			if len(group.Samples) < MaxSamples {
				group.Samples = append(group.Samples, sample)
			}
		}
		if set.first != nil {
			group.First, group.Last = earlier(group.First, set.first), later(group.Last, set.last)
		}
	}
	type shared struct {
		id       uint32
		messages int
	}
	var all []shared
	for id, n := range counts {
		if enough := 2*n >= group.Messages || g.keys[id].strength == strong && MinorShare*n >= group.Messages; n > 1 && enough {
			all = append(all, shared{id, n})
		}
	}
	slices.SortFunc(all, func(a, b shared) int {
		return cmp.Or(int(g.keys[b.id].strength)-int(g.keys[a.id].strength), b.messages-a.messages, cmp.Compare(a.id, b.id))
	})
	for _, sh := range all[:min(len(all), MaxShares)] {
		f := &g.keys[sh.id]
		group.Shares = append(group.Shares, Share{f.sharing, f.what, f.value, sh.messages})
	}
	return group
}
