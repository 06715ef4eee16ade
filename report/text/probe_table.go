package text

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"mailtrace/report"
)

// What a table may take before it becomes another one.
const (
	maxShortName = 24 // Columns of a host's name that stands beside its addresses.
	minTable     = 66 // Columns of a page that has room for a table.
	gridIndent   = 3  // Of addresses that stand below their host.
)

// endpointRow is one line of the table and what stands above it.
type endpointRow struct {
	host  *server          // Its first row; else nil.
	e     *report.Endpoint // Nil where the host has none.
	more  string           // What is said instead of an address.
	owner *server
}

// servers shows who takes mail, and below it what a table has no room for.
func (p *probed) servers() {
	what := "as senders try them, seen from here"
	if !p.mails() || len(p.mail) == 1 {
		what = "seen from here"
	}
	p.table("SERVERS", what, p.mail)
	p.table("SUBMISSION", "servers for users' own mail programs", p.users)
	p.endings()
	p.identities()
	p.differences()
}

// table shows servers and their addresses: as a table with the host's name in each
// row, where that fits the page; else with the name in a line of its own, at its full
// length; else, on a page too narrow for both, as a list.
func (p *probed) table(title, what string, list []server) {
	if len(list) == 0 {
		return
	}
	rows, more := rowsOf(list)
	var lines []string
	if p.width >= minTable {
		if lines = p.flat(rows, func(s *server) string { return s.Name }); lines == nil {
			lines = p.flat(rows, func(s *server) string { return s.short })
			if lines != nil && p.tail != "" && !p.cut {
				p.cut = true
				what += "; names end in " + p.tail
			}
		}
	}
	p.blank()
	p.item(bold, title, max(inputIndent, len(title)+2), what)
	switch {
	case p.width < minTable:
		p.listed(rows)
	case lines != nil:
		p.draw(rows, lines, 1, nil)
	default:
		p.grid(rows)
	}
	p.more(more)
}

// rowsOf are the rows that are shown, and the endpoints that are not.
func rowsOf(list []server) (rows []endpointRow, more []*report.Endpoint) {
	for i := range list {
		s := &list[i]
		if len(s.Endpoints) == 0 && len(rows) < MaxEndpointsShown {
			rows = append(rows, endpointRow{host: s, owner: s, more: noHost(s.Host)})
		}
		for k := range s.Endpoints {
			e := &s.Endpoints[k]
			if len(rows) == MaxEndpointsShown {
				more = append(more, e)
				continue
			}
			row := endpointRow{e: e, owner: s}
			if k == 0 {
				row.host = s
			}
			rows = append(rows, row)
		}
	}
	return rows, more
}

// more counts what the table left out, by how it ended.
func (p *probed) more(left []*report.Endpoint) {
	if len(left) == 0 {
		return
	}
	var words []string
	count := map[string]int{}
	for _, e := range left {
		word := "answered"
		if !takes(e) {
			word = ending(e)
		}
		if count[word]++; count[word] == 1 {
			words = append(words, word)
		}
	}
	var parts []string
	for _, w := range words {
		parts = append(parts, fmt.Sprintf("%d%s%s", count[w], noBreak, w))
	}
	p.bounded(plain, "", 1, fmt.Sprintf("and %s (%s; --json shows all)", addresses(len(left)), strings.Join(parts, ", ")), 3)
}

func addresses(n int) string {
	if n == 1 {
		return "1 more address"
	}
	return fmt.Sprintf("%d more addresses", n)
}

// address is an address, with its port where that is not 25.
func address(e *report.Endpoint) string {
	a := "-"
	if e.Address.IsValid() {
		a = e.Address.String()
	}
	if e.Port != 25 {
		a = net.JoinHostPort(a, strconv.Itoa(e.Port))
	}
	return cut(Escape(a), 64)
}

func preference(s *server) string {
	if s.Preference == nil {
		return ""
	}
	return strconv.Itoa(*s.Preference)
}

// cells are what a row says, without host and address.
func (r *endpointRow) cells() []string {
	if r.e == nil {
		return []string{"-", "-", "-", "-", "-"}
	}
	return []string{greetingCell(r.e), tlsCell(r.e), certificateCell(r.e, r.owner.now), sizeCell(r.e.Size), seconds(r.e.Milliseconds)}
}

var probeHead = []string{"greeting", "STARTTLS", "certificate", "SIZE", "s"}

// flat is the table with the host's name in its first row; nil where that does not fit.
func (p *probed) flat(rows []endpointRow, name func(*server) string) []string {
	var cells [][]string
	for i := range rows {
		r := &rows[i]
		host, pref := "", ""
		if r.host != nil {
			if host = Escape(name(r.host)); width(host) > maxShortName {
				return nil
			}
			pref = preference(r.host)
		}
		where := r.more
		if r.e != nil {
			where = address(r.e)
		}
		cells = append(cells, append([]string{pref, host, where}, r.cells()...))
	}
	head := append([]string{"pref", "host", "address"}, probeHead...)
	for _, certificate := range [...]string{"certificate (PKIX)", "certificate"} {
		head[5] = certificate
		if h, c := dropEmpty(head, cells); tableWidth(h, c) <= p.width-1 {
			return numbers(h, c)
		}
	}
	return nil
}

