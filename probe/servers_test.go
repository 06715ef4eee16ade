package probe

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtrace/report"
)

// serverCase is one way to set up a server, and what has to be seen there.
type serverCase struct {
	certificate string // A kind of testCA; "" for none, and no STARTTLS.
	option      string // Of testdata/servers/start.sh.
	size        int64
	ports       string // "25" when "".

	faults   []report.Fault
	days     int // That the certificate is still valid.
	starttls report.StartTLS
	outcome  report.Outcome
}

const mebibyte = 1 << 20

// serverCases are those of each server.
var serverCases = []serverCase{
	{certificate: "good", ports: "25 587 465s", size: 10 * mebibyte},
	{certificate: "ecdsa", size: 50 * mebibyte, ports: "25 587 465s"},
	{certificate: "expired", ports: "25 587 465s"},
	{certificate: "not-yet-valid"},
	{certificate: "expiring"},
	{certificate: "wrong-name"},
	{certificate: "self-signed"},
	{certificate: "expired+wrong-name+self-signed"},
	{certificate: "missing-intermediate"},
	{certificate: "expired-intermediate"},
	{certificate: "unknown-authority"},
	{certificate: "weak-key"},
	{certificate: "sha1"},
	{certificate: "cn-only"},
	{certificate: "wrong-usage"},
	{certificate: "with-root"},
	{certificate: "wildcard"},
	{certificate: "must-staple"},
	{certificate: "sans:300"},
	{certificate: "chain:5"},
	{certificate: "good", option: "auth-plain", size: 1000},
	{certificate: "good", option: "421"},
	{certificate: "good", option: "554"},
	{certificate: "good", option: "broken"},
	{certificate: "good", option: "tls1.0"},
	{option: "-"},
}

func (c serverCase) String() string {
	if c.certificate == "" {
		return "off"
	}
	return strings.Trim(strings.NewReplacer("+", "-", ":", "-", ".", "-").Replace(c.certificate+"-"+c.option), "-")
}

func TestServers(t *testing.T) {
	dir := os.Getenv("MAILTRACE_SERVERS")
	if dir == "" {
		t.Skip("MAILTRACE_SERVERS is not set: make test-servers has Postfix, Exim and OpenSMTPD")
	}
	now := time.Now().Truncate(time.Second)
	ca := newTestCA(t, now)
	files := t.TempDir()
	var lines bytes.Buffer
	type ep struct {
		name string
		port string
		to   netip.AddrPort
	}
	var eps []ep
	for i, server := range []string{"postfix", "exim", "opensmtpd", "opensmtpd-bpo"} {
		for n, c := range serverCases {
			name := fmt.Sprintf("%s.%s.example.net", c, server)
			cert, key := "-", "-"
			if c.certificate != "" {
				cert, key = writeCertificate(t, files, ca.certificate(c.certificate, name, "v6."+name))
				if c.option == "broken" {
					_, key = writeCertificate(t, files, ca.certificate("ecdsa", name))
				}
			}
			ports := c.ports
			if ports == "" {
				ports = "25"
			}
			opt := c.option
			if opt == "" {
				opt = "-"
			}
			fmt.Fprintf(&lines, "%s\t%s\t127.0.%d.%d\t%s\t%s\t%s\t%d\t%s\n", server, name, 25+i, n+1, ports, cert, key, c.size, opt)
			fmt.Fprintf(&lines, "%s\tv6.%s\t::1\t%d\t%s\t%s\t%d\t%s\n", server, name, 20000+100*i+n, cert, key, c.size, opt)
			for _, p := range strings.Fields(ports) {
				eps = append(eps, ep{name, p, netip.MustParseAddrPort(fmt.Sprintf("127.0.%d.%d:%s", 25+i, n+1, strings.TrimSuffix(p, "s")))})
			}
			eps = append(eps, ep{"v6." + name, "25", netip.MustParseAddrPort(fmt.Sprintf("[::1]:%d", 20000+100*i+n))})
		}
	}
	startServers(t, dir, lines.Bytes(), func() []netip.AddrPort {
		var a []netip.AddrPort
		for _, e := range eps {
			a = append(a, e.to)
		}
		return a
	}())
	for _, e := range eps {
		begin := time.Now()
		s := talk(e.to.String(), e.name, strings.HasSuffix(e.port, "s"))
		t.Logf("%s %s %s %d ms: %s", e.name, e.to, e.port, time.Since(begin).Milliseconds(), s)
	}
}

// startServers runs the servers until the test ends.
func startServers(t *testing.T, dir string, cases []byte, listen []netip.AddrPort) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cases")
	if err := os.WriteFile(file, cases, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "testdata/servers/start.sh", dir, file)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		in.Close()
		if err := <-ended; err != nil {
			t.Errorf("start.sh: %v", err)
		}
		if t.Failed() || said.Len() > 0 {
			t.Logf("start.sh: %s", said.String())
		}
	})
	for _, a := range listen {
		if err := listening(a, 10*time.Second); err != nil {
			for _, f := range []string{"postfix.log", "postfix.out", "exim.out", "exim4/mainlog", "exim4/paniclog", "opensmtpd.out"} {
				b, _ := os.ReadFile(filepath.Join(dir, "debian/var/log", f))
				t.Logf("%s:\n%s", f, b[max(0, len(b)-2000):])
			}
			t.Fatal(err)
		}
	}
	_ = slices.Sort[[]int]
	_ = io.EOF
}

// listening waits until somebody listens there.
func listening(a netip.AddrPort, most time.Duration) error {
	for end := time.Now().Add(most); ; time.Sleep(50 * time.Millisecond) {
		c, err := net.DialTimeout("tcp", a.String(), time.Second)
		if err == nil {
			return c.Close()
		}
		if time.Now().After(end) {
			return fmt.Errorf("nobody listens: %w", err)
		}
	}
}
