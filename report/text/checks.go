package text

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mailtrace/report"
)

// Bounds on the blocks of checks and of other fields.
const (
	MaxChecksShown  = 8
	MaxNotUsedShown = 3
	MaxFieldsShown  = 6  // With a meaning, of each origin.
	minDomain       = 16 // Columns.
)

// trusted says whether a result is one that the recipient's side, or mailtrace,
// came to. Of a message that is attached to another one that is somebody's word, which
// has to be told beside it.
func trusted(a *report.Auth) bool {
	return a.By == report.ByRecipient || a.By == report.ByUs || a.By == report.ByAttested
}

// vouches says whether a result names a domain that stands behind the message.
func vouches(a *report.Auth) bool {
	switch strings.ToLower(a.Method) {
	case "spf", "dkim", "dmarc":
		return trusted(a) && strings.EqualFold(string(a.Status), "pass") && a.Domain != ""
	}
	return false
}

// shows says whether anything speaks for the domain that the reader sees, and the
// sentence about that; "" where nothing is to be said.
func (t *trace) shows() (speaks bool, words string) {
	domain := t.fromDomain()
	if domain == "" || t.r.Path.Boundary == nil {
		return false, ""
	}
	shown := cut(t.defang(domain), t.width)
	var methods []string
	checked := false
	for i := range t.r.Auth {
		a := &t.r.Auth[i]
		checked = checked || trusted(a)
		if m := strings.ToUpper(a.Method); vouches(a) && a.Aligned != nil && *a.Aligned && !slices.Contains(methods, m) {
			methods = append(methods, m)
		}
	}
	switch h := t.r.Path.Handover; {
	case len(methods) > 0 && t.attached():
		return false, fmt.Sprintf("If whoever attached it changed nothing, it passed the recipient's checks as mail of %s (%s); such a copy can be made up by anyone.", shown, strings.Join(methods, ", "))
	case len(methods) > 0:
		return true, fmt.Sprintf("In the recipient's checks it passed as mail of %s (%s); so does mail from a stolen account there.", shown, strings.Join(methods, ", "))
	case checked:
		return false, "Nothing here shows that " + shown + " sent this mail."
	case h != nil && (strings.EqualFold(h.RDNS, domain) || strings.HasSuffix(strings.ToLower(h.RDNS), "."+strings.ToLower(domain))):
		return false, "" // A host with a name in that domain gave it: that is something, and no check.
	}
	return false, "Whether " + shown + " sent this mail cannot be told: the recipient's side wrote down no check of it."
}

// vouched names those who stand behind the message without being the domain that
// the reader sees.
func (t *trace) vouched() {
	if speaks, _ := t.shows(); speaks {
		return
	}
	var names []string
	for i := range t.r.Auth {
		a := &t.r.Auth[i]
		name := fmt.Sprintf("%s (%s)", cut(t.defang(a.Domain), t.width), strings.ToUpper(a.Method))
		if vouches(a) && a.Aligned != nil && !*a.Aligned && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0:
		return
	case len(names) > 3:
		names = append(names[:3], "others")
	}
	last := names[len(names)-1]
	if len(names) > 1 {
		last = strings.Join(names[:len(names)-1], ", ") + " and " + last
	}
	t.bounded(plain, " vouched by", factIndent, last+": not the domain that the reader sees, for which this says nothing", 4)
}

// checked is one row of the table of checks.
type checked struct {
	method, domain, same, result string
	lines                        []int
}

// checks shows what the recipient's side wrote down, and what came along.
func (t *trace) checks() {
	rows, passed := t.checkedRows()
	brought := t.notUsed()
	if len(rows) == 0 && len(brought) == 0 {
		return
	}
	t.blank()
	switch {
	case len(rows) > 0 && t.attached():
		t.item(bold, "CHECKS", inputIndent, "as the recipient's side wrote them down, by the word of whoever attached it")
	case len(rows) > 0:
		t.item(bold, "CHECKS", inputIndent, "as the recipient's side wrote them down")
	case t.r.Path.Boundary == nil:
		t.item(bold, "CHECKS", inputIndent, "none that can be used")
	default:
		t.item(bold, "CHECKS", inputIndent, "the recipient's side wrote down none")
	}
	more := max(0, len(rows)-MaxChecksShown)
	t.checkTable(rows[:len(rows)-more])
	if more > 0 {
		t.item(plain, "", 1, fmt.Sprintf("and %d more (--json shows all)", more))
	}
	if passed {
		t.item(plain, "", 1, "\"pass\" says which domain signed or allowed the mail, not that it is honest.")
	}
	for i, s := range brought {
		if i == MaxNotUsedShown {
			t.item(plain, "", 1, fmt.Sprintf("Not used: %d more of the kind (--json shows all)", len(brought)-i))
			break
		}
		t.bounded(yellow, "", 1, s, 3)
	}
}

