package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"

	"mailtrace/analyze/domain"
	"mailtrace/report/batch"
)

// maxNameLine is how many bytes a line of a list may have: a domain name in any script,
// and a comment.
const maxNameLine = 4096

// probeJob is a domain or a host that is to be probed, or what stands in its place.
type probeJob struct {
	name    string // As it is reported on; a line of the list, where it is none.
	host    bool   // One server.
	sending bool   // One server, as those see it that get mail from it.
	err     error
	hint    string
	bytes   int64 // Of the list, up to the next.
}

// nameList is the domains of a run, one after the other. It holds none of them but a
// hash of each, to know it again.
type nameList struct {
	*console
	args    []string
	hosts   bool            // They are servers.
	sending bool            // It is one server that sends.
	file    string          // Of --domains; "" for none.
	earlier *batch.Progress // Nil: nothing was done before.

	seen  map[[16]byte]struct{}
	yield func(probeJob) bool
	bytes int64 // That were read since the last job.
}

// jobs is everything that is to be probed, each once.
func (l *nameList) jobs(ctx context.Context) iter.Seq[probeJob] {
	return func(yield func(probeJob) bool) {
		l.seen = map[[16]byte]struct{}{}
		l.yield = func(j probeJob) bool {
			j.bytes, l.bytes = l.bytes, 0
			return ctx.Err() == nil && yield(j)
		}
		for _, name := range l.args {
			l.bytes += int64(len(name))
			if name == stdin && !l.hosts {
				if !l.read(stdin) {
					return
				}
			} else if !l.one(probeJob{name: name, host: l.hosts, sending: l.sending}) {
				return
			}
		}
		if l.file != "" {
			l.read(l.file)
		}
	}
}

// one gives out a domain that was not given out yet, and says whether to go on.
func (l *nameList) one(j probeJob) bool {
	known := domain.ASCII(j.name)
	if known == "" || j.err != nil {
		known = "\x00" + j.name // No domain is spelled so.
	}
	hash := sha256.Sum256([]byte(known))
	short := [16]byte(hash[:])
	if _, had := l.seen[short]; had {
		return true
	}
	l.seen[short] = struct{}{}
	if l.earlier != nil && l.earlier.Probed(j.name) {
		return true
	}
	return l.yield(j)
}

// read gives out the domains of a list, and says whether to go on.
func (l *nameList) read(name string) bool {
	var r io.Reader = l.in
	if name != stdin {
		f, err := openFlag("--domains", name)
		if err != nil {
			told := explain(name, err)
			return l.yield(probeJob{name: name, err: told.err, hint: "name a file with one domain on each line"})
		}
		defer f.Close()
		r = f
	}
	in, found := bufio.NewReaderSize(r, maxNameLine), false
	for number := 1; ; number++ {
		line, long, err := readNameLine(in)
		l.bytes += int64(len(line))
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if j, ok := lineJob(name, number, line, long); ok {
			found = true
			if !l.one(j) {
				return false
			}
		}
		switch {
		case errors.Is(err, io.EOF) && found:
			return true
		case errors.Is(err, io.EOF):
			return l.yield(probeJob{name: name, err: fmt.Errorf("%s: holds no domain", listName(name)), hint: "write one domain on each line; # begins a comment"})
		case err != nil:
			return l.yield(probeJob{name: name, err: fmt.Errorf("%s: %w", listName(name), plainPath(err))})
		}
	}
}

func listName(name string) string {
	if name == stdin {
		return "standard input"
	}
	return name
}

// readNameLine reads a line. Of one that is too long the rest is stepped over.
func readNameLine(in *bufio.Reader) (line []byte, long bool, err error) {
	line, err = in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, false, err
	}
	line = bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice('\n')
	}
	return line, true, err
}

