package text

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"mailtrace/report"
)

// said is findings of one rule and severity.
type said struct {
	report.Finding // The first one.
	texts          []saidOf
}

// saidOf is findings with one text, and where it holds.
type saidOf struct {
	report.Finding         // The first one.
	places         []place // Of all that have its very text.
	others         []place // Where the text is the same but for the name and the address of the place.
}

// but is a text without the place that it is about: the same is often said of many.
func but(text, host, address string) string {
	for _, s := range [...]string{host, address} {
		if s != "" {
			text = strings.ReplaceAll(text, s, "\x00")
		}
	}
	return text
}

// place is a host, and the addresses at it that something is said of.
type place struct {
	host      string
	addresses []string
}

// findings shows what is wrong, what is worst first, with what it rests on. What asks
// for nothing stands at the end, in short.
func (p *probed) findings() {
	all := gather(p.r.Findings)
	if len(all) == 0 {
		return
	}
	p.blank()
	p.item(bold, "FINDINGS", 0, "")
	shown, left := 0, 0
	var infos []*said
	for i := range all {
		g := &all[i]
		switch {
		case g.Severity != report.Critical && g.Severity != report.Warning:
			infos = append(infos, g)
		case shown == MaxFindingsShown:
			left++
		default:
			shown++
			p.finding(g)
		}
	}
	if left > 0 {
		p.item(plain, "", 1, fmt.Sprintf("and %d more kinds of findings (--json shows all)", left))
	}
	p.infos(infos)
}

// infos shows what asks for nothing: a line for each kind, and of those beyond a bound
// the names alone.
func (p *probed) infos(all []*said) {
	lines := 1
	if len(all) <= MaxInfosShown/2 {
		lines = 2
	}
	for _, g := range all[:min(len(all), MaxInfosShown)] {
		p.info(g, lines)
	}
	if len(all) <= MaxInfosShown {
		return
	}
	all = all[MaxInfosShown:]
	var names []string
	for _, g := range all[:min(len(all), MaxInfosNamed)] {
		names = append(names, cut(Escape(g.Rule), p.width))
	}
	if more := len(all) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	p.bounded(plain, " info", 6, "also: "+strings.Join(names, ", "), MaxTextLines)
}

// gather puts findings of one rule and severity together, and among these those of one
// text, the most severe first.
func gather(findings []report.Finding) []said {
	type key struct {
		rule     string
		severity report.Severity
	}
	var all []said
	at := map[key]int{}
	texts := map[string]int{}
	for _, f := range findings {
		k := key{f.Rule, f.Severity}
		i, ok := at[k]
		if !ok {
			i = len(all)
			at[k], all = i, append(all, said{Finding: f})
		}
		g := &all[i]
		place := where(f.Address.IsValid(), f.Address.String(), f.Port)
		same := fmt.Sprintf("%s\n%s\n%s", f.Rule, f.Severity, but(f.Text, f.Host, f.Address.String()))
		n, ok := texts[same]
		if !ok {
			n = len(g.texts)
			texts[same], g.texts = n, append(g.texts, saidOf{Finding: f})
		}
		if t := &g.texts[n]; t.Text == f.Text {
			t.places = addPlace(t.places, f.Host, place)
		} else {
			t.others = addPlace(t.others, f.Host, place)
		}
	}
	order := []report.Severity{report.Critical, report.Warning}
	slices.SortStableFunc(all, func(a, b said) int {
		return int(uint32(slices.Index(order, a.Severity))) - int(uint32(slices.Index(order, b.Severity)))
	})
	return all
}

// where is the address that something is said of, with its port where that is not 25.
func where(valid bool, a string, port *int) string {
	switch {
	case !valid:
		return ""
	case port == nil || *port == 25:
		return a
	}
	return net.JoinHostPort(a, strconv.Itoa(*port))
}

