package probe

import (
	"strings"
	"time"
)

func endless() []animal {
	return []animal{
		at("greeting", "endless line", "protocol greeting untried line-long", func(b *beast) { b.forever("220 mx ") }),
		at("greeting", "endless lines", "protocol greeting untried", func(b *beast) { b.forever("220-mx\r\n") }),
		at("greeting", "endless zeros", "protocol greeting untried line-long,control", func(b *beast) { b.forever(strings.Repeat("\x00", 4096)) }),
		at("greeting", "endless empty lines", "protocol greeting untried", func(b *beast) { b.forever("\r\n") }),
		at("greeting", "line of 1 MB", "protocol greeting untried line-long", func(b *beast) { b.say("220 " + strings.Repeat("m", 1<<20)) }),
		at("ehlo", "endless line", "protocol ehlo untried line-long", func(b *beast) { b.forever("250-SIZE ") }),
		at("ehlo", "endless lines", "protocol ehlo untried", func(b *beast) { b.forever("250-SIZE 1\r\n") }),
		at("ehlo", "endless lines of 2000 octets", "protocol ehlo untried line-long", func(b *beast) { b.forever("250-" + strings.Repeat("x", 1994) + "\r\n") }),
		at("ehlo", "line of 1 MB", "protocol ehlo untried line-long", func(b *beast) { b.say("250 " + strings.Repeat("m", 1<<20)) }),
		at("starttls", "endless lines", "protocol starttls rejected", func(b *beast) { b.forever("220-ready\r\n") }),
		at("starttls", "endless replies", "tls tls failed injected", func(b *beast) { b.forever(strings.Repeat("220 ready\r\n", 100)) }),
		at("ehlo-tls", "endless lines", "protocol ehlo ok", func(b *beast) { b.forever("250-SIZE 1\r\n") }),
		at("ehlo-tls", "endless line", "protocol ehlo ok line-long", func(b *beast) { b.forever("250-SIZE ") }),
		at("quit", "endless lines", "ok quit ok no-goodbye", func(b *beast) { b.forever("221-bye\r\n") }),
		at("quit", "endless replies", "ok quit ok", func(b *beast) { b.forever("221 bye\r\n") }),
		at("tls", "endless handshake", "protocol tls failed", func(b *beast) {
			b.forever("\x16\x03\x03\x40\x00" + strings.Repeat("\x01", 1<<14))
		}),
		at("tls", "endless message", "protocol tls failed", func(b *beast) {
			// A ServerHello of 16 MB:
			b.raw("\x16\x03\x03\x40\x00\x02\xff\xff\xff" + strings.Repeat("\x03", 1<<14-4))
			b.forever("\x16\x03\x03\x40\x00" + strings.Repeat("\x03", 1<<14))
		}),
		at("tls", "endless alerts", "tls tls failed", func(b *beast) { b.forever("\x15\x03\x03\x00\x02\x01\x5a") }),
		at("tls", "endless empty records", "tls tls failed", func(b *beast) { b.forever("\x16\x03\x03\x00\x00") }),
	}
}

