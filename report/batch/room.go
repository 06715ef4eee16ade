package batch

import "slices"

// roomy makes room when a bound is reached, and says whether there is some. What is
// forgotten are messages that so far share nothing with any other: in a long batch
// that is nearly all of what is kept. So of a group only those messages are lost that
// came long before the next one.
func (g *grouper) roomy() bool {
	if g.full {
		return false
	}
	if len(g.order) < MaxSets && len(g.keys)+MaxKeysOfOne <= MaxKeys && g.bytes+MaxKeysOfOne*2*MaxKey <= MaxKeyBytes {
		return true
	}
	g.forget()
	// What groups hold cannot be forgotten. To look again for every message would
	// take longer than the messages do.
	g.full = len(g.order) > MaxSets*3/4 || len(g.keys) > MaxKeys*3/4 || g.bytes > MaxKeyBytes*3/4
	return !g.full
}

// forget lets go of all sets of keys that are of no group, and of the keys that are in
// no other set. Keys and sets stay in their order, so that the same reports give the
// same groups.
func (g *grouper) forget() {
	cores, _ := g.cores()
	kept := make([]bool, len(g.order))
	for i := range cores {
		for _, set := range cores[i].sets {
			kept[set.number] = true
		}
	}
	used := make([]bool, len(g.keys))
	for _, set := range g.order {
		if !kept[set.number] {
			g.cut += set.messages
			continue
		}
		for _, id := range set.keys {
			used[id] = true
		}
	}
	names := make([]string, len(g.keys))
	for name, id := range g.ids {
		names[id] = name
	}
	old, keys, sets := g.order, g.keys, g.sets
	g.ids, g.keys, g.bytes, g.order, g.sets = make(map[string]uint32, len(g.ids)/2), nil, 0, nil, make(map[string]*keySet, len(sets)/2)
	moved := make([]uint32, len(keys))
	for id, f := range keys {
		if used[id] {
			moved[id] = uint32(len(g.keys))
			g.ids[names[id]] = moved[id]
			g.keys = append(g.keys, f)
			g.bytes += len(names[id])
		}
	}
	for _, set := range old {
		if kept[set.number] {
			for i, id := range set.keys {
				set.keys[i] = moved[id]
			}
			set.number = len(g.order)
			g.order = append(g.order, set)
			g.sets[setKey(set.keys)] = set
		}
	}
	g.order, g.keys = slices.Clip(g.order), slices.Clip(g.keys)
}
