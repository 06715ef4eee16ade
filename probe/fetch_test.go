package probe

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

const (
	stsZone = "example.org. MX 10 mx1.example.org.\nmx1.example.org. A 192.0.2.10\n_mta-sts.example.org. TXT \"v=STSv1; id=1\"\n" +
		"mta-sts.example.org. A 192.0.2.80\n"
	stsText = "version: STSv1\nmode: enforce\nmax_age: 604800\nmx: *.example.org\n"
)

// webServer is a real one, and a prober that comes to it, whatever it dials.
func webServer(t *testing.T, h2 bool, handler http.HandlerFunc) (p *Prober, read *atomic.Int64) {
	t.Helper()
	read = &atomic.Int64{}
	w := httptest.NewUnstartedServer(handler)
	w.EnableHTTP2 = h2
	w.TLS = &tls.Config{Certificates: []tls.Certificate{authority().certificate("ecdsa", "mta-sts.example.org")}}
	w.Config.ErrorLog = nil
	w.StartTLS()
	t.Cleanup(w.Close)
	zone, err := dns.ParseZone(stsZone)
	if err != nil {
		t.Fatal(err)
	}
	return &Prober{
		Version: "test", Now: clock, Roots: authority().roots(), AllowPrivate: true,
		DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: zone} },
		Dial: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			if to != netip.MustParseAddrPort("192.0.2.80:443") {
				return nil, net.ErrClosed
			}
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.Listener.Addr().String())
			return &countedConn{conn, read}, err
		},
	}, read
}

type countedConn struct {
	net.Conn
	read *atomic.Int64
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read.Add(int64(n))
	return n, err
}

// TestFetchBounds has web servers that send what no policy is: no more is read of it than
// the bound, and what senders would make of it is said.
func TestFetchBounds(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1") // Nobody goes there.
	bomb := gzipBomb()
	text := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, body)
		}
	}
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		outcome report.Outcome
		why     string
	}{
		{"good", text(stsText), report.OutcomeOK, ""},
		{"just the bound", text(strings.Repeat("a", maxPolicy)), report.OutcomeOK, ""},
		{"one more", text(strings.Repeat("a", maxPolicy+1)), report.OutcomeProtocol, "it is larger than 65,536 octets, and senders read no more"},
		{"10 MB", text(strings.Repeat("mx: mx1.example.org\n", 500_000)), report.OutcomeProtocol, "it is larger than 65,536 octets, and senders read no more"},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		}, report.OutcomeProtocol, "it is larger than 65,536 octets, and senders read no more"},
		{"bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		}, report.OutcomeProtocol, `the web server sent it compressed ("gzip"), which nobody asked for`},
		{"redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, report.OutcomeRejected,
			`the web server answered 302 (Found) and sent us on to "/elsewhere", where senders must not go`},
		{"large header", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Large", strings.Repeat("a", 1<<20)) }, report.OutcomeProtocol, "*"},
		{"cookie and request", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding")+r.Header.Get("Cookie") != "" || r.UserAgent() != "mailtrace/test" || r.Host != "mta-sts.example.org" || r.URL.Path != stsPath {
				http.Error(w, fmt.Sprint(r.URL, r.Header), http.StatusBadRequest)
			}
		}, report.OutcomeOK, ""},
	} {
		for _, h2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/h2=%v", test.name, h2), func(t *testing.T) {
				p, read := webServer(t, h2, func(w http.ResponseWriter, r *http.Request) {
					if (r.ProtoMajor == 2) != h2 {
						t.Errorf("%s was spoken", r.Proto)
					}
					test.handler(w, r)
				})
				f := p.fetch(t.Context(), p.recorder(), "mta-sts.example.org", stsPath)
				if f.outcome != test.outcome || f.why != test.why && test.why != "*" || f.unknown {
					t.Errorf("%s: %s (not known: %v), want %s: %s", f.outcome, f.why, f.unknown, test.outcome, test.why)
				}
				// What is under way when we stop is read too: the window of HTTP/2 bounds it.
				if n := read.Load(); n > 8<<20 || !h2 && n > 256<<10 {
					t.Errorf("%d octets were read", n)
				}
			})
		}
	}
}

