package probe

import (
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"encoding/binary"
	"io"
	"math/big"
	"strings"
)

func oddities() []animal {
	greets := func(name, line, odd string) animal {
		return at("greeting", name, strings.TrimSpace("ok quit absent "+odd), func(b *beast) {
			b.raw(line)
			b.hear()
			b.goodbye()
		})
	}
	return []animal{
		greets("several lines", "220-mx.example.org\r\n220-no spam\r\n220 ESMTP\r\n", ""),
		greets("bare code", "220\r\n", ""),
		greets("bare code with a space", "220 \r\n", ""),
		greets("bare code of several lines", "220-\r\n220\r\n", ""),
		greets("bare LF", "220-mx\n220 mx\n", "bare-lf"),
		greets("clipboard (OSC 52)", "220 \x1b]52;c;cm0gLXJmIC8=\x07 mx\r\n", "control"),
		greets("clear screen", "220 \x1b[2J\x1b[H mx\r\n", "control"),
		greets("C1 control", "220 \u009b2J mx\r\n", "control"),
		greets("bidi override", "220 mx.\u202egro.elpmaxe\r\n", "control"),
		greets("NUL", "220 mx\x00.example.org\r\n", "control"),
		greets("CR in the line", "220 mx\r 221 bye\r\n", "control"),
		greets("Latin-1", "220 gr\xfc\xdf Gott\r\n", "control"),
		greets("UTF-8", "220 grüß Gott\r\n", ""),
		greets("tab", "220 mx\tESMTP\r\n", ""),
		greets("codes that differ", "220-mx\r\n250-mx\r\n220 mx\r\n", "codes-differ"),
		greets("a line without a code", "220-welcome to\r\n our server\r\n220 mx\r\n", "codes-differ"),
		greets("code 299", "299 mx\r\n", ""),
		at("greeting", "250 greets, 554 ends", "rejected greeting untried codes-differ", func(b *beast) { b.say("220-mx", "554 no"); b.hear(); b.say("221 bye") }),
		at("starttls", "injected reply", "ok quit ok injected", func(b *beast) {
			b.raw("220 ready\r\n250-mx\r\n250 AUTH PLAIN\r\n")
			b.tls("ecdsa")
			b.hear()
			b.goodbye()
		}),
		{name: "all replies before any command", want: "ok quit absent too-early,too-early", serve: func(b *beast) {
			b.say("220 mx", "250-mx", "250 PIPELINING", "221 bye")
			b.wait()
		}},
		{name: "two greetings", want: "ok quit absent too-early", serve: func(b *beast) {
			b.say("220 proxy")
			b.hear()
			b.say("220 mx")
			b.goodbye()
		}},
		at("ehlo-tls", "STARTTLS again", "ok quit ok no-close", func(b *beast) {
			b.say("250-mx", "250 STARTTLS")
			b.hear()
			b.say("221 bye")
		}),
	}
}

func handshakes() []animal {
	kind := func(kind, want string) animal {
		return at("tls", "certificate "+kind, want, func(b *beast) {
			b.tls(kind)
			b.hear()
			b.goodbye()
		})
	}
	with := func(name, want string, config *tls.Config) animal {
		return at("tls", name, want, func(b *beast) {
			config.Certificates = []tls.Certificate{issued("ecdsa")}
			if b.over(config) {
				b.hear()
				b.goodbye()
			}
		})
	}
	return []animal{
		kind("expired", "ok quit ok"),
		kind("chain:10", "ok quit ok"),
		kind("chain:400", "ok quit ok"),
		kind("sans:5000", "ok quit ok"),
		kind("sans:100000", "protocol tls failed"),
		at("tls", "RSA key of 16,384 bits", "protocol tls failed", func(b *beast) { b.hugeKey() }),
		at("tls", "alert", "tls tls failed", func(b *beast) { b.raw("\x15\x03\x03\x00\x02\x02\x28"); b.wait() }),
		at("starttls", "alert with the 220", "tls tls failed", func(b *beast) { b.raw("220 ready\r\n\x15\x03\x03\x00\x02\x02\x28"); b.wait() }),
		with("TLS 1.0 alone", "ok quit ok", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}),
		with("client certificate wanted, TLS 1.3", "tls tls failed", &tls.Config{ClientAuth: tls.RequireAnyClientCert}),
		with("client certificate wanted, TLS 1.2", "tls tls failed", &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}),
		{name: "implicit TLS", want: "ok quit implicit", implicit: true, serve: func(b *beast) {
			b.tls("ecdsa")
			b.say("220 mx")
			b.hear()
			b.goodbye()
		}},
		{name: "implicit TLS, plain SMTP", want: "tls tls failed", implicit: true, serve: func(b *beast) { b.say("220 mx"); b.wait() }},
		{name: "implicit TLS, silence", want: "timeout tls failed", implicit: true, serve: func(b *beast) { b.wait() }},
		{name: "implicit TLS, 421 inside", want: "deferred greeting implicit no-close", implicit: true, serve: func(b *beast) {
			b.tls("ecdsa")
			b.say("421 later")
			b.hear()
		}},
	}
}

// hugeKey sends a certificate whose RSA key takes long to compute with. Nobody has to
// own that key: in TLS 1.2 the certificate comes before anything is signed.
func (b *beast) hugeKey() {
	ca := authority()
	n := new(big.Int).Lsh(big.NewInt(1), 16384)
	der := ca.sign(ca.leaf([]string{"mx.example.org"}), ca.sub, borrowed{public: &rsa.PublicKey{N: n.Sub(n, big.NewInt(1)), E: 65537}})
	hello := binary.BigEndian.AppendUint16(nil, tls.VersionTLS12)
	hello = append(hello, make([]byte, 32)...)
	hello = append(hello, 0, 0xc0, 0x2f, 0) // No session, ECDHE-RSA-AES128-GCM, no compression.
	head := make([]byte, 5)
	if _, err := io.ReadFull(b.in, head); err == nil {
		_, _ = b.in.Discard(int(binary.BigEndian.Uint16(head[3:])))
	}
	body := append(tlsMessage(2, hello), tlsMessage(11, measured(measured(der)))...)
	body = append(body, tlsMessage(12, make([]byte, 10))...)
	b.raw(string(binary.BigEndian.AppendUint16([]byte{22, 3, 3}, uint16(len(body)))) + string(body))
	b.wait()
}

// borrowed is a key of which only the public half is there.
type borrowed struct {
	crypto.Signer
	public crypto.PublicKey
}

func (b borrowed) Public() crypto.PublicKey { return b.public }

// measured has its length in front, as crypto/tls writes lists.
func measured(octets []byte) []byte {
	return append([]byte{byte(len(octets) >> 16), byte(len(octets) >> 8), byte(len(octets))}, octets...)
}

// tlsMessage is one of a handshake.
func tlsMessage(kind byte, body []byte) []byte { return append([]byte{kind}, measured(body)...) }