func silences() []animal {
	const second = time.Second
	silent := func(b *beast) { b.wait() }
	drip := func(b *beast) { b.drip(strings.Repeat("250-a long answer\r\n", 9), second) }
	each := func(step string, pause time.Duration) func(*beast) {
		return func(b *beast) {
			time.Sleep(pause)
			b.say("220 mx.example.org ESMTP")
			b.hear()
			time.Sleep(pause)
			b.say("250-mx.example.org", "250 STARTTLS")
			b.hear()
			time.Sleep(pause)
			b.say("220 ready")
			if step == "tls" {
				time.Sleep(pause)
			}
			b.tls("ecdsa")
			b.hear()
			time.Sleep(pause)
			b.goodbye()
		}
	}
	return []animal{
		at("greeting", "silence", "timeout greeting untried", silent),
		at("ehlo", "silence", "timeout ehlo untried", silent),
		at("starttls", "silence", "timeout starttls untried", silent),
		at("tls", "silence", "timeout tls failed", silent),
		at("ehlo-tls", "silence", "timeout ehlo ok", silent),
		at("quit", "silence", "ok quit ok no-goodbye", silent),
		at("greeting", "half a line", "timeout greeting untried", func(b *beast) { b.raw("220 mx.exam"); b.wait() }),
		at("ehlo", "half a reply", "timeout ehlo untried", func(b *beast) { b.raw("250-mx.example.org\r\n250-SIZE"); b.wait() }),
		at("ehlo-tls", "half a reply", "timeout ehlo ok", func(b *beast) { b.raw("250-mx.example.org\r\n250-SIZE"); b.wait() }),
		at("greeting", "drip", "timeout greeting untried slow", drip),
		at("ehlo", "drip", "timeout ehlo untried slow", drip),
		at("ehlo-tls", "drip", "timeout ehlo ok slow", drip),
		at("quit", "drip", "ok quit ok no-goodbye", drip),
		at("ehlo", "drip that is done in time", "ok quit absent slow", func(b *beast) {
			b.drip("250 mx.example.org\r\n", second)
			b.hear()
			b.say("221 bye")
		}),
		at("tls", "drip of a handshake", "timeout tls failed", func(b *beast) {
			b.drip("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"+strings.Repeat("a", 100), second)
		}),
		at("greeting", "30 s less one", "ok quit absent slow-greeting", func(b *beast) {
			time.Sleep(29 * second)
			b.say("220 mx")
			b.hear()
			b.goodbye()
		}),
		at("greeting", "35 s", "timeout greeting untried", func(b *beast) { time.Sleep(35 * second); b.say("220 mx"); b.wait() }),
		at("greeting", "lines with pauses", "ok quit absent slow-greeting", func(b *beast) {
			for range 3 {
				b.say("220-please wait")
				time.Sleep(6 * second)
			}
			b.say("220 mx.example.org ESMTP")
			b.hear()
			b.goodbye()
		}),
		at("greeting", "29 s before each reply", "ok quit ok slow-greeting", each("", 29*second)),
		at("greeting", "29 s before each reply and TLS", "timeout ehlo ok slow-greeting", each("tls", 29*second)),
		{name: "EHLO not read", want: "timeout ehlo untried", full: true, serve: func(b *beast) {
			b.say("220 mx")
			time.Sleep(time.Hour)
		}},
		{name: "QUIT not read", want: "ok quit absent no-goodbye", full: true, serve: func(b *beast) {
			b.say("220 mx")
			b.hear()
			b.say("250 mx")
			time.Sleep(time.Hour)
		}},
		{name: "handshake not read", want: "timeout tls failed", full: true, serve: func(b *beast) {
			b.reach("starttls")
			b.say("220 ready")
			time.Sleep(time.Hour)
		}},
	}
}

func lines() []animal {
	reply := func(n int) func(*beast) {
		return func(b *beast) {
			b.say("250-mx.example.org")
			for range n - 2 {
				b.say("250-XTRA")
			}
			b.say("250 HELP")
			b.hear()
			b.say("221 bye")
		}
	}
	line := func(n int) func(*beast) {
		return func(b *beast) {
			b.say("250 " + strings.Repeat("m", n-len("250 \r\n")))
			b.hear()
			b.say("221 bye")
		}
	}
	return []animal{
		at("ehlo", "99 lines", "ok quit absent", reply(99)),
		at("ehlo", "100 lines", "ok quit absent", reply(100)),
		at("ehlo", "101 lines", "protocol ehlo untried", reply(101)),
		at("ehlo", "line of 512 octets", "ok quit absent", line(512)),
		at("ehlo", "line of 513 octets", "ok quit absent line-long", line(513)),
		at("ehlo", "line of 4096 octets", "ok quit absent line-long", line(4096)),
		at("ehlo", "line of 4097 octets", "protocol ehlo untried line-long", line(4097)),
		at("ehlo", "reply of 64 KiB", "ok quit absent line-long", func(b *beast) {
			for range 15 {
				b.say("250-" + strings.Repeat("m", 4096-6))
			}
			b.say("250 " + strings.Repeat("m", 4096-6))
			b.hear()
			b.say("221 bye")
		}),
		at("ehlo", "reply of 64 KiB and 5 octets", "protocol ehlo untried line-long", func(b *beast) {
			for range 16 {
				b.say("250-" + strings.Repeat("m", 4096-6))
			}
			b.say("250")
			b.wait()
		}),
	}
}