// lineJob is what a line of a list calls for; nothing where it is blank.
func lineJob(name string, number int, line []byte, long bool) (probeJob, bool) {
	text := strings.TrimSpace(string(line))
	if i := strings.IndexByte(text, '#'); i == 0 || i > 0 && strings.ContainsRune(" \t", rune(text[i-1])) {
		text, long = strings.TrimSpace(text[:i]), false
	}
	if text == "" {
		return probeJob{}, false
	}
	j := probeJob{name: text}
	var err error
	switch {
	case long:
		err = errors.New("the line is too long for a domain")
	case len(strings.Fields(text)) > 1:
		err, j.hint = fmt.Errorf("%s is more than one word", quoted(text)), "write one domain on each line; # begins a comment"
	default:
		j.name, j.hint, err = parseDomain(text)
	}
	if err != nil {
		j.name = cut(text)
		j.err = fmt.Errorf("%s, line %d: %w", listName(name), number, err)
	}
	return j, true
}

// parseDomain reads the name of a domain as people write it, and gives it in lower case
// and without the dot at its end. Where it is none, hint says what may have been meant.
func parseDomain(s string) (name, hint string, err error) {
	// A flag behind "--" is a slip, and no host name begins so (RFC 952).
	if domain.ASCII(s) != "" && !strings.HasPrefix(s, "-") {
		return strings.ToLower(strings.TrimSuffix(s, ".")), "", nil
	}
	meant := func(s string) bool {
		name = domain.ASCII(s)
		return name != ""
	}
	bare := strings.Trim(s, "<>\"'.,; \t")
	host, _, _ := strings.Cut(bare, "/")
	before, port, hasPort := strings.Cut(host, ":")
	if a, e := netip.ParseAddr(strings.Trim(s, "[]")); e == nil {
		return "", "to look at one server: --host " + a.String(), fmt.Errorf("%s is an address, not a domain", quoted(s))
	}
	if u, e := url.Parse(bare); e == nil && u.Host != "" && meant(u.Hostname()) {
		return "", "did you mean its domain: " + name, fmt.Errorf("%s is a web address, not a domain", quoted(s))
	}
	if i := strings.LastIndexByte(bare, '@'); i >= 0 && meant(bare[i+1:]) {
		return "", "its domain is " + name, fmt.Errorf("%s is an e-mail address, not a domain", quoted(s))
	}
	if hasPort && port != "" && strings.Trim(port, "0123456789") == "" && meant(before) {
		return "", "to look at one server: --host " + name + " --port " + cut(port), fmt.Errorf("%s is a server and a port, not a domain", quoted(s))
	}
	if host != s && meant(host) {
		return "", "did you mean: " + name, fmt.Errorf("%s is not a domain", quoted(s))
	}
	return "", "a domain is what stands behind the @ of its addresses, like example.org", fmt.Errorf("%s is not a domain", quoted(s))
}

// checkArgs looks at the domains on the command line: what is no domain there is wrong
// usage, and nothing is done.
func checkArgs(args []string) ([]string, error) {
	if _, err := inputs(args); err != nil {
		return nil, err // Standard input, twice.
	}
	names := make([]string, len(args))
	for i, arg := range args {
		if names[i] = arg; arg == stdin {
			continue
		}
		name, hint, err := parseDomain(arg)
		if err != nil {
			if _, e := os.Stat(arg); e == nil {
				hint = "to probe the domains that it lists: --domains " + arg
			}
			return nil, misuse(hint, "%w", err)
		}
		if names[i] = name; len(args) == 1 && !strings.Contains(name, ".") {
			if _, e := os.Stat(arg); e == nil {
				return nil, misuse("to probe the domains that it lists: --domains "+arg, "%s is a file, not a domain", quoted(arg))
			}
		}
	}
	return names, nil
}

// quoted is a word of a stranger as it may stand in an error.
func quoted(s string) string { return fmt.Sprintf("%q", cut(s)) }

// cut is the beginning of what is too long to be shown.
func cut(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	n := most
	for n > most-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
