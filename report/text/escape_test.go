package text

import (
	"strings"
	"testing"
	"unicode"
)

func TestEscape(t *testing.T) {
	is := func(in, want string) {
		t.Helper()
		if got := Escape(in); got != want {
			t.Errorf("Escape(%+q) = %+q, want %+q", in, got, want)
		}
	}
	is("", "")
	is("Grüße, 銀行 é", "Grüße, 銀行 é")
	is("a\x1b[2Jb", `a\x1b[2Jb`)
	is("\x00\x7f\x9b", `\x00\x7f\x9b`) // 9b alone is not UTF-8
	is("\u009b", `\u009b`)             // CSI as a C1 control
	is("a\u202eb\u2066\u200f\u061c", `a\u202eb\u2066\u200f\u061c`)
	is("pay\u200bpal\u00ad\ufeff", `pay\u200bpal\u00ad\ufeff`)
	is("\u2028\u2029", `\u2028\u2029`)
	is("\u3164\u115f\ufe0f\u2800", `\u3164\u115f\ufe0f\u2800`) // blank, and not Cf
	is("\ue000\U000e0001\U000f0000", `\ue000\U000e0001\U000f0000`)
	is("\u0378", `\u0378`) // unassigned
	is("r\xe9sum\xe9", `r\xe9sum\xe9`)
	is("a\r\n\tb \n c  d", "a b c  d")
	is(`C:\x1b`, `C:\x1b`)
	is("e"+strings.Repeat("\u0301", 6), "e"+strings.Repeat("\u0301", 4)+`\u0301\u0301`) // zalgo
	is("\ufffd", "\ufffd")
}

func TestDefang(t *testing.T) {
	is := func(in, want string) {
		t.Helper()
		if got := Defang(in); got != want {
			t.Errorf("Defang(%q) = %q, want %q", in, got, want)
		}
	}
	is("mx.bank.example", "mx[.]bank[.]example")
	is("<anna.smith@bank.example>", "<anna.smith@bank[.]example>")
	is("see http://www.bank.example/login?u=x", "see hxxp://www[.]bank[.]example/login?u=x")
	is("HTTPS://bank.example:8443/", "HXXPS://bank[.]example:8443/")
	is("ftp://bank.example", "fxp://bank[.]example")
	is("15.20.8398.18 and 8.17.1/8.17.1 at 08:14:22.123", "15.20.8398.18 and 8.17.1/8.17.1 at 08:14:22.123")
	is("v8.12.1.Beta0 (Exim 4.96)", "v8.12.1.Beta0 (Exim 4.96)")
	is("192.0.2.1 [2001:db8::1] ::ffff:192.0.2.1", "192.0.2.1 [2001:db8::1] ::ffff:192.0.2.1")
	is("It is bank.example.", "It is bank[.]example.")
	is("xn--bnk-0na.xn--p1ai", "xn--bnk-0na[.]xn--p1ai")
	is("банк.рф", "банк[.]рф")
	is("bank。example", "bank[。]example")
	is("bank[.]example", "bank[.]example")
	is(`evil\x1b.example`, `evil\x1b[.]example`)
	is("end of a sentence. Next one", "end of a sentence. Next one")
}

// TestKnown holds that a known name is spared only where it stands for itself.
func TestKnown(t *testing.T) {
	known := map[string]bool{"mx.you.example": true}
	is := func(in, want string) {
		t.Helper()
		if got := defangBut(in, known); got != want {
			t.Errorf("defangBut(%q) = %q, want %q", in, got, want)
		}
	}
	is("MX.you.example took it for a@mx.you.example.", "MX.you.example took it for a@mx[.]you[.]example.")
	is("[mx.you.example]", "[mx.you.example]")
	is("http://mx.you.example/", "hxxp://mx[.]you[.]example/")
	is("evil-mx.you.example mx.you.example.evil.example you.example", "evil-mx[.]you[.]example mx[.]you[.]example[.]evil[.]example you[.]example")
}

func TestDefangHost(t *testing.T) {
	is := func(in, want string) {
		t.Helper()
		if got := defangHost(in); got != want {
			t.Errorf("defangHost(%q) = %q, want %q", in, got, want)
		}
	}
	is("mx.lan-1", "mx[.]lan-1")
	is("[192.0.2.1]", "[192.0.2.1]")
	is("IPv6:2001:db8::1", "IPv6:2001:db8::1")
	is("fe80::1%eth0.5", "fe80::1%eth0.5")
	is("localhost", "localhost")
	is("a[.]b.c", "a[.]b[.]c")
}

// hostile are seeds for everything that is shown.
var hostile = []string{
	"\x1b]0;title\x07\x1b[2J\x9b31m", "\u202egnp.exe\u202c\u2066x\u2069", "a\x00b\x7f\u0085\u009b\xff\xfe",
	"pay\u200bpal.example\u2028\u2029\r\n\r\nX: y", strings.Repeat("e\u0301\u0301\u0301\u0301\u0301\u0301", 3), "銀行銀行銀行銀行銀行銀行銀行",
	strings.Repeat("x", 300), strings.Repeat("long.label.", 40) + "example", "http://" + strings.Repeat("[.]", 9),
}

func FuzzEscape(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := Escape(s)
		if i := strings.IndexFunc(e, func(r rune) bool { return !visible(r) }); i >= 0 || !isUTF8(e) {
			t.Fatalf("%+q has something invisible at %d", e, i)
		}
		if again := Escape(e); again != e {
			t.Errorf("%+q escaped again is %+q", e, again)
		}
		for _, line := range wrap(e, 20, 3) {
			if width(line) > 20 {
				t.Errorf("%+q is %d wide", line, width(line))
			}
		}
	})
}

func FuzzDefang(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Add("a.b.example@c.example://d.example")
	f.Fuzz(func(t *testing.T, s string) {
		e := Escape(s)
		d := Defang(e)
		if again := Defang(d); again != d {
			t.Errorf("%+q defanged again is %+q", d, again)
		}
		if strings.IndexFunc(d, func(r rune) bool { return !visible(r) && !unicode.IsSpace(r) }) >= 0 {
			t.Errorf("invisible in %+q", d)
		}
		if len(bracketDots(e)) < len(d)-strings.Count(d, "[.]") {
			t.Errorf("%+q grew to %+q", e, d)
		}
		if h := defangHost(e); defangHost(h) != h {
			t.Errorf("host %+q, then %+q", h, defangHost(h))
		}
	})
}

func isUTF8(s string) bool { return strings.ToValidUTF8(s, "") == s }
