package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"mailtrace/analyze"
	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
	"mailtrace/report"
	"mailtrace/report/batch"
)

// tracing makes reports of jobs, with a worker for each core, and prints them in the
// order of the jobs.
type tracing struct {
	*printer
	analyzer *analyze.Analyzer
	asks     *asking
	live     *following // Nil: nothing is held against what is there now.
	unwrap   *unwrapFlags
	progress *progress
	buffers  sync.Pool // Of *bytes.Buffer, for what is printed.
}

// page is what is printed of one report.
type page struct {
	report *report.Report
	hint   string // What to do about its error.
	end    int    // Of its text in result.out.

	recorder *dns.Recorder // What it rests on; nil for nothing.
}

// result is what one job gave.
type result struct {
	pages []page
	out   *bytes.Buffer
	bytes int64 // Of the input.
}

// run prints the reports on all jobs. Its error is about writing, or of ctx.
func (t *tracing) run(ctx context.Context, in *intake) error {
	pool := batch.Pool[job, result]{Workers: t.asks.workers(), Weight: job.weight, Work: t.work, Panicked: t.panicked}
	defer t.progress.clear()
	jobs := in.jobs(ctx)
	if t.live != nil {
		var many bool
		if jobs, many = ahead(jobs, maxFollowed); many {
			return t.live.tooMany()
		}
	}
	return pool.Run(ctx, jobs, t.emit)
}

// work makes the reports on one message and on those attached to it.
func (t *tracing) work(ctx context.Context, j job) result {
	res := result{bytes: j.weight()}
	if j.raw == nil {
		t.fail(&res, j, 0, j.err)
		return t.printed(res)
	}
	parts, broken := 0, false
	for m, err := range j.raw.Messages() {
		var inner *mailbox.AttachedError
		attached := errors.As(err, &inner)
		if broken = err != nil && !attached; broken {
			t.fail(&res, j, 0, err)
			break
		}
		part := parts // They come in order.
		if part > 0 && t.unwrap.none {
			break
		}
		parts++
		switch {
		case t.unwrap.leaves(part) || j.written.Has(part):
		case attached:
			t.fail(&res, j, part, inner.Err)
		default:
			p := t.asks.message(t.analyzer, func(a *analyze.Analyzer) *report.Report { return a.Message(ctx, m) })
			if t.live != nil {
				t.live.follow(ctx, p.report)
			}
			t.add(&res, p)
		}
	}
	if n, ok := t.unwrap.asked(); ok && !broken && n >= parts {
		t.fail(&res, j, 0, noPart(j.name, n, parts))
	}
	return t.printed(res)
}

func (t *tracing) add(res *result, p page) {
	if p.report.Error != "" && p.hint == "" {
		p.hint = "see: mailtrace trace --help"
	}
	res.pages = append(res.pages, p)
}

// fail adds a report on a part that could not be read, unless an earlier run told it.
func (t *tracing) fail(res *result, j job, part int, err error) {
	if !j.written.Has(part) {
		t.add(res, t.failed(j, part, err))
	}
}

// failed is a report on a part that could not be read.
func (t *tracing) failed(j job, part int, err error) page {
	f := explain(j.name, err)
	if part > 0 {
		f.err = fmt.Errorf("part %d of %w", part, f.err)
	}
	r := t.analyzer.Failed(j.name, f)
	r.Evidence.Offset, r.Evidence.Part = j.offset, part
	if j.raw != nil {
		r.Evidence.Offset, r.Evidence.Containers = j.raw.Offset, append(r.Evidence.Containers, j.raw.Containers...)
	}
	return page{report: r, hint: f.hint}
}

func noPart(name string, part, parts int) error {
	hint := "without --part all of them are shown"
	if parts == 1 {
		hint = "no message is attached to it: leave --part out"
	}
	return &failure{exitError, fmt.Errorf("%s: there is no part %d: it has parts 0 to %d", name, part, parts-1), hint}
}

// panicked is the result of a job that a fault of ours ended.
func (t *tracing) panicked(j job, v any, _ []byte) result {
	var res result
	err := fmt.Errorf("it could not be taken apart: %v; please report this to the authors of mailtrace", v)
	t.add(&res, t.failed(j, 0, err))
	return t.printed(res)
}

// printed writes the pages into memory, so that this too is done by many.
func (t *tracing) printed(res result) result {
	if t.alone {
		return res
	}
	res.out, _ = t.buffers.Get().(*bytes.Buffer)
	if res.out == nil {
		res.out = new(bytes.Buffer)
	}
	res.out.Reset()
	if !t.json {
		res.pages = innerFirst(res.pages)
	}
	for i := range res.pages {
		if err := t.render(res.out, res.pages[i].report); err != nil {
			panic(err) // Memory takes everything.
		}
		res.pages[i].end = res.out.Len()
	}
	return res
}

// innerFirst puts the message that somebody forwards to the reader before the one
// that it is attached to: it is what the reader asks about.
func innerFirst(pages []page) []page {
	if len(pages) == 2 && pages[1].report.Evidence.Carrier != nil && pages[1].report.Evidence.Carrier.Kind == report.CarrierForward {
		pages[0], pages[1] = pages[1], pages[0]
	}
	return pages
}

// emit writes a result.
func (t *tracing) emit(res result) error {
	for i := range res.pages {
		t.count(res.pages[i].report)
	}
	t.progress.done(len(res.pages), res.bytes)
	if f := t.asks.warning("SPF, DKIM and DMARC stay open", "--offline asks nobody; --resolver SERVER asks another"); f != nil {
		t.progress.clear()
		t.complain(f)
	}
	for i := range res.pages {
		if err := t.asks.save(&res.pages[i]); err != nil {
			return err
		}
	}
	if t.alone {
		return nil
	}
	defer t.buffers.Put(res.out)
	if t.json {
		_, err := t.out.Write(res.out.Bytes())
		return err
	}
	begin := 0
	for _, p := range res.pages {
		if err := t.write(p.report, p.hint, res.out.Bytes()[begin:p.end]); err != nil {
			return err
		}
		begin = p.end
	}
	return nil
}
