package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"mailtrace/analyze"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

const (
	// maxQuestions is for one report. SPF may lead to some twenty, and is asked at a
	// few hops; a signature takes one. What asks for more wants to make us ask.
	maxQuestions = 100

	// maxAsking is how long the questions of one report may take in all.
	maxAsking = 20 * time.Second

	// tryTimeout is for one try of one server, where resolv.conf does not say. A
	// datagram that was lost is sent again after that.
	tryTimeout = 2 * time.Second

	// waiting is how many messages are worked on at a time when somebody is asked: most
	// of them wait for him.
	waiting = 16

	// maxZone is how large a file of keys may be, in bytes.
	maxZone = 16 << 20
)

// networkFlags say what may be asked of others, and whom.
type networkFlags struct {
	offline        bool
	resolver       serverList
	keys           string
	record, replay string
	macros, rdns   bool
}

func (f *networkFlags) add(fs *pflag.FlagSet) {
	fs.BoolVar(&f.offline, "offline", false, "ask nobody anything: not one packet is sent")
	fs.Var(&f.resolver, "resolver", "DNS servers to ask, in order: 192.0.2.53, with :5353,\ntls://dns.example.net@192.0.2.53 (default: those of\nthe system)")
	fs.StringVar(&f.keys, "keys", "", "take the records in `FILE`, a zone file, before the DNS\nis asked: for keys that are gone, or not yet there")
	fs.StringVar(&f.record, "dns-record", "", "write the DNS answers that reports rest on to `FILE`")
	fs.StringVar(&f.replay, "dns-replay", "", "take the DNS answers from `FILE`, which --dns-record\nwrote, and ask nobody; with --now, the same report")
	fs.BoolVar(&f.macros, "allow-macros", false, "ask for names with the sender's local part in them, if\nhis SPF record wants that")
	fs.BoolVar(&f.rdns, "rdns", false, "look up the names of the addresses on the route")
}

// check refuses what contradicts itself.
func (f *networkFlags) check() error {
	switch {
	case f.replay != "" && f.record != "":
		return misuse("leave one of the two out", "--dns-replay asks nobody, so --dns-record has nothing to write")
	case f.replay != "" && f.keys != "":
		return misuse("leave one of the two out", "--dns-replay has all answers, those of --keys too")
	}
	return nil
}

// settings are what a report depends on. Whom the answers are of stands beside them, and
// is no setting: they are the same answers when they are replayed.
func (f *networkFlags) settings() []report.Setting {
	var s []report.Setting
	for _, b := range [...]struct {
		name string
		on   bool
	}{{"offline", f.offline && f.record == "" && f.replay == ""}, {"allow-macros", f.macros}, {"rdns", f.rdns}} {
		if b.on {
			s = append(s, report.Setting{Name: b.name, Value: "true"})
		}
	}
	return s
}

// asking answers the questions of a run.
type asking struct {
	resolver dns.Resolver   // Of all reports; nil: nobody is asked.
	client   *dns.Client    // Behind it; nil for none.
	replay   *dns.Recording // Instead of it, when it is not nil.
	record   *os.File       // Nil for none.

	silence atomic.Pointer[dns.Error] // Of the servers, until it was told.
	told    bool

	// The answers of messages that were recorded: one that comes again is given the
	// same, for there is one recording of it.
	mu   sync.Mutex
	seen map[string]*dns.Recorder
}

// open makes ready what answers. goesOn says that an earlier run is continued.
func (f *networkFlags) open(goesOn bool) (*asking, error) {
	a := &asking{}
	if f.replay != "" {
		return a, a.load(f.replay)
	}
	var others dns.Resolver
	if !f.offline {
		a.connect(f.resolver)
		others = a.resolver
	}
	if f.keys != "" {
		zone, err := readKeys(f.keys)
		if err != nil {
			return nil, err
		}
		if zone.Else = others; others == nil {
			zone.Else = dns.Nobody{}
		}
		a.resolver = zone
	}
	if f.record == "" {
		return a, nil
	}
	if a.resolver == nil {
		a.resolver = dns.Nobody{}
	}
	a.seen = map[string]*dns.Recorder{}
	var err error
	a.record, err = createRecording(f.record, goesOn)
	return a, err
}

// connect makes ready to ask these servers, or those of the system.
func (a *asking) connect(named serverList) {
	a.client = newClient(named)
	a.stack(a.client, 0)
}

// stack puts before a resolver what keeps it from being asked in vain. It is given patience
// for its first answer; 0 is the usual.
func (a *asking) stack(r dns.Resolver, patience time.Duration) {
	a.resolver = &dns.Cache{Resolver: &dns.Breaker{
		Resolver: r, Patience: patience,
		Opened: func(e *dns.Error) { a.silence.CompareAndSwap(nil, e) },
	}}
}

// newClient asks the servers that were named, or those of the system. Where the system
// names none, each question says so.
func newClient(named serverList) *dns.Client {
	c := &dns.Client{Servers: named}
	if len(named) == 0 {
		if system, err := dns.System(); err == nil {
			c = system
		}
	}
	c.Timeout = cmp.Or(c.Timeout, tryTimeout)
	return c
}

