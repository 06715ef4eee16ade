package probe

import (
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf16"
)

func refusals() []animal {
	says := func(line string) func(*beast) {
		return func(b *beast) {
			b.say(line)
			for b.hear() != "" {
				b.say("221 bye")
			}
		}
	}
	closing := func(b *beast) { b.say("421 too many connections"); b.hear() }
	return []animal{
		at("greeting", "421", "deferred greeting untried", closing),
		at("ehlo", "421", "deferred ehlo untried", closing),
		at("starttls", "421", "deferred starttls deferred", closing),
		at("tls", "421", "tls tls failed", closing),
		at("ehlo-tls", "421", "deferred ehlo ok no-close", closing),
		at("quit", "421", "ok quit ok no-goodbye,no-close", func(b *beast) { b.say("421 shutting down") }),
		at("greeting", "450", "deferred greeting untried", says("450 4.3.2 later")),
		at("greeting", "554", "rejected greeting untried", says("554 no SMTP service here")),
		at("greeting", "521", "rejected greeting untried", says("521 this host accepts no mail")),
		at("greeting", "554, and closes", "rejected greeting untried no-goodbye", func(b *beast) { b.say("554 no") }),
		at("greeting", "521, and closes", "rejected greeting untried", func(b *beast) { b.say("521 no mail") }),
		at("greeting", "354", "protocol greeting untried", says("354 go on")),
		at("ehlo", "451", "deferred ehlo untried", says("451 later")),
		at("ehlo", "554", "rejected ehlo untried", says("554 no")),
		at("ehlo", "521", "rejected ehlo untried", says("521 no mail")),
		at("ehlo", "354", "protocol ehlo untried", says("354 go on")),
		at("starttls", "454", "ok quit deferred", says("454 TLS not available due to temporary reason")),
		at("starttls", "501", "ok quit rejected", says("501 no parameters allowed")),
		at("starttls", "554", "ok quit rejected", says("554 no")),
		at("starttls", "354", "protocol starttls rejected", says("354 go on")),
		at("ehlo-tls", "554", "rejected ehlo ok", says("554 refused due to lack of security")),
		at("quit", "250", "ok quit ok no-goodbye", says("250 ok")),
		at("quit", "500", "ok quit ok no-goodbye", says("500 unknown")),
		at("ehlo", "HELO only", "ok quit absent", func(b *beast) {
			b.say("502 command not recognized")
			b.hear()
			b.say("250 mx.example.org")
			b.hear()
			b.say("221 bye")
		}),
		at("ehlo", "neither EHLO nor HELO", "rejected ehlo untried", func(b *beast) {
			b.say("500 unknown")
			b.hear()
			b.say("550 access denied")
			b.hear()
			b.say("221 bye")
		}),
		at("ehlo", "EHLO unknown, then gone", "closed ehlo untried", func(b *beast) {
			b.say("500 unknown")
			b.hear()
		}),
		{name: "421 that came before EHLO", want: "deferred ehlo untried", serve: func(b *beast) {
			b.say("220 mx", "421 shutting down")
		}},
	}
}

func drops() []animal {
	drop := func(*beast) {}
	reset := func(b *beast) { b.reset.Store(true) }
	var all []animal
	for _, s := range [...]struct{ step, drop string }{
		{"greeting", "closed greeting untried"},
		{"ehlo", "closed ehlo untried"},
		{"starttls", "closed starttls untried"},
		{"tls", "tls tls failed"},
		{"ehlo-tls", "closed ehlo ok no-close"},
		{"quit", "ok quit ok no-goodbye,no-close"},
	} {
		all = append(all, at(s.step, "drop", s.drop, drop), at(s.step, "reset", s.drop, reset))
	}
	return append(all,
		at("greeting", "drop in the middle", "closed greeting untried", func(b *beast) { b.raw("220-mx\r\n220-m") }),
		at("ehlo", "drop in the middle", "closed ehlo untried", func(b *beast) { b.raw("250-mx\r\n250-S") }),
		at("ehlo-tls", "goodbye of TLS", "closed ehlo ok", func(b *beast) { b.Close(); time.Sleep(time.Second) }),
		at("quit", "goodbye of TLS", "ok quit ok", func(b *beast) { b.say("221 bye"); b.Close() }),
		at("quit", "TLS cut off", "ok quit ok no-close", func(b *beast) { b.say("221 bye") }),
		at("quit", "221, and never closing", "ok quit ok", func(b *beast) { b.say("221 bye"); b.wait() }),
		at("quit", "221, and nothing read", "ok quit ok", func(b *beast) { b.say("221 bye"); time.Sleep(time.Hour) }),
	)
}