// dropEmpty leaves out the first column, of preferences, where there is none.
func dropEmpty(head []string, cells [][]string) ([]string, [][]string) {
	if slices.ContainsFunc(cells, func(row []string) bool { return row[0] != "" }) {
		return head, cells
	}
	rest := make([][]string, len(cells))
	for i := range cells {
		rest[i] = cells[i][1:]
	}
	return head[1:], rest
}

// tableWidth is how wide a table becomes, without making it.
func tableWidth(head []string, cells [][]string) int {
	sum := 2 * (len(head) - 1)
	for c := range head {
		longest := width(head[c])
		for _, row := range cells {
			longest = max(longest, width(row[c]))
		}
		sum += longest
	}
	return sum
}

// numbers makes the table, with the columns of numbers aligned: the preferences, where
// they are there, and the seconds.
func numbers(head []string, cells [][]string) []string {
	head = slices.Clone(head)
	last := len(head) - 1
	head[last] = alignRight(cells, last, head[last])
	if head[0] == "pref" {
		head[0] = alignRight(cells, 0, head[0])
	}
	return tabulate(head, cells)
}

// grid is the table with each host's name in a line above its addresses. An address
// that is too long for its column has a line too.
func (p *probed) grid(rows []endpointRow) {
	var cells [][]string
	room := p.width - gridIndent
	for i := range rows {
		c := rows[i].cells()
		cells = append(cells, append([]string{""}, c...))
	}
	head := append([]string{"address"}, probeHead...)
	room -= tableWidth(head, cells) - len(head[0])
	above := make([]string, len(rows))
	for i := range rows {
		where := rows[i].more
		if rows[i].e != nil {
			where = address(rows[i].e)
		}
		if width(where) <= room {
			cells[i][0] = where
		} else {
			above[i] = where
		}
	}
	if tableWidth(head, cells) > p.width-gridIndent {
		p.listed(rows)
		return
	}
	p.draw(rows, numbers(head, cells), gridIndent, above)
}

// draw writes the lines of a table, each with what stands above it.
func (p *probed) draw(rows []endpointRow, lines []string, indent int, above []string) {
	pad := strings.Repeat(" ", indent)
	for i, line := range lines {
		line = strings.TrimRight(pad+line, " ")
		if i == 0 {
			p.b.WriteString(p.paint(faint, line) + "\n")
			continue
		}
		if i > len(rows) {
			break
		}
		r := &rows[i-1]
		if above != nil {
			if r.host != nil {
				p.hostLine(r.host)
			}
			if above[i-1] != "" {
				p.item(plain, "", gridIndent, above[i-1])
			}
		}
		p.b.WriteString(p.paint(p.color(r), line) + "\n")
	}
}

// hostLine writes the name of a host, behind what names it, and how else it is written.
func (p *probed) hostLine(s *server) {
	label := " host"
	if pref := preference(s); pref != "" && s.users() {
		label = " SRV " + pref
	} else if pref != "" {
		label = " MX " + pref
	}
	text := cmp.Or(s.Name, "(no name)")
	if s.Unicode != "" && s.Unicode != s.Name {
		text += " (" + s.Unicode + ")"
	}
	p.bounded(bold, label, max(7, len(label)+1), text, 8)
}

// listed says what the table would.
func (p *probed) listed(rows []endpointRow) {
	for i := range rows {
		r := &rows[i]
		if r.host != nil {
			p.hostLine(r.host)
		}
		if r.e == nil {
			p.item(plain, "", gridIndent, r.more)
			continue
		}
		e := r.e
		parts := []string{greetingCell(e)}
		if greeted(e) {
			parts = append(parts, tlsCell(e))
		}
		if c := certificateCell(e, r.owner.now); len(e.Certificates) > 0 {
			parts = append(parts, "certificate "+c)
		}
		if z := sizeCell(e.Size); z != "-" {
			parts = append(parts, "SIZE "+z)
		}
		parts = append(parts, seconds(e.Milliseconds)+noBreak+"s")
		p.item(p.color(r), "", gridIndent, address(e)+": "+strings.Join(parts, ", "))
	}
}

// color is that of the worst finding about the endpoint.
func (p *probed) color(r *endpointRow) string {
	color := plain
	for i := range p.r.Findings {
		f := &p.r.Findings[i]
		switch {
		case r.e == nil || f.Host != r.owner.Name || f.Address != r.e.Address || f.Port != nil && *f.Port != r.e.Port:
		case f.Severity == report.Critical:
			return red
		case f.Severity == report.Warning:
			color = yellow
		}
	}
	return color
}
