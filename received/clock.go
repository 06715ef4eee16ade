package received

import (
	"fmt"
	"strings"
	"time"
)

// delays corrects the clocks as far as the stamps allow, and takes the time
// between each hop and the one before it that has a stamp.
func (path *Path) delays() {
	path.clocks()
	var prev *Step
	for i := range path.Steps {
		s := &path.Steps[i]
		if s.Time == nil {
			continue
		}
		if prev != nil {
			d := s.corrected().Sub(prev.corrected())
			s.Delay = &d
		}
		prev = s
	}
}

func (s *Step) corrected() time.Time {
	if s.ClockOffset != nil {
		return s.Time.Add(*s.ClockOffset)
	}
	return *s.Time
}

// clocks estimates whose clock is wrong. Half of all honest messages run
// backwards somewhere, and one pair of stamps cannot say which of two clocks is
// off. But when all stamps save a few are in order, and there is only one way to
// choose those few, the clocks of their hosts are what is wrong. A host that also
// stamped in order has a right clock, and gets no estimate.
func (path *Path) clocks() {
	var timed []*Step
	ordered := true
	for i := range path.Steps {
		if s := &path.Steps[i]; s.Time != nil {
			ordered = ordered && (len(timed) == 0 || !s.Time.Before(*timed[len(timed)-1].Time))
			timed = append(timed, s)
		}
	}
	if ordered || len(timed) < 3 {
		return
	}
	inOrder, unique := longestOrder(timed)
	if !unique {
		return
	}
	for i, s := range timed {
		if inOrder[i] || s.ClockOffset != nil {
			continue
		}
		path.estimate(timed, inOrder, strings.ToLower(s.By.Name))
	}
}

// estimate sets the clock offset of one host from all of its stamps.
func (path *Path) estimate(timed []*Step, inOrder []bool, name string) {
	const open = time.Duration(1<<63 - 1)
	low, high := -open, open
	var before, after int
	for i, s := range timed {
		if !strings.EqualFold(s.By.Name, name) {
			continue
		}
		if inOrder[i] {
			return
		}
		for j := i - 1; j >= 0; j-- {
			if inOrder[j] {
				if d := timed[j].Time.Sub(*s.Time); d > low {
					low, before = d, path.number(timed[j])
				}
				break
			}
		}
		for j := i + 1; j < len(timed); j++ {
			if inOrder[j] {
				if d := timed[j].Time.Sub(*s.Time); d < high {
					high, after = d, path.number(timed[j])
				}
				break
			}
		}
	}
	offset, basis := low, fmt.Sprintf("at least this much, since hop %d is older and all others are in order", before)
	switch {
	case low > high || name == "":
		return
	case high < 0:
		offset, basis = high, fmt.Sprintf("at least this much, since hop %d is newer and all others are in order", after)
	case low <= 0:
		return
	case high < open:
		basis = fmt.Sprintf("its stamp must stand between those of hops %d and %d, and all others are in order", before, after)
	}
	for i, s := range timed {
		if !inOrder[i] && strings.EqualFold(s.By.Name, name) {
			s.ClockOffset, s.ClockBasis = &offset, basis
		}
	}
}

func (path *Path) number(s *Step) int {
	for i := range path.Steps {
		if &path.Steps[i] == s {
			return i + 1
		}
	}
	return 0
}

// longestOrder finds the largest set of stamps that do not run backwards, and
// whether there is only one. Steps are at most MaxHops, so squares are cheap.
func longestOrder(timed []*Step) (in []bool, unique bool) {
	n := len(timed)
	length, ways, from := make([]int, n), make([]int, n), make([]int, n)
	best, bestWays, last := 0, 0, 0
	for i := range n {
		length[i], ways[i], from[i] = 1, 1, -1
		for j := range i {
			switch l := length[j] + 1; {
			case timed[j].Time.After(*timed[i].Time):
			case l > length[i]:
				length[i], ways[i], from[i] = l, ways[j], j
			case l == length[i]:
				ways[i] = min(ways[i]+ways[j], 2) // More than one is all that matters.
			}
		}
		switch {
		case length[i] > best:
			best, bestWays, last = length[i], ways[i], i
		case length[i] == best:
			bestWays += ways[i]
		}
	}
	in = make([]bool, n)
	for i := last; i >= 0; i = from[i] {
		in[i] = true
	}
	return in, bestWays == 1 && best > 1
}
