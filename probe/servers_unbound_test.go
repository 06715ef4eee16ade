package probe

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtrace/probe/dns"
	zones "mailtrace/probe/dns/signed"
)

// unboundQuestions are asked of each domain of the big tree.
var unboundQuestions = []struct {
	name string
	typ  dns.Type
}{
	{"", dns.MX}, {"", dns.TXT}, {"", dns.CAA}, {"", dns.NS}, {"mx.", dns.A}, {"mx.", dns.AAAA}, {"_25._tcp.mx.", dns.TLSA}, {"_dmarc.", dns.TXT},
	{"www.", dns.A}, {"www.", dns.AAAA}, {"out.", dns.A}, {"lost.", dns.A}, {"x.y.wild.", dns.TXT}, {"x.y.wild.", dns.MX},
	{"a.moved.", dns.TXT}, {"a.moved.", dns.A}, {"moved.", dns.TXT}, {"t.", dns.TXT}, {"n.t.", dns.TXT}, {"nowhere.", dns.TXT}, {"no.where.", dns.MX}, {"sub.", dns.MX}, {"sub.", dns.TXT}, {"nowhere.sub.", dns.A},
}

// unboundDiffers are the kinds of domain of which unbound says another thing, and why that
// is as it should be: what it says, and what we say.
var unboundDiffers = map[string]struct{ unbound, ours, reason string }{
	"keys-refused": {"bogus", "unverified", "it has no word for keys that cannot be had: whether the answer is right is not known, and we say that"},
}

// TestServersUnbound holds the Validator to Debian's unbound: the same zones, each at its
// own address, the same anchor, and for each domain and type the same outcome. The
// Validator asks a resolver of the tree once, and once unbound itself, with checking
// disabled, as it would ask that of a user.
func TestServersUnbound(t *testing.T) {
	text, origins := bigTreeText(t)
	b := besideUnbound(t, text)
	asked, differ, words := 0, map[string]int{}, map[string]int{}
	for _, domain := range origins {
		kind, _, _ := strings.Cut(domain, ".")
		for _, q := range unboundQuestions {
			asked++
			want := outcomeWords(b.unbound.Lookup(t.Context(), q.name+domain, q.typ))
			words[strings.Fields(want)[0]]++
			for how, v := range b.ours {
				got := outcomeWords(v.Lookup(t.Context(), q.name+domain, q.typ))
				if got == want {
					continue
				}
				if d, ok := unboundDiffers[kind]; ok && strings.HasPrefix(want, d.unbound) && strings.Contains(got, d.ours) {
					differ[kind+": "+d.reason]++
					continue
				}
				t.Errorf("%s%s %s, %s: %s, and unbound says %s", q.name, domain, q.typ, how, got, want)
			}
		}
	}
	t.Logf("%d domains in %d zones, %d questions: unbound says %v", len(origins), b.zones, asked, words)
	for what, n := range differ {
		t.Logf("%d of %d answers differ: %s", n, 2*asked, what)
	}
}

// TestServersUnboundOdd does so with zones that are odd, each in its own way.
func TestServersUnboundOdd(t *testing.T) {
	text, err := os.ReadFile("dns/signed/testdata/odd.zone")
	if err != nil {
		t.Fatal(err)
	}
	b := besideUnbound(t, string(text))
	words := map[string]int{}
	for line := range strings.Lines(string(text)) {
		question, ok := strings.CutPrefix(line, ";? ")
		if !ok {
			continue
		}
		name, typ, _ := strings.Cut(strings.TrimSpace(question), " ")
		kind, ok := dns.ParseType(typ)
		if !ok {
			t.Errorf("no type: %s", question)
			continue
		}
		want := outcomeWords(b.unbound.Lookup(t.Context(), name, kind))
		words[strings.Fields(want)[0]]++
		for how, v := range b.ours {
			if got := outcomeWords(v.Lookup(t.Context(), name, kind)); got != want {
				t.Errorf("%s %s, %s: %s, and unbound says %s", name, typ, how, got, want)
			}
		}
	}
	t.Logf("unbound says %v", words)
}

