package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mailtrace/received"
	"mailtrace/report"
)

// answer is what the reader came for: who shows as the sender, who gave the message
// to the recipient's side and who wrote that down, and how far the rest can be
// relied on.
func (t *trace) answer() {
	hops := t.r.Path.Hops
	t.bounded(bold, "ANSWER", inputIndent, t.verdict(), MaxTextLines)
	if t.r.Error != "" && len(hops) > 0 {
		t.bounded(red, " error", factIndent, t.defang(t.r.Error), MaxTextLines)
	}
	t.carrier()
	t.shown()
	switch {
	case len(hops) == 0:
		return
	case t.r.Path.Boundary == nil:
		t.unbounded()
	default:
		t.way()
		t.handedOver()
		t.vouched()
		t.boundary()
		t.alternatives()
		t.item(plain, " route", factIndent, t.counts())
		if journey := t.journey(); journey != "" {
			t.item(plain, " journey", factIndent, journey)
		}
	}
	if len(t.r.Evidence.Limits) > 0 {
		t.item(yellow, " cut off", factIndent, "not all of the input was read (see CUT OFF)")
	}
}

// unbounded is the answer where nothing shows which hops are the recipient's.
func (t *trace) unbounded() {
	hops := t.r.Path.Hops
	newest, oldest := &hops[len(hops)-1], &hops[0]
	t.bounded(plain, " newest hop", factIndent, t.told(newest, "the top Received line of the message"), MaxTextLines)
	if len(hops) > 1 {
		t.bounded(plain, " oldest hop", factIndent, t.told(oldest, "anyone can have written it"), MaxTextLines)
	}
	t.item(plain, " journey", factIndent, t.journey())
	t.against()
	if len(hops) > 1 {
		t.item(plain, " reading", factIndent, fmt.Sprintf("Every server adds its line on top. So the top line of the message is the newest: "+
			"hop %d, the last in the list below. Whoever handed the message to that server can have made up every other line.", newest.Number))
	}
}

// verdict is the first sentences. They never say that a message is good: no
// finding is no proof of anything.
func (t *trace) verdict() string {
	if len(t.r.Path.Hops) == 0 {
		if t.r.Error != "" {
			return "Nothing could be judged: " + t.defang(t.r.Error)
		}
		return "Nothing says which way this message came: it has no Received line. Every mail server that takes a message writes one, so " +
			"this one never travelled by mail, or its header was cut off."
	}
	story := t.story()
	switch speaks, words := t.shows(); {
	case t.r.Path.Boundary == nil:
		return strings.TrimSpace(words + " " + story + " No hop is certain: which of these hosts are yours is not known to mailtrace.")
	case words == "":
		return story
	case speaks, len(t.standing(report.Fictitious)) > 0: // The proof first.
		return story + " " + words
	default:
		return words + " " + story
	}
}

// story is what is to be said of the route.
func (t *trace) story() string {
	worst := report.Weight("")
	if len(t.findings) > 0 {
		worst = t.findings[0].Weight
	}
	weighs := func(g group) bool { return g.Weight == worst }
	proved := t.standing(report.Fictitious)
	switch {
	case len(proved) > 0:
		is := "are"
		if len(proved) == 1 {
			is = "is"
		}
		return fmt.Sprintf("%d of %s %s false: ", len(proved), plural(len(t.r.Path.Hops), "hop"), is) +
			t.titles(func(g group) bool { return g.Disproves == report.DisprovesHop })
	case worst == report.Proof:
		return "Something here cannot be true: " + t.titles(weighs)
	case worst == report.Strong:
		what := "route"
		if len(t.findings[0].hops) == 0 {
			what = "mail"
		}
		return "Something speaks against this " + what + ", but nothing proves it false: " + t.titles(weighs)
	case worst == "":
		return "Nothing false was found in the route, but fraud comes by honest routes too: look at what the mail asks for."
	}
	return "Nothing false was found in the route, but fraud comes by honest routes too: look at what the mail asks for. What is odd in it is also found in honest mail " +
		t.letters(weighs) + "."
}

// titles names the first findings of a kind: "[A] Time runs backwards."
func (t *trace) titles(of func(group) bool) string {
	var parts []string
	for _, g := range t.findings {
		if !of(g) {
			continue
		}
		if len(parts) == 2 {
			parts = append(parts, "and more")
			break
		}
		title := g.Rule
		if i := slices.IndexFunc(t.r.Rules, func(r report.Rule) bool { return r.ID == g.Rule && r.Title != "" }); i >= 0 {
			title = t.r.Rules[i].Title
		}
		parts = append(parts, "["+g.letter+"] "+cut(Escape(title), t.width))
	}
	if len(parts) == 0 {
		return "what proves it is not shown here."
	}
	return strings.TrimSuffix(strings.Join(parts, "; "), ".") + "."
}

