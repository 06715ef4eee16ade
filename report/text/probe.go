package text

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

// Bounds on what is shown of a domain: a screen where all is well, a few where little
// is. The JSON has everything, and the page says so where it leaves something out.
const (
	MaxEndpointsShown  = 20 // Rows of the table. Large providers have hundreds of addresses.
	MaxNamesTold       = 4  // Hosts that a sentence names.
	MaxProblemsTold    = 6  // Of servers, in the first sentence.
	MaxEndingsShown    = 8  // How conversations ended that were not had whole.
	MaxFindingsShown   = 30 // Kinds of findings that ask for something.
	MaxInfosShown      = 6  // Kinds that do not, each in a line.
	MaxInfosNamed      = 40 // Further ones, by their names.
	MaxCausesShown     = 8  // For which something was not judged.
	MaxRulesTold       = 4  // Rules of one such cause.
	MaxExtensionGroups = 6  // Lists of extensions.
	MaxTLSGroups       = 8  // Ways in which TLS went.

	MaxCertificatesShown = 3 // Of one endpoint.

	MaxMeaningsTold  = 2 // Critical findings of which is told what they mean.
	maxWarningQuotes = 2 // Places that a warning rests on.
	maxWarningLines  = 2 // Of each.
)

// Probe shows the report on the mail servers of one domain: what becomes of mail to it,
// what each server said at each address, what the domain publishes, what is wrong, and what
// could not be told; or that on one server that sends, as those see it that receive.
//
// A domain that is probed is the user's own question, and its names have to be
// copied: they are escaped, but not defanged.
func Probe(w io.Writer, r *report.Report, style Style) error {
	p := newProbed(r, style)
	p.head()
	p.blank()
	if r.Sending != nil {
		p.sending()
	} else {
		p.answer()
	}
	p.servers()
	p.nameServers()
	p.lists()
	p.senders()
	p.policies()
	p.findings()
	p.requirements(r, Escape)
	p.encryption(p.extensions(p.notJudged()))
	p.foot()
	return p.writeTo(w)
}

// probed is the page of one domain.
type probed struct {
	*page
	r     *report.Report
	mail  []server          // That take mail from other servers, or that the user named.
	users []server          // That take it from users.
	short map[string]string // Name of a host → how tables and sentences call it.
	tail  string            // What was left out of those names; "" where nothing was.
	cut   bool              // A table shows names without it.
	led   bool              // The answer begins with what is critical.
	well  bool              // It says that all servers answer as they should.

	meant int                      // Rules of which was told what they mean.
	shown map[report.Evidence]bool // Evidence that stands on the page already.
}

func newProbed(r *report.Report, style Style) *probed {
	p := &probed{page: newPage(style), r: r, shown: map[report.Evidence]bool{}}
	p.shorten()
	for i := range r.Hosts {
		h := &r.Hosts[i]
		s := newServer(h, p.short[h.Name], r.DecidedOn.Now)
		if s.users() {
			p.users = append(p.users, s)
		} else {
			p.mail = append(p.mail, s)
		}
	}
	return p
}

// shorten finds short names for the hosts. What all end in is left out, and the page
// says what it is; so no two hosts get one name.
func (p *probed) shorten() {
	p.short = map[string]string{}
	var tail []string // The labels that all end in, the last one first.
	for i := range p.r.Hosts {
		labels := strings.Split(p.r.Hosts[i].Name, ".")
		slices.Reverse(labels)
		if i == 0 {
			tail = labels
		}
		n := 0
		for n < min(len(labels)-1, len(tail)) && labels[n] == tail[n] {
			n++
		}
		tail = tail[:n]
	}
	if len(tail) > 1 {
		slices.Reverse(tail)
		p.tail = "." + strings.Join(tail, ".")
	}
	for i := range p.r.Hosts {
		name := p.r.Hosts[i].Name
		p.short[name] = strings.TrimSuffix(name, p.tail)
	}
}

// name is what a sentence calls a server: the whole name where it is the only one.
func (p *probed) name(s *server) string {
	name := cutDomain(Escape(s.short), p.width/2)
	if len(p.short) == 1 {
		name = cut(Escape(s.Name), p.width)
	}
	if s.users() && len(s.Endpoints) > 0 {
		name += fmt.Sprintf(" (port%s%d)", noBreak, s.Endpoints[0].Port)
	}
	return name
}

