package text

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

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
		if a.By == report.ByUs || theirs(a) {
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
