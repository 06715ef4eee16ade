package dns

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// maxStrays bounds the datagrams that are passed over while waiting for the reply:
// late replies to earlier questions do not come to our port, so they are someone's
// guesses.
const maxStrays = 64

// maxDatagram leaves room for servers that send more than was allowed to them.
const maxDatagram = 4096

var (
	errStray   = errors.New("what came back was not the reply to this question")
	errCut     = errors.New("the connection ended in the middle of the reply")
	errTooMany = errors.New("the answer was cut off over TCP too")
)

// malformed is an error about what a server sent.
type malformed struct{ error }

func (e malformed) Unwrap() error { return e.error }

// query is a question as it was put to a server.
type query struct {
	question
	manner
	sent []byte
}

// exchange sends one question to one server, and reads its reply.
func (c *Client) exchange(ctx context.Context, s Server, asked question, how manner) (*reply, error) {
	sent, err := asked.pack(how)
	if err != nil {
		return nil, err
	}
	if c.direct {
		sent[2] &^= 1 // RD.
	}
	q := query{asked, how, sent}
	if s.TLSName != "" {
		return c.overTLS(ctx, s, q)
	}
	r, err := c.overUDP(ctx, s, q)
	if err == nil && r.truncated {
		r, err = c.overTCP(ctx, s, q)
	}
	return r, err
}

func (c *Client) dial(ctx context.Context, network string, s Server) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial(ctx, network, s.Address.String())
	}
	var d net.Dialer
	return d.DialContext(ctx, network, s.Address.String())
}

// until lets a connection fail at once when the context ends.
func until(ctx context.Context, conn net.Conn) (stop func() bool, err error) {
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }), nil
}

// overUDP uses a socket that is connected, so that the kernel drops what other
// addresses send.
func (c *Client) overUDP(ctx context.Context, s Server, q query) (*reply, error) {
	conn, err := c.dial(ctx, "udp", s)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop, err := until(ctx, conn)
	if err != nil {
		return nil, err
	}
	defer stop()
	if _, err := conn.Write(q.sent); err != nil {
		return nil, err
	}
	buffer := make([]byte, maxDatagram)
	for strays := 0; ; strays++ {
		n, err := conn.Read(buffer)
		switch {
		case err != nil && strays > 0 && isTimeout(err) || strays == maxStrays:
			return nil, malformed{errStray}
		case err != nil:
			return nil, err
		case repliesTo(q.sent, buffer[:n]):
			return parsed(buffer[:n], q)
		}
	}
}

func parsed(wire []byte, q query) (*reply, error) {
	read := readReply
	if q.signatures {
		read = readSigned
	}
	r, err := read(wire, q.question)
	if err != nil {
		return nil, malformed{err}
	}
	return r, nil
}

func (c *Client) overTCP(ctx context.Context, s Server, q query) (*reply, error) {
	conn, err := c.dial(ctx, "tcp", s)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return stream(ctx, conn, q)
}

// overTLS keeps one connection for the next question (RFC 7858 section 3.4): a
// handshake costs more than all else. A server may have closed it meanwhile, so what
// fails on an old one is tried on a new one.
func (c *Client) overTLS(ctx context.Context, s Server, q query) (*reply, error) {
	if conn := c.takeIdle(s); conn != nil {
		if r, err := stream(ctx, conn, q); err == nil {
			c.putIdle(s, conn)
			return r, nil
		}
		conn.Close()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	raw, err := c.dial(ctx, "tcp", s)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, &tls.Config{ServerName: s.TLSName, RootCAs: c.Roots, MinVersion: tls.VersionTLS12})
	if err := conn.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	r, err := stream(ctx, conn, q)
	if err != nil {
		conn.Close()
		return nil, err
	}
	c.putIdle(s, conn)
	return r, nil
}

func (c *Client) takeIdle(s Server) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	conn := c.idle[s]
	delete(c.idle, s)
	return conn
}

func (c *Client) putIdle(s Server, conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle[s] != nil {
		conn.Close()
		return
	}
	if c.idle == nil {
		c.idle = map[Server]net.Conn{}
	}
	c.idle[s] = conn
}

// Close closes connections that are kept for later questions.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.idle {
		_ = conn.Close() // What it was to bring has come.
	}
	clear(c.idle)
	return nil
}

// stream asks over a connection, where the length stands before a message (RFC 1035
// section 4.2.2).
func stream(ctx context.Context, conn net.Conn, q query) (*reply, error) {
	stop, err := until(ctx, conn)
	if err != nil {
		return nil, err
	}
	defer stop()
	framed := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(q.sent)), uint16(len(q.sent)))
	if _, err := conn.Write(append(framed, q.sent...)); err != nil {
		return nil, err
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, cutOff(err)
	}
	wire := make([]byte, binary.BigEndian.Uint16(length[:])) // At most 64 KiB.
	if _, err := io.ReadFull(conn, wire); err != nil {
		return nil, cutOff(err)
	}
	if !repliesTo(q.sent, wire) {
		return nil, malformed{errStray}
	}
	r, err := parsed(wire, q)
	if err == nil && r.truncated {
		return nil, malformed{errTooMany}
	}
	if err == nil && !stop() {
		return nil, context.Cause(ctx) // The connection's deadline may be moved any moment now.
	}
	return r, err
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed{errCut}
	}
	return err
}

// causeOf says in which way an exchange failed.
func causeOf(err error) Cause {
	var m malformed
	switch {
	case errors.Is(err, errAliasLoop):
		return AliasLoop
	case errors.As(err, &m):
		return Malformed
	case errors.Is(err, context.Canceled):
		return Canceled
	case isTimeout(err):
		return Timeout
	}
	return Network
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// bare is an error without the addresses that the net package puts around it: our own
// port is another each time, and the server's is in the Error. A time-out says no more
// than its Cause.
func bare(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var m malformed
	if errors.As(err, &m) {
		err = m.error
	}
	if isTimeout(err) {
		return nil
	}
	return err
}
