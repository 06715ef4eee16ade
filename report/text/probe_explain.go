package text

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"mailtrace/report"
)

// ProbeExplained is the methods that ExplainProbe knows.
var ProbeExplained = []string{"spf", "dkim", "dmarc"}

// Bounds on what is explained of a domain.
const (
	MaxTermsShown = 120 // Of SPF records.
	MaxKeysShown  = 40
	maxTriedLines = 4
)

// ExplainProbe shows what a domain publishes for one of the methods in ProbeExplained: the
// tree of SPF records with what each term costs; the keys of DKIM; the way to the DMARC
// policy, and what it asks for in each case.
func ExplainProbe(w io.Writer, r *report.Report, method string, style Style) error {
	p := newProbed(r, style)
	p.blank()
	o := &r.Policies
	name := strings.ToUpper(method)
	switch {
	case method == "spf" && r.Sending != nil:
		p.explainResults()
	case method == "spf" && o.SPF != nil:
		p.explainSPF(o.SPF)
	case method == "dkim" && o.DKIM != nil:
		p.explainDKIM(o.DKIM)
	case method == "dmarc" && o.DMARC != nil:
		p.explainDMARC(o.DMARC)
	default:
		p.item(bold, "EXPLAIN", inputIndent+1, name+": this report holds nothing of it: it was not looked at")
	}
	return p.writeTo(w)
}

// explainResults shows how the results of SPF for a server that sends came about.
func (p *probed) explainResults() {
	p.style.NoDefang = true // As on the whole page.
	t := &trace{page: p.page, r: p.r}
	ours := t.of("spf", true)
	if len(ours) == 0 {
		p.item(bold, "EXPLAIN", inputIndent+1, "SPF: it was not checked")
		return
	}
	p.item(bold, "EXPLAIN", inputIndent+1, "SPF, step by step")
	for _, a := range ours[:min(len(ours), MaxResultsShown)] {
		t.explainOne(a)
	}
}

// record writes a record behind a bar.
func (p *probed) record(indent int, record string) {
	if record != "" {
		p.quoted(strings.Repeat(" ", indent)+"| ", record, 2*MaxQuoteLines)
	}
}

// explainSPF shows the tree in the order in which receivers come to its terms.
func (p *probed) explainSPF(s *report.SPF) {
	p.item(bold, "EXPLAIN", inputIndent+1, "SPF: "+spfText(s))
	p.record(1, s.Record)
	if len(s.Terms) > 0 {
		p.blank()
		p.item(faint, " look-ups", policyIndent, "term, set in below the one that leads to it")
	}
	for i, t := range s.Terms {
		if i == MaxTermsShown {
			p.item(plain, "", policyIndent, fmt.Sprintf("and %d more terms (--json shows all)", len(s.Terms)-i))
			break
		}
		cost := "?"
		if t.Lookups != nil {
			cost = fmt.Sprint(*t.Lookups)
		}
		depth := min(max(t.Depth, 0), maxDepth)
		text := t.Term
		switch t.Status {
		case "", "found":
		case "nxdomain":
			text += " (no such name)"
		case "nodata":
			text += " (no such record)"
		case "failed":
			text += " (the DNS gave no answer)"
		default:
			text += " (" + cut(Escape(t.Status), maxShortName) + ")"
		}
		if t.Why != "" {
			text += ": " + t.Why
		}
		label := fmt.Sprintf("%9s", cut(cost, 8))
		p.bounded(plain, label, policyIndent+1+min(2*depth, p.width/3), text, maxVerdictLines)
	}
	p.blank()
	p.item(plain, " in all", policyIndent, p.spfSums(s))
}

// spfSums are the figures beside their bounds.
func (p *probed) spfSums(s *report.SPF) string {
	number := func(n *int) string {
		if n == nil {
			return "an unknown number"
		}
		return fmt.Sprint(*n)
	}
	parts := []string{
		fmt.Sprintf("look-ups: %s, of the %d that receivers make", number(s.Lookups), spfLookups),
		fmt.Sprintf("in vain: %s, of %d", number(s.Void), spfVoid),
	}
	if s.Answer != nil {
		parts = append(parts, fmt.Sprintf("an answer of %s octets (512 fit every DNS answer)", thousands(int64(*s.Answer))))
	}
	return strings.Join(append(parts, spfSpace(s, " of 64 bits")), "; ")
}

