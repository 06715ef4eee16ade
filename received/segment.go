package received

import "strings"

// Segment is a run of hops that belong together: one leg of the journey.
type Segment struct {
	Kind        Kind // Submission, Relay, List, Forward, Fetch or Delivery.
	First, Last int  // Numbers of hops, from 1 = oldest.
	Why         string
}

// label refines the kinds of hops by what stands around them.
func (path *Path) label(org func(string) string) {
	first := true
	var recipient string // Of the hops so far.
	for i := range path.Steps {
		s := &path.Steps[i]
		if s.Kind == Note {
			continue
		}
		switch {
		case first && s.authenticated(), first && s.Kind == Delivery && (s.Dialect == "m365" || s.Dialect == "exchange"):
			s.Kind = Submission // Out of a mailbox of the sender's.
		case !first && s.Kind == Local && path.Steps[i-1].Kind == Filter:
			s.Kind = Filter // What the scanner gave back.
		case !first && (s.Kind == Local || s.Kind == Relay) && s.readdressed(recipient, org):
			s.Kind = Forward
			if s.listHost() || path.Steps[i-1].listHost() {
				s.Kind = List
			}
		case !first && s.Kind == Local && s.listHost():
			s.Kind = List
		}
		if len(s.For) > 0 {
			recipient = s.For[0]
		}
		first = false
	}
}

func (s *Step) authenticated() bool {
	for _, i := range s.Implies {
		if i == ImpliesAuth {
			return s.Kind == Relay || s.Kind == Local
		}
	}
	return false
}

// readdressed says whether the message travels to another recipient than before:
// another local part in another organisation. One of them alone is an alias
// within a house.
func (s *Step) readdressed(recipient string, org func(string) string) bool {
	if recipient == "" || len(s.For) == 0 {
		return false
	}
	oldLocal, oldDomain, ok1 := cutLast(recipient, '@')
	newLocal, newDomain, ok2 := cutLast(s.For[0], '@')
	return ok1 && ok2 && !strings.EqualFold(oldLocal, newLocal) && !strings.EqualFold(oldDomain, newDomain) &&
		(org(oldDomain) == "" || org(oldDomain) != org(newDomain))
}

func cutLast(s string, sep byte) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// listHost says whether the names of a hop are those of a host for mailing lists.
func (s *Step) listHost() bool {
	for _, name := range [...]string{s.By.Name, s.From.HELO, s.From.RDNS} {
		for _, word := range [...]string{"list", "mailman", "majordomo"} {
			if label := firstLabel(name); len(label) >= len(word) && equalFold(label[:len(word)], word) {
				return true
			}
		}
		if i := strings.Index(name, ".list"); i >= 0 {
			return true
		}
	}
	return s.Kind == List
}

// segment cuts the path into legs: how the message was handed in, the ways it
// went, each list or forwarding or fetching that began a new one, and how it got
// into the mailbox.
func (path *Path) segment() {
	n := len(path.Steps)
	if n == 0 {
		return
	}
	add := func(kind Kind, first int, why string) {
		path.Segments = append(path.Segments, Segment{Kind: kind, First: first + 1, Last: first + 1, Why: why})
	}
	for i := range path.Steps {
		kind, why := path.Steps[i].leg(i == 0)
		last := len(path.Segments) - 1
		switch {
		case last >= 0 && (kind == "" || kind == path.Segments[last].Kind && kind != List && kind != Forward && kind != Fetch):
			path.Segments[last].Last = i + 1
		case last >= 0 && kind == Relay && path.Segments[last].Kind != Submission && path.Segments[last].Kind != Delivery:
			path.Segments[last].Last = i + 1
		case kind == "":
			add(Relay, i, "passed from server to server")
		default:
			add(kind, i, why)
		}
	}
}

// leg is the kind of leg that a hop begins or continues; "" for whatever goes on.
func (s *Step) leg(first bool) (Kind, string) {
	switch s.Kind {
	case Submission:
		if first {
			return Submission, "the oldest hop says that an author's program handed it in"
		}
	case Local:
		if first {
			return Submission, "the oldest hop says that it was handed in on the same host"
		}
		return "", ""
	case Gateway:
		if first {
			return Submission, "the oldest hop says that it came from something other than mail"
		}
	case Note, Filter:
		return "", ""
	case List:
		return List, "sent on to the members of a list, under a new envelope"
	case Forward:
		return Forward, "sent on to another address"
	case Fetch:
		return Fetch, "pulled out of a mailbox, not sent"
	case Delivery:
		return Delivery, "on its last steps into a mailbox"
	}
	return Relay, "passed from server to server"
}
