package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mailtrace/report"
	"mailtrace/report/text"
)

// verdict is what a monitor is told, and at once the exit code of its plugins.
type verdict int

// The guidelines of the Monitoring Plugins project have these four.
const (
	verdictOK       verdict = 0
	verdictWarning  verdict = 1
	verdictCritical verdict = 2
	verdictUnknown  verdict = 3
)

func (v verdict) String() string {
	return [...]string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}[v]
}

const (
	maxNagiosText  = 300 // Characters: it is for a pager.
	maxNagiosHosts = 20  // With figures of their own.
	maxNagiosLabel = 120 // Characters.
)

// check probes the one domain and writes the one line.
func (t *probing) check(ctx context.Context, jobs iter.Seq[probeJob]) error {
	for j := range jobs {
		r := t.report(ctx, j)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v, line := nagios(r, t.flags.warn, t.flags.alarm)
		if _, err := io.WriteString(t.out, line); err != nil {
			return err
		}
		return status(v)
	}
	return ctx.Err()
}

// nagiosFailure is the line on what went wrong before anybody was asked.
func nagiosFailure(f *failure) string {
	words := f.err.Error()
	if f.hint != "" {
		words += " (" + f.hint + ")"
	}
	return nagiosLine(verdictUnknown, words, "")
}

// nagiosLine is "MAILTRACE OK - text | figures".
func nagiosLine(v verdict, words, figures string) string {
	line := "MAILTRACE " + v.String() + " - " + oneLine(words)
	if figures != "" {
		line += " | " + figures
	}
	return line + "\n"
}

// oneLine is text that cannot end the line, begin the figures or move a cursor.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ") // A server's line may be folded.
	s = strings.ReplaceAll(text.Escape(s), "|", "/")
	if utf8.RuneCountInString(s) > maxNagiosText {
		s = string([]rune(s)[:maxNagiosText-1]) + "…"
	}
	return s
}

// nagios is the verdict on a report, with its line. What is critical is critical: the
// findings that are, and a certificate with fewer than alarm days. A warning is a
// certificate with fewer than warn days, one that does not hold, or TLS that is not to be
// had, an address that is dead while another one works, and what is critical of the mail
// that the domain sends: mail to it works, so it can wait until the morning. Whether there
// is TLS may not be known. Other findings that are only warnings wake nobody.
func nagios(r *report.Report, warn, alarm int) (verdict, string) {
	if r.Error != "" {
		return verdictUnknown, nagiosLine(verdictUnknown, r.Error, "")
	}
	w := watchdog{warn: warn, alarm: alarm, now: r.DecidedOn.Now, sayings: map[verdict][]string{}}
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case f.Severity == report.Critical && f.OfSending():
			w.say(verdictWarning, "of the mail that it sends: "+titled(r, f.Rule))
		case f.Severity == report.Critical:
			w.say(verdictCritical, where(f.Host, f.Address.String(), f.Address.IsValid(), f.Text))
		case f.Severity == report.Warning && aboutTLS(f.Rule):
			w.say(verdictWarning, where(f.Host, f.Address.String(), f.Address.IsValid(), titled(r, f.Rule)))
		}
	}
	for i := range r.Undecided {
		if u := &r.Undecided[i]; aboutTLS(u.Rule) {
			w.say(verdictUnknown, where(u.Host, u.Address.String(), u.Address.IsValid(), titled(r, u.Rule)))
		}
	}
	for i := range r.Hosts {
		w.host(&r.Hosts[i])
	}
	switch {
	case w.works > 0:
		for _, dead := range w.dead {
			w.say(verdictWarning, dead)
		}
	case !r.Judged():
		w.say(verdictUnknown, "nothing could be judged: "+w.reason(r))
	case len(w.dead)+len(w.unsure) > 0:
		w.say(verdictUnknown, "no server could be used: "+w.reason(r))
	}
	v := w.verdict()
	words := strings.Join(w.sayings[v], "; ")
	if v == verdictOK {
		words = w.fine(r)
	}
	if v != verdictOK && len(w.sayings[v]) > 1 {
		words = fmt.Sprintf("%d problems: %s", len(w.sayings[v]), words)
	}
	return v, nagiosLine(v, r.Target+": "+words, w.perfdata(r))
}

// aboutTLS says whether a rule is about mail being encrypted, and for the right server.
// Days of expiry are for -w and -c to judge, and what hinders no mail wakes nobody.
func aboutTLS(rule string) bool {
	switch rule {
	case "tls.certificate-expiring", "tls.old-version", "smtp.starttls-in-tls":
		return false
	}
	return strings.HasPrefix(rule, "tls.") || strings.HasPrefix(rule, "smtp.starttls-")
}

