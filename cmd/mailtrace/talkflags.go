package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"mailtrace/analyze/domain"
)

// Bounds on how a server may be spoken to.
const (
	// Servers that send mail wait five minutes for a greeting (RFC 5321 section
	// 4.5.3.2.1); to wait longer than twice that tells nothing.
	minTimeout, maxTimeout = time.Second, 10 * time.Minute

	maxCA = 8 << 20 // Bytes of --ca-file: forty times the usual list of all authorities.
)

// talkFlags say how mail servers are spoken to, and from where.
type talkFlags struct {
	ports   portList
	only4   bool
	only6   bool
	bind    addressList
	helo    string
	timeout waitTime
	caFile  string
	private bool
}

func (f *talkFlags) add(fs *pflag.FlagSet) {
	fs.Var(&f.ports, "port", "ask --host, or each MX, there and not at port 25")
	fs.Var(&f.bind, "bind", "connect from this address, one of each family")
	fs.StringVar(&f.helo, "helo", "", "our own `NAME` in EHLO (default: that of this\ncomputer, if the DNS leads from it to its address,\nelse the address)")
	fs.Var(&f.timeout, "timeout", "how long to wait for each reply")
	fs.StringVar(&f.caFile, "ca-file", "", "trust the authorities in `FILE` (PEM), and no others")
	fs.BoolVar(&f.private, "allow-private", false, "connect to addresses that are not public, too")
}

func (f *talkFlags) check() error {
	if f.helo != "" && !greetable(f.helo) {
		return misuse("as in --helo probe.example.net, which should lead to your address in the DNS", "--helo %s is no full name of a host", quoted(f.helo))
	}
	return nil
}

// settings puts the settings into what a report says that it was decided on.
func (f *talkFlags) settings(set func(name, value string, is bool)) {
	set("port", f.ports.String(), len(f.ports) > 0)
	set("ipv4", "true", f.only4)
	set("ipv6", "true", f.only6)
	set("bind", f.bind.String(), len(f.bind) > 0)
	set("helo", f.helo, f.helo != "")
	set("timeout", f.timeout.String(), f.timeout.Duration != 0)
	set("ca-file", f.caFile, f.caFile != "")
	set("allow-private", "true", f.private)
}

// greetable says whether a name may stand behind EHLO: a full one, or an address in
// brackets (RFC 5321 section 4.1.3).
func greetable(name string) bool {
	if inside, ok := strings.CutPrefix(name, "["); ok {
		inside, ok = strings.CutSuffix(inside, "]")
		v6, isV6 := strings.CutPrefix(inside, "IPv6:")
		a, err := netip.ParseAddr(v6)
		return ok && err == nil && a.Zone() == "" && a.Is6() == isV6
	}
	return strings.Contains(name, ".") && strings.EqualFold(domain.ASCII(name), name)
}

// roots are the authorities of --ca-file; nil for those of the system.
func (f *talkFlags) roots() (*x509.CertPool, error) {
	if f.caFile == "" {
		return nil, nil
	}
	file, err := openFlag("--ca-file", f.caFile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	pem, err := io.ReadAll(io.LimitReader(file, maxCA+1))
	roots := x509.NewCertPool()
	switch {
	case err != nil:
		err = plainPath(err)
	case len(pem) > maxCA:
		err = fmt.Errorf("is larger than %d bytes", maxCA)
	case !roots.AppendCertsFromPEM(pem):
		err = errors.New("holds no certificate that can be read")
	default:
		return roots, nil
	}
	return nil, &failure{exitError, fmt.Errorf("--ca-file %s: %w", f.caFile, err), "name a file with lines -----BEGIN CERTIFICATE-----"}
}

// portList is a flag that takes ports, with commas between them, any number of times.
type portList []uint16

func (l *portList) Type() string { return "N" }

func (l *portList) String() string {
	words := make([]string, len(*l))
	for i, p := range *l {
		words[i] = strconv.Itoa(int(p))
	}
	return strings.Join(words, ",")
}

func (l *portList) Set(s string) error {
	const most = 8 // A probe is no scan.
	ports := slices.Clone(*l)
	for e := range strings.SplitSeq(s, ",") {
		n, err := strconv.ParseUint(strings.TrimSpace(e), 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("%q is no port: they are 1 to 65535", e)
		}
		if !slices.Contains(ports, uint16(n)) {
			ports = append(ports, uint16(n))
		}
	}
	if len(ports) > most {
		return fmt.Errorf("more than %d ports are a scan, and this is no scanner", most)
	}
	*l = ports
	return nil
}

// addressList is a flag that takes addresses of this computer, one of each family.
type addressList []netip.Addr

func (l *addressList) Type() string { return "ADDRESS" }

func (l *addressList) String() string {
	words := make([]string, len(*l))
	for i, a := range *l {
		words[i] = a.String()
	}
	return strings.Join(words, ",")
}

func (l *addressList) Set(s string) error {
	list := slices.Clone(*l)
	for e := range strings.SplitSeq(s, ",") {
		a, err := netip.ParseAddr(strings.TrimSpace(e))
		if err != nil {
			return fmt.Errorf("%q is no address like 192.0.2.1 or 2001:db8::1", e)
		}
		a = a.Unmap()
		if _, have := list.of(a.Is4()); have {
			return errors.New("one address of each family is enough")
		}
		list = append(list, a)
	}
	*l = list
	return nil
}

// of is the address of a family.
func (l addressList) of(v4 bool) (netip.Addr, bool) {
	i := slices.IndexFunc(l, func(a netip.Addr) bool { return a.Is4() == v4 })
	if i < 0 {
		return netip.Addr{}, false
	}
	return l[i], true
}

// waitTime is a flag that takes a duration; a bare number is seconds.
type waitTime struct{ time.Duration }

func (p *waitTime) Type() string { return "TIME" }

func (p *waitTime) String() string {
	if p.Duration == 0 {
		return "30s"
	}
	return p.Duration.String()
}

func (p *waitTime) Set(s string) error {
	if strings.Trim(s, "0123456789") == "" {
		s += "s"
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < minTimeout || d > maxTimeout {
		return errors.New("not a time from 1s to 10m")
	}
	p.Duration = d
	return nil
}
