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

// answer is what the reader came for: how far anything here can be relied on, who
// shows as the sender, and who handed the message to whom.
func (t *trace) answer() {
	hops := t.r.Path.Hops
	t.bounded(bold, "ANSWER", inputIndent, t.verdict()+t.certain(), MaxTextLines)
	if t.r.Error != "" && len(hops) > 0 {
		t.bounded(red, " error", factIndent, t.defang(t.r.Error), MaxTextLines)
	}
	t.shown()
	if len(hops) == 0 {
		return
	}
	newest, oldest := &hops[len(hops)-1], &hops[0]
	t.bounded(plain, " newest hop", factIndent, t.told(newest, "the top Received line of the message"), MaxTextLines)
	if len(hops) > 1 {
		t.bounded(plain, " oldest hop", factIndent, t.told(oldest, "anyone can have written it"), MaxTextLines)
	}
	t.item(plain, " journey", factIndent, journey(hops))
	t.against()
	if len(t.r.Evidence.Limits) > 0 {
		t.item(yellow, " cut off", factIndent, "not all of the input was read (see CUT OFF)")
	}
	if t.r.Path.Boundary == nil && len(hops) > 1 {
		t.item(plain, " reading", factIndent, fmt.Sprintf("Every server adds its line on top. So the top line of the message is the newest: "+
			"hop %d, the last in the list below. Whoever handed the message to that server can have made up every other line.", newest.Number))
	}
}

// verdict is the first sentence. It never says that a message is good: no
// finding is no proof of anything.
func (t *trace) verdict() string {
	if len(t.r.Path.Hops) == 0 {
		if t.r.Error != "" {
			return "Nothing could be judged: " + t.defang(t.r.Error)
		}
		return "Nothing says which way this message came: it has no Received line. Every mail server that takes a message writes one, so " +
			"this one never travelled by mail, or its header was cut off."
	}
	worst := report.Weight("")
	if len(t.findings) > 0 {
		worst = t.findings[0].Weight
	}
	switch worst {
	case report.Proof:
		return "Something here cannot be true: " + t.titles(report.Proof)
	case report.Strong:
		return "Something speaks against this route, but nothing proves it false: " + t.titles(report.Strong)
	case "":
		return "Nothing false was found in the route; that does not make it honest."
	}
	return "Nothing false was found in the route; that does not make it honest. What is odd in it is also found in honest mail " +
		t.letters(worst) + "."
}

// certain says how far the route can be relied on, as the second sentence.
func (t *trace) certain() string {
	b := t.r.Path.Boundary
	switch {
	case len(t.r.Path.Hops) == 0:
		return ""
	case b == nil:
		return " No hop is certain: which of these hosts are yours is not known to mailtrace."
	}
	return fmt.Sprintf(" From hop %d on, the recipient's own hosts wrote the lines (%s); older hops are the sender's story.",
		b.Hop, confidence(b.Confidence))
}

// titles names the first findings of a weight: "[A] Time runs backwards."
func (t *trace) titles(w report.Weight) string {
	var parts []string
	for _, g := range t.findings {
		if g.Weight != w {
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
	return strings.TrimSuffix(strings.Join(parts, "; "), ".") + "."
}

// letters refers to the findings of a weight: "[A, B]".
func (t *trace) letters(w report.Weight) string {
	var l []string
	for _, f := range t.findings {
		if f.Weight == w {
			l = append(l, f.letter)
		}
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
	when := "time unknown"
	if h.Time != nil {
		when = h.Time.UTC().Format(time.DateOnly + " 15:04:05 UTC")
	}
	return fmt.Sprintf("hop %d, line %d (%s): %s, %s", h.Number, h.Line, where, s, strings.ReplaceAll(when, " ", noBreak))
}

// peer is who handed the message over: the address first of all, since that is
// what the writer saw, and the names are what it was told.
func (t *trace) peer(h *report.Hop) string {
	f := &h.From
	name := f.Name
	if f.RDNS != "" {
		name = f.RDNS
	} else if f.HELO != "" {
		name = f.HELO
	}
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

// journey counts hops and the time between the first and the last stamp.
func journey(hops []report.Hop) string {
	s := fmt.Sprintf("%d hops", len(hops))
	if len(hops) == 1 {
		s = "1 hop"
	}
	var times []time.Time
	for i := range hops {
		if hops[i].Time != nil {
			times = append(times, *hops[i].Time)
		}
	}
	if len(times) < 2 {
		return s
	}
	took := times[len(times)-1].Sub(times[0])
	if took < 0 {
		return s + "; by their own clocks it arrived " + duration(-took) + " before it was sent"
	}
	return s + " in " + duration(took) + ", by their own clocks"
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