func addPlace(places []place, host, address string) []place {
	i := slices.IndexFunc(places, func(p place) bool { return p.host == host })
	if i < 0 {
		i, places = len(places), append(places, place{host: host})
	}
	if address != "" && !slices.Contains(places[i].addresses, address) {
		places[i].addresses = append(places[i].addresses, address)
	}
	return places
}

// told lists places, with whole names: they are looked for elsewhere.
func (p *probed) told(places []place) string {
	var parts []string
	for i, at := range places {
		if i == MaxNamesTold {
			parts = append(parts, fmt.Sprintf("%d more hosts", len(places)-i))
			break
		}
		s := cut(Escape(at.host), 4*p.width)
		if n := len(at.addresses); n > MaxNamesTold {
			s += fmt.Sprintf(" (%d addresses)", n)
		} else if n > 0 {
			list := make([]string, n)
			for i, a := range at.addresses {
				list[i] = cut(Escape(a), p.width)
			}
			s += " (" + strings.Join(list, ", ") + ")"
			if at.host == "" {
				s = strings.Join(list, ", ")
			}
		}
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// untold are the places that a text does not name itself.
func untold(places []place, text string) []place {
	var rest []place
	for _, at := range places {
		var addresses []string
		for _, a := range at.addresses {
			if !strings.Contains(text, a) {
				addresses = append(addresses, a)
			}
		}
		named := at.host != "" && strings.Contains(text, at.host)
		switch {
		case len(addresses) > 0 && named:
			rest = append(rest, place{"", addresses})
		case len(addresses) > 0:
			rest = append(rest, place{at.host, addresses})
		case !named && len(at.addresses) == 0:
			rest = append(rest, at)
		}
	}
	return rest
}

// places puts them in front of a text, which may begin with "At both addresses: ".
func places(at, text string) string {
	if rest, ok := strings.CutPrefix(text, "At "); ok {
		return at + ", at " + rest
	}
	return at + ": " + text
}

// finding shows those of one rule, the first few in full. What a critical one means
// stands there: who reads it has no time to look it up.
func (p *probed) finding(g *said) {
	word, color := " WARNING", yellow
	if g.Severity == report.Critical {
		word, color = " CRITICAL", red
	}
	id := cut(Escape(g.Rule), p.width)
	for i, t := range g.texts {
		if i == MaxOfOneRule {
			p.item(plain, "", detailIndent, fmt.Sprintf("and %d more of the kind (--json shows all)", len(g.texts)-i))
			break
		}
		text := t.Text
		if at := p.told(untold(t.places, text)); at != "" {
			text = places(at, text)
		}
		if i == 0 {
			p.hanging(color, word, detailIndent, id+": "+text, MaxTextLines)
		} else {
			p.bounded(plain, "", detailIndent, text, MaxTextLines)
		}
		p.evidence(&t.Finding)
		if len(t.others) > 0 {
			p.bounded(plain, "", detailIndent, "The same at "+p.told(t.others), 4)
		}
	}
	if p.meant++; g.Severity == report.Critical && p.meant <= MaxMeaningsTold {
		i := slices.IndexFunc(p.r.Rules, func(r report.Rule) bool { return r.ID == g.Rule })
		if i >= 0 && p.r.Rules[i].Explain != "" {
			p.bounded(plain, "", detailIndent, "What it means: "+p.r.Rules[i].Explain, MaxTextLines+2)
		}
	}
}

// hanging writes a label in colour, text behind it, and what does not fit into that line
// below it, set in less than the label is wide.
func (p *page) hanging(color, label string, indent int, text string, lines int) {
	const filler = "_" // It stands for the label while lines are broken.
	room := strings.Repeat(filler, max(1, width(label)-indent))
	all := wrap(room+noBreak+Escape(text), p.width-indent, lines)
	p.b.WriteString(p.paint(color, label) + strings.TrimLeft(all[0], filler) + "\n")
	for _, line := range all[1:] {
		p.b.WriteString(strings.Repeat(" ", indent) + line + "\n")
	}
}

// info shows what asks for nothing, without evidence, in a line or two.
func (p *probed) info(g *said, lines int) {
	text := fmt.Sprintf("%s: %s", cut(Escape(g.Rule), p.width), g.texts[0].Text)
	if at := p.told(untold(g.texts[0].places, g.texts[0].Text)); at != "" && len(p.r.Hosts) > 1 {
		text += " [" + at + "]"
	}
	if len(g.texts[0].others) > 0 {
		text += "; the same at " + p.told(g.texts[0].others)
	}
	if n := len(g.texts) - 1; n > 0 {
		text += fmt.Sprintf("; and %d more of the kind", n)
	}
	if lines == 1 {
		text = cut(Escape(text), p.width-6)
	}
	p.bounded(plain, " info", 6, text, lines)
}

// evidence shows what a finding rests on, once where several addresses say the same; of a
// warning in short.
func (p *probed) evidence(f *report.Finding) {
	var evidence []report.Evidence
	for _, e := range f.Evidence {
		if !slices.Contains(evidence, e) {
			evidence = append(evidence, e)
		}
	}
	most, lines := MaxQuotes, MaxQuoteLines
	if f.Severity == report.Warning {
		most, lines = maxWarningQuotes, maxWarningLines
	}
	for i, e := range evidence {
		if i == most && len(evidence) > most+1 {
			p.item(plain, "", detailIndent, fmt.Sprintf("and %d more (--json shows all)", len(evidence)-i))
			break
		}
		p.evident(f, e, lines)
		if e.Source == report.SourceDNS { // Else the same line may be another server's.
			p.shown[e] = true
		}
	}
}

// evident shows what a finding rests on, behind a bar, so that what a server says is
// never taken for what mailtrace says.
func (p *probed) evident(f *report.Finding, e report.Evidence, lines int) {
	label := ""
	switch e.Source {
	case report.SourceSMTP:
		label = "seen"
		if e.Line > 0 {
			label = strings.TrimSpace(fmt.Sprintf("%s line %d", p.speaker(f, &e), e.Line))
		}
	case report.SourceCert:
		label = "TLS"
	case report.SourceDNS:
		label = "DNS"
	default:
		label = cut(Escape(string(e.Source)), 12)
	}
	text := e.Bytes()
	if label = strings.Repeat(" ", detailIndent) + label + " | "; p.shown[e] {
		const above = " (above)"
		text = cut(strings.TrimSpace(Escape(text)), max(MinWidth/2, p.width-width(label)-len(above))) + above
	}
	p.quoted(label, text, lines)
}

// speaker is the short name of the one host whose transcript has a line, for a finding
// about several hosts; "" where that is plain, or several have it.
func (p *probed) speaker(f *report.Finding, e *report.Evidence) string {
	if f.Host != "" || len(p.short) < 2 {
		return ""
	}
	found := ""
	for i := range p.r.Hosts {
		h := &p.r.Hosts[i]
		for k := range h.Endpoints {
			t := h.Endpoints[k].Transcript
			if e.Line > len(t) || t[e.Line-1].Text != e.Text || t[e.Line-1].TextBase64 != e.TextBase64 {
				continue
			}
			if found != "" && found != h.Name {
				return ""
			}
			found = h.Name
		}
	}
	return cut(Escape(p.short[found]), maxShortName/2)
}

// quoted writes what others wrote behind a bar, in at most so many lines.
func (p *probed) quoted(label, text string, most int) {
	indent := width(label)
	if text = strings.TrimSpace(Escape(text)); text == "" {
		text = "(nothing)"
	}
	bar := strings.Repeat(" ", indent-2) + "| "
	for i, line := range wrap(text, p.width-indent, most+1) {
		switch {
		case i == most:
			p.b.WriteString(p.paint(faint, bar) + cut("… (--json shows all)", p.width-indent) + "\n")
		case i == 0:
			p.b.WriteString(p.paint(faint, label) + line + "\n")
		default:
			p.b.WriteString(p.paint(faint, bar) + line + "\n")
		}
	}
}
