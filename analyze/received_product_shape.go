package analyze

import (
	"context"
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mailtrace/received"
	"mailtrace/report"
)

// conformityData is what products, and the hosts of providers, always write into a
// line and what they can never write.
//
//go:embed data/conformity.txt
var conformityData string

// conformity is what one product's lines look like.
type conformity struct {
	product string
	dialect []string // Of lines that name the product themselves.
	by      []string // Hosts, as for anyHost.
	with    []string // Protocol words.
	calls   string   // What the line names as its product.
	version string   // What its version looks like, "*" for anything.
	has     *pattern // What else the line must hold to be meant.
	shapes  []shape
}

// shape is something that is always, or never, in a line with its blanks squeezed;
// or, where they are not empty, in its id or its protocol word.
type shape struct {
	key    string // "always", "never", "named", "date", "id", "word"; "lacks", "zone", "words".
	weight report.Weight
	text   *pattern
	plain  []string // Of "lacks" and "words", which need no regular expression.
	why    string
}

// pattern is a regular expression that is compiled when a line first needs it: most
// lines need few.
type pattern struct {
	compile func() *regexp.Regexp
}

func newPattern(text string) *pattern {
	return &pattern{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

func (p *pattern) MatchString(s string) bool { return p.compile().MatchString(s) }

var conformities = sync.OnceValue(func() []conformity { return parseConformities(conformityData) })

// parseConformities reads paragraphs that begin with "product".
func parseConformities(data string) []conformity {
	var all []conformity
	for row := range rows(data) {
		key, rest, _ := strings.Cut(row, " ")
		rest = strings.TrimSpace(rest)
		if key == "product" {
			all = append(all, conformity{product: rest})
			continue
		}
		c := &all[len(all)-1]
		switch key {
		case "dialect":
			c.dialect = strings.Fields(rest)
		case "by":
			c.by = strings.Fields(rest)
		case "with":
			c.with = strings.Fields(rest)
		case "calls":
			c.calls = rest
		case "version":
			c.version = rest
		case "has":
			c.has = newPattern(rest)
		case "always", "never", "named", "date", "id", "word", "lacks", "zone", "words":
			part := strings.SplitN(rest, " ~ ", 3)
			p := shape{key: key, weight: report.Weight(part[0]), why: part[2]}
			switch key {
			case "lacks", "words", "zone":
				p.plain = strings.Split(part[1], "|")
			default:
				p.text = newPattern(part[1])
			}
			c.shapes = append(c.shapes, p)
		default:
			panic("conformity data: " + row)
		}
	}
	return all
}

var productShape = check{
	Rule: report.Rule{
		ID:    "received.product-shape",
		Title: "A line is not written the way the mail server that it names writes",
		Max:   report.Critical,
		Explain: `Each mail server program writes its Received lines in one fixed form. This line names such a
program, or a host of a known provider, but has a form that it does not print, so most likely
somebody else wrote it to look like one. Do not report or blame the hosts named in it, and believe
no older line unless something else supports it.`,
		Innocent: `A gateway that rewrites the lines of others, text that was damaged by copying (ask for the
original), or a server that was told to call itself by another's name.`,
		Refs: []string{"RFC 5321 section 4.4"},
	},
	needs: needForm,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.hops {
			h := &s.hops[i]
			if h.Kind == received.Fetch || s.has(i, received.TooLong) || s.has(i, received.TooManyParts) || s.has(i, received.UnclosedComment) {
				continue
			}
			c, broken := misshapen(h)
			if broken == nil {
				continue
			}
			const text = "no line of %s looks like this one of %s: it %s"
			f := s.about(i, report.Warning, report.Strong, text, c.product, s.host(i), broken.why)
			if broken.weight == report.Proof {
				f = s.proof(i, report.DisprovesHop, text, c.product, s.host(i), broken.why)
			}
			f.Evidence = append(f.Evidence, s.part(i, received.Span{}))
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// misshapen finds the first shape that the line breaks, a proof before others.
func misshapen(h *report.Hop) (of *conformity, broken *shape) {
	table := conformities()
	line := ""
	for i := range table {
		c := &table[i]
		if !c.means(h) {
			continue
		}
		if line == "" && c.readsLine() {
			line = strings.Join(strings.Fields(h.Raw), " ")
		}
		if c.has != nil && !c.has.MatchString(line) {
			continue
		}
		for k := range c.shapes {
			p := &c.shapes[k]
			if broken != nil && p.weight != report.Proof || p.holds(h, line) {
				continue
			}
			if of, broken = c, p; p.weight == report.Proof {
				return of, broken
			}
		}
	}
	return of, broken
}

// readsLine says whether any of it is looked for in the line as a whole.
func (c *conformity) readsLine() bool {
	return c.has != nil || slices.ContainsFunc(c.shapes, func(p shape) bool {
		return p.key == "always" || p.key == "never"
	})
}

// zoneNamed says whether something in parentheses stands behind the date.
func zoneNamed(h *report.Hop) bool {
	return strings.HasSuffix(h.TimeText, ")") || strings.Contains(h.TimeText, " (") ||
		strings.HasPrefix(strings.TrimSpace(h.Raw[min(int(h.Spans.Time.Offset+h.Spans.Time.Length), len(h.Raw)):]), "(")
}

// holds says whether a hop, and its line with the blanks squeezed, is as the shape
// asks.
func (p *shape) holds(h *report.Hop, line string) bool {
	switch p.key {
	case "lacks":
		return !slices.ContainsFunc(p.plain, func(part string) bool { return strings.Contains(h.Raw, part) })
	case "words":
		return h.With == "" || contains(p.plain, h.With)
	case "zone":
		return h.Time == nil || zoneNamed(h)
	case "id":
		// An "@" is an address that somebody blotted out of the id.
		return h.ID == "" || strings.IndexByte(h.ID, '@') >= 0 || p.text.MatchString(h.ID)
	case "word":
		return h.With == "" || p.text.MatchString(h.With)
	case "named":
		return h.ID != "" || p.text.MatchString(h.Raw)
	case "date":
		// Where none could be read it is damaged.
		return h.Time == nil || p.text.MatchString(h.Raw[min(int(h.Spans.Time.Offset), len(h.Raw)):])
	}
	return p.text.MatchString(line) == (p.key != "never")
}

// means says whether a line claims to be of the product. Only a line that names
// it counts, or a host's full name; a shape does not.
func (c *conformity) means(h *report.Hop) bool {
	switch {
	case h.TimeText == "":
		return false // Cut off.
	case c.dialect != nil && (h.Confidence != received.Certain || !contains(c.dialect, h.Dialect)):
		return false
	case c.calls != "" && c.calls != h.By.Product, c.version != "" && !fits(c.version, h.By.Version):
		return false
	case c.by != nil && !anyHost(c.by, h.By.Name):
		return false
	}
	return c.with == nil || slices.ContainsFunc(c.with, func(w string) bool { return w == h.With })
}
