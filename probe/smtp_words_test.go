package probe

import (
	"math"
	"testing"

	"mailtrace/report"
)

func TestVersion(t *testing.T) {
	for greeting, want := range map[string]string{
		"mx.example.org ESMTP Exim 4.96 Wed, 25 Nov 2026 12:00:00 +0000":         "Exim 4.96",
		"mx.example.org ESMTP Sendmail 8.15.2/8.15.2; Wed, 25 Nov 2026":          "8.15.2/8.15.2",
		"mx.example.org ESMTP Exim 4.97-RC1":                                     "Exim 4.97-RC1",
		"mx.example.org ESMTP Haraka/2.8.28 ready":                               "Haraka/2.8.28",
		"mx.example.org (qpsmtpd v0.96) ESMTP":                                   "qpsmtpd v0.96",
		"mx.example.org Microsoft ESMTP MAIL Service, Version: 10.0.14393.2608":  "Version 10.0.14393.2608",
		"mx.example.org ESMTP Postfix (Debian/GNU)":                              "",
		"mx1.2.example.org ESMTP":                                                "", // The name comes first.
		"mx.example.org ESMTP [192.0.2.10] ready":                                "",
		"mx.example.org ESMTP 25.11.2026":                                        "",
		"mx.example.org ESMTP 2026-11-25 12:00:00.5":                             "",
		"mx.example.org ESMTP 4fb4d7f45d1cf-5cfcd77a1b2si3455464a12.305 - gsmtp": "", // The session, at Google.
		"mx.example.org ESMTP 1.2":                                               "ESMTP 1.2",
		"":                                                                       "",
		"\n\n":                                                                   "",
		"mx v":                                                                   "",
		"mx /":                                                                   "",
		"mx 1.":                                                                  "",
		"mx .1":                                                                  "",
	} {
		if got := version(greeting); got != want {
			t.Errorf("%q: %q, want %q", greeting, got, want)
		}
	}
}

func TestDomainOrLiteral(t *testing.T) {
	good := func(word string) {
		if !domainOrLiteral(word) {
			t.Errorf("%q is refused", word)
		}
	}
	bad := func(word string) {
		if domainOrLiteral(word) {
			t.Errorf("%q is taken", word)
		}
	}
	good("mx.example.org")
	good("mx.example.org.") // Not in the grammar.
	good("localhost")
	good("[192.0.2.1]")
	good("[IPv6:2001:db8::1]")
	good("[ipv6:::1]")
	good("bücher.example")
	bad("")
	bad(".")
	bad("mx..example.org")
	bad("-mx.example.org")
	bad("mx-.example.org")
	bad("mail_1.example.org")
	bad("[192.0.2.1")
	bad("192.0.2.1]")
	bad("[]")
	bad("[IPv6:]")
	bad("[mx.example.org]")
	bad("a\x00b")
}

func TestParseLimits(t *testing.T) {
	for param, want := range map[string]string{
		"RCPTMAX=100":           "", // "" is well formed.
		"rcptmax=100 MAILMAX=5": "",
		"":                      "",
		"RCPTMAX":               "RCPTMAX",
		"RCPTMAX=":              "RCPTMAX=",
		"=1":                    "=1",
		"A=1;2":                 "A=1;2",
		"A=1 b!=2":              "b!=2",
		"X_new-1=word=word":     "",
	} {
		if _, bad := parseLimits(param); bad != want {
			t.Errorf("%q: %q, want %q", param, bad, want)
		}
	}
	for value, want := range map[string]int{"1": 1, "999999": 999999, "0": 0, "01": 0, "1000000": 0, "": 0, "-1": 0, "+1": 0, "1a": 0} {
		if n, ok := limitValue(value); n != want || ok != (want > 0) {
			t.Errorf("%q: %d, %v", value, n, ok)
		}
	}
}

// The largest file of a message, by the example of RFC 2045: 57 octets become 76
// characters and a line end.
func TestAttachment(t *testing.T) {
	for message, want := range map[int64]int64{0: 0, 78: 57, 77: 56, 52428800: 38313353, 26214400: 19156676, math.MaxInt64: 6740156488470797705} {
		if got := report.Attachment(message); got != want {
			t.Errorf("%d: %d, want %d", message, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		counted(1, "octet", "octets"):       "1 octet",
		counted(999, "octet", "octets"):     "999 octets",
		counted(1000, "octet", "octets"):    "1,000 octets",
		counted(1234567, "octet", "octets"): "1,234,567 octets",
		seconds(1234):                       "1.2 s",
		seconds(29999):                      "30 s",
		quoted("a\x1b[2J\u202e"):            `"a\x1b[2J\u202e"`,
		amount(1532534):                     "1.5 MiB",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	long := quoted(string(make([]byte, 200)) + "ü")
	if len(long) != 4*maxQuoted+len(`""...`) {
		t.Errorf("%d octets: %s", len(long), long)
	}
}