// titled is what a rule says in short.
func titled(r *report.Report, rule string) string {
	for i := range r.Rules {
		if r.Rules[i].ID == rule {
			return r.Rules[i].Title
		}
	}
	return rule
}

// watchdog goes over the servers of one report.
type watchdog struct {
	warn, alarm int
	now         time.Time
	sayings     map[verdict][]string
	dead        []string // Addresses that cannot be used, with how that ended.
	unsure      []string // Those of which that is not known: they were put off, or not tried.
	works       int      // Addresses that can.
	figures     []string
	days        *int // The fewest of all.
}

func (w *watchdog) say(v verdict, words string) {
	if !slices.Contains(w.sayings[v], words) {
		w.sayings[v] = append(w.sayings[v], words)
	}
}

// verdict is the worst that was said; what is not known is less than what is known to be
// wrong.
func (w *watchdog) verdict() verdict {
	for _, v := range [...]verdict{verdictCritical, verdictWarning, verdictUnknown} {
		if len(w.sayings[v]) > 0 {
			return v
		}
	}
	return verdictOK
}

func (w *watchdog) host(h *report.Host) {
	var fewest *int
	var ends time.Time
	for i := range h.Endpoints {
		e := &h.Endpoints[i]
		ended := string(e.Outcome)
		if e.Phase != report.PhaseNone {
			ended += " at " + string(e.Phase)
		}
		ended = where(h.Name, fmt.Sprintf("%s port %d", e.Address, e.Port), true, ended)
		switch e.Outcome {
		case report.OutcomeOK:
			w.works++
		case report.OutcomeDeferred, report.OutcomeNoRoute, report.OutcomeForbidden, report.OutcomeUntried:
			w.unsure = append(w.unsure, ended)
		default:
			w.dead = append(w.dead, ended)
		}
		for k := range e.Certificates {
			c := &e.Certificates[k]
			if c.DaysLeft == nil && slices.Contains(c.Faults, report.FaultExpired) {
				// It ends before it begins, and has no days that could be counted.
				w.say(verdictCritical, where(h.Name, "", false, "certificate has expired"))
			}
			if days := c.DaysLeft; days != nil && (fewest == nil || *days < *fewest) {
				fewest, ends = days, c.NotAfter
			}
		}
	}
	if fewest == nil {
		return
	}
	if w.days == nil || *fewest < *w.days {
		w.days = fewest
	}
	switch {
	case *fewest < 0:
		w.say(verdictCritical, where(h.Name, "", false, "certificate expired "+days(int(max(0, w.now.Sub(ends))/(24*time.Hour)))+" ago"))
	case *fewest < w.alarm:
		w.say(verdictCritical, where(h.Name, "", false, "certificate expires in "+days(*fewest)))
	case *fewest < w.warn:
		w.say(verdictWarning, where(h.Name, "", false, "certificate expires in "+days(*fewest)))
	}
	if len(w.figures) < maxNagiosHosts {
		// "21:" is the range that is well: 21 and more.
		w.figures = append(w.figures, fmt.Sprintf("'%s days'=%d;%d:;%d:", label(h.Name), *fewest, w.warn, w.alarm))
	}
}

// fine says what was seen where nothing is wrong.
func (w *watchdog) fine(r *report.Report) string {
	switch {
	case w.works == 0 && len(r.Findings) > 0:
		return r.Findings[0].Text
	case w.works == 0:
		return "nothing to be said against it"
	}
	words := fmt.Sprintf("%d of %d addresses answered", w.works, w.works+len(w.dead)+len(w.unsure))
	if w.days != nil {
		words += fmt.Sprintf(", certificates are good for %s", days(*w.days))
	}
	return words
}

// perfdata is the figures that a monitor draws.
func (w *watchdog) perfdata(r *report.Report) string {
	return strings.Join(append(w.figures, fmt.Sprintf("time=%.2fs", float64(r.Cost.Milliseconds)/1000)), " ")
}

// label is a name as it may stand between the quotes of a figure.
func label(s string) string {
	s = strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(".-_:", r) {
			return r
		}
		return '_'
	}, s)
	return s[:min(len(s), maxNagiosLabel)]
}

// where puts the server before what is said of it, unless that names it.
func where(host, address string, hasAddress bool, words string) string {
	place := host
	if hasAddress {
		place = strings.TrimSpace(place + " " + address)
	}
	if place == "" || host != "" && strings.Contains(words, host) {
		return words
	}
	return place + " " + words
}

// reason is why nothing is known.
func (w *watchdog) reason(r *report.Report) string {
	switch {
	case len(w.dead) > 0:
		return w.dead[0]
	case len(w.unsure) > 0:
		return w.unsure[0]
	case len(r.Undecided) > 0:
		return r.Undecided[0].Why
	}
	return "nothing was found out"
}

func days(n int) string {
	switch n {
	case 0:
		return "less than a day"
	case 1:
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
