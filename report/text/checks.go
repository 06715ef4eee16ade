package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// Bounds on the blocks of checks and of other fields.
const (
	MaxChecksShown  = 8
	MaxReasonsShown = 8
	MaxNotUsedShown = 3
	MaxFieldsShown  = 6  // With a meaning, of each origin.
	minDomain       = 16 // Columns.
	reasonIndent    = 10
)

// checks shows what the recipient's side wrote down beside what is found now, and
// what came along.
func (t *trace) checks() {
	rows := t.rows()
	brought := t.notUsed()
	if len(rows) == 0 && len(brought) == 0 && !t.unasked() {
		return
	}
	t.blank()
	line := sameLine(rows)
	t.item(bold, "CHECKS", inputIndent, t.checksHead(rows, brought, line))
	more := max(0, len(rows)-MaxChecksShown)
	shown := rows[:len(rows)-more]
	t.checkTable(shown, line)
	if more > 0 {
		t.item(plain, "", 1, fmt.Sprintf("and %d more (--json shows all)", more))
	}
	t.reasons(shown)
	if slices.ContainsFunc(rows, func(r row) bool {
		return strings.EqualFold(r.theirs, "pass") || r.ours != nil && is(r.ours, "pass")
	}) {
		t.item(plain, "", 1, "\"pass\" says which domain signed or allowed the mail, not that it is honest.")
	}
	t.dnsState(len(rows) > 0)
	for i, s := range brought {
		if i == MaxNotUsedShown {
			t.item(plain, "", 1, fmt.Sprintf("Not used: %d more of the kind (--json shows all)", len(brought)-i))
			break
		}
		t.bounded(yellow, "", 1, s, 3)
	}
}

// sameLine is the line on which all that the recipient's side wrote stands, or "".
func sameLine(rows []row) string {
	line := ""
	for i := range rows {
		switch at := rows[i].where(); {
		case at == "":
		case line != "" && line != at, len(rows[i].lines) > 1:
			return ""
		default:
			line = at
		}
	}
	return line
}

func hasTheirs(rows []row) bool {
	return slices.ContainsFunc(rows, func(r row) bool { return r.theirs != "" })
}

func hasOurs(rows []row) bool {
	return slices.ContainsFunc(rows, func(r row) bool { return r.ours != nil })
}

// checksHead says whose checks these are.
func (t *trace) checksHead(rows []row, brought []string, line string) string {
	written := "the recipient's side wrote down"
	if line != "" {
		written += " (line" + noBreak + line + ")"
	}
	if t.attached() {
		written += ", by the word of whoever attached it"
	}
	switch theirs, ours := hasTheirs(rows), hasOurs(rows); {
	case theirs && ours:
		return "what " + written + ", and what is found now"
	case theirs:
		return "what " + written
	case ours && t.r.Path.Boundary == nil && len(brought) > 0:
		return "as found now; what others wrote down cannot be used"
	case ours && t.r.Path.Boundary == nil:
		return "as found now"
	case ours:
		return "as found now; the recipient's side wrote down none"
	case t.r.Path.Boundary == nil:
		return "none that can be used"
	}
	return "the recipient's side wrote down none"
}

func (t *trace) checkTable(rows []row, line string) {
	if len(rows) == 0 {
		return
	}
	theirs, ours := hasTheirs(rows), hasOurs(rows)
	head := []string{"method", "domain", "same as From?"}
	if theirs && line == "" {
		head = append(head, "recipient (line)")
	} else if theirs {
		head = append(head, "recipient")
	}
	if ours {
		head = append(head, "now")
	}
	cells := make([][]string, len(rows))
	for i := range rows {
		r := &rows[i]
		cells[i] = []string{cut(Escape(r.method), 12), t.about(r.domain, r.selector), same(r.aligned)}
		if theirs {
			cell := cut(Escape(cmp.Or(r.theirs, "-")), 12)
			if line == "" && r.theirs != "" {
				cell += " (" + r.where() + ")"
			}
			cells[i] = append(cells[i], cell)
		}
		if ours {
			now := "-"
			if r.ours != nil {
				now = cut(Escape(shownStatus(r.ours)), 12)
			}
			cells[i] = append(cells[i], now)
		}
	}
	t.table(head, cells)
}

func same(aligned *bool) string {
	if aligned == nil {
		return "-"
	}
	return map[bool]string{true: "yes", false: "no"}[*aligned]
}

// about names what a result is about: a domain, and the selector of a key.
func (t *trace) about(domain, selector string) string {
	s := cutDomain(t.defang(domain), t.width/2)
	if selector != "" {
		s += " s=" + cut(t.defang(selector), 24)
	}
	if s = strings.TrimSpace(s); s == "" {
		return "-"
	}
	return s
}

