package main

import (
	"bytes"
	"errors"
	"os"
	"strings"

	"mailtrace/probe"
	"mailtrace/report"
	"mailtrace/report/batch"
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
	explain      string // The method that is shown whole; "" for none.
	transcript   bool   // What was said to mail servers is shown whole.
	tlsrpt       bool   // Of a probe the report is written that a sender would make (RFC 8460).

	summary *batch.Summary
	alone   bool // The summary is all that is wanted.
	systems *asnFile

	shown int // Reports, as text.

	upshot
}

// upshot is what reports call for: the exit code depends on it.
type upshot struct {
	failed bool // Something could not be read or run.
	found  bool // A finding is at least as serious as --fail-on.
	judged bool // There was something to judge.
}

func (u *upshot) add(more upshot) {
	u.failed = u.failed || more.failed
	u.found = u.found || more.found
	u.judged = u.judged || more.judged
}

func (c *console) printer(o *outputFlags, f *failFlags, s *summaryFlags) (*printer, error) {
	if err := s.check(o.json); err != nil {
		return nil, err
	}
	style, err := o.style(c.out, os.Getenv)
	if err != nil {
		return nil, err
	}
	_, isTerminal := terminal(c.out)
	p := &printer{
		console: c, json: o.json, indent: isTerminal, style: style, failOn: f.on.value,
		summary: new(batch.Summary), alone: s.alone,
	}
	if s.asn != "" {
		if p.systems, err = openASN(s.asn); err != nil {
			return nil, err
		}
		p.summary.ASN = p.systems.find
	}
	return p, nil
}

func (p *printer) close() {
	if p.systems != nil {
		p.systems.Close()
	}
}

// print writes one report. hint says what to do about r.Error.
func (p *printer) print(r *report.Report, hint string) error {
	p.count(r)
	if p.alone {
		return nil
	}
	var b bytes.Buffer
	if err := p.render(&b, r); err != nil {
		return err
	}
	return p.write(r, hint, b.Bytes())
}

// render makes what is written of a report. It changes nothing: any number of
// goroutines may use it.
func (p *printer) render(b *bytes.Buffer, r *report.Report) error {
	switch {
	case p.json:
		return r.WriteJSON(b, p.indent)
	case onlyError(r):
		return nil
	case p.tlsrpt:
		return probe.TLSReport(r).WriteJSON(b, p.indent)
	}
	if r.Kind == report.KindProbe {
		return p.renderProbe(b, r)
	}
	if err := text.Trace(b, r, p.style); err != nil || p.explain == "" {
		return err
	}
	return text.Explain(b, r, p.explain, p.style)
}

// renderProbe makes what is written of a probe, as text.
func (p *printer) renderProbe(b *bytes.Buffer, r *report.Report) error {
	if err := text.Probe(b, r, p.style); err != nil {
		return err
	}
	if p.explain != "" {
		if err := text.ExplainProbe(b, r, p.explain, p.style); err != nil {
			return err
		}
	}
	if !p.transcript {
		return nil
	}
	return text.Transcript(b, r, p.style)
}

// onlyError says whether a report is on nothing at all. One on part of a message
// shows its error itself.
func onlyError(r *report.Report) bool {
	return r.Error != "" && r.Evidence.Size == 0 && len(r.Path.Hops) == 0 && len(r.Hosts) == 0 && len(r.Findings) == 0
}

// write writes what was made of a report.
func (p *printer) write(r *report.Report, hint string, rendered []byte) error {
	if !p.json && r.Error != "" {
		p.complain(&failure{err: errors.New(r.Error), hint: hint})
		if onlyError(r) {
			return nil
		}
	}
	if p.json {
		_, err := p.out.Write(rendered)
		return err
	}
	if p.shown++; p.shown > 1 {
		rendered = append([]byte(p.rule()), rendered...)
	}
	_, err := p.out.Write(rendered)
	return err
}

// rule is the line between one page and the next.
func (p *printer) rule() string { return "\n" + strings.Repeat("=", p.style.Width) + "\n\n" }

// count notes what r means for the exit code and for the summary.
func (p *printer) count(r *report.Report) {
	if !p.json && r.Kind != report.KindProbe { // The summary is one of messages.
		p.summary.Add(r)
	}
	p.add(p.upshotOf(r))
}

// upshotOf is what one report calls for. It changes nothing: any number of goroutines
// may use it.
func (p *printer) upshotOf(r *report.Report) upshot {
	u := upshot{failed: r.Error != "", judged: r.Judged()}
	for i := range r.Findings {
		u.found = u.found || atLeast(r.Findings[i].Severity, p.failOn)
	}
	u.found = u.found || p.failOn == "undecided" && len(r.Undecided) > 0
	return u
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

// summaryFrom is how many pages are too many to be kept in mind.
const summaryFrom = 3

// conclude writes the summary: where it was asked for, and below many pages.
func (p *printer) conclude() error {
	if !p.alone && (p.shown < summaryFrom || p.summary.Messages+p.summary.Attached == 0) {
		return nil
	}
	var b bytes.Buffer
	if p.shown > 0 {
		b.WriteString(p.rule())
	}
	if err := text.Summary(&b, p.summary, p.style); err != nil {
		return err
	}
	_, err := p.out.Write(b.Bytes())
	return err
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