// names lists servers for a sentence.
func (p *probed) names(list []*server) string {
	var parts []string
	for _, s := range list {
		if n := p.name(s); !slices.Contains(parts, n) {
			parts = append(parts, n)
		}
	}
	if more := len(parts) - MaxNamesTold; more > 1 {
		parts = append(parts[:MaxNamesTold], fmt.Sprintf("%d%smore", more, noBreak))
	}
	return enumerate(parts)
}

// enumerate is "a", "a and b" or "a, b and c".
func enumerate(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// head says what was asked, when, at which cost, and from where.
func (p *probed) head() {
	c := &p.r.Cost
	asked := []string{}
	if !p.r.Made.IsZero() {
		asked = append(asked, when(&p.r.Made))
	}
	asked = append(asked, seconds(c.Milliseconds)+noBreak+"s",
		strings.ReplaceAll(plural(c.Connections, "connection"), " ", noBreak), strings.ReplaceAll(plural(c.Questions, "DNS question"), " ", noBreak))
	target := cut(Escape(cmp.Or(p.r.Target, "(no domain)")), 4*p.width)
	line := strings.Join(asked, ", ")
	if room := p.width - width(target) - 2; room >= width(line) {
		p.b.WriteString(p.paint(bold, target) + "  " + strings.ReplaceAll(line, noBreak, " ") + "\n")
	} else {
		p.item(bold, target, 1, line)
	}
	o := &p.r.DecidedOn.Observer
	var seen []string
	if o.Address != "" {
		seen = []string{"seen from " + o.Address}
		if o.HELO != "" {
			seen[0] += " as " + o.HELO
		}
	}
	if o.Resolver != "" {
		seen = append(seen, "DNS"+noBreak+o.Resolver)
	}
	quiet := "no mail was sent"
	if p.r.Sending != nil {
		quiet = "no connection was made"
	}
	if text := strings.Join(append(slices.Clone(seen), quiet), "; "); len(seen) == 0 || width(text) < p.width {
		seen = []string{text} // Else SENDERS and NOT JUDGED say it.
	}
	p.bounded(plain, "", 1, strings.Join(seen, "; "), 4)
}

// foot names the exit code of this report, and what to ask for next.
func (p *probed) foot() {
	p.blank()
	on := string(report.Critical)
	for _, s := range p.r.DecidedOn.Settings {
		if s.Name == "fail-on" {
			on = cut(Escape(s.Value), 20)
		}
	}
	code := p.exit(on)
	exit := fmt.Sprintf("exit%s%d", noBreak, code)
	if code == 3 || on != "never" && on != string(report.Critical) {
		exit += " (--fail-on" + noBreak + on + ")"
	}
	todo := ""
	if all := gather(p.r.Findings); len(all) > 0 && all[0].Severity != report.Info {
		todo = "; what to do: mailtrace" + noBreak + "rules" + noBreak + cut(Escape(all[0].Rule), p.width)
	}
	more := "--transcript, --json, --nagios"
	if o := &p.r.Policies; p.r.Sending != nil {
		more = "--explain" + noBreak + ProbeExplained[0] + ", --json"
	} else if o.SPF != nil || o.DKIM != nil || o.DMARC != nil {
		more = "--explain" + noBreak + ProbeExplained[0] + ", " + more
	}
	p.item(plain, "", 1, exit+"; more: "+more+todo)
}

// exit is the exit code of a run that makes this report alone.
func (p *probed) exit(on string) int {
	severities := []string{string(report.Info), string(report.Warning), string(report.Critical)}
	open := on == "undecided"
	least := slices.Index(severities, on)
	if open {
		least = slices.Index(severities, string(report.Warning))
	}
	calls := func(f report.Finding) bool { return slices.Index(severities, string(f.Severity)) >= least }
	switch {
	case p.r.Error != "":
		return 1
	case least >= 0 && slices.ContainsFunc(p.r.Findings, calls), open && len(p.r.Undecided) > 0:
		return 3
	case !p.r.Judged():
		return 4
	}
	return 0
}

// judged says whether a server answered, or is not wanted.
func (p *probed) judged() bool {
	return p.nullMX() || slices.ContainsFunc(p.mail, func(s server) bool { return s.takes > 0 }) ||
		slices.ContainsFunc(p.users, func(s server) bool { return s.takes > 0 })
}

// seconds is a time with one decimal.
func seconds(milliseconds int64) string {
	return fmt.Sprintf("%.1f", (time.Duration(milliseconds) * time.Millisecond).Seconds())
}
