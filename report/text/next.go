package text

import (
	"cmp"
	"fmt"
	"strings"

	"mailtrace/received"
	"mailtrace/report"
)

// next says what to do now.
func (t *trace) next() {
	t.blank()
	hops := t.r.Path.Hops
	var steps []string
	proved := len(t.findings) > 0 && t.findings[0].Weight == report.Proof
	if len(hops) > 0 && (t.r.Evidence.Fidelity == report.PastedRepaired || t.r.Evidence.Fidelity == report.Reserialised) {
		steps = append(steps, "Ask for the original (.eml) before you accuse anyone: this copy was changed on its way to you.")
	} else if proved {
		steps = append(steps, "Do not answer or click; reach the sender another way.")
	} else if t.r.Path.Boundary != nil && (t.doubtful() || t.unshown()) || len(hops) > 0 && t.unsigned() {
		steps = append(steps, "Before you answer or click, reach the sender another way.")
	}
	if s := t.decides(); s != "" && len(hops) > 0 {
		if proved {
			steps = append(steps, s)
		} else {
			steps = append([]string{s}, steps...)
		}
	}
	switch {
	case len(hops) == 0 && t.r.Error != "":
		steps = append(steps, "Check that this is a message as it was received (an .eml file, or the whole header from \"show original\") and run it again.")
	case len(hops) == 0:
		steps = append(steps, "Ask for the original as an attachment (.eml), or for all that \"show original\" or \"view source\" shows. A forward has lost the header.")
	case t.r.Path.Boundary == nil:
		steps = append(steps, "Start at the last hop of the list and go up while the host behind \">\" is one of yours. "+
			"What stands before \">\" in the last such hop gave you the message: hold on to its address, and trust nothing above it.")
	default:
		steps = append(steps, t.whom()...)
	}
	t.item(bold, "NEXT", inputIndent, strings.Join(steps, " "))
	t.settle()
	t.asked()
	explain := t.explains()
	more := "mailtrace rules ID explains a rule; " + explain + "--json shows all."
	if len(t.findings) > 0 {
		more = "mailtrace rules " + t.findings[0].Rule + " explains [A]; " + explain + "--json shows all."
	} else if len(t.r.Undecided) == 0 {
		more = explain + "--json shows all that was read."
	}
	t.item(faint, "", inputIndent, more)
}

// whom says to whom to turn: to nobody whom only the sender names.
func (t *trace) whom() []string {
	h := t.r.Path.Handover
	var steps []string
	switch {
	case h == nil:
		return []string{"Every line was written on the recipient's side: whoever runs those hosts can say who handed it in."}
	case h.User != "":
		steps = append(steps, "Look at the account "+cut(t.defang(h.User), t.width)+" first: whoever sent this had signed in with it.")
	case outside(h.Address) && t.doubtful():
		steps = append(steps, fmt.Sprintf("If it is spam or fraud, report %s, with the time, to the network that it belongs to (whois names it).", t.host(h.Address.String())))
	case outside(h.Address) && t.attached():
		steps = append(steps, fmt.Sprintf("Whoever runs %s can say more about the route: by what is attached here, that host handed the message over.", t.host(h.Address.String())))
	case outside(h.Address):
		steps = append(steps, fmt.Sprintf("Whoever runs %s can say more about the route: that host gave you the message.", t.host(h.Address.String())))
	case h.Address.IsValid():
		steps = append(steps, fmt.Sprintf("%s is an inner address: the host that took the message from outside wrote no line, or is one of yours; --own names those.", t.host(h.Address.String())))
	default:
		steps = append(steps, fmt.Sprintf("Ask whoever runs %s from which address the message came.", cut(t.host(cmp.Or(h.By, "the host that took it")), t.width)))
	}
	if len(t.standing(report.Fictitious))+len(t.standing(report.Inconsistent)) > 0 {
		steps = append(steps, fmt.Sprintf("Accuse nobody named in the hops before hop %d: they may be victims too.", h.Hop))
	} else if len(t.standing(report.Claimed)) > 0 {
		steps = append(steps, fmt.Sprintf("What is older than hop %d is only the sender's word.", h.Hop))
	}
	return steps
}

// doubtful says whether something is wrong with the route.
func (t *trace) doubtful() bool {
	for _, g := range t.findings {
		if g.Weight == report.Proof || g.Weight == report.Strong {
			return true
		}
	}
	return false
}