// beside is unbound, and what is held to it.
type beside struct {
	unbound *dns.Client
	ours    map[string]*dns.Validator // By what they ask.
	zones   int
}

// besideUnbound starts unbound over the zones of a text, and has Validators that ask a
// resolver of the tree, and unbound itself.
func besideUnbound(t *testing.T, text string) beside {
	t.Helper()
	dir := filepath.Join(serversDirectory(t), "debian")
	if _, err := os.Stat(filepath.Join(dir, "usr/sbin/unbound")); err != nil {
		t.Skip("there is no unbound here: testdata/servers/unpack.sh has it")
	}
	now := time.Now().Truncate(time.Second).UTC()
	tree, err := zones.New(text, zones.Options{Now: now, Addresses: true})
	if err != nil {
		t.Fatal(err)
	}
	root, stop, err := tree.ServeZones(53) // NS records have no ports.
	if err != nil {
		t.Skipf("the zones cannot be served: %v", err)
	}
	t.Cleanup(stop)
	recursive, stop, err := tree.Serve(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	server := startUnbound(t, dir, root, tree.Anchor().String())
	anchor := tree.Anchor()
	anchors := []dns.Anchor{{KeyTag: anchor.KeyTag, Algorithm: anchor.Algorithm, Digest: anchor.DigestType, Data: anchor.Digest}}
	asking := func(at netip.AddrPort) *dns.Client { return &dns.Client{Servers: []dns.Server{{Address: at}}} }
	return beside{asking(server), map[string]*dns.Validator{
		"over the tree": {Client: asking(recursive), Anchors: anchors},
		"over unbound":  {Client: asking(server), Anchors: anchors},
	}, tree.Zones()}
}

// outcomeWords is an outcome: its status, its records and aliases, and what it is worth.
func outcomeWords(a *dns.Answer, err error) string {
	var fail *dns.Error
	switch {
	case errors.As(err, &fail) && fail.Secure == dns.Bogus:
		return "bogus"
	case err != nil:
		return err.Error()
	}
	records := []string{}
	for i := range a.Records {
		records = append(records, a.Records[i].Format(a.Type))
	}
	slices.Sort(records)
	return fmt.Sprint(a.Secure, " ", a.Status, " ", records, " ", a.Alias)
}

const unboundConf = `server:
	directory: "/tmp"
	chroot: ""
	username: ""
	pidfile: ""
	use-syslog: no
	logfile: ""
	verbosity: 1
	val-log-level: 2
	do-daemonize: no
	interface: %[1]s
	port: %[2]d
	do-ip6: no
	do-not-query-localhost: no
	module-config: "validator iterator"
	trust-anchor: "%[3]s"
	num-threads: 1
	val-sig-skew-min: 0
	val-sig-skew-max: 0
	qname-minimisation: no
stub-zone:
	name: "."
	stub-addr: %[4]s@%[5]d
`

// startUnbound runs unbound until the test ends, with the root at an address, and gives
// where it answers.
func startUnbound(t *testing.T, dir string, root netip.AddrPort, anchor string) netip.AddrPort {
	t.Helper()
	free, err := net.Listen("tcp", "127.53.255.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(free.Addr().String())
	free.Close()
	f, err := os.CreateTemp(filepath.Join(dir, "tmp"), "unbound-*.conf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(f.Name()) })
	fmt.Fprintf(f, unboundConf, at.Addr(), at.Port(), strings.Join(strings.Fields(anchor), " "), root.Addr(), root.Port())
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command("chroot", dir, "/usr/sbin/unbound", "-d", "-c", filepath.Join("/tmp", filepath.Base(f.Name())))
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			text := said.String()
			t.Log(text[max(0, len(text)-20000):])
		}
	})
	for end := time.Now().Add(30 * time.Second); !listening(t, at); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) || len(ended) > 0 {
			t.Fatalf("unbound does not listen: %s", said.String())
		}
	}
	return at
}
