package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"mailtrace/analyze"
	"mailtrace/report"
	"mailtrace/report/text"
)

// outputFlags say how reports are written.
type outputFlags struct {
	json     bool
	noDefang bool
	color    choice
	width    int
}

func (f *outputFlags) add(fs *pflag.FlagSet) {
	f.color = choice{"auto", []string{"auto", "always", "never"}}
	fs.BoolVar(&f.json, "json", false, "write JSON, one report a line (indented on a terminal)")
	fs.BoolVar(&f.noDefang, "no-defang", false, "write names and addresses so that they can be clicked:\nbank.example, not bank[.]example (text only)")
	fs.Var(&f.color, "color", "colour the text: auto, always, never")
	fs.IntVar(&f.width, "width", 0, "make lines of the text at most `N` columns wide\n(default: as wide as the terminal, or 80)")
}

// style says what the text looks like on out.
func (f *outputFlags) style(out any, getenv func(string) string) (text.Style, error) {
	columns, isTerminal := terminal(out)
	s := text.Style{Width: text.DefaultWidth, NoDefang: f.noDefang}
	switch {
	case f.width != 0 && (f.width < text.MinWidth || f.width > text.MaxWidth):
		return s, misuse("80 can be read everywhere", "--width %d is not between %d and %d", f.width, text.MinWidth, text.MaxWidth)
	case f.width != 0:
		s.Width = f.width
	case columns != 0:
		s.Width = min(max(columns, text.MinWidth), text.MaxWidth)
	}
	switch f.color.value {
	case "always":
		s.Color = true
	case "auto":
		// https://no-color.org: set to anything that is not empty.
		s.Color = isTerminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	}
	return s, nil
}

// failFlags say which reports are bad news to the caller.
type failFlags struct {
	on choice
}

func (f *failFlags) add(fs *pflag.FlagSet) {
	f.on = choice{"never", []string{"never", string(report.Info), string(report.Warning), string(report.Critical), "undecided"}}
	fs.Var(&f.on, "fail-on", "exit with 3 when something was found that is at least\nthis serious: info, warning, critical; undecided: as\nwarning, or when a rule cannot decide")
}

// clockFlags set the clock that reports are made by.
type clockFlags struct {
	now moment
}

func (f *clockFlags) add(fs *pflag.FlagSet) {
	fs.Var(&f.now, "now", "take this for the present, e.g. 2026-11-20T08:00:00Z:\nto make a report again as it was")
}

// clock is nil where the computer's own is to be used.
func (f *clockFlags) clock() func() time.Time {
	if f.now.IsZero() {
		return nil
	}
	return func() time.Time { return f.now.Time }
}

// trustFlags name the hosts that are the recipient's own, and those that the user
// vouches for.
type trustFlags struct {
	own, trust, msa hostList
	authServID      wordList
}

func (f *trustFlags) add(fs *pflag.FlagSet) {
	fs.Var(&f.own, "own", "hosts of the recipient, NAME or CIDR: what they wrote\nwas seen. A name stands for all hosts below it; a !\nexcludes ('!192.0.2.9'); the first that fits counts")
	fs.Var(&f.trust, "trust", "hosts that you vouch for, written in the same way")
	fs.Var(&f.msa, "msa", "hosts that take mail only from their own users, who\nsign in: what they took over is vouched for")
	fs.Var(&f.authServID, "authserv-id", "the name under which your hosts write\nAuthentication-Results")
}

// settings are the entries, one by one, as the report keeps them.
func (f *trustFlags) settings() []report.Setting {
	var s []report.Setting
	for _, list := range [...]struct {
		name    string
		entries []string
	}{{"own", f.own.entries}, {"trust", f.trust.entries}, {"msa", f.msa.entries}, {"authserv-id", f.authServID}} {
		for _, e := range list.entries {
			s = append(s, report.Setting{Name: list.name, Value: e})
		}
	}
	return s
}

// wordList is a flag that takes names, with commas between them, any number of
// times.
type wordList []string

func (l *wordList) Type() string   { return "ID" }
func (l *wordList) String() string { return strings.Join(*l, ",") }

func (l *wordList) Set(s string) error {
	for e := range strings.SplitSeq(s, ",") {
		if e = strings.TrimSpace(e); e == "" || strings.ContainsAny(e, " \t\r\n;") {
			return fmt.Errorf("%q is not a name like mx.example.org", e)
		}
		*l = append(*l, strings.ToLower(e)) // RFC 8601 section 2.5: without regard to case.
	}
	return nil
}

// hostList is a flag that takes hosts, with commas between them, any number of
// times.
type hostList struct {
	entries []string
	hosts   analyze.Hosts
}

func (l *hostList) Type() string   { return "HOST" }
func (l *hostList) String() string { return strings.Join(l.entries, ",") }

func (l *hostList) Set(s string) error {
	entries := slices.Clone(l.entries)
	for e := range strings.SplitSeq(s, ",") {
		entries = append(entries, strings.TrimSpace(e))
	}
	hosts, err := analyze.ParseHosts(entries...)
	if err != nil {
		return err
	}
	l.entries, l.hosts = entries, hosts
	return nil
}

// choice is a flag that takes one of several words.
type choice struct {
	value string
	of    []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return "WORD" }

func (c *choice) Set(s string) error {
	if !slices.Contains(c.of, s) {
		return fmt.Errorf("must be one of %s", strings.Join(c.of, ", "))
	}
	c.value = s
	return nil
}

// moment is a flag that takes a time.
type moment struct{ time.Time }

func (m *moment) Type() string { return "TIME" }

func (m *moment) String() string {
	if m.IsZero() {
		return ""
	}
	return m.Format(time.RFC3339)
}

func (m *moment) Set(s string) error {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return fmt.Errorf("not a time like 2026-11-20T08:00:00Z (RFC 3339)")
	}
	m.Time = t.UTC()
	return nil
}

// fromEnvironment sets the flags that the command line leaves alone from the
// variables MAILTRACE_<NAME>: MAILTRACE_FAIL_ON for --fail-on. An empty variable
// is one that is not set.
func fromEnvironment(fs *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var err error
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "help" || err != nil {
			return
		}
		name := "MAILTRACE_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := lookup(name)
		if !ok || value == "" {
			return
		}
		if e := fs.Set(f.Name, value); e != nil {
			err = misuse("it comes from the environment; to be rid of it: unset "+name,
				"%s=%q is not good for --%s: %s", name, value, f.Name, plainCause(e))
		}
	})
	return err
}

// plainCause is what a flag's Set said, without pflag's frame around it.
func plainCause(err error) string {
	for {
		inner, ok := err.(interface{ Unwrap() error })
		if !ok || inner.Unwrap() == nil {
			return err.Error()
		}
		err = inner.Unwrap()
	}
}