func garbage() []animal {
	alien := func(name, says, want string) animal {
		return at("greeting", name, want, func(b *beast) { b.raw(says); b.wait() })
	}
	sixteen := func(text string) string {
		octets := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(text)) {
			octets = binary.LittleEndian.AppendUint16(octets, u)
		}
		return string(octets)
	}
	const none = "protocol greeting untried"
	return []animal{
		alien("SSH", "SSH-2.0-OpenSSH_9.2\r\n", none),
		alien("HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", none),
		alien("IMAP", "* OK [CAPABILITY IMAP4rev1] ready\r\n", none),
		alien("POP3", "+OK ready\r\n", none),
		alien("MySQL", "J\x00\x00\x00\n8.0.30\x00", none+" bare-lf,control"),
		alien("TLS alert", "\x15\x03\x03\x00\x02\x02\x28\n", none+" bare-lf,control"),
		alien("UTF-16", sixteen("220 mx.example.org\r\n"), none+" bare-lf,control"),
		alien("codes of two digits", "22 mx\r\n", none),
		alien("codes of four digits", "2200 mx\r\n", none),
		alien("no space behind the code", "220mx\r\n", none),
		alien("space before the code", " 220 mx\r\n", none),
		alien("BOM before the code", "\ufeff220 mx\r\n", none),
		alien("Arabic digits", "٢٢٠ mx\r\n", none),
		alien("minus as a code", "-20 mx\r\n", none),
		at("greeting", "web server that waits for us", "timeout greeting untried", func(b *beast) {
			b.hear()
			b.say("HTTP/1.1 400 Bad Request")
		}),
		at("greeting", "TLS server that waits for us", "timeout greeting untried", func(b *beast) { b.tls("ecdsa") }),
		at("ehlo", "code 999", "protocol ehlo untried code-unknown", func(b *beast) { b.say("999 nine"); b.hear(); b.say("221 bye") }),
		at("ehlo", "code 000", "protocol ehlo untried code-unknown", func(b *beast) { b.say("000 zero"); b.hear(); b.say("221 bye") }),
		at("ehlo", "code 600", "protocol ehlo untried code-unknown", func(b *beast) { b.say("600 six"); b.hear(); b.say("221 bye") }),
		at("greeting", "code 120", "protocol greeting untried code-unknown", func(b *beast) { b.say("120 soon"); b.hear(); b.say("221 bye") }),
		at("ehlo", "no code", "protocol ehlo untried", func(b *beast) { b.say("hello!"); b.wait() }),
		at("starttls", "no code", "protocol starttls rejected", func(b *beast) { b.say("go ahead"); b.wait() }),
		at("ehlo-tls", "no code", "protocol ehlo ok", func(b *beast) { b.say("hello!"); b.wait() }),
		at("quit", "no code", "ok quit ok no-goodbye,no-close", func(b *beast) { b.say("bye!") }),
		at("tls", "text", "tls tls failed", func(b *beast) { b.say("250 what?"); time.Sleep(time.Hour) }),
		at("tls", "noise", "tls tls failed", func(b *beast) { b.raw(strings.Repeat("\xde\xad\xbe\xef", 100)); b.wait() }),
		at("starttls", "noise behind the 220", "tls tls failed injected", func(b *beast) {
			b.raw("220 ready\r\n" + strings.Repeat("\xde\xad\xbe\xef", 100))
			b.hear()
		}),
	}
}
