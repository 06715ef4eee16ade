package text

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"mailtrace/report"
)

// row is one line of the table of checks: what the recipient's side wrote down on a
// method and a domain, and what is found now. Its texts are as the report has them.
type row struct {
	method, domain, selector string
	aligned                  *bool
	theirs                   string // "" where the recipient's side wrote nothing.
	lines                    []int
	ours                     *report.Auth // Nil where we looked at nothing of the kind.
}

// methodOf is what stands in the first column.
func methodOf(a *report.Auth) string {
	if isHELO(a) {
		return "SPF HELO"
	}
	return strings.ToUpper(a.Method)
}

// rows joins results that are about the same.
func (t *trace) rows() []row {
	var rows []row
	for i := range t.r.Auth {
		if a := &t.r.Auth[i]; theirs(a) && !(strings.EqualFold(a.Method, "arc") && is(a, "none")) {
			rows = addTheirs(rows, a)
		}
	}
	if !t.unasked() {
		for i := range t.r.Auth {
			if a := &t.r.Auth[i]; a.By == report.ByUs && t.worthRow(a) {
				rows = addOurs(rows, a)
			}
		}
	}
	for i := range rows { // Two fields of the recipient's side may differ on one signature.
		r := &rows[i]
		if r.ours != nil {
			continue
		}
		if at := slices.IndexFunc(rows, func(o row) bool {
			return o.ours != nil && o.method == r.method && o.selector == r.selector && o.domain != "" && strings.EqualFold(o.domain, r.domain)
		}); at >= 0 {
			r.ours = rows[at].ours
		}
	}
	rows = withoutHELO(rows)
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.rank(), b.rank()) })
	return rows
}

// worthRow says whether a result of ours is on something that the page is about: the
// reverse names of hosts, only at the handover.
func (t *trace) worthRow(a *report.Auth) bool {
	if !strings.EqualFold(a.Method, "iprev") {
		return true
	}
	h := t.r.Path.Handover
	if h == nil {
		return false
	}
	hop := t.hop(h.Hop)
	return hop != nil && hop.Line == a.Line
}

// addTheirs joins what two fields say alike.
func addTheirs(rows []row, a *report.Auth) []row {
	at := slices.IndexFunc(rows, func(have row) bool {
		return have.method == methodOf(a) && strings.EqualFold(have.theirs, string(a.Status)) && alike(have.domain, a.Domain) && alike(have.selector, a.Selector)
	})
	if at < 0 {
		return append(rows, row{method: methodOf(a), domain: a.Domain, selector: a.Selector, aligned: a.Aligned, theirs: string(a.Status), lines: []int{a.Line}})
	}
	have := &rows[at]
	have.learn(a)
	if !slices.Contains(have.lines, a.Line) {
		have.lines = append(have.lines, a.Line)
	}
	return rows
}

// learn takes over what the row does not say itself.
func (r *row) learn(a *report.Auth) {
	if r.domain == "" {
		r.domain, r.aligned = a.Domain, a.Aligned
	}
	r.selector = cmp.Or(r.selector, a.Selector)
	if r.aligned == nil {
		r.aligned = a.Aligned
	}
}

func alike(a, b string) bool { return a == "" || b == "" || strings.EqualFold(a, b) }

// addOurs puts a result of ours beside what the recipient's side wrote on the same.
func addOurs(rows []row, a *report.Auth) []row {
	best, most := -1, 0
	for i := range rows {
		if rows[i].ours == nil {
			if n := rows[i].fits(a); n > most {
				best, most = i, n
			}
		}
	}
	if best < 0 {
		return append(rows, row{method: methodOf(a), domain: a.Domain, selector: a.Selector, aligned: a.Aligned, ours: a})
	}
	rows[best].ours = a
	rows[best].learn(a)
	return rows
}

// fits says how sure it is that a row is about what a result of ours is about; 0 when
// it is not.
func (r *row) fits(a *report.Auth) int {
	many := r.method == "DKIM" || r.method == "IPREV" // There may be any number of them.
	same := strings.EqualFold(r.theirs, string(a.Status))
	if r.method != methodOf(a) || !alike(r.domain, a.Domain) || !alike(r.selector, a.Selector) {
		return 0
	}
	n := 1
	switch {
	case strings.EqualFold(r.domain, a.Domain):
		n += 4
	case many && !same:
		return 0
	}
	if r.selector != "" && a.Selector != "" {
		n += 2
	}
	if same {
		n++
	}
	return n
}

// withoutHELO drops a row on HELO that adds nothing to the one on MAIL FROM.
func withoutHELO(rows []row) []row {
	from := slices.IndexFunc(rows, func(r row) bool { return r.method == "SPF" })
	if from < 0 {
		return rows
	}
	main := rows[from]
	return slices.DeleteFunc(rows, func(r row) bool {
		if r.method != "SPF HELO" || r.theirs != "" || r.ours == nil {
			return false
		}
		return !decided(r.ours) || is(r.ours, "none") ||
			main.ours != nil && strings.EqualFold(r.domain, main.domain) && r.ours.Status == main.ours.Status
	})
}

// rank puts first what no page may leave out.
func (r *row) rank() int {
	methods := []string{"SPF", "SPF HELO", "DMARC", "DKIM", "ARC"}
	n := 2 * cmp.Or(slices.Index(methods, r.method)+1, len(methods)+1)
	if r.aligned == nil || !*r.aligned {
		n++
	}
	return n
}

// differs says whether the recipient's side came to another result than we do.
func (r *row) differs() bool {
	return r.theirs != "" && r.ours != nil && decided(r.ours) && !strings.EqualFold(r.theirs, string(r.ours.Status))
}

// where is the lines of the message on which it is written: "12", "24, 28".
func (r *row) where() string {
	var lines []string
	for i, n := range r.lines {
		if i == 3 {
			return strings.Join(lines, ", ") + ", …"
		}
		lines = append(lines, strconv.Itoa(n))
	}
	return strings.Join(lines, ", ")
}