// reasons tells why a check of ours did not pass, or came out otherwise than that of
// the recipient's side. That is no reproach: all of it has innocent causes.
func (t *trace) reasons(rows []row) {
	shown, differ, unasked, changes := 0, false, false, MaxChangesShown
	var told []*report.Auth
	for i := range rows {
		r := &rows[i]
		if r.ours == nil || r.method == "IPREV" || slices.Contains(told, r.ours) {
			continue
		}
		a, differs := r.ours, r.differs()
		if is(a, "pass") && !differs && !inPart(a) && r.method != "ARC" || is(a, "none") && a.Domain == "" && !differs {
			continue
		}
		if notAsked(a) && !keyless(a) {
			unasked = true
			continue
		}
		if shown++; shown > MaxReasonsShown {
			t.item(plain, "", 1, "and more reasons (--explain tells them)")
			break
		}
		differ = differ || differs
		t.bounded(plain, " "+cut(Escape(r.method), 8), reasonIndent, t.reason(r, differs), 4)
		if i := slices.IndexFunc(told, func(b *report.Auth) bool { return sameChanges(a, b) }); i >= 0 {
			of := ""
			if slices.ContainsFunc(a.Changes, func(c report.Change) bool { return lineCount(c.Added) > 0 }) {
				of = " lines"
			}
			t.bounded(plain, "", reasonIndent, "since then: the same"+of+" as under "+t.about(told[i].Domain, told[i].Selector), 2)
		} else {
			changes = t.changes(a, reasonIndent, changes)
		}
		told = append(told, a)
	}
	if unasked {
		t.item(plain, "", 1, "undecided: the DNS was not asked"+t.offline()+"; that speaks neither for nor against the mail.")
	}
	if differ {
		t.item(plain, "", 1, "Two checks of one mail can differ in good faith: records change, the mail is changed on its way or after delivery, or another address was looked at.")
	}
}

// reason is the sentence about one row.
func (t *trace) reason(r *row, differs bool) string {
	a := r.ours
	s := ""
	if r.method == "DKIM" && (a.Domain != "" || a.Selector != "") {
		s = t.about(a.Domain, a.Selector) + ": "
	}
	switch {
	case !decided(a):
		s += "cannot be told now: "
	case differs:
		s += fmt.Sprintf("%s now, %s in the recipient's check: ", cut(Escape(shownStatus(a)), 12), cut(Escape(r.theirs), 12))
	}
	if keyless(a) {
		return s + "the text was changed after the signature of " + cutDomain(t.defang(cmp.Or(a.Domain, "its signer")), t.width) + " was made"
	}
	s += t.defang(cmp.Or(a.Reason, "no reason is given"))
	if r.method == "ARC" {
		s += ". A chain from a sealer that you do not know vouches for nothing"
	}
	return s
}

// shownStatus is the word for a status. A signature over another text, of which the key
// was not asked for, has not failed: what is known is that something was changed.
func shownStatus(a *report.Auth) string {
	if keyless(a) {
		return "changed"
	}
	return string(a.Status)
}

// unasked says whether the DNS was not asked, so that nothing could be checked.
func (t *trace) unasked() bool {
	ours := false
	for i := range t.r.Auth {
		if a := &t.r.Auth[i]; a.By == report.ByUs {
			if ours = true; decided(a) && !is(a, "none") {
				return false
			}
		}
	}
	return ours && len(t.r.DNS) == 0
}

// offline names the flag by which the user wanted it so.
func (t *trace) offline() string {
	if slices.Contains(t.r.DecidedOn.Settings, report.Setting{Name: "offline", Value: "true"}) {
		return " (--offline)"
	}
	return ""
}

// unanswered counts the questions without an answer.
func (t *trace) unanswered() int {
	n := 0
	for i := range t.r.DNS {
		if t.r.DNS[i].Status == "failed" {
			n++
		}
	}
	return n
}

// dnsState says why nothing, or not all, was checked.
func (t *trace) dnsState(rows bool) {
	switch n := t.unanswered(); {
	case t.unasked() && rows:
		t.item(plain, "", 1, "DNS was not asked"+t.offline()+": nothing was checked again.")
	case t.unasked():
		t.item(plain, "", 1, "DNS was not asked"+t.offline()+": nothing was checked.")
	case n == 0:
	case n == len(t.r.DNS):
		t.item(yellow, "", 1, "No DNS question was answered: what needs an answer cannot be told now, and that speaks neither for nor against the mail.")
	default:
		t.item(yellow, "", 1, fmt.Sprintf("%d of %s got no answer: what needs one cannot be told now.", n, plural(len(t.r.DNS), "DNS question")))
	}
}
