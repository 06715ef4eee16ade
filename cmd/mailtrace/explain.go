package main

import (
	"strings"

	"github.com/spf13/pflag"

	"mailtrace/report/text"
)

// explainFlag says which check is shown whole, below the page.
type explainFlag struct {
	method choice
	where  string // The key of the JSON that has the same.
}

func (f *explainFlag) add(fs *pflag.FlagSet) {
	f.method, f.where = choice{"", text.Explained}, "auth[].trace"
	fs.Var(&f.method, "explain", "show each step of a check too, who else claims what\nof it, and the answers: "+strings.Join(text.Explained, ", "))
}

// addProbe adds it for a domain.
func (f *explainFlag) addProbe(fs *pflag.FlagSet) {
	f.method, f.where = choice{"", text.ProbeExplained}, "policies"
	fs.Var(&f.method, "explain", "show what the domain publishes for it too, step by\nstep: "+strings.Join(text.ProbeExplained, ", "))
}

// into tells a printer. The JSON has all steps anyway, and a summary has none.
func (f *explainFlag) into(p *printer) error {
	switch {
	case f.method.value == "":
	case p.json:
		return misuse("leave one of the two out: the JSON always has all steps, in "+f.where, "--explain is text, and --json is not")
	case p.tlsrpt:
		return misuse("leave one of the two out", "--explain is text, and --tlsrpt writes JSON")
	case p.nagios:
		return misuse("leave it out", "--nagios writes one line, so --explain does not go with it")
	case p.alone:
		return misuse("leave one of the two out", "--summary shows no reports, so there is nothing to --explain")
	}
	p.explain = f.method.value
	return nil
}
