package probe

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// serversDirectory is where unpack.sh put the servers.
func serversDirectory(t *testing.T) string {
	dir := os.Getenv("MAILTRACE_SERVERS")
	if dir == "" {
		t.Skip("MAILTRACE_SERVERS is not set: make test-servers has Postfix, Exim, OpenSMTPD and unbound")
	}
	return dir
}

// serverFiles is what servers and prober are told of the cases.
type serverFiles struct {
	t     *testing.T
	ca    *testCA
	dir   string       // Of certificates and of the file of cases.
	cases bytes.Buffer // As start.sh reads them.
	zone  strings.Builder
}

func newServerFiles(t *testing.T, ca *testCA) *serverFiles {
	return &serverFiles{t: t, ca: ca, dir: t.TempDir()}
}

// add has a server listen at the address, at ports "25 587 465s".
func (f *serverFiles) add(server mailServer, c serverCase, host string, address netip.Addr, ports string) []endpointCase {
	cert, key := "-", "-"
	if c.certificate != "" {
		cert, key = writeCertificate(f.t, f.dir, f.ca.certificate(c.certificate, host))
	}
	if c.option == "broken" { // The key of another.
		_, key = writeCertificate(f.t, f.dir, f.ca.certificate("ecdsa", host))
	}
	if c.option == "dual" {
		cert2, key2 := writeCertificate(f.t, f.dir, f.ca.certificate("ecdsa", host))
		f.rename(cert2, strings.TrimSuffix(cert, ".pem")+".ecdsa.pem")
		f.rename(key2, strings.TrimSuffix(key, ".key")+".ecdsa.key")
	}
	cert, key = filepath.Base(cert), filepath.Base(key)
	size, option := c.size, c.option
	if server.only {
		size = server.size
	}
	if option == "" {
		option = "-"
	}
	fmt.Fprintln(&f.cases, strings.Join([]string{server.name, host, address.String(), ports, cert, key, strconv.FormatInt(size, 10), option}, "\t"))

	kind := "AAAA"
	if address.Is4() {
		kind = "A"
	}
	fmt.Fprintf(&f.zone, "%[1]s MX 10 %[1]s.\n%[1]s %[2]s %[3]s\n", host, kind, address)
	var endpoints []endpointCase
	for port := range strings.FieldsSeq(ports) {
		n, err := strconv.ParseUint(strings.TrimSuffix(port, "s"), 10, 16)
		if err != nil {
			f.t.Fatal(err)
		}
		switch n {
		case 587:
			fmt.Fprintf(&f.zone, "_submission._tcp.%[1]s SRV 0 1 587 %[1]s.\n", host)
		case 465:
			fmt.Fprintf(&f.zone, "_submissions._tcp.%[1]s SRV 0 1 465 %[1]s.\n", host)
		}
		endpoints = append(endpoints, endpointCase{server, c, host, netip.AddrPortFrom(address, uint16(n))})
	}
	return endpoints
}

func (f *serverFiles) rename(from, to string) {
	if err := os.Rename(from, to); err != nil {
		f.t.Fatal(err)
	}
}

// start runs the servers until the test ends, and returns when they listen.
func (f *serverFiles) start(dir string, endpoints []endpointCase) {
	f.t.Helper()
	begin := time.Now()
	file := filepath.Join(f.dir, "cases")
	if err := os.WriteFile(file, f.cases.Bytes(), 0o600); err != nil {
		f.t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command("bash", "testdata/servers/start.sh", dir, file)
	cmd.Stdout, cmd.Stderr = &said, &said
	in, err := cmd.StdinPipe()
	if err != nil {
		f.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	f.t.Cleanup(func() {
		in.Close() // start.sh stops the servers then.
		if err := <-ended; err != nil {
			f.t.Errorf("start.sh: %v\n%s", err, said.String())
		}
		if f.t.Failed() {
			f.t.Log(serverLogs(dir))
		}
	})
	for _, c := range endpoints {
		for end := time.Now().Add(time.Minute); !listening(f.t, c.to); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) || len(ended) > 0 {
				f.t.Fatalf("%s does not listen at %s", c.server.name, c.to)
			}
		}
	}
	f.t.Logf("the servers listen after %.1f s", time.Since(begin).Seconds())
}

// listening looks for a listener in the tables of the kernel: a connection would be
// one more for the server, and a table of bad ones for its logs.
func listening(t *testing.T, a netip.AddrPort) bool {
	file := "/proc/net/tcp"
	ip := a.Addr().AsSlice()
	if a.Addr().Is6() {
		file = "/proc/net/tcp6"
	}
	var address strings.Builder
	for word := range slices.Chunk(ip, 4) { // As a number in the machine's order.
		fmt.Fprintf(&address, "%02X%02X%02X%02X", word[3], word[2], word[1], word[0])
	}
	table, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const listen = "0A"
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) > 3 && f[1] == fmt.Sprintf("%s:%04X", address.String(), a.Port()) && f[3] == listen {
			return true
		}
	}
	return false
}

// serverLogs is the end of what each server wrote.
func serverLogs(dir string) string {
	var b strings.Builder
	for _, pattern := range []string{"*.log", "*.out", "exim4/*log"} {
		files, _ := filepath.Glob(filepath.Join(dir, "*/var/log", pattern))
		for _, name := range files {
			text, _ := os.ReadFile(name)
			fmt.Fprintf(&b, "%s:\n%s\n", name, text[max(0, len(text)-1500):])
		}
	}
	return b.String()
}