// explainDKIM shows all keys that were found, and the names that were tried.
func (p *probed) explainDKIM(d *report.DKIM) {
	p.item(bold, "EXPLAIN", inputIndent+1, "DKIM: "+p.dkimText(d))
	sources := map[string]string{"given": "you named it", "mail": "a mail names it", "list": "a usual name"}
	for i := range d.Keys {
		if i == MaxKeysShown {
			p.item(plain, "", 1, fmt.Sprintf("and %d more keys (--json shows all)", len(d.Keys)-i))
			break
		}
		k := &d.Keys[i]
		text := dkimKey(k) + " (" + cmp.Or(sources[k.Source], cut(Escape(k.Source), maxShortName)) + ")"
		if k.Domain != "" && !strings.EqualFold(k.Domain, p.r.Target) {
			text += " at " + cut(Escape(k.Domain), 2*maxPolicyWord)
		}
		p.bounded(plain, " -", gridIndent, text+because(k.Why), MaxTextLines)
		p.record(gridIndent, k.Record)
	}
	if len(d.Tried) > 0 {
		p.bounded(plain, " tried", policyIndent, strings.Join(d.Tried, ", "), maxTriedLines)
	}
	p.item(plain, " note", policyIndent, "nobody can list the keys of a domain: --selector NAME looks at one, and --from-mail FILE at those that a mail names")
}

// explainDMARC shows the walk up the tree (RFC 9989 section 4.10), and what is asked for.
func (p *probed) explainDMARC(d *report.DMARC) {
	p.item(bold, "EXPLAIN", inputIndent+1, "DMARC: "+p.dmarcText(d))
	for i, s := range d.Steps {
		if i == MaxStepsShown {
			p.item(plain, "", gridIndent, fmt.Sprintf("and %d more steps (--json shows all)", len(d.Steps)-i))
			break
		}
		text := s.Name + ": "
		switch {
		case s.Status == report.PolicyFound && s.Why == "":
			text += "a record"
		case s.Status == report.PolicyFound:
			text += s.Why
		default:
			text += statusText(s.Status, s.Why)
		}
		label := fmt.Sprintf(" %d", i+1)
		p.bounded(plain, label, max(gridIndent, width(label)+1), text, maxVerdictLines)
		p.record(max(gridIndent, width(label)+1), s.Record)
	}
	var facts []string
	if d.Domain != "" {
		facts = append(facts, "the record at "+cut(Escape(d.Domain), 2*maxPolicyWord)+" counts")
	}
	if d.Organisation != "" {
		facts = append(facts, "the organisational domain is "+cut(Escape(d.Organisation), 2*maxPolicyWord))
	}
	if len(facts) > 0 {
		p.bounded(plain, "", 1, capital(strings.Join(facts, "; "))+".", maxVerdictLines)
	}
	p.dmarcTable(d)
	for i, t := range d.Targets {
		if i == 0 {
			p.blank()
			p.item(plain, "", 1, "where reports go")
		}
		if i == MaxKeysShown {
			p.item(plain, "", gridIndent, fmt.Sprintf("and %d more (--json shows all)", len(d.Targets)-i))
			break
		}
		text := t.Tag + " " + t.URI + ": "
		switch {
		case t.Authorised == nil:
			text += "whether it agreed is not known"
		case *t.Authorised:
			text += "agreed, or of the same organisation"
		default:
			text += "did not agree: receivers send none there"
		}
		p.bounded(plain, " -", gridIndent, text+because(t.Why), maxVerdictLines)
	}
}

// dmarcTable is what is asked for, by both editions of the rules.
func (p *probed) dmarcTable(d *report.DMARC) {
	if len(d.Policies) == 0 {
		return
	}
	editions := []string{"RFC 9989", "RFC 7489"}
	rows := [][]string{}
	for _, c := range dmarcCases {
		row := []string{c.text}
		for _, rules := range editions {
			i := slices.IndexFunc(d.Policies, func(q report.DMARCPolicy) bool { return q.For == c.word && q.Rules == rules })
			cell := dmarcAsk(d, c.word, rules)
			if i >= 0 && d.Policies[i].Tag != "" {
				cell += " [" + cut(Escape(d.Policies[i].Tag), maxShortName) + "]"
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	p.blank()
	if p.width < minTable {
		for _, row := range rows {
			p.item(plain, " -", gridIndent, row[0]+": "+row[1]+" (RFC 9989), "+row[2]+" (RFC 7489)")
		}
		return
	}
	for i, line := range tabulate([]string{"asked for", "RFC 9989", "RFC 7489"}, rows) {
		color := plain
		if i == 0 {
			color = faint
		}
		p.b.WriteString(p.paint(color, cut(strings.TrimRight(" "+line, " "), p.width)) + "\n")
	}
}
