package text

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mailtrace/report"
)

// Bounds on the blocks of names, envelope and accounts.
const (
	MaxNamesShown    = 8
	MaxEnvelopeShown = 4
	MaxAccountsShown = 5
)

var roles = map[report.IdentityRole]string{
	report.IdentityFrom: "From", report.IdentitySender: "Sender", report.IdentityReplyTo: "Reply-To",
	report.IdentityReturnPath: "Return-Path", report.IdentityDKIM: "DKIM d=", report.IdentityList: "List-Id",
	report.IdentityMessageID: "Message-ID",
}

// names shows under which domains the message goes, where they are not all of the
// organisation in From.
func (t *trace) names() {
	rows := [][]string{}
	differs := false
	for i := range t.r.Identities {
		d := &t.r.Identities[i]
		role, ok := roles[d.Role]
		if !ok {
			role = cut(Escape(string(d.Role)), 12)
		}
		same := "-"
		if d.SameAsFrom != nil && d.Role != report.IdentityFrom {
			same = map[bool]string{true: "yes", false: "no"}[*d.SameAsFrom]
			differs = differs || !*d.SameAsFrom
		}
		domain := t.defang(d.Domain)
		if domain == "" {
			domain = "(none)"
		}
		row := []string{role, domain, same, strconv.Itoa(d.Line)}
		switch {
		case slices.ContainsFunc(rows, func(have []string) bool { return have[0] == row[0] && have[1] == row[1] }):
		case d.Role == report.IdentityFrom:
			rows = append([][]string{row}, rows...)
		default:
			rows = append(rows, row)
		}
	}
	if !differs {
		return
	}
	t.blank()
	t.item(bold, "NAMES", inputIndent, "under which the message goes; none of them is proved by standing here")
	more := max(0, len(rows)-MaxNamesShown)
	t.table([]string{"field", "domain", "same as From?", "line"}, rows[:len(rows)-more])
	if more > 0 {
		t.item(plain, "", 1, fmt.Sprintf("and %d more (--json shows all)", more))
	}
}

// table writes rows whose second cell may be broken into two lines; where that leaves
// too little room it is a list.
func (t *trace) table(head []string, rows [][]string) { t.tableOf(head, rows, 2) }

// tableOf is table with a second cell of at most so many lines.
func (t *trace) tableOf(head []string, rows [][]string, limit int) {
	room := t.width - 1
	for c := range head {
		if c == 1 {
			continue
		}
		longest := width(head[c])
		for _, row := range rows {
			longest = max(longest, width(row[c]))
		}
		room -= longest
	}
	if room -= 2 * len(head); room < minDomain {
		for _, row := range rows {
			s := row[0] + ": " + row[1]
			for c := 2; c < len(head); c++ {
				s += ", " + head[c] + " " + row[c]
			}
			t.bounded(plain, "", 1, s, limit+1)
		}
		return
	}
	var cells [][]string
	for _, row := range rows {
		for n, part := range wrap(row[1], room, limit) {
			line := make([]string, len(head))
			if n == 0 {
				copy(line, row)
			}
			line[1] = part
			cells = append(cells, line)
		}
	}
	for i, l := range tabulate(head, cells) {
		color := plain
		if i == 0 {
			color = faint
		}
		t.b.WriteString(t.paint(color, " "+strings.TrimRight(l, " ")) + "\n")
	}
}

// way says how the message came to one who is in none of its address fields.
func (t *trace) way() {
	e := &t.r.Envelope
	words := map[report.EnvelopeWay]string{
		report.WayList: "a mailing list", report.WayForward: "another address, which sent it on",
		report.WayHidden: "a blind copy, or an alias that left no trace: its recipient is not named in To or Cc",
	}[e.Way]
	if words == "" {
		return
	}
	if e.Why != "" && e.Way != report.WayHidden {
		words += " (" + t.defang(e.Why) + ")"
	}
	t.bounded(plain, " came by", factIndent, words, 4)
}

// envelope decodes the addresses in which others are hidden.
func (t *trace) envelope() {
	shown := 0
	for i := range t.r.Envelope.Addresses {
		a := &t.r.Envelope.Addresses[i]
		if a.Meaning == "" && a.Decoded == "" {
			continue
		}
		if shown++; shown == 1 {
			t.blank()
			t.item(bold, "ENVELOPE", inputIndent+2, "addresses that say more than an address")
		} else if shown > MaxEnvelopeShown {
			t.item(plain, "", detailIndent, "and more (--json shows all)")
			break
		}
		s := fmt.Sprintf("%s, line%s%d: %s", cut(Escape(string(a.Role)), 20), noBreak, a.Line, cut(t.defang(a.Address), 2*t.width))
		if a.Meaning != "" {
			s += ": " + t.defang(a.Meaning)
		}
		if a.Decoded != "" && !strings.Contains(a.Meaning, a.Decoded) {
			s += ": " + t.defang(a.Decoded)
		}
		t.bounded(plain, "", 1, s, 4)
	}
}

// accounts names the keys by which the operator of a service finds its customer.
func (t *trace) accounts() {
	if len(t.r.Accounts) == 0 {
		return
	}
	t.blank()
	t.item(bold, "ACCOUNTS", inputIndent+2, "by which the operator of the service can find and stop the sender")
	for i := range t.r.Accounts {
		a := &t.r.Accounts[i]
		if i == MaxAccountsShown {
			t.item(plain, "", 1, fmt.Sprintf("and %d more (--json shows all)", len(t.r.Accounts)-i))
			break
		}
		s := fmt.Sprintf("%s: %s (%s, line%s%d)", t.defang(a.What), cut(t.defang(a.Key), t.width), cut(t.defang(a.Field), t.width/2), noBreak, a.Line)
		color := plain
		switch a.Standing {
		case report.Observed, report.Attested:
			s += ", seen: the operator of that service finds the sender by it"
		case report.Fictitious, report.Inconsistent:
			color = yellow
			s += ", but that line is " + standing(a.Standing) + ": do not use it"
		default:
			s += ", as the sender says: it may be a bystander's"
		}
		t.bounded(color, "", 1, s, 4)
	}
}