// readKeys reads records that the user hands in. Their answers have no time: that they
// held when the message came is what he says by handing them in, so no key of them is
// too new for an old message.
func readKeys(name string) (*dns.Zone, error) {
	f, err := openFlag("--keys", name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxZone+1))
	if err == nil && len(text) > maxZone {
		err = fmt.Errorf("is larger than %d bytes", maxZone)
	}
	if err != nil {
		return nil, &failure{exitError, fmt.Errorf("--keys %s: %w", name, plainPath(err)), ""}
	}
	zone, err := dns.ParseZone(string(text))
	if err != nil {
		return nil, &failure{exitError, fmt.Errorf("--keys %s: %w", name, err),
			`lines like  s1._domainkey.example.org. TXT "v=DKIM1; p=..."`}
	}
	return zone, nil
}

// load reads what --dns-record wrote.
func (a *asking) load(name string) error {
	f, err := openFlag("--dns-replay", name)
	if err != nil {
		return err
	}
	defer f.Close()
	if a.replay, err = dns.Load(f); err != nil {
		return &failure{exitError, fmt.Errorf("--dns-replay %s: %w", name, err), "make it anew with --dns-record"}
	}
	return nil
}

// createRecording opens a file for what is recorded. One that is no recording is left
// alone: it may be a message, and the name a slip.
func createRecording(name string, goesOn bool) (*os.File, error) {
	fail := func(err error, hint string) (*os.File, error) {
		return nil, &failure{exitError, fmt.Errorf("--dns-record %s: %w", name, plainPath(err)), hint}
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fail(err, "name a file that can be written")
	}
	const begins = `{"schema":"mailtrace-dns/`
	head := make([]byte, len(begins))
	n, err := io.ReadFull(f, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF): // It is new.
	case !bytes.HasPrefix(head, []byte(begins)):
		f.Close()
		return fail(errors.New("is there and is no recording, so it is not overwritten"), "name a new file")
	case !goesOn:
		if err := f.Truncate(0); err != nil {
			f.Close()
			return fail(err, "name a file that can be written")
		}
	}
	return f, nil
}

// workers is how many a Pool shall have.
func (a *asking) workers() int {
	if a.client == nil {
		return 0
	}
	return max(waiting, runtime.GOMAXPROCS(0))
}

// close gives back what was opened. Its error is about what was recorded.
func (a *asking) close() error {
	if a.client != nil {
		_ = a.client.Close() // What it was to bring has come.
	}
	if a.record == nil {
		return nil
	}
	return a.record.Close()
}

// message reports on a message, with answers of its own.
func (a *asking) message(analyzer *analyze.Analyzer, trace func(*analyze.Analyzer) *report.Report) page {
	var p page
	mine := *analyzer
	mine.DNS = func(sha256 string) (analyze.DNS, error) {
		r, err := a.recorder(sha256)
		if p.recorder = r; err != nil {
			p.hint = "--dns-record FILE writes the answers for it, --dns-replay FILE takes those alone"
		}
		return r, err
	}
	if a.resolver == nil && a.replay == nil {
		mine.DNS = nil
	}
	p.report = trace(&mine)
	return p
}

// recorder answers the questions for one message.
func (a *asking) recorder(sha256 string) (*dns.Recorder, error) {
	if a.replay != nil {
		kept, err := a.replay.For(sha256)
		if err != nil {
			return nil, err
		}
		return &dns.Recorder{Resolver: kept}, nil
	}
	return &dns.Recorder{Resolver: &dns.Budget{Resolver: a.shared(sha256), Questions: maxQuestions, Time: maxAsking}}, nil
}

// shared is what answers all reports on the same message.
func (a *asking) shared(sha256 string) dns.Resolver {
	if a.record == nil {
		return a.resolver
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.seen[sha256]
	if r == nil {
		r = &dns.Recorder{Resolver: a.resolver}
		a.seen[sha256] = r
	}
	return r
}

// save writes what a report rests on, in one write.
func (a *asking) save(p *page) error {
	if a.record == nil || p.recorder == nil {
		return nil
	}
	var b bytes.Buffer
	err := p.recorder.Save(&b, p.report.Evidence.SHA256, p.report.Made)
	if err == nil {
		_, err = a.record.Write(b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("--dns-record %s: %w", a.record.Name(), plainPath(err))
	}
	return nil
}

// warning is what to say of servers that do not answer, and what that leaves open; nil
// but once.
func (a *asking) warning(open, hint string) *failure {
	e := a.silence.Load()
	if e == nil || a.told {
		return nil
	}
	a.told = true
	why := string(e.Cause)
	if e.Server != "" {
		why = e.Server + ": " + why
	}
	if e.Err != nil {
		why += ", " + e.Err.Error()
	}
	return &failure{err: fmt.Errorf("no DNS server answers (%s): %s", why, open), hint: hint}
}

// serverList is a flag that takes DNS servers, with commas between them, any number of
// times.
type serverList []dns.Server

func (l *serverList) Type() string { return "SERVER" }

func (l *serverList) String() string {
	words := make([]string, len(*l))
	for i, s := range *l {
		words[i] = s.String()
	}
	return strings.Join(words, ",")
}

func (l *serverList) Set(s string) error {
	var servers serverList
	for e := range strings.SplitSeq(s, ",") {
		server, err := dns.ParseServer(strings.TrimSpace(e))
		if err != nil {
			return err
		}
		servers = append(servers, server)
	}
	*l = append(*l, servers...)
	return nil
}
