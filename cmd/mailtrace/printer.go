package main

import (
	"bytes"
	"errors"
	"os"
	"strings"

	"mailtrace/report"
	"mailtrace/report/text"
)

// printer writes reports as they are made, and remembers what they call for. A
// report leaves in one write: the reader of a pipe has it when it is made, and
// an interrupt cuts none in two.
type printer struct {
	*console
	json, indent bool
	style        text.Style
	failOn       string

	buf     bytes.Buffer
	printed int // In text.

	failed, found, judged bool
}

func (c *console) printer(o *outputFlags, f *failFlags) (*printer, error) {
	style, err := o.style(c.out, os.Getenv)
	if err != nil {
		return nil, err
	}
	_, isTerminal := terminal(c.out)
	return &printer{console: c, json: o.json, indent: isTerminal, style: style, failOn: f.on.value}, nil
}

// print writes one report. hint says what to do about r.Error.
func (p *printer) print(r *report.Report, hint string) error {
	p.count(r)
	p.buf.Reset()
	if p.json {
		if err := r.WriteJSON(&p.buf, p.indent); err != nil {
			return err
		}
		_, err := p.out.Write(p.buf.Bytes())
		return err
	}
	// A report on part of a message says so itself; one on nothing is only
	// its error.
	if r.Error != "" {
		p.complain(&failure{err: errors.New(r.Error), hint: hint})
		if r.Evidence.Size == 0 && len(r.Path.Hops) == 0 {
			return nil
		}
	}
	if p.printed++; p.printed > 1 {
		p.buf.WriteString("\n" + strings.Repeat("=", p.style.Width) + "\n\n")
	}
	if err := text.Trace(&p.buf, r, p.style); err != nil {
		return err
	}
	_, err := p.out.Write(p.buf.Bytes())
	return err
}

// count notes what r means for the exit code.
func (p *printer) count(r *report.Report) {
	p.failed = p.failed || r.Error != ""
	p.judged = p.judged || len(r.Path.Hops) > 0
	for i := range r.Findings {
		p.found = p.found || atLeast(r.Findings[i].Severity, p.failOn)
	}
	p.found = p.found || p.failOn == "undecided" && len(r.Undecided) > 0
}

// atLeast reports whether a finding of severity s is one that --fail-on=on means.
// Undecided asks for a look, as a warning does.
func atLeast(s report.Severity, on string) bool {
	switch on {
	case string(report.Info):
		return true
	case string(report.Warning), "undecided":
		return s == report.Critical || s == report.Warning
	case string(report.Critical):
		return s == report.Critical
	}
	return false
}

// end gives the exit code that the reports call for, or err.
func (p *printer) end(err error) error {
	if err != nil && !readerLeft(err) {
		return &failure{exitError, err, ""}
	}
	switch {
	case p.failed:
		return status(exitError)
	case p.found:
		return status(exitFound)
	case !p.judged:
		return status(exitNothing)
	}
	return nil
}
