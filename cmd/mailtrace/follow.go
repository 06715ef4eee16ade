package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"mailtrace/probe"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// maxFollowed is how many messages may be followed in a run: for each of them somebody is
// connected to, who did not ask for it.
const maxFollowed = 10

// followFlags say that trace holds what a message names against what is there now. How a
// server is spoken to is said as for a probe.
type followFlags struct {
	on bool
	talkFlags
	how   []string // The flags of talkFlags.
	named []string // Those of them that are on the command line: in the settings they may be for mailtrace probe.
}

func (f *followFlags) add(fs *pflag.FlagSet) {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.talkFlags.add(own)
	fs.BoolVar(&f.on, "probe", false, "ask now for the keys that a message names, and talk\nto the host that took it for its recipient. As with\nmailtrace probe, --helo, --timeout, --bind, --ca-file,\n--port and --allow-private say how")
	own.VisitAll(func(flag *pflag.Flag) {
		f.how = append(f.how, flag.Name)
		flag.Hidden = true
		fs.AddFlag(flag)
	})
}

// note takes down what stands on the command line, before settings are read.
func (f *followFlags) note(fs *pflag.FlagSet) {
	fs.Visit(func(flag *pflag.Flag) {
		if slices.Contains(f.how, flag.Name) {
			f.named = append(f.named, flag.Name)
		}
	})
}

// check refuses what contradicts itself.
func (f *followFlags) check(n *networkFlags) error {
	switch {
	case !f.on && len(f.named) > 0:
		return misuse("add --probe, or leave it out", "--%s says how --probe asks, which is not there", f.named[0])
	case !f.on:
		return nil
	case n.offline:
		return misuse("leave one of the two out; to be rid of --offline: --offline=false", "--offline forbids what --probe is for")
	case n.replay != "":
		return misuse("leave one of the two out", "--dns-replay asks nobody, and --probe asks")
	}
	return f.talkFlags.check()
}

// settings are what the user chose that a report can depend on.
func (f *followFlags) settings() []report.Setting {
	if !f.on {
		return nil
	}
	all := []report.Setting{{Name: "probe", Value: "true"}}
	f.talkFlags.settings(func(name, value string, is bool) {
		if is {
			all = append(all, report.Setting{Name: name, Value: value})
		}
	})
	return all
}

// following holds messages against what is there now.
type following struct {
	*console
	prober *probe.Prober
	flags  *followFlags
	asks   asking // Of what is there now; --keys is left out of it.

	presenting sync.Once
	as         string // Who asks, in words.
}

// open makes ready what follows; nil where that is not wanted.
func (f *followFlags) open(c *console, n *networkFlags, clock *clockFlags) (*following, error) {
	if !f.on {
		return nil, nil
	}
	roots, err := f.roots()
	if err != nil {
		return nil, err
	}
	t := &following{console: c, flags: f, prober: &probe.Prober{
		Version: programVersion(), Now: clock.clock(), HELO: f.helo, Bind: f.bind, Roots: roots,
		AllowPrivate: f.private, Ports: f.ports, Patience: f.timeout.Duration, NoPolicies: true,
	}}
	t.asks.connect(n.resolver)
	t.prober.DNS = func() *dns.Recorder {
		return &dns.Recorder{Resolver: &dns.Budget{Resolver: t.asks.resolver, Questions: probeQuestions, Time: probeAsking}}
	}
	return t, nil
}

func (t *following) close() error {
	if t == nil {
		return nil
	}
	return t.asks.close()
}

// tooMany is what to say of a mailbox.
func (t *following) tooMany() error {
	return misuse("follow one message, or a few", "--probe asks others about each message, and there are more than %d", maxFollowed)
}

// follow adds to the report on a message what is there now, after it has said what it will
// do.
func (t *following) follow(ctx context.Context, r *report.Report) {
	steps := t.prober.PlanFollow(r)
	asks := slices.ContainsFunc(steps, func(s probe.PlanStep) bool { return s.Kind != probe.PlanNothing })
	if asks {
		t.presenting.Do(func() { t.present(ctx) })
	}
	t.announce(r, steps)
	t.prober.Follow(ctx, r)
}

// present finds our own name, which takes questions of its own.
func (t *following) present(ctx context.Context) {
	in := t.flags.introduce(ctx, t.asks.resolver)
	t.prober.HELO, t.as = in.helo, in.String()
}

// announce says on standard error what will be asked, and of whom, before it is.
func (t *following) announce(r *report.Report, steps []probe.PlanStep) {
	var b strings.Builder
	only := func(kind probe.PlanKind) []probe.PlanStep {
		return slices.DeleteFunc(slices.Clone(steps), func(s probe.PlanStep) bool { return s.Kind != kind })
	}
	head := "--probe " + r.Target
	if r.Evidence.Part > 0 {
		head += fmt.Sprintf(", part %d", r.Evidence.Part)
	}
	if t.as != "" {
		head += ", " + t.as
	}
	wrapPlan(&b, "", head)
	planned(&b, "ask the DNS for", only(probe.PlanQuestion))
	planned(&b, "connect to", only(probe.PlanConnection))
	for _, s := range only(probe.PlanNothing) {
		wrapPlan(&b, "  ", "nobody is asked: "+s.Text)
	}
	_, _ = io.WriteString(t.err, b.String()) // As the hints, which nobody may read either.
}

// wrong says of an error whether it is one of the command line.
func wrong(err error) bool {
	f := (*failure)(nil)
	return errors.As(err, &f) && f.code == exitUsage
}
