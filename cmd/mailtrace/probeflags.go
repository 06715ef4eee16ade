package main

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/spf13/pflag"

	"mailtrace/probe"
	"mailtrace/report"
)

// Bounds on what a probe may be told.
const (
	// How many domains may be asked at a time. Most of the time each waits: for a reply,
	// or for its turn, because others of its provider are being asked.
	defaultParallel, maxParallel = 256, 4096

	maxDays = 10_000 // Of expiry, for -w and -c: longer than certificates live.
)

// probeFlags say who is probed, from where, and how deep.
type probeFlags struct {
	talkFlags
	domains     string // A file.
	hosts       []string
	submission  bool
	tls         choice
	resolver    serverList
	dnssec      choice
	offline     bool
	plan        bool
	transcript  bool
	nagios      bool
	tlsrpt      tlsrptFlags
	warn, alarm int // Days of expiry.
	jobs        int
	unordered   bool
	resume      string
	dkim        selectorFlags
	sending     sendingFlags

	requirements requirementsFlag
	noPolicies   noPolicies
}

func (f *probeFlags) add(fs *pflag.FlagSet) {
	f.tls = choice{"once", []string{"once", "full"}}
	f.dnssec = newDNSSEC()
	f.talkFlags.add(fs)
	fs.StringVar(&f.domains, "domains", "", "read domains from `FILE`, one a line (- is stdin)")
	fs.StringArrayVar(&f.hosts, "host", nil, "look at the one server `NAME`, not at a domain's")
	fs.BoolVar(&f.submission, "submission", false, "look at ports 587 and 465, those for users, too")
	fs.Var(&f.tls, "tls", "once; full: try each version, suite and kind of key\nof TLS, some 10 connections more each")
	fs.BoolVarP(&f.only4, "ipv4", "4", false, "connect to IPv4 addresses alone")
	fs.BoolVarP(&f.only6, "ipv6", "6", false, "connect to IPv6 addresses alone")
	fs.Var(&f.resolver, "resolver", "DNS servers to ask, in order: 192.0.2.53, with :5353,\ntls://dns.example.net@192.0.2.53 (default: those of\nthe system)")
	fs.Var(&f.dnssec, "dnssec", "ad: as a resolver says that can be trusted; validate:\ncheck all signatures here")
	fs.BoolVar(&f.plan, "plan", false, "list every question and connection, and make none")
	fs.BoolVar(&f.transcript, "transcript", false, "show every line that was exchanged (JSON has it)")
	f.tlsrpt.add(fs)
	fs.BoolVar(&f.nagios, "nagios", false, "one line and exit code, as Nagios and Icinga want it")
	fs.IntVarP(&f.warn, "warning", "w", 21, "--nagios: `DAYS` left that are too few")
	fs.IntVarP(&f.alarm, "critical", "c", 7, "--nagios: `DAYS` left that are far too few")
	fs.IntVar(&f.jobs, "jobs", defaultParallel, "work on `N` domains at a time")
	fs.BoolVar(&f.unordered, "unordered", false, "write reports as they are ready, in no order")
	fs.BoolVar(&f.offline, "offline", false, "refuse to probe; --plan is still there")
	f.sending.add(fs)
	f.requirements.add(fs)
	f.noPolicies.add(fs)
	addResume(fs, &f.resume)
	f.dkim.add(fs)
	// A run of trace that is offline is of use, one of probe is not: it is here so that
	// who sets it for all of mailtrace is heard.
	fs.Lookup("offline").Hidden = true
	fs.Lookup("resume").Usage = "go on with a run that was interrupted: leave out what\nis reported in `FILE`, its JSON (append: >> FILE)"
}

func addTranscript(fs *pflag.FlagSet, on *bool) {
	fs.BoolVar(on, "transcript", false, "show every line that was exchanged with mail servers")
}

