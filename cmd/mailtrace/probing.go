package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mailtrace/probe"
	"mailtrace/probe/dns"
	"mailtrace/report"
	"mailtrace/report/batch"
	"mailtrace/report/text"
)

const (
	// probeQuestions is for one domain: some hundred MX hosts of two families. What has
	// more wants to make us ask.
	probeQuestions = 200

	// probeAsking is how long the questions for one domain may take in all.
	probeAsking = 20 * time.Second

	// aheadOf is how many domains, for each that is worked on, may be done and wait for
	// one before them in the list: a server that is silent takes a thousand times as
	// long as another. What waits is what will be written, some 10 kB.
	aheadOf = 8
)

// probing makes reports on domains, many at a time, and prints them.
type probing struct {
	*printer
	prober   *probe.Prober
	flags    *probeFlags
	list     *nameList
	asks     asking
	progress *progress
	reach    reach
	buffers  sync.Pool // Of *bytes.Buffer, in which pages are made.
}

// probed is what came of one job. The report itself is let go of: thousands may wait.
type probed struct {
	upshot
	reach reach
	out   []byte // What is printed.
	err   string // Of the report.
	hint  string
	shown bool // There is more to be shown than the error.
	bytes int64
}

// run probes all of the list and gives the exit code.
func (t *probing) run(ctx context.Context) error {
	t.asks.connectAs(t.flags.resolver, t.flags.dnssec.value, t.prober.Now)
	defer t.asks.close()
	t.prober.DNS = func() *dns.Recorder {
		return &dns.Recorder{Resolver: &dns.Budget{Resolver: t.asks.resolver, Questions: probeQuestions, Time: probeAsking}}
	}
	earlier, err := t.earlier(t.flags.resume)
	if err != nil {
		return err
	}
	if earlier != nil {
		t.list.earlier = earlier
		t.wrote(earlier)
	}
	in := introduction{proven: true}
	if !t.list.sending { // Nobody is connected to, and --helo is the name of another.
		in = t.flags.introduce(ctx, t.asks.resolver)
		t.prober.HELO = in.helo
	}
	jobs := t.list.jobs(ctx)
	// In a laboratory nobody has a name.
	if !in.proven && t.flags.helo == "" && !t.flags.private {
		var many bool
		if jobs, many = ahead(jobs, fewDomains); many {
			return in.unnamed()
		}
	}
	if t.flags.nagios {
		return t.check(ctx, jobs)
	}
	t.present(&in)
	pool := batch.Pool[probeJob, probed]{
		Workers: t.flags.jobs, Jobs: t.flags.jobs * aheadOf, Unordered: t.flags.unordered,
		Work: t.work, Panicked: t.panicked,
	}
	t.progress = t.watch(ctx)
	defer t.progress.clear()
	err = pool.Run(ctx, jobs, t.emit)
	if f := t.reach.warning(); f != nil {
		t.progress.clear()
		t.complain(f)
	}
	return t.end(err)
}

// watch shows how far a long list is.
func (t *probing) watch(ctx context.Context) *progress {
	names := []string{}
	if t.list.file != "" {
		names = append(names, t.list.file)
	}
	for _, name := range t.list.args {
		if name == stdin {
			names = append(names, stdin)
		}
	}
	p := t.console.progress(ctx, names)
	p.what = "domains"
	return p
}

// present says at a terminal who is looking, before anybody hears of it. Pages say it
// too, when they come.
func (t *probing) present(in *introduction) {
	if t.list.sending {
		return
	}
	if _, ok := terminal(t.err); ok {
		fmt.Fprintln(t.err, text.Escape("asking "+in.String()))
	}
	if t.flags.helo != "" && !in.proven && len(in.sources) > 0 && !in.hidden() && !t.flags.private {
		t.complain(&failure{
			err:  fmt.Errorf("the DNS does not lead from --helo %s to an address of this computer", t.flags.helo),
			hint: "some servers refuse such a name; what they then say is about you, not about them",
		})
	}
}

// report makes the report on one job.
func (t *probing) report(ctx context.Context, j probeJob) *report.Report {
	switch {
	case j.err != nil:
		return t.failed(j.name, j.err)
	case j.sending:
		return t.prober.Sending(ctx, t.flags.sender())
	case j.host:
		return t.prober.Host(ctx, j.name, t.flags.hostPorts())
	}
	return t.prober.Domain(ctx, j.name)
}

// failed is a report on what could not be probed.
func (t *probing) failed(name string, err error) *report.Report {
	r := report.New(report.KindProbe)
	r.Target, r.Error = name, err.Error()
	r.DecidedOn.Version = t.prober.Version
	r.DecidedOn.Settings = append(r.DecidedOn.Settings, t.prober.Settings...)
	r.Made = time.Now().UTC()
	if t.prober.Now != nil {
		r.Made = t.prober.Now().UTC()
	}
	r.DecidedOn.Now = r.Made
	return r
}

// work makes the report on one job, and what is printed of it.
func (t *probing) work(ctx context.Context, j probeJob) probed {
	return t.made(j, t.report(ctx, j))
}

func (t *probing) panicked(j probeJob, v any, _ []byte) probed {
	return t.made(j, t.failed(j.name, fmt.Errorf("%s: the probe failed: %v; please report this to the authors of mailtrace", j.name, v)))
}

func (t *probing) made(j probeJob, r *report.Report) probed {
	res := probed{upshot: t.upshotOf(r), reach: reachOf(r), err: r.Error, hint: cmp.Or(j.hint, "see: mailtrace probe --help"), shown: !onlyError(r), bytes: j.bytes}
	b, _ := t.buffers.Get().(*bytes.Buffer)
	if b == nil {
		b = new(bytes.Buffer)
	}
	defer t.buffers.Put(b)
	b.Reset()
	if err := t.render(b, r); err != nil {
		panic(err) // Memory takes everything.
	}
	res.out = bytes.Clone(b.Bytes()) // It may wait for long, and the buffer is larger.
	return res
}

// emit writes what came of a job.
func (t *probing) emit(res probed) error {
	t.add(res.upshot)
	t.reach.add(res.reach)
	t.progress.done(1, res.bytes)
	lacking := "no mail server can be found"
	if t.list.sending {
		lacking = "nothing is known of the server"
	}
	if f := t.asks.warning(lacking, "--resolver SERVER asks another"); f != nil {
		t.progress.clear()
		t.complain(f)
	}
	if t.json {
		_, err := t.out.Write(res.out)
		return err
	}
	if res.err != "" {
		t.progress.clear()
		t.complain(&failure{err: errors.New(res.err), hint: res.hint})
	}
	if !res.shown {
		return nil
	}
	if t.shown++; t.shown > 1 && !t.tlsrpt {
		res.out = append([]byte(t.rule()), res.out...)
	}
	_, err := t.out.Write(res.out)
	return err
}
