package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"mailtrace/report"
)

// connectTime is how long is waited for a connection. Postfix waits as long
// (smtp_connect_timeout); RFC 5321 section 4.5.3.2 says nothing of it.
const connectTime = 30 * time.Second

// failure is how connecting ended when it did not succeed.
type failure struct {
	outcome report.Outcome
	why     string
}

// connect opens a connection to an address that may be connected to. The connection is
// nil when it failed.
func (p *Prober) connect(ctx context.Context, t target) (net.Conn, failure) {
	patience := min(connectTime, cmp.Or(p.Patience, connectTime))
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dial := p.Dial
	if dial == nil {
		dial = p.dial
	}
	conn, err := dial(within, t.address)
	switch {
	case err == nil:
		return conn, failure{}
	case ctx.Err() != nil:
		return nil, failure{report.OutcomeUntried, "mailtrace was stopped while it connected"}
	case within.Err() != nil:
		return nil, failure{report.OutcomeTimeout, fmt.Sprintf("nobody answered in %s", inSeconds(patience))}
	}
	return nil, failureOf(err)
}

// dial is the Dial of a Prober that has none.
func (p *Prober) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	from, err := p.from(to.Addr())
	if err != nil {
		return nil, err
	}
	d := net.Dialer{
		KeepAlive: -1, // The conversation is shorter than the interval.
		Control: func(_, address string, _ syscall.RawConn) error {
			// What is connected to at last is looked at once more, whatever
			// came between.
			at, err := netip.ParseAddrPort(address)
			if err != nil || at.Port() != to.Port() || at.Addr().Unmap() != to.Addr().Unmap() {
				return fmt.Errorf("%s would be connected to instead of %s", address, to)
			}
			if p.AllowPrivate {
				return nil
			}
			if why := forbidden(at.Addr()); why != "" {
				return errForbidden(why)
			}
			return nil
		},
	}
	conn, err := d.DialTCP(ctx, "tcp", from, to)
	if err != nil {
		return nil, err // Not a nil *net.TCPConn in an interface.
	}
	return conn, nil
}

// errForbidden says why an address may not be connected to.
type errForbidden string

func (e errForbidden) Error() string { return string(e) }

// errFamily says that the user wants other connections than this one would be.
var errFamily = errors.New("no address of this family was given to connect from (--bind)")

// from is the address to connect from; the zero value lets the system choose.
func (p *Prober) from(to netip.Addr) (netip.AddrPort, error) {
	for _, a := range p.Bind {
		if a.Unmap().Is4() == to.Unmap().Is4() {
			return netip.AddrPortFrom(a, 0), nil
		}
	}
	if len(p.Bind) > 0 {
		return netip.AddrPort{}, errFamily
	}
	return netip.AddrPort{}, nil
}

// failureOf tells the ways apart in which connecting fails.
func failureOf(err error) failure {
	var number syscall.Errno
	var no errForbidden
	switch {
	case errors.As(err, &no):
		return failure{report.OutcomeForbidden, string(no)}
	case errors.Is(err, errFamily):
		return failure{report.OutcomeNoRoute, errFamily.Error()}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return failure{report.OutcomeTimeout, "nobody answered"}
	case errors.Is(err, io.EOF):
		return failure{report.OutcomeClosed, "the connection was closed at once"}
	case !errors.As(err, &number):
		return failure{report.OutcomeUntried, "connecting failed here: " + err.Error()}
	}
	text := number.Error()
	switch number {
	case syscall.ECONNREFUSED, wsaConnRefused:
		return failure{report.OutcomeRefused, "nobody listens at this port, or a packet filter says so"}
	case syscall.ETIMEDOUT, wsaTimedOut:
		return failure{report.OutcomeTimeout, "nobody answered: " + text}
	case syscall.ECONNRESET, syscall.ECONNABORTED, wsaConnReset:
		return failure{report.OutcomeClosed, "the connection was closed at once: " + text}
	case syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EHOSTDOWN, syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT,
		wsaNetUnreach, wsaHostUnreach, wsaAddrNotAvail:
		return failure{report.OutcomeNoRoute, "from here no packet gets there: " + text}
	case syscall.EACCES, syscall.EPERM, wsaAccess:
		return failure{report.OutcomeNoRoute, "this computer, or a packet filter on the way, does not let us connect there: " + text}
	}
	return failure{report.OutcomeUntried, "connecting failed here: " + text}
}

// The same on Windows, where the names of package syscall are numbers of its own. No other
// system has numbers as high.
const (
	wsaAccess       syscall.Errno = 10013
	wsaAddrNotAvail syscall.Errno = 10049
	wsaNetUnreach   syscall.Errno = 10051
	wsaConnReset    syscall.Errno = 10054
	wsaTimedOut     syscall.Errno = 10060
	wsaConnRefused  syscall.Errno = 10061
	wsaHostUnreach  syscall.Errno = 10065
)
