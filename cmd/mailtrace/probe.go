package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"mailtrace/probe"
	"mailtrace/report"
)

const probeLong = `Probe asks the mail servers of a domain how they receive mail, as a server that
has mail for it would: each MX host at each of its addresses, greeting, EHLO,
STARTTLS, certificate, QUIT. Then it tells what becomes of mail to the domain,
by who sends it, and what others find of the mail that the domain sends: SPF,
DKIM, DMARC. No mail is sent, and no recipient is tried. Asked are these
servers, the DNS, and the web server mta-sts.DOMAIN for the policy of MTA-STS.

Domains are named, or listed in a file or on standard input, one on each line.
--plan shows beforehand what would be asked of whom.

What could not be found out is told as that: that a server does not answer may
be due to the network here. Exit codes: 0, or 3 when something critical was
found (--fail-on critical), 4 when no server answered, 1 when something failed.

--nagios: CRITICAL with a critical finding, or with less than -c days until a
certificate expires; WARNING with less than -w, without TLS, with a certificate
that does not hold, when one address is dead and another works, or when what is
critical is about mail from the domain (SPF, DKIM, DMARC, BIMI); UNKNOWN when
nothing could be judged, or TLS could not. Other warnings page nobody.`

const probeExample = `  mailtrace probe example.org
  mailtrace probe --plan example.org                ask nobody yet
  mailtrace probe --transcript example.org          with all that was said
  mailtrace probe --explain spf example.org         with all that SPF rests on
  mailtrace probe --selector s1,s2 example.org      with its DKIM keys
  mailtrace probe --from-mail mail.eml              with those that signed it
  mailtrace probe --requirements example.org        what Gmail asks of senders
  mailtrace probe --submission -4 example.org       the servers for users too
  mailtrace probe --host mx.example.org --port 25,587
  mailtrace probe --sending 192.0.2.25 --helo out.example.org
  mailtrace probe --authoritative --dnsbl zen.example.net example.org
  mailtrace probe --dnssec validate example.org     believe no resolver
  mailtrace probe --tlsrpt example.org              what senders report of it
  mailtrace probe --nagios -w 21 -c 7 --timeout 10s example.org
  mailtrace probe --json --helo probe.example.net --domains list.txt > r.json
  mailtrace probe --json --resume r.json --domains list.txt >> r.json`

func (c *console) probe() *cobra.Command {
	var output outputFlags
	var flags probeFlags
	var clock clockFlags
	var fail failFlags
	var steps explainFlag
	cmd := &cobra.Command{
		Use:               "probe DOMAIN...",
		Short:             "Ask the mail servers of domains how they receive mail",
		GroupID:           "servers",
		Long:              probeLong,
		Example:           probeExample,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	// Before the settings are read: there it is our own name.
	cmd.PreRun = func(cmd *cobra.Command, _ []string) { flags.sending.note(cmd.Flags()) }
	cmd.RunE = does(func(cmd *cobra.Command, args []string) error {
		c.nagios = c.nagios || flags.nagios
		list, err := c.nameList(args, &flags, &output)
		if err != nil {
			return err
		}
		roots, err := flags.roots()
		if err != nil {
			return err
		}
		prober := &probe.Prober{
			Version: programVersion(), Settings: flags.settings(&clock, &fail), Now: clock.clock(),
			HELO: flags.helo, Bind: flags.bind, Roots: roots, NoIPv4: flags.only6, NoIPv6: flags.only4,
			AllowPrivate: flags.private, Ports: flags.ports, Submission: flags.submission, FullTLS: flags.tls.value == "full", Patience: flags.timeout.Duration,
			Selectors:    flags.dkim.named,
			Requirements: flags.requirements.on, NoPolicies: bool(flags.noPolicies),
		}
		flags.sending.prepare(prober)
		if flags.plan {
			return quiet(c.printPlan(cmd.Context(), prober, list, &flags))
		}
		p, err := c.printer(&output, &fail, &summaryFlags{})
		if err != nil {
			return err
		}
		p.transcript, p.tlsrpt = flags.transcript, flags.tlsrpt.on
		if err := steps.into(p); err != nil {
			return err
		}
		t := &probing{printer: p, prober: prober, flags: &flags, list: list}
		return t.run(cmd.Context())
	})
	output.add(cmd.Flags())
	flags.add(cmd.Flags())
	steps.addProbe(cmd.Flags())
	clock.add(cmd.Flags())
	fail.add(cmd.Flags())
	fail.on.value = string(report.Critical)
	on := cmd.Flags().Lookup("fail-on")
	on.DefValue, on.Usage = "", "exit with 3 when something was found that is at least\nthis serious: info, warning, critical; undecided: as\nwarning, or when a rule cannot decide; never"
	completeWords(cmd)
	return cmd
}

// nameList is what the command line says is to be probed.
func (c *console) nameList(args []string, flags *probeFlags, output *outputFlags) (*nameList, error) {
	args, err := checkArgs(args)
	if err := errors.Join(err, flags.check(args, output)); err != nil {
		return nil, err
	}
	l := &nameList{console: c, args: args, file: flags.domains}
	switch {
	case flags.sending.asked():
		l.args, l.sending = []string{flags.sending.server.String()}, true
	case len(flags.hosts) > 0:
		l.args, l.hosts = flags.hosts, true
	case flags.dkim.mail != "":
		of, err := flags.dkim.read(c)
		if err != nil {
			return nil, err
		}
		l.args = []string{of}
	case len(args) > 0 || flags.domains != "":
	case c.byHand():
		return nil, misuse("mailtrace probe example.org", "which domain?")
	default:
		l.args = []string{stdin}
	}
	if flags.nagios && (len(l.args) != 1 || l.file != "" || l.args[0] == stdin) {
		return nil, misuse("mailtrace probe --nagios example.org", "--nagios is about one domain")
	}
	return l, nil
}

// byHand says whether a person sits in front of standard input.
func (c *console) byHand() bool {
	f, ok := c.in.(*os.File)
	if !ok {
		return false
	}
	_, is := terminal(f)
	return is
}

// hostPorts are those at which --host is asked.
func (f *probeFlags) hostPorts() []uint16 {
	const smtp, submission, submissions = 25, 587, 465
	switch {
	case len(f.ports) > 0:
		return f.ports
	case f.submission:
		return []uint16{smtp, submission, submissions}
	}
	return []uint16{smtp}
}

// planOnce is what is asked once in a run.
const planOnce = `
once for all of them
  ask the DNS for
    the addresses of our own name, which EHLO says
    the names of our own addresses, where none is known
`

// printPlan writes what probes would ask of whom. No socket is opened.
func (c *console) printPlan(ctx context.Context, p *probe.Prober, list *nameList, flags *probeFlags) error {
	var err error
	for j := range list.jobs(ctx) {
		var steps []probe.PlanStep
		switch {
		case j.err != nil:
			c.complain(&failure{err: j.err, hint: j.hint})
			err = status(exitError)
			continue
		case j.sending:
			steps = p.PlanSending(flags.sender())
		case j.host:
			steps = p.PlanHost(j.name, flags.hostPorts())
		default:
			steps = p.Plan([]string{j.name})
		}
		if e := c.writePlan(j.name, steps); e != nil {
			return e
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if list.sending {
		return err // Nobody is connected to.
	}
	if _, e := io.WriteString(c.out, planOnce+planKeys(flags)+paceOf(p)); e != nil {
		return e
	}
	return err
}