// checkedRows joins what two fields say alike.
func (t *trace) checkedRows() (rows []checked, passed bool) {
	for i := range t.r.Auth {
		a := &t.r.Auth[i]
		if !trusted(a) {
			continue
		}
		passed = passed || strings.EqualFold(string(a.Status), "pass")
		r := checked{method: cut(Escape(strings.ToUpper(a.Method)), 12), domain: t.defang(a.Domain), same: "-", result: cut(Escape(string(a.Status)), 12), lines: []int{a.Line}}
		if a.Aligned != nil {
			r.same = map[bool]string{true: "yes", false: "no"}[*a.Aligned]
		}
		at := slices.IndexFunc(rows, func(have checked) bool {
			return have.method == r.method && have.result == r.result && (have.domain == r.domain || have.domain == "" || r.domain == "")
		})
		if at < 0 {
			rows = append(rows, r)
			continue
		}
		have := &rows[at]
		if have.domain == "" {
			have.domain, have.same = r.domain, r.same
		}
		if !slices.Contains(have.lines, a.Line) {
			have.lines = append(have.lines, a.Line)
		}
	}
	for i := range rows {
		if rows[i].domain == "" {
			rows[i].domain = "-"
		}
	}
	slices.SortStableFunc(rows, func(a, b checked) int { return cmp.Compare(a.rank(), b.rank()) })
	return rows, passed
}

// rank puts first what no page may leave out.
func (r *checked) rank() int {
	methods := []string{"SPF", "DMARC", "DKIM", "ARC"}
	return cmp.Or(slices.Index(methods, r.method)+1, len(methods)+1)
}

// line is where a row stands in the message.
func (r *checked) line() string {
	var lines []string
	for i, n := range r.lines {
		switch {
		case i == 3:
			return strings.Join(lines, ", ") + ", …"
		case n == 0:
			lines = append(lines, "now")
		default:
			lines = append(lines, strconv.Itoa(n))
		}
	}
	return strings.Join(lines, ", ")
}

func (t *trace) checkTable(rows []checked) {
	if len(rows) == 0 {
		return
	}
	cells := make([][]string, len(rows))
	for i := range rows {
		r := &rows[i]
		cells[i] = []string{r.method, r.domain, r.same, r.result, r.line()}
	}
	t.table([]string{"method", "domain", "same as From?", "result", "line"}, cells)
}

// notUsed tells which fields with results are no evidence, and why.
func (t *trace) notUsed() []string {
	type field struct {
		name    string
		line    int
		by      report.AuthBy
		results []string
	}
	var fields []field
	for i := range t.r.Auth {
		a := &t.r.Auth[i]
		if trusted(a) {
			continue
		}
		at := slices.IndexFunc(fields, func(f field) bool { return f.line == a.Line && f.by == a.By })
		if at < 0 {
			name := "a result"
			if k := slices.IndexFunc(t.r.Fields, func(f report.Field) bool { return f.Line == a.Line }); k >= 0 {
				name = cut(t.defang(t.r.Fields[k].Name), 40)
			}
			at, fields = len(fields), append(fields, field{name: name, line: a.Line, by: a.By})
		}
		f := &fields[at]
		if r := cut(t.defang(strings.ToLower(a.Method)+"="+string(a.Status)), 24); !slices.Contains(f.results, `"`+r+`"`) {
			f.results = append(f.results, `"`+r+`"`)
		}
	}
	var told []string
	for _, f := range fields {
		if len(f.results) > 3 {
			f.results = append(f.results[:3], "…")
		}
		why := "came with the mail"
		if f.by != report.ByBrought {
			why = "it cannot be told who wrote it"
		}
		told = append(told, fmt.Sprintf("Not used: %s, line%s%d (%s): %s.", f.name, noBreak, f.line, strings.Join(f.results, ", "), why))
	}
	return told
}

// otherFields tells what is meant by fields whose values say it in codes, and
// whose word that is.
func (t *trace) otherFields() {
	meant := slices.ContainsFunc(t.r.Fields, func(f report.Field) bool { return f.Meaning != "" })
	if !meant {
		return
	}
	t.blank()
	t.item(bold, "OTHER FIELDS", 0, "")
	for _, o := range [...]struct {
		origin report.Origin
		words  string
	}{
		{report.FromRecipient, "the recipient's side says:"},
		{report.FromAttested, "the recipient's side says, by the word of whoever attached it:"},
		{report.Brought, "brought along, not evidence:"},
		{report.CannotTell, "whose word it is cannot be told:"},
	} {
		shown := 0
		for i := range t.r.Fields {
			f := &t.r.Fields[i]
			if f.Meaning == "" || f.Origin != o.origin {
				continue
			}
			if shown++; shown == 1 {
				t.item(plain, "", 1, o.words)
			} else if shown > MaxFieldsShown {
				t.item(plain, "", detailIndent, "and more (--json shows all)")
				break
			}
			t.bounded(plain, "", detailIndent, fmt.Sprintf("%s, line%s%d: %s", cut(t.defang(f.Name), t.width/2), noBreak, f.Line, t.defang(f.Meaning)), 3)
		}
	}
}