// letters refers to findings: "[A, B]"; "" when there are none.
func (t *trace) letters(of func(group) bool) string {
	var l []string
	for _, g := range t.findings {
		if of(g) {
			l = append(l, g.letter)
		}
	}
	if len(l) == 0 {
		return ""
	}
	return "[" + strings.Join(l, ", ") + "]"
}

// shown is what a mail program shows of the message, so that the reader knows
// that this is the message in question.
func (t *trace) shown() {
	m := &t.r.Message
	if len(m.From) > 0 {
		t.bounded(plain, " shown as", factIndent, t.mailboxes(m.From)+" (anyone can write this)", 3)
	} else if t.r.Error == "" || len(t.r.Path.Hops) > 0 {
		t.item(plain, " shown as", factIndent, "nobody: there is no From line")
	}
	if len(m.ReplyTo) > 0 && !slices.EqualFunc(m.ReplyTo, m.From, sameAddress) {
		t.bounded(plain, " replies to", factIndent, t.mailboxes(m.ReplyTo), 2)
	}
	if m.Subject != "" {
		t.bounded(plain, " subject", factIndent, t.defang(m.Subject), 2)
	}
}

func sameAddress(a, b report.Mailbox) bool { return strings.EqualFold(a.Address, b.Address) }

// mailboxes shows at most three: a From line with more is a bulk trick or a test.
func (t *trace) mailboxes(list []report.Mailbox) string {
	var parts []string
	for i, m := range list {
		if i == 3 {
			parts = append(parts, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		switch {
		case m.Address == "":
			parts = append(parts, t.defang(cmp.Or(m.Raw, m.Name))+" (no address)")
		case m.Name == "":
			parts = append(parts, "<"+t.defang(m.Address)+">")
		default:
			parts = append(parts, `"`+t.defang(m.Name)+`" <`+t.defang(m.Address)+">")
		}
	}
	return strings.Join(parts, ", ")
}

// told says in a sentence what a hop claims.
func (t *trace) told(h *report.Hop, where string) string {
	from, by := cut(t.peer(h), 2*t.width), cut(t.writer(h), 2*t.width)
	var s string
	switch {
	case from == "" && by == "":
		s = "a note: " + t.remark(h)
	case from == "":
		s = by + " took it, from whom is not said"
	case by == "":
		s = "somebody took it from " + from
	default:
		s = by + " took it from " + from
	}
	if h.From.HELO != "" && h.From.RDNS != "" && !strings.EqualFold(h.From.HELO, h.From.RDNS) {
		s += ", calling itself " + cut(t.host(h.From.HELO), t.width)
	}
	return fmt.Sprintf("hop %d, line %d (%s): %s, %s", h.Number, h.Line, where, s, when(h.Time))
}

// when is a time to the second, on one line.
func when(at *time.Time) string {
	if at == nil {
		return "time unknown"
	}
	return strings.ReplaceAll(at.UTC().Format(time.DateOnly+" 15:04:05 UTC"), " ", noBreak)
}

// peer is who handed the message over: the address first of all, since that is
// what the writer saw, and the names are what it was told.
func (t *trace) peer(h *report.Hop) string {
	f := &h.From
	name := cmp.Or(f.RDNS, f.HELO, f.Name)
	addr := ""
	if f.Address.IsValid() {
		addr = f.Address.String()
	} else if f.AddressText != "" {
		addr = f.AddressText
	}
	switch {
	case addr == "" || strings.Trim(name, "[]") == addr:
		return t.host(name)
	case name == "":
		return t.host(addr)
	}
	return t.host(name) + " [" + t.host(addr) + "]"
}

// writer is the host that wrote the line, as it calls itself.
func (t *trace) writer(h *report.Hop) string {
	if h.By.Name == "" && h.By.Address.IsValid() {
		return h.By.Address.String()
	}
	return t.host(h.By.Name)
}

// remark is the text of a line that names no host.
func (t *trace) remark(h *report.Hop) string {
	text := h.Raw
	if len(h.Comments) > 0 {
		text = "(" + h.Comments[0] + ")"
	}
	return cut(t.defang(strings.TrimSpace(text)), 2*t.width/3)
}

// against names the hops that something speaks against.
func (t *trace) against() {
	var hops []int
	for _, g := range t.findings {
		if g.Weight != report.Ordinary {
			hops = append(hops, g.hops...)
		}
	}
	if len(hops) > 0 {
		t.item(yellow, " doubtful", factIndent, hopList(hops)+" (see WHY)")
	}
}

func confidence(c received.Confidence) string {
	switch c {
	case received.Certain:
		return "this is certain"
	case received.Likely:
		return "this is likely"
	}
	return "this is a guess"
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
