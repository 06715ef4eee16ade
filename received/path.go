package received

import (
	"strings"
	"time"
)

// MaxHops is how many Received fields of a message are read, the newest ones:
// they are the ones that servers of the recipient wrote. Sendmail and Postfix
// take a message with more than 50 for a loop (RFC 5321 section 6.3 asks for at
// least 100).
const MaxHops = 500

// Path is the hops of a message, the oldest first.
type Path struct {
	Steps    []Step
	Segments []Segment
	Omitted  int // Fields beyond MaxHops, the oldest ones, that were not read.
}

// Step is a hop and how it joins the one before it.
type Step struct {
	Hop
	Link Link

	// Delay is the time from the hop before to this one, both clocks corrected
	// by their offsets; negative where the stamps still run backwards. Nil when
	// either has no time.
	Delay *time.Duration

	// ClockOffset is what must be added to this host's clock so that its stamps
	// fit between those of its neighbours; nil when the evidence allows no
	// estimate. ClockBasis says what the estimate rests on.
	ClockOffset *time.Duration
	ClockBasis  string
}

// Link says how the "from" of a hop continues the "by" of the hop before it.
// Remarks (Note) are passed over: they hand nothing on.
type Link string

const (
	LinkFirst        Link = "first"        // The oldest hop: nothing before it.
	LinkExact        Link = "exact"        // The name given is the name of the host before.
	LinkReverseName  Link = "reverse-name" // The reverse name of the peer is.
	LinkAddress      Link = "address"      // The addresses are the same.
	LinkOrganisation Link = "organisation" // Both names are of one organisational domain.
	LinkFirstLabel   Link = "first-label"  // Only the first labels agree.
	LinkLocal        Link = "local"        // One host handed the message to itself.
	LinkAbsent       Link = "absent"       // One side does not say, so nothing can be compared.
	LinkBroken       Link = "broken"       // Both sides say, and nothing agrees.
)

// NewPath reads the Received fields of a message, given in the order in which
// they stand in it, and joins them from the bottom up. org returns the
// organisational domain of a host name, or "".
func NewPath(fields []Field, org func(name string) string) Path {
	var path Path
	if len(fields) > MaxHops {
		path.Omitted = len(fields) - MaxHops
		fields = fields[:MaxHops]
	}
	path.Steps = make([]Step, len(fields))
	var p parser
	for i, f := range fields {
		p.read(f, &path.Steps[len(fields)-1-i].Hop)
	}
	path.join(org)
	path.delays()
	path.label(org)
	path.segment()
	return path
}

// join links every hop to the one before it that handed something on.
func (path *Path) join(org func(string) string) {
	var prev *Hop
	for i := range path.Steps {
		s := &path.Steps[i]
		switch {
		case prev == nil:
			s.Link = LinkFirst
		case s.Kind == Note:
			s.Link = LinkLocal
			continue
		default:
			s.Link = link(prev, &s.Hop, org)
		}
		if s.Kind != Note {
			prev = &s.Hop
		}
	}
}

// link compares the host that wrote one hop with the peer of the next.
func link(older, newer *Hop, org func(string) string) Link {
	by, f := host(older.By.Name), &newer.From
	switch {
	case by == "" && !older.By.Address.IsValid():
		return LinkAbsent
	case newer.Kind == Local || f.Address.IsLoopback() || older.By.Address.IsLoopback() || isLocalhost(by):
		return LinkLocal
	case f.Name == "" && f.HELO == "" && f.RDNS == "" && !f.Address.IsValid():
		if equalFold(by, host(newer.By.Name)) {
			return LinkLocal
		}
		return LinkAbsent
	case by != "" && (equalFold(by, host(f.HELO)) || equalFold(by, host(f.Name))):
		return LinkExact
	case by != "" && equalFold(by, host(f.RDNS)):
		return LinkReverseName
	case older.By.Address.IsValid() && older.By.Address.WithZone("") == f.Address.WithZone(""):
		return LinkAddress
	case isLocalhost(f.Name), equalFold(by, host(newer.By.Name)):
		return LinkLocal
	}
	for _, name := range [...]string{f.HELO, f.RDNS, f.Name} {
		if o := org(host(name)); o != "" && o == org(by) {
			return LinkOrganisation
		}
	}
	for _, name := range [...]string{f.HELO, f.RDNS, f.Name} {
		if l := firstLabel(host(name)); len(l) > 2 && equalFold(l, firstLabel(by)) {
			return LinkFirstLabel
		}
	}
	return LinkBroken
}

// host is a name without the dot at its end and the brackets around it.
func host(name string) string {
	return strings.TrimSuffix(strings.Trim(name, "[]<>?"), ".")
}

func isLocalhost(name string) bool {
	rest, ok := cutFold(name, "localhost")
	return ok && (rest == "" || rest[0] == '.')
}

// firstLabel is what stands before the first dot; nothing for an address, whose
// first number says nothing.
func firstLabel(name string) string {
	label, _, _ := strings.Cut(name, ".")
	if isDigits(label) || strings.IndexByte(label, ':') >= 0 {
		return ""
	}
	return label
}