// unshown says whether somebody looked, and nothing speaks for the domain that the
// reader sees.
func (t *trace) unshown() bool {
	speaks, words := t.shows()
	f := t.speaksFor()
	return !speaks && words != "" && (f.checked || f.part || f.added != nil || f.other || len(f.against) > 0 || len(f.theirs)+len(f.ours) > 0)
}

// unsigned says whether a signature of the domain that the reader sees is not over all
// of the message, and nothing else speaks for that domain. That needs no route.
func (t *trace) unsigned() bool {
	speaks, words := t.shows()
	f := t.speaksFor()
	return !speaks && words != "" && (f.part || f.added != nil || f.other)
}

// asked counts the questions to the DNS: those who run the sender's name servers may
// have seen them.
func (t *trace) asked() {
	n, failed := 0, 0
	for i := range t.r.DNS {
		if d := &t.r.DNS[i]; d.Time != nil { // Else a file answered, or nothing was sent.
			n++
			if d.Status == "failed" {
				failed++
			}
		}
	}
	if n == 0 {
		return
	}
	s := plural(n, "DNS question") + " asked"
	if failed > 0 {
		s += fmt.Sprintf(", %d without an answer", failed)
	}
	t.item(plain, "", inputIndent, s+" (--offline: none).")
}

// explains points at the steps of the first check of ours that did not pass; "" when
// there is none.
func (t *trace) explains() string {
	for _, method := range []string{"dkim", "spf", "dmarc", "arc"} {
		for i := range t.r.Auth {
			a := &t.r.Auth[i]
			if a.By == report.ByUs && !isHELO(a) && strings.EqualFold(a.Method, method) && !is(a, "pass") && !is(a, "none") && !is(a, "undecided") {
				return "--explain " + method + " shows each step of that check; "
			}
		}
	}
	return ""
}

// word says whether s is nothing but letters, digits and the characters of more,
// and does not begin as an option does.
func word(s, more string) bool {
	for i, c := range []byte(s) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if !letter && (strings.IndexByte(more, c) < 0 || i == 0 && c == '-') {
			return false
		}
	}
	return s != ""
}

// pasted says whether a shell takes s as it is.
func pasted(s string) bool { return word(s, "_./:@%+=,-") }

// hostName says whether s can be the name of a host on a command line.
func hostName(s string) bool { return word(s, "_.:-") && s[0] != '.' && s[0] != ':' }

// settle prints the command that would tell mailtrace whose hosts these are, ready
// to be pasted: so nothing in it is defanged, and nothing is in it that a shell
// would take for more than a name.
func (t *trace) settle() {
	if t.r.Path.Boundary != nil {
		return
	}
	host := ""
	for i := len(t.r.Path.Hops) - 1; i >= 0; i-- {
		h := &t.r.Path.Hops[i]
		if h.Kind == received.Note {
			continue
		}
		if host = h.By.Name; host == "" && h.By.Address.IsValid() {
			host = h.By.Address.WithZone("").String()
		}
		break
	}
	if host == "" {
		return
	}
	text := "If the host that wrote the newest line is yours, run this; it settles which hops are certain:"
	if !hostName(host) || len(host) > t.width-inputIndent-len("  --own  ") {
		host, text = "HOST", "If you know which hosts are yours, name them; it settles which hops are certain:"
	}
	file := cmp.Or(t.r.Target, t.r.Evidence.Name)
	switch {
	case pasted(file), file == "-":
	case file != "" && Escape(file) == file && !strings.HasPrefix(file, "-"):
		file = "'" + strings.ReplaceAll(file, "'", `'\''`) + "'"
	default:
		file = "FILE"
	}
	const indent = inputIndent
	line := "mailtrace trace --own " + host
	t.item(plain, "", indent, text)
	switch room := t.width - indent; {
	case width(line)+1+width(file) <= room:
		t.command(line + " " + file)
	case width(line)+2 <= room && width(file)+2 <= room:
		t.command(line+` \`, "  "+file)
	case width(line)+5 <= room:
		t.command(line + " FILE")
	default:
		t.command(`mailtrace trace \`, "  --own "+host+` \`, "  FILE")
	}
}

// command writes lines as they are: none may be broken. They hold only what settle
// has looked at.
func (t *trace) command(lines ...string) {
	for _, l := range lines {
		t.b.WriteString(strings.Repeat(" ", inputIndent) + t.paint(bold, cut(Escape(l), t.width-inputIndent)) + "\n")
	}
}
