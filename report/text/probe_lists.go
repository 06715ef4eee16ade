package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// Bounds on what is shown of lists and of name servers.
const (
	MaxServersShown = 12
	MaxListsShown   = 16 // Lines.
	MaxDifferTold   = 4  // Questions to which a name server answers otherwise.
)

// columns writes rows of two or three cells as a table, the last cell in as many lines as
// it needs; on a narrow page as a list.
func (p *page) columns(rows [][]string) {
	var wide []int
	sum := 1
	for c := range rows[0][:len(rows[0])-1] {
		longest := 0
		for _, row := range rows {
			longest = max(longest, width(row[c]))
		}
		wide = append(wide, longest+2)
		sum += longest + 2
	}
	for _, row := range rows {
		last := row[len(row)-1]
		if p.width < minTable || sum > p.width*2/3 {
			p.bounded(plain, " -", gridIndent, strings.Join(row[:len(row)-1], " ")+": "+last, maxVerdictLines)
			continue
		}
		label := " "
		for c, w := range wide {
			label += padded(row[c], w)
		}
		p.bounded(plain, strings.TrimRight(label, " "), sum, last, maxVerdictLines)
	}
}

// nameServers shows what the authoritative servers of the domain say, one by one: in a
// line where they agree.
func (p *probed) nameServers() {
	all := p.r.NameServers
	if len(all) == 0 {
		return
	}
	p.blank()
	const indent = 14
	if text := agreed(all); text != "" {
		p.item(bold, "NAME SERVERS", indent, text)
		return
	}
	most, agree := common(all)
	with := "; compared with what most of them say"
	if !agree {
		with = "; compared with what the first one says"
	}
	if len(all) == 1 {
		with = ", and there is one"
	}
	p.item(bold, "NAME SERVERS", indent, "asked one by one"+with)
	var rows [][]string
	for i := range all {
		if i == MaxServersShown {
			break
		}
		n := &all[i]
		address := "-"
		if n.Address.IsValid() {
			address = cut(Escape(n.Address.String()), maxPolicyWord)
		}
		serial := "-"
		if n.Serial != nil {
			serial = fmt.Sprintf("serial %d", *n.Serial)
		}
		rows = append(rows, []string{cutDomain(Escape(n.Name), p.width/3), address, serial, serverState(n, most)})
	}
	p.columns(rows)
	if more := len(all) - len(rows); more > 0 {
		p.item(plain, "", 1, fmt.Sprintf("and %d more (--json shows all)", more))
	}
}

// agreed says that all servers answered the same; "" where they did not.
func agreed(all []report.NameServer) string {
	most, _ := common(all)
	var serials []int64
	for i := range all {
		n := &all[i]
		if n.Status != "answered" || n.Serial == nil || len(differing(n, most)) > 0 {
			return ""
		}
		if !slices.Contains(serials, *n.Serial) {
			serials = append(serials, *n.Serial)
		}
	}
	if len(serials) != 1 || len(all) == 1 {
		return ""
	}
	every := fmt.Sprintf("all %d say", len(all))
	if len(all) == 2 {
		every = "both say"
	}
	return fmt.Sprintf("%s the same (serial %d)", every, serials[0])
}

// question is what servers are asked.
type question struct{ name, kind string }

// common is the answer to each question that more than half of the servers give; else
// agree is false, and it is the one that the first of them gives.
func common(all []report.NameServer) (most map[question]string, agree bool) {
	count := map[question]map[string]int{}
	first := map[question]string{}
	for i := range all {
		for _, a := range all[i].Answers {
			if a.Status == "failed" {
				continue
			}
			q := question{a.Name, a.Type}
			if count[q] == nil {
				count[q], first[q] = map[string]int{}, saidBy(&a)
			}
			count[q][saidBy(&a)]++
		}
	}
	most, agree = map[question]string{}, true
	for q, said := range count {
		sum := 0
		for _, n := range said {
			sum += n
		}
		for text, n := range said {
			if 2*n > sum {
				most[q] = text
			}
		}
		if _, ok := most[q]; !ok {
			agree = false
		}
	}
	if !agree {
		return first, false
	}
	return most, true
}

