package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/report"
)

func TestAttempts(t *testing.T) {
	all := attempts()
	if len(all) != furtherConnections {
		t.Errorf("--tls full does %d handshakes, and says that it opens %d connections", len(all), furtherConnections)
	}
	seen := map[string]bool{}
	for _, a := range all {
		if a.purpose == "" || seen[a.purpose] {
			t.Errorf("purpose %q is empty, or there twice", a.purpose)
		}
		seen[a.purpose] = true
		if (a.set == nil) == (a.suites == nil) {
			t.Errorf("%s: one of the two has to be there", a.purpose)
		}
		if a.set != nil {
			if c := widest(target{host: "mx.example.org"}); true {
				a.set(c)
				if c.MaxVersion < tls.VersionTLS13 && len(c.CipherSuites) == 0 {
					t.Errorf("%s offers no suite", a.purpose)
				}
			}
		}
	}
}

// tlsServer answers each connection with a handshake as configured and "221" to QUIT.
func tlsServer(t *testing.T, config *tls.Config, opened *int) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		*opened++
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			c := tls.Server(theirs, config)
			if c.Handshake() != nil {
				return
			}
			b := make([]byte, 6)
			if _, err := io.ReadFull(c, b); err != nil || string(b) != "QUIT\r\n" {
				t.Errorf("client said %q, %v", b, err)
				return
			}
			_, _ = io.WriteString(c, "221 bye\r\n")
			_, _ = io.Copy(io.Discard, c)
		}()
		return ours, nil
	}
}

// --tls full tells what else a server speaks, and finds both of its certificates.
func TestFurther(t *testing.T) {
	ca := authority()
	at := target{host: "mx.example.org"}
	config := &tls.Config{MinVersion: tls.VersionTLS11, Certificates: []tls.Certificate{ca.certificate("ecdsa", at.host), ca.certificate("good", at.host)}}
	synctest.Test(t, func(t *testing.T) {
		p := &Prober{Roots: ca.roots(), Now: clock}
		var e report.Endpoint
		opened := 0
		open := tlsServer(t, config, &opened)
		conn, _ := open(t.Context())
		c, h, sent := p.handshake(t.Context(), conn, at)
		if h.Outcome != report.OutcomeOK || h.Version != "TLS 1.3" || h.Group != "X25519MLKEM768" || h.ServerName != at.host || h.Retry {
			t.Errorf("handshake: %+v", h)
		}
		goodbye(conn, c, false)
		e.TLS = &h
		e.Certificates = append(e.Certificates, p.certificate(sent, at.host, clock()))
		opened = 0
		p.further(t.Context(), at, &e, open)
		var got []string
		for _, h := range e.Handshakes {
			got = append(got, h.Purpose+": "+string(h.Outcome))
			if (h.Outcome == report.OutcomeOK) != (h.Why == "") {
				t.Errorf("%s: %s, and why is %q", h.Purpose, h.Outcome, h.Why)
			}
		}
		want := []string{
			purposeRSA + ": ok", purposeECDSA + ": ok", purposeStatic + ": tls", purposeTLS11 + ": ok", purposeTLS10 + ": tls",
			purposeNoName + ": ok", purposeDHE + ": tls", purposeNoCrypt + ": tls",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if opened != len(want) {
			t.Errorf("%d connections for %d handshakes", opened, len(want))
		}
		if len(e.Certificates) != 2 || e.Certificates[0].Key == e.Certificates[1].Key {
			t.Errorf("%d certificates: %+v", len(e.Certificates), e.Certificates)
		}
	})
}

// A server that lets nobody in any more is asked once.
func TestFurtherRefused(t *testing.T) {
	p := &Prober{}
	e := report.Endpoint{TLS: &report.Handshake{Outcome: report.OutcomeOK, Version: "TLS 1.3"}}
	opened := 0
	p.further(t.Context(), target{host: "mx.example.org"}, &e, func(context.Context) (net.Conn, error) {
		opened++
		return nil, errors.New("421 too many connections")
	})
	if opened != 1 || len(e.Handshakes) < 5 {
		t.Errorf("asked %d times, for %d handshakes", opened, len(e.Handshakes))
	}
	for _, h := range e.Handshakes {
		if h.Outcome != report.OutcomeUntried || !strings.Contains(h.Why, "421") {
			t.Errorf("%s: %s, %q", h.Purpose, h.Outcome, h.Why)
		}
	}
}

// A handshake that is silent, or comes octet by octet, has an end; the connection is closed.
func TestHandshakeDeadline(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"silent": func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"drip": func(c net.Conn) {
			go func() { _, _ = io.Copy(io.Discard, c) }()
			for _, b := range append([]byte{22, 3, 3, 0x3f, 0xff}, make([]byte, 1<<14)...) {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				done := make(chan struct{})
				go func() { serve(theirs); theirs.Close(); close(done) }()
				began := time.Now()
				c, h, _ := (&Prober{Patience: 10 * time.Second}).handshake(context.Background(), ours, target{host: "mx.example.org"})
				if d := time.Since(began); c != nil || h.Outcome != report.OutcomeTimeout || d > 11*time.Second {
					t.Errorf("%s (%s) after %s", h.Outcome, h.Why, d)
				}
				if _, err := ours.Write([]byte{0}); !errors.Is(err, io.ErrClosedPipe) {
					t.Errorf("the connection is left open: %v", err)
				}
				<-done
			})
		})
	}
}

