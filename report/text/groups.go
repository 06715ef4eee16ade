package text

import (
	"fmt"
	"strings"

	"mailtrace/report/batch"
)

// groups shows the largest groups, with what each shares and some of its messages.
func (p *summary) groups() {
	f := &p.found
	if len(f.Groups) == 0 && len(f.Outsized) == 0 {
		return
	}
	p.blank()
	p.item(bold, "GROUPS", inputIndent, "messages that share infrastructure; to share it is no proof of one sender")
	grammar := false
	for i := range f.Groups[:min(len(f.Groups), MaxGroupsShown)] {
		g := &f.Groups[i]
		p.group(i+1, g)
		for _, s := range g.Shares[:min(len(g.Shares), MaxSharesShown)] {
			grammar = grammar || s.Sharing == batch.ShareGrammar
		}
	}
	p.more(len(f.Groups)+f.More-MaxGroupsShown, "group", 0, 0)
	if f.Cut > 0 {
		p.item(yellow, "", 1, count(f.Cut, "message")+" were not compared with all others, for want of room: they may lack in a group")
	}
	p.outsized()
	if grammar {
		p.item(faint, "", 1, "In a Message-ID: D digits, h H hexadecimal, a A letters, X letters and digits, and how many of them.")
	}
}

func (p *summary) group(number int, g *batch.Group) {
	label := fmt.Sprintf(" [%d]", number)
	indent := max(detailIndent, len(label)+1)
	text := count(g.Messages, "message")
	if g.First != nil {
		text += ", " + span(g.First, g.Last)
	}
	p.item(bold, label, indent, text)
	for i, s := range g.Shares {
		if i == MaxSharesShown {
			p.item(plain, "", indent, fmt.Sprintf("and %d more things that many of them share", len(g.Shares)-i))
			break
		}
		of := "all of them"
		if s.Messages < g.Messages {
			of = thousands(int64(s.Messages)) + noBreak + "of them"
		}
		p.bounded(plain, "", indent, of+": "+p.share(&s), 3)
	}
	var names []string
	for _, s := range g.Samples[:min(len(g.Samples), MaxSamplesShown)] {
		names = append(names, p.sample(&s))
	}
	if g.Messages > len(names) {
		names = append(names, ellipsis)
	}
	p.bounded(faint, "", indent, "such as "+strings.Join(names, ", "), 3)
}

// share says what is shared.
func (p *summary) share(s *batch.Share) string {
	value := cut(p.defang(s.Value), p.width)
	switch s.Sharing {
	case batch.ShareAccount:
		return "account, " + cut(p.defang(s.What), p.width) + ": " + value
	case batch.ShareNetwork:
		return "handover network " + value
	case batch.ShareDKIM:
		return "DKIM signature of " + cut(p.host(s.Value), p.width)
	case batch.ShareGrammar:
		return "Message-ID of the form " + value
	case batch.ShareDialects:
		return "lines of the sender's side written by " + value
	case batch.ShareFrom:
		return "shown as from " + cut(p.host(s.Value), p.width)
	case batch.ShareList:
		return "mailing list " + cut(p.host(s.Value), p.width)
	}
	return cut(Escape(string(s.Sharing)), p.width) + " " + value
}

// sample names a message so that it is found again.
func (p *summary) sample(s *batch.Sample) string {
	name := cut(Escape(s.Target), p.width)
	if name == "-" {
		name = "standard input"
	}
	if s.Offset > 0 {
		name += " at byte" + noBreak + thousands(s.Offset)
	}
	if s.Part > 0 {
		name += fmt.Sprintf(" part%s%d", noBreak, s.Part)
	}
	return name
}

// outsized names what so many share that it makes no group.
func (p *summary) outsized() {
	var parts []string
	for i, s := range p.found.Outsized {
		if i == 3 {
			parts = append(parts, fmt.Sprintf("and %d more", len(p.found.Outsized)-i))
			break
		}
		parts = append(parts, p.share(&s)+noBreak+"("+thousands(int64(s.Messages))+")")
	}
	if len(parts) > 0 {
		p.bounded(plain, "", 1, "No group was made of what more than a quarter of the messages share: "+strings.Join(parts, "; "), 4)
	}
}
