package probe

import (
	"errors"
	"net"
	"time"
)

// errSession is what reading ends with when a server has sent maxSession octets.
var errSession = errors.New("more octets than one conversation may have")

// meter is a connection that lets in only so many octets, all of TLS included, and that
// nobody can make wait longer than until its end: crypto/tls sets deadlines of its
// own, 5 s to say goodbye.
type meter struct {
	net.Conn
	left    int    // Octets that may still be read.
	pending []byte // Octets that were read and are to be read again.
	end     time.Time
	eof     bool // The other side ended the connection; TLS may have been closed before, or not.
}

func (m *meter) Read(b []byte) (int, error) {
	if len(m.pending) > 0 {
		n := copy(b, m.pending)
		m.pending = m.pending[n:]
		return n, nil
	}
	if m.left == 0 {
		return 0, errSession
	}
	n, err := m.Conn.Read(b[:min(len(b), m.left)])
	m.left -= n
	if err != nil && !timedOut(err) {
		m.eof = true
	}
	return n, err
}

// until is the end where t is later, or never.
func (m *meter) until(t time.Time) time.Time {
	if t.IsZero() || t.After(m.end) {
		return m.end
	}
	return t
}

func (m *meter) SetDeadline(t time.Time) error      { return m.Conn.SetDeadline(m.until(t)) }
func (m *meter) SetReadDeadline(t time.Time) error  { return m.Conn.SetReadDeadline(m.until(t)) }
func (m *meter) SetWriteDeadline(t time.Time) error { return m.Conn.SetWriteDeadline(m.until(t)) }

// timedOut says whether a network error is that time ran out.
func timedOut(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}
