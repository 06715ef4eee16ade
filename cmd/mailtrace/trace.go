package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mailtrace/analyze"
	"mailtrace/report"
)

const traceLong = `Trace tells the route of a message: its Received lines put in order, oldest
first, with what each of them says and what speaks against it.

FILE is whatever you have: a message as it was received (.eml), its header, a
page or ticket with the header in it, an Outlook .msg, an mbox, an archive (zip,
tar, gzip), a directory or Maildir. What it is, is told by its content. Without
FILE, or with -, it is read from standard input. At a terminal, paste it, in one
piece or more, then press Ctrl-D: all of it is read, and nothing in it is shown
or run. In your mail program this is "show original" or "view source".

A message that is attached to another one is reported on too. Whoever attached
it can have changed it, so nothing in it counts as seen.

What the recipient's own hosts wrote was seen; what is older is the sender's
story. Where that begins is found from the message. To settle it, name the
hosts with --own; hosts of others that you vouch for, with --trust.

For SPF, DKIM and DMARC the DNS is asked about the sender's domains. Who runs
theirs can see that somebody looks, but not for whom: no recipient is ever asked
for, and the sender's name before the @ only with --allow-macros. With --offline
nobody is asked.

--probe holds the message against what is there now: whether the keys of its
signatures still are, whether the host that took it from outside is a mail
server of its recipient, and what that host says of itself, in one conversation.
What will be asked is told first. Hosts that only the sender names are not
connected to.`

const traceExample = `  mailtrace trace ticket-4711.eml
  mailtrace trace                              paste the message, then Ctrl-D
  mailtrace trace --summary spam.mbox          what the messages share
  mailtrace trace --json inbox/ > r.json       to see it: mailtrace show r.json
  mailtrace trace --json --resume r.json inbox/ >> r.json   go on after a stop
  mailtrace trace --own mx.example.org,192.0.2.0/24 ticket-4711.eml
  mailtrace trace --explain dkim ticket.eml    why the signature does not hold
  mailtrace trace --probe ticket.eml           and what is there now
  mailtrace trace --requirements news.eml      what Gmail asks of senders
  mailtrace trace --dns-record a.dns ticket.eml   --dns-replay gives it back
  mailtrace trace --fail-on warning new.eml || echo "look at new.eml"`

// traceFlags are all flags of trace.
type traceFlags struct {
	output       outputFlags
	network      networkFlags
	trust        trustFlags
	clock        clockFlags
	fail         failFlags
	unwrap       unwrapFlags
	sum          summaryFlags
	steps        explainFlag
	thorough     thoroughFlag
	requirements requirementsFlag
	follow       followFlags
	resume       string
}

func (f *traceFlags) add(fs *pflag.FlagSet) {
	f.output.add(fs)
	f.trust.add(fs)
	f.network.add(fs)
	f.clock.add(fs)
	f.fail.add(fs)
	f.unwrap.add(fs)
	f.sum.add(fs)
	f.steps.add(fs)
	f.thorough.add(fs)
	f.requirements.add(fs)
	f.follow.add(fs)
	addResume(fs, &f.resume)
}

// check refuses what contradicts itself.
func (f *traceFlags) check() error {
	return errors.Join(f.unwrap.check(), f.network.check(), f.follow.check(&f.network), checkResume(f.resume, f.output.json))
}

// analyzer is what the flags make of one.
func (f *traceFlags) analyzer() *analyze.Analyzer {
	f.thorough.on = f.thorough.on || f.steps.method.value == "dkim"
	return &analyze.Analyzer{
		Version:  programVersion(),
		Settings: slices.Concat(settings(&f.network, &f.clock, &f.trust), f.unwrap.settings(), f.thorough.settings(), f.requirements.settings(), f.follow.settings()),
		Now:      f.clock.clock(),
		Own:      f.trust.own.hosts, Trust: f.trust.trust.hosts, MSA: f.trust.msa.hosts, AuthServIDs: f.trust.authServID, TrustCarrier: f.unwrap.trust,
		AllowMacros: f.network.macros, RDNS: f.network.rdns, Thorough: f.thorough.on, Requirements: f.requirements.on,
	}
}

func (c *console) trace() *cobra.Command {
	var flags traceFlags
	cmd := &cobra.Command{
		Use:               "trace [FILE...]",
		Short:             "Tell the route of messages",
		GroupID:           "messages",
		Long:              traceLong,
		Example:           traceExample,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: nil, // Files, which is what the shell completes anyway.
	}
	// Before the settings are read, which may be for mailtrace probe.
	cmd.PreRun = func(cmd *cobra.Command, _ []string) { flags.follow.note(cmd.Flags()) }
	cmd.RunE = does(func(cmd *cobra.Command, args []string) error { return c.traceRun(cmd.Context(), &flags, args) })
	flags.add(cmd.Flags())
	completeWords(cmd)
	return cmd
}

// traceRun traces what the command line names.
func (c *console) traceRun(ctx context.Context, flags *traceFlags, args []string) error {
	names, err := inputs(args)
	if err != nil {
		return err
	}
	if err := flags.check(); err != nil {
		return err
	}
	p, err := c.printer(&flags.output, &flags.fail, &flags.sum)
	if err != nil {
		return err
	}
	defer p.close()
	if err := flags.steps.into(p); err != nil {
		return err
	}
	live, err := flags.follow.open(c, &flags.network, &flags.clock)
	if err != nil {
		return err
	}
	asks, err := flags.network.open(flags.resume != "") // The last: it empties what --dns-record names.
	if err != nil {
		return errors.Join(err, live.close())
	}
	err = p.traceAll(ctx, &tracing{printer: p, analyzer: flags.analyzer(), asks: asks, live: live, unwrap: &flags.unwrap}, names, flags.resume)
	if err = errors.Join(err, asks.close(), live.close()); wrong(err) {
		return err
	}
	return p.end(err)
}

// settings is what the user chose that a report can depend on.
func settings(n *networkFlags, c *clockFlags, t *trustFlags) []report.Setting {
	s := []report.Setting{}
	if c.now.String() != "" {
		s = append(s, report.Setting{Name: "now", Value: c.now.String()})
	}
	s = append(s, n.settings()...)
	return append(s, t.settings()...)
}

// traceAll prints a report for each message of the inputs, in order. What cannot be
// read is a report too, and the next one is read all the same.
func (p *printer) traceAll(ctx context.Context, t *tracing, names []string, resume string) error {
	earlier, err := p.earlier(resume)
	if err != nil {
		return err
	}
	if earlier != nil {
		p.wrote(earlier)
	}
	t.progress = p.progress(ctx, names)
	if err := t.run(ctx, &intake{console: p.console, names: names, earlier: earlier}); err != nil {
		return err
	}
	return t.conclude()
}