// gzipBomb is some octets that become 50 MB.
func gzipBomb() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.Copy(z, io.LimitReader(zeros{}, 50<<20))
	z.Close()
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestFetchFails: neither a mistake of ours nor a stop costs the rest of the report.
func TestFetchFails(t *testing.T) {
	for _, test := range []struct {
		name string
		dial func(context.Context, context.CancelFunc) (net.Conn, error)
		why  string
	}{
		{"panic", func(context.Context, context.CancelFunc) (net.Conn, error) { panic("a bug") },
			"mailtrace itself failed here: a bug; please report this to its authors"},
		{"stopped", func(ctx context.Context, stop context.CancelFunc) (net.Conn, error) { stop(); return nil, ctx.Err() },
			"mailtrace was stopped while it asked the web server"},
	} {
		d := parseDialogs(t, authority(), "@ 192.0.2.10:25\nD: good\n", stsZone)
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			p := testProber(t, d, stsZone, clock(), nil)
			p.Dial = func(c context.Context, to netip.AddrPort) (net.Conn, error) {
				if to.Port() == 443 {
					time.Sleep(time.Second)
					return test.dial(c, stop)
				}
				return d.dial(c, to)
			}
			r := p.Domain(ctx, "example.org")
			synctest.Wait()
			valid(t, r)
			m := r.Policies.MTASTS
			if m == nil || m.Status != report.PolicyUnknown || m.Why != test.why || m.Outcome != report.OutcomeUntried {
				t.Errorf("%s: %+v", test.name, m)
			}
			if r.Error != "" || r.Hosts[0].Endpoints[0].Outcome != report.OutcomeOK || r.Policies.TLSRPT.Status != report.PolicyNone {
				t.Errorf("%s: %q, %+v, %+v", test.name, r.Error, r.Hosts[0].Endpoints[0].Outcome, r.Policies.TLSRPT)
			}
		})
	}
}

// TestPoliciesBeside: the policies are looked at while the servers are spoken to, and what
// was found stands in the report.
func TestPoliciesBeside(t *testing.T) {
	const zone = stsZone + "example.org. MX 20 mx.example.net.\nmx.example.net. A 192.0.2.11\n_smtp._tls.example.org. TXT \"v=TLSRPTv1; rua=mailto:a@example.org\"\n"
	d := parseDialogs(t, authority(), `@ 192.0.2.10:25 192.0.2.11:25
X: wait 25s
D: good
@ 192.0.2.80:443
X: wait 25s
P: 200 text/plain
| version: STSv1
| mode: testing
| max_age: 604800
| mx: mx1.example.org
| mx: *.example.com
`, zone)
	synctest.Test(t, func(t *testing.T) {
		p := testProber(t, d, zone, clock(), nil)
		began := time.Now()
		r := p.Domain(t.Context(), "example.org")
		if took := time.Since(began); took > 28*time.Second {
			t.Errorf("it took %s", took)
		}
		synctest.Wait()
		valid(t, r)
		m, rpt := r.Policies.MTASTS, r.Policies.TLSRPT
		if got := fmt.Sprintf("%s %q %s %s %s %d %s %d %v %v %v", m.Status, m.Why, m.ID, m.URL, m.Outcome, *m.HTTPStatus, m.Mode, *m.MaxAge, m.MX, m.Unmatched, m.Unused); got !=
			`found "" 1 https://mta-sts.example.org/.well-known/mta-sts.txt ok 200 testing 604800 [mx1.example.org *.example.com] [mx.example.net] [*.example.com]` {
			t.Error(got)
		}
		if rpt.Status != report.PolicyFound || len(rpt.RUA) != 1 || rpt.RUA[0] != "mailto:a@example.org" {
			t.Errorf("%+v", rpt)
		}
		if r.Cost.Fetches != 1 || r.Cost.Connections != 2 {
			t.Errorf("cost %+v", r.Cost)
		}
	})
	if len(d.faults) > 0 {
		t.Error(d.faults)
	}
}

// TestPolicyRecordsBounded: a thousand records of 60 KB do not fill the report.
func TestPolicyRecordsBounded(t *testing.T) {
	var records []dns.Record
	for i := range 1000 {
		records = append(records, dns.Record{Text: fmt.Appendf(nil, "v=STSv1; id=%d; x=%s", i, strings.Repeat("\x1b", 60_000))})
	}
	l := textRecords{lookup: lookup{answer: &dns.Answer{Name: "_mta-sts.example.org", Type: dns.TXT, Records: records}}, kept: records}
	size := len(l.text())
	for _, e := range l.evidence() {
		size += len(e.Bytes())
	}
	status, why := l.status(stsVersion)
	if size > (maxRecordsShown+2)*(maxRecord+10) || status != report.PolicyInvalid || why != "there are 1000 records, and senders take it for none" {
		t.Errorf("%d octets: %s: %s", size, status, why)
	}
}