func saidBy(a *report.ServerAnswer) string { return a.Status + "\n" + strings.Join(a.Answers, "\n") }

// differing are the questions to which a server answers otherwise.
func differing(n *report.NameServer, most map[question]string) []string {
	var list []string
	for i := range n.Answers {
		a := &n.Answers[i]
		if want, ok := most[question{a.Name, a.Type}]; a.Status == "failed" || !ok || saidBy(a) == want || a.Type == "SOA" {
			continue
		}
		list = append(list, cut(Escape(a.Type), 12)+noBreak+cut(Escape(a.Name), maxPolicyWord))
	}
	return list
}

// serverState says how one server does.
func serverState(n *report.NameServer, most map[question]string) string {
	switch n.Status {
	case "answered":
	case "not-authoritative":
		return "does not serve the zone" + because(n.Why)
	case "failed":
		return "no answer" + because(n.Why)
	case "forbidden":
		return "not asked" + because(n.Why)
	default:
		return cut(Escape(n.Status), maxShortName) + because(n.Why)
	}
	list := differing(n, most)
	if len(list) == 0 {
		return "answers"
	}
	if more := len(list) - MaxDifferTold; more > 1 {
		list = append(list[:MaxDifferTold], fmt.Sprintf("%d more", more))
	}
	return "differs in " + enumerate(list)
}

// listed is what a list says alike of some addresses.
type likeListings struct {
	report.Listing          // The first one.
	targets        []string // Escaped.
}

// lists shows what lists in the DNS say.
func (p *probed) lists() {
	var groups []likeListings
	for _, l := range p.r.Listings {
		i := slices.IndexFunc(groups, func(g likeListings) bool {
			return g.List == l.List && g.Result == l.Result && g.Why == l.Why && g.Text == l.Text && slices.Equal(g.Codes, l.Codes)
		})
		if i < 0 {
			i, groups = len(groups), append(groups, likeListings{Listing: l})
		}
		if t := cut(Escape(l.Target), maxPolicyWord); t != "" && !slices.Contains(groups[i].targets, t) {
			groups[i].targets = append(groups[i].targets, t)
		}
	}
	if len(groups) == 0 {
		return
	}
	p.blank()
	p.item(bold, "LISTS", inputIndent-1, "in the DNS, as they answer now; what a listing means is the list's word")
	var rows [][]string
	for i := range groups {
		if i == MaxListsShown {
			break
		}
		g := &groups[i]
		targets := strings.Join(g.targets, ", ")
		if len(g.targets) > 1 {
			targets = fmt.Sprintf("%d addresses", len(g.targets))
		}
		rows = append(rows, []string{cutDomain(Escape(g.List), p.width/3), cmp.Or(targets, "-"), p.listing(g)})
	}
	p.columns(rows)
	if more := len(groups) - len(rows); more > 0 {
		p.item(plain, "", 1, fmt.Sprintf("and %d more (--json shows all)", more))
	}
}

// listing is what came of it.
func (p *probed) listing(g *likeListings) string {
	switch g.Result {
	case report.NotListed:
		return "not listed"
	case report.ListingRefused:
		return "does not serve our resolver" + because(g.Why)
	case report.ListingUnusable:
		return "cannot be believed" + because(g.Why)
	case report.ListingUnknown:
		return "no answer" + because(g.Why)
	case report.Listed:
	default:
		return cut(Escape(string(g.Result)), maxShortName)
	}
	text := "LISTED"
	if len(g.Codes) > 0 {
		codes := g.Codes[:min(len(g.Codes), MaxNamesTold)]
		text += " (" + cut(Escape(strings.Join(codes, ", ")), p.width/2) + ")"
	}
	if len(g.targets) > 1 {
		names := g.targets
		if more := len(names) - MaxNamesTold; more > 1 {
			names = append(slices.Clone(names[:MaxNamesTold]), fmt.Sprintf("%d more", more))
		}
		text += ": " + enumerate(names)
	}
	if g.Text != "" {
		text += "; it says \"" + p.defang(g.Text) + "\""
	}
	return text
}
