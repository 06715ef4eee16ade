package signed

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// What records are, behind $DNSSEC.
const (
	regionSecure     = "secure"
	regionInsecure   = "insecure"
	regionUnverified = "unverified"
)

// reading is a text that is being read.
type reading struct {
	tree        *Tree
	origin      string
	ttl         string
	owner       string
	region      string
	from, until time.Time
	entries     []entry
	declared    bool // There was a $ZONE line.
}

// entry is a record, or the way in which a set is broken.
type entry struct {
	owner       string
	rr          dns.RR // Nil for BREAK.
	broken      string
	typ         uint16 // Of BREAK; 0 for all.
	region      string
	from, until time.Time // Zero for those of the tree.
}

func (r *reading) read(text string) error {
	r.ttl = "3600"
	for _, e := range joined(text) {
		if err := r.line(e); err != nil {
			return fmt.Errorf("%q: %w", e, err)
		}
	}
	return nil
}

// joined are the lines of a text, those within parentheses as one, without comments.
func joined(text string) []string {
	var all []string
	var b strings.Builder
	open, quoted, comment := false, false, false
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '\n' && open:
			comment = false
			b.WriteByte(' ')
			continue
		case c == '\n':
			if strings.TrimSpace(b.String()) != "" {
				all = append(all, b.String())
			}
			b.Reset()
			quoted, comment = false, false
			continue
		case comment:
			continue
		case i > 0 && text[i-1] == '\\' && !(i > 1 && text[i-2] == '\\'):
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ';':
			comment = true
			continue
		case c == '(' || c == ')':
			open = c == '('
			c = ' '
		}
		b.WriteByte(c)
	}
	if strings.TrimSpace(b.String()) != "" {
		all = append(all, b.String())
	}
	return all
}

func (r *reading) line(line string) error {
	f := strings.Fields(line)
	switch {
	case f[0] == "$ORIGIN" && len(f) == 2:
		r.origin = dns.Fqdn(f[1])
		return nil
	case f[0] == "$TTL" && len(f) == 2:
		r.ttl = f[1]
		return nil
	case f[0] == "$ZONE" && len(f) >= 2:
		apex, err := norm(f[1])
		if err != nil {
			return err
		}
		r.declared = r.declared || apex != "."
		return r.declare(apex, f[2:])
	case strings.EqualFold(f[0], "$DNSSEC"):
		return r.secure(f[1:])
	}
	if !strings.ContainsAny(line[:1], " \t") {
		owner := f[0]
		if owner == "@" {
			owner = r.origin
		} else if !dns.IsFqdn(owner) && r.origin != "." {
			owner += "." + r.origin
		}
		var err error
		if r.owner, err = norm(owner); err != nil {
			return err
		}
		line = strings.TrimSpace(line)[len(f[0]):]
		f = f[1:]
	}
	e := entry{owner: r.owner, region: r.region, from: r.from, until: r.until}
	if len(f) >= 2 && (strings.EqualFold(f[0], "FAIL") || strings.EqualFold(f[0], "BREAK")) {
		return r.broken(e, f)
	}
	p := dns.NewZoneParser(strings.NewReader("$TTL "+r.ttl+"\n"+r.owner+" "+line+"\n"), r.origin, "")
	rr, _ := p.Next()
	if err := p.Err(); err != nil || rr == nil {
		return fmt.Errorf("no record: %w", err)
	}
	rr.Header().Name = r.owner
	e.rr = rr
	r.entries = append(r.entries, e)
	return nil
}

// secure is $DNSSEC REGION [FROM UNTIL].
func (r *reading) secure(f []string) (err error) {
	r.from, r.until = time.Time{}, time.Time{}
	if len(f) == 3 {
		if r.from, err = time.Parse(time.RFC3339, f[1]); err == nil {
			r.until, err = time.Parse(time.RFC3339, f[2])
		}
	}
	r.region = strings.ToLower(f[0])
	return err
}

