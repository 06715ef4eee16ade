package probe

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"net/netip"
	"slices"

	"mailtrace/analyze/auth"
)

// span is a range of numbers, both ends in it: IPv4 addresses, or the first 64 bits of
// IPv6 addresses.
type span struct{ low, high uint64 }

// spans are sorted, and neither touch nor overlap each other.
type spans []span

// merged sorts and joins; it takes the list over.
func merged(list []span) spans {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.low, b.low) })
	out := list[:0]
	for _, s := range list {
		if last := len(out) - 1; last >= 0 && (out[last].high == math.MaxUint64 || s.low <= out[last].high+1) {
			out[last].high = max(out[last].high, s.high)
			continue
		}
		out = append(out, s)
	}
	return spans(out)
}

// with is both.
func (s spans) with(o spans) spans { return merged(append(slices.Clone([]span(s)), o...)) }

// without is what is in s and not in o.
func (s spans) without(o spans) spans {
	var out spans
	k := 0
	for _, x := range s {
		for k < len(o) && o[k].high < x.low {
			k++
		}
		gone := false
		for i := k; i < len(o) && o[i].low <= x.high; i++ {
			if o[i].low > x.low {
				out = append(out, span{x.low, o[i].low - 1})
			}
			if gone = o[i].high >= x.high; gone {
				break
			}
			x.low = o[i].high + 1
		}
		if !gone {
			out = append(out, x)
		}
	}
	return out
}

// size is how many numbers there are; ok is false where a number does not hold that.
func (s spans) size() (n int64, ok bool) {
	var sum, carry uint64
	for _, x := range s {
		sum, carry = bits.Add64(sum, x.high-x.low, 1)
		if carry != 0 || sum > math.MaxInt64 {
			return 0, false
		}
	}
	return int64(sum), true
}

// has tells whether a number is in it.
func (s spans) has(n uint64) bool {
	i, found := slices.BinarySearchFunc(s, n, func(x span, n uint64) int { return cmp.Compare(x.low, n) })
	return found || i > 0 && s[i-1].high >= n
}

// everything of a family.
func everything(four bool) span {
	if four {
		return span{0, math.MaxUint32}
	}
	return span{0, math.MaxUint64}
}

// spanOf is a network; ok is false where it is of the other family, or of IPv4 addresses in
// their IPv6 form, which no client has.
func spanOf(p netip.Prefix, four bool) (s span, ok bool) {
	a := p.Addr()
	if a.Is4() != four || a.Is4In6() || !p.IsValid() {
		return span{}, false
	}
	if four {
		b := a.As4()
		low := uint64(binary.BigEndian.Uint32(b[:]))
		return span{low, low + 1<<(32-p.Bits()) - 1}, true
	}
	b := a.As16()
	low := binary.BigEndian.Uint64(b[:8])
	if p.Bits() >= 64 {
		return span{low, low}, true
	}
	return span{low, low | math.MaxUint64>>p.Bits()}, true
}

// spfSpace is which addresses of one family pass.
type spfSpace struct {
	pass spans
	open []*spfTerm // Not all that passes by these is known.
}

// space finds the addresses that pass by the whole tree.
func (w *spfWalk) space(four bool) *spfSpace {
	s := &spfSpace{}
	s.pass = s.record(w.root, four)
	return s
}

// spfFold goes through the terms of one record: the first that matches an address decides
// about it.
type spfFold struct {
	pending       []span
	passes        bool // What is pending passes.
	pass, decided spans
}

func (f *spfFold) add(passes bool, list ...span) {
	if passes != f.passes {
		f.flush()
		f.passes = passes
	}
	f.pending = append(f.pending, list...)
}

func (f *spfFold) flush() {
	if len(f.pending) == 0 {
		return
	}
	fresh := merged(f.pending).without(f.decided)
	f.decided = f.decided.with(fresh)
	if f.passes {
		f.pass = f.pass.with(fresh)
	}
	f.pending = nil
}

// record finds the addresses that pass by one record.
func (s *spfSpace) record(r *spfRecord, four bool) spans {
	f := &spfFold{}
	for i := range r.terms {
		t := &r.terms[i]
		if t.dead != "" {
			continue
		}
		passes := t.Qualifier == auth.Pass || t.Mechanism == auth.MechRedirect
		for _, x := range s.term(t, four) {
			f.add(passes, x)
		}
	}
	f.flush()
	return f.pass
}

// term is what a term matches.
func (s *spfSpace) term(t *spfTerm, four bool) []span {
	switch t.Mechanism {
	case auth.MechAll:
		return []span{everything(four)}
	case auth.MechIP4, auth.MechIP6:
		if x, ok := spanOf(t.Network, four); ok && t.counts(t.Network.Bits(), four) {
			return []span{x}
		}
		return nil
	case auth.MechInclude, auth.MechRedirect:
		if t.below != nil && t.below.state == spfRead {
			return s.record(t.below, four)
		}
		if t.below == nil || t.below.state == spfUnknown {
			s.open = append(s.open, t)
		}
		return nil
	}
	return s.addresses(t, four)
}

// counts: a part of 64 bits that passes counts as one that does, and such a part that does
// not pass takes nothing away.
func (t *spfTerm) counts(bits int, four bool) bool {
	return four || bits <= 64 || t.Qualifier == auth.Pass
}

// addresses are those of a term that asks for them.
func (s *spfSpace) addresses(t *spfTerm, four bool) []span {
	if t.to.Message || t.Mechanism == auth.MechPTR || t.cut {
		s.open = append(s.open, t)
		return nil
	}
	if t.Mechanism == auth.MechExists {
		if t.everybody() {
			return []span{everything(four)}
		}
		s.unknown(t, t.a)
		return nil
	}
	var out []span
	if t.Mechanism == auth.MechA && t.a != nil {
		out = s.within(out, t, map[bool]*lookup{true: t.a, false: t.aaaa}[four], four)
	}
	if t.mx != nil {
		s.unknown(t, t.mx)
	}
	for i := range t.hosts {
		h := &t.hosts[i]
		out = s.within(out, t, map[bool]*lookup{true: h.a, false: h.aaaa}[four], four)
	}
	return out
}

// within adds the networks around addresses that were answered.
func (s *spfSpace) within(out []span, t *spfTerm, l *lookup, four bool) []span {
	s.unknown(t, l)
	if l == nil || l.answer == nil {
		return out
	}
	length := int(t.Bits6)
	if four {
		length = int(t.Bits4)
	}
	for i := range l.answer.Records {
		a := l.answer.Records[i].Address.Unmap()
		p, err := a.Prefix(min(length, a.BitLen()))
		if err != nil {
			continue
		}
		if x, ok := spanOf(p, four); ok && t.counts(length, four) {
			out = append(out, x)
		}
	}
	return out
}

// unknown notes a question without an answer; the same term once.
func (s *spfSpace) unknown(t *spfTerm, l *lookup) {
	if l == nil || l.err == nil || len(s.open) > 0 && s.open[len(s.open)-1] == t {
		return
	}
	s.open = append(s.open, t)
}
