package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"mailtrace/report"
)

// handshakeFailure says how a handshake failed, and why in words:
//
//   - timeout: the time that we wait was over. Why is not known.
//   - protocol: what came is beyond what we can read. Others may well get on with it.
//   - untried: we were stopped.
//   - tls: the server refused, hung up, or what it sent is no TLS.
func handshakeFailure(ctx context.Context, err error) (report.Outcome, string) {
	var (
		record  tls.RecordHeaderError
		network *net.OpError
	)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return report.OutcomeTimeout, "the handshake did not come to its end in the time that we wait"
	case ctx.Err() != nil:
		return report.OutcomeUntried, "stopped in the middle of the handshake"
	case errors.As(err, &network) && network.Op == "remote error":
		return report.OutcomeTLS, alertText(network.Err.Error())
	case errors.As(err, &record):
		return report.OutcomeTLS, notTLS(record)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return report.OutcomeTLS, "the server cut the connection in the middle of the handshake (reset)"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe), errors.Is(err, net.ErrClosed):
		return report.OutcomeTLS, "the server closed the connection in the middle of the handshake"
	}
	text := strings.TrimPrefix(err.Error(), "tls: ")
	for _, ours := range [...]string{"failed to parse certificate", "server sent certificate containing RSA key", "handshake message of length", "server's certificate contains an unsupported type"} {
		if strings.HasPrefix(text, ours) {
			return report.OutcomeProtocol, "mailtrace cannot read what the server sent: " + clipped(text, maxWhy)
		}
	}
	return report.OutcomeTLS, "the server's side of the handshake is wrong: " + clipped(text, maxWhy)
}

// maxWhy is how much of an error is told, in octets: names out of a certificate stand in
// some.
const maxWhy = 300

// alertText is an alert of the server, which crypto/tls tells by its name in RFC 8446
// section 6 alone, in words.
func alertText(alert string) string {
	return fmt.Sprintf("the server ended the handshake with the alert %q", strings.TrimPrefix(alert, "tls: "))
}

// alertHint is what is usually behind an alert, by the words of alertText; "" where that
// is not known.
func alertHint(why string) string {
	alert, _ := strings.CutPrefix(why, alertText("")[:len(alertText(""))-1])
	switch strings.TrimSuffix(alert, `"`) {
	case "handshake failure", "insufficient security level":
		return "it found no way to encrypt, or no certificate of its own, that both sides accept; mailtrace offers every way but Diffie-Hellman of the old kind"
	case "protocol version not supported":
		return "it speaks none of TLS 1.0 to 1.3"
	case "unrecognized name":
		return "it has no certificate for the name that was asked for"
	case "certificate required":
		return "it wants a certificate from the sender, and servers that bring mail show none"
	case "internal error":
		return "often it cannot read its own certificate or key"
	}
	return ""
}

// notTLS says what came in place of TLS.
func notTLS(e tls.RecordHeaderError) string {
	b := e.RecordHeader[:]
	for _, c := range b {
		if c < ' ' && c != '\r' && c != '\n' || c > '~' {
			return fmt.Sprintf("the server answered with something that is not TLS, beginning % x", b)
		}
	}
	return fmt.Sprintf("the server answered with plain text in place of TLS, beginning %q", b)
}

// clipped is at most n octets of s, and a sign where there were more.
func clipped(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
