package text

import (
	"strings"

	"mailtrace/received"
	"mailtrace/report"
)

// own learns the names of the recipient's own hosts, so that they are written as
// they are: the reader knows them, and those of large providers are unreadable
// otherwise. A boundary that is a guess says too little for that.
func (t *trace) own() {
	b := t.r.Path.Boundary
	if b == nil || b.Confidence == received.Guess {
		return
	}
	t.known = map[string]bool{}
	for i := range t.r.Path.Hops {
		h := &t.r.Path.Hops[i]
		if h.Standing != report.Observed {
			continue
		}
		names := []string{h.By.Name}
		if t.inner(h) {
			names = append(names, h.From.Name, h.From.HELO, h.From.RDNS)
		}
		for _, name := range names {
			if name != "" {
				t.known[strings.ToLower(Escape(name))] = true
			}
		}
	}
}

// inner says whether both ends of a hop are of the recipient's side.
func (t *trace) inner(h *report.Hop) bool {
	b := t.r.Path.Boundary
	return b != nil && h.Standing == report.Observed && h.Number > b.Hop
}

// hop is the hop of a number, or nil.
func (t *trace) hop(number int) *report.Hop {
	for i := range t.r.Path.Hops {
		if t.r.Path.Hops[i].Number == number {
			return &t.r.Path.Hops[i]
		}
	}
	return nil
}

// label is what stands before the first dot of a host's name.
func label(name string) string {
	l, _, _ := strings.Cut(name, ".")
	return l
}