// check refuses what contradicts itself. args are the domains on the command line.
func (f *probeFlags) check(args []string, output *outputFlags) error {
	_, hasV4 := f.bind.of(true)
	_, hasV6 := f.bind.of(false)
	switch {
	case len(f.hosts) > 0 && (len(args) > 0 || f.domains != ""):
		return misuse("leave one of the two out", "--host looks at one server, and a domain at all of its own")
	case f.domains != "" && len(args) > 0:
		return misuse("put all of them into the file, or - for one on standard input", "--domains has the domains, and the command line too")
	case f.only4 && f.only6:
		return misuse("without both, both are asked", "-4 and -6 leave nothing")
	case f.only4 && hasV6 && !hasV4, f.only6 && hasV4 && !hasV6:
		return misuse("leave it out, or name an address of the other family", "--bind names an address of the family that is not asked")
	case len(f.ports) > 0 && f.submission && len(f.hosts) > 0:
		return misuse("name the ports: --port 25,587,465", "--port says which ports, and --submission too")
	case f.jobs < 1 || f.jobs > maxParallel:
		return misuse("leave it out", "--jobs %d is not between 1 and %d", f.jobs, maxParallel)
	case f.warn < 0 || f.warn > maxDays || f.alarm < 0 || f.alarm > maxDays:
		return misuse("as in -w 21 -c 7", "-w and -c take days, from 0 to %d", maxDays)
	case f.nagios && f.alarm > f.warn:
		return misuse("as in -w 21 -c 7", "-c %d comes before -w %d: it would never warn", f.alarm, f.warn)
	case f.nagios && (output.json || f.plan || f.transcript):
		return misuse("leave it out", "--nagios writes one line, so neither --json, --plan nor --transcript goes with it")
	case f.plan && output.json:
		return misuse("leave --json out", "--plan is text")
	case f.offline && !f.plan:
		return misuse("--plan shows what it would do; to be rid of --offline: --offline=false", "--offline forbids all that a probe does")
	}
	return errors.Join(f.noPolicies.check(f), f.tlsrpt.check(f, output), checkResume(f.resume, output.json), f.sending.check(f, args), f.checkNames(), f.dkim.check(args, f))
}

func (f *probeFlags) checkNames() error {
	if !f.sending.asked() {
		if err := f.talkFlags.check(); err != nil {
			return err
		}
	}
	f.hosts = strings.FieldsFunc(strings.Join(f.hosts, ","), func(r rune) bool { return r == ',' })
	for i, h := range f.hosts {
		if a, err := netip.ParseAddr(strings.Trim(h, "[]")); err == nil && a.Zone() == "" {
			f.hosts[i] = a.Unmap().String()
			continue
		}
		name, hint, err := parseDomain(h)
		if err != nil {
			return misuse(hint, "--host: %w", err)
		}
		f.hosts[i] = name
	}
	return nil
}

// settings are what the user chose that a report can depend on.
func (f *probeFlags) settings(c *clockFlags, fail *failFlags) []report.Setting {
	s := []report.Setting{}
	set := func(name, value string, is bool) {
		if is {
			s = append(s, report.Setting{Name: name, Value: value})
		}
	}
	set("now", c.now.String(), !c.now.IsZero())
	f.talkFlags.settings(set)
	set("submission", "true", f.submission)
	set("tls", f.tls.value, f.tls.value != "once")
	f.sending.settings(set)
	set("dnssec", f.dnssec.value, f.dnssec.value != dnssecAD)
	set("no-policies", "true", bool(f.noPolicies))
	set("selector", f.dkim.named.String(), len(f.dkim.named) > 0)
	set("from-mail", f.dkim.mail, f.dkim.mail != "")
	set(probe.SettingOrganization, f.tlsrpt.organization, f.tlsrpt.organization != "")
	set(probe.SettingContact, f.tlsrpt.contact, f.tlsrpt.contact != "")
	s = append(s, f.requirements.settings()...)
	// The report does not depend on it; its page says what the exit code was.
	set("fail-on", fail.on.value, fail.on.value != string(report.Critical))
	return s
}