func TestHandshakeFailure(t *testing.T) {
	remote := func(a tls.AlertError) error { return &net.OpError{Op: "remote error", Err: a} }
	for _, c := range []struct {
		err     error
		outcome report.Outcome
		why     string // How it begins.
	}{
		{remote(40), report.OutcomeTLS, `the server ended the handshake with the alert "handshake failure"`},
		{remote(70), report.OutcomeTLS, `the server ended the handshake with the alert "protocol version not supported"`},
		{remote(200), report.OutcomeTLS, `the server ended the handshake with the alert "alert(200)"`},
		{io.EOF, report.OutcomeTLS, "the server closed the connection"},
		{os.NewSyscallError("read", syscall.ECONNRESET), report.OutcomeTLS, "the server cut the connection"},
		{os.ErrDeadlineExceeded, report.OutcomeTimeout, "the handshake did not come to its end"},
		{context.DeadlineExceeded, report.OutcomeTimeout, "the handshake did not come to its end"},
		{tls.RecordHeaderError{RecordHeader: [5]byte{'2', '2', '0', ' ', 'm'}}, report.OutcomeTLS, `the server answered with plain text in place of TLS, beginning "220 m"`},
		{tls.RecordHeaderError{RecordHeader: [5]byte{0, 1, 2, 3, 0x1b}}, report.OutcomeTLS, "the server answered with something that is not TLS, beginning 00 01 02 03 1b"},
		{errors.New("tls: failed to parse certificate from server: x509: negative serial number"), report.OutcomeProtocol, "mailtrace cannot read what the server sent: failed to parse certificate from server: x509: negative serial number"},
		{errors.New("tls: server selected unsupported protocol version 300"), report.OutcomeTLS, "the server's side of the handshake is wrong: server selected"},
		{errors.New("tls: " + strings.Repeat("x", 5000)), report.OutcomeTLS, "the server's side of the handshake is wrong: xxx"},
	} {
		outcome, why := handshakeFailure(context.Background(), c.err)
		if outcome != c.outcome || !strings.HasPrefix(why, c.why) || len(why) > 2*maxWhy {
			t.Errorf("%v: %s, %q", c.err, outcome, why)
		}
	}
	if hint := alertHint(alertText("internal error")); !strings.Contains(hint, "key") {
		t.Errorf("the hint is %q", hint)
	}
	if hint := alertHint("the server closed the connection"); hint != "" {
		t.Errorf("the hint is %q", hint)
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if outcome, _ := handshakeFailure(stopped, context.Canceled); outcome != report.OutcomeUntried {
		t.Errorf("stopped is %s", outcome)
	}
}
