package mailbox

import "slices"

// better says whether the mended reading m is to be preferred.
func (s *mending) better(m *Message, plain *header) bool {
	was, is := worth(plain.m), worth(m)
	if !s.free {
		// What the plain reading has on top is still there, in its place.
		if len(m.Fields) == 0 || m.Fields[0].Line != plain.m.Fields[0].Line || !m.Fields[0].Is(plain.m.Fields[0].Name) {
			return false
		}
		return is.received >= was.received
	}
	if is == was && !slices.ContainsFunc(s.done, func(d mendStep) bool { return d.damage != DamageLeading }) {
		return false // The plain reading stepped over it, and has every byte as it was.
	}
	switch {
	case is.received != was.received:
		return is.received > was.received
	case is.header != was.header:
		return is.header > was.header
	}
	return is.all > was.all || plain.led || plain.strays > 0 || plain.end == endGuess
}

// fieldCount is how many fields of which kind there are.
type fieldCount struct{ received, header, all int }

func worth(m *Message) (n fieldCount) {
	for i := range m.Fields {
		switch kindOf(m.Fields[i].Name) {
		case nameReceived:
			n.received++
		case nameHeader:
			n.header++
		case nameShown, nameLikely:
			n.all++
		}
	}
	return n
}