// broken takes a FAIL or BREAK line.
func (r *reading) broken(e entry, f []string) error {
	how, word := strings.ToLower(f[1]), strings.ToUpper(f[0])
	if len(f) > 2 {
		e.typ = dns.StringToType[strings.ToUpper(f[2])]
	}
	if word == "FAIL" && how != "bogus" {
		if !slices.Contains([]string{"timeout", "servfail", "refused", "malformed"}, how) {
			return fmt.Errorf("a server cannot fail in the way %q", how)
		}
		r.tree.fails[e.owner] = append(r.tree.fails[e.owner], failing{how, e.typ})
		return nil
	}
	if word == "FAIL" {
		how = "garbage"
		if e.region != regionSecure {
			return fmt.Errorf("what is not signed cannot be bogus")
		}
	}
	e.broken = how
	r.entries = append(r.entries, e)
	return nil
}

func (r *reading) declare(apex string, options []string) error {
	z := &zone{apex: apex, nodes: map[string]*node{}, broken: map[string][]entry{}}
	r.tree.zones[apex] = z
	return z.options(append(strings.Fields(r.tree.Style), options...))
}

// arrange makes zones for records of which only $DNSSEC lines say what they are: one for
// each top, one for each name of two labels, and one wherever what is secure ends.
func (r *reading) arrange() error {
	slices.SortStableFunc(r.entries, func(a, b entry) int { return compare(a.owner, b.owner) })
	regions := map[string]string{r.zoneName("."): regionSecure}
	for _, e := range r.entries {
		if e.rr == nil {
			continue
		}
		l := labels(e.owner)
		for n := 1; n <= min(2, len(l)-1); n++ {
			r.cutAt(cutName(e.owner, n), regions)
		}
		if len(l) <= 2 && len(l) > 0 {
			r.cutAt(e.owner, regions)
		}
		z := r.tree.zoneOf(e.owner)
		is := regions[z.apex]
		if z.apex == "." || len(labels(z.apex)) == 1 {
			is = regionSecure
		}
		switch {
		case is == e.region:
		case is != regionSecure:
			return fmt.Errorf("%s is %s and in or below %s, which is %s", e.owner, e.region, z.apex, is)
		case z.apex == e.owner || strings.HasPrefix(e.owner, "*."):
			return fmt.Errorf("%s has records that are %s, and others", e.owner, e.region)
		default:
			if err := r.declare(e.owner, styleOf(e.region)); err != nil {
				return err
			}
			regions[e.owner] = e.region
		}
	}
	return nil
}

func (r *reading) zoneName(name string) string { return r.tree.zoneOf(name).apex }

// styleOf is how a zone is made that is to be so.
func styleOf(region string) []string {
	switch region {
	case regionInsecure:
		return []string{"unsigned"}
	case regionUnverified:
		return []string{"keys=refused"}
	}
	return nil
}

// cutAt makes a zone of a name of one label or two: as what is at the name is, or what is
// best below it.
func (r *reading) cutAt(apex string, regions map[string]string) {
	if r.tree.zones[apex] != nil {
		return
	}
	is, own, best := "", false, ""
	for _, e := range r.entries {
		switch {
		case e.rr == nil || !dns.IsSubDomain(apex, e.owner):
		case e.owner == apex:
			if e.rr.Header().Rrtype == dns.TypeCNAME && len(labels(apex)) == 2 {
				return // No zone begins with an alias.
			}
			is, own = e.region, true
		case best == "" || e.region == regionSecure:
			best = e.region
		}
	}
	if !own {
		is = best
	}
	if len(labels(apex)) == 1 && !own {
		is = regionSecure
	}
	regions[apex] = is
	_ = r.declare(apex, styleOf(is)) // Of options that are known.
}

// cutName is the last n labels of a name.
func cutName(name string, n int) string {
	for dns.CountLabel(name) > n {
		name = above(name)
	}
	return name
}
