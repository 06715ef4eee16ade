package analyze

import (
	"context"
	"strings"
	"time"

	"mailtrace/received"
	"mailtrace/report"
)

// novelty is something that a line can speak of only from some day on. The days
// are those before which nobody can have had it, not those on which it spread.
type novelty struct {
	what  string
	since time.Time
	part  func(h *report.Hop) string // Of the line, where it speaks of it; else "".
}

func since(year int, month time.Month) time.Time {
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

var novelties = []novelty{
	{"TLS 1.3, first tried in 2017 (RFC 8446)", since(2017, 1), tlsVersion("13", "TLS_AES_", "TLS_CHACHA20_")},
	{"TLS 1.2, defined in 2008 (RFC 5246)", since(2008, 1), tlsVersion("12")},
	{"a protocol word of RFC 3848, of 2004", since(2004, 1), protocolWord("ESMTPS", "ESMTPA", "ESMTPSA", "LMTPS", "LMTPA", "LMTPSA")},
	{"a protocol word of RFC 6531 and its trials, from 2008 on", since(2008, 1), protocolWord("UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA", "UTF8SMTPSA", "UTF8LMTP")},
	{"Google's interface for programs, of 2014", since(2014, 1), protocolWord("HTTPREST")},
	{"an address in the form [IPv6:…], of 2001 (RFC 2821)", since(2001, 1), func(h *report.Hop) string {
		if strings.Contains(h.Raw, "[IPv6:") {
			return "[IPv6:"
		}
		return ""
	}},
	{"Gmail, of 2004", since(2004, 1), func(h *report.Hop) string {
		if h.Dialect == "gmail" || h.Dialect == "gmail-internal" {
			return h.By.Name
		}
		return ""
	}},
	{"an id of Exim 4.97, of 2023", since(2023, 1), func(h *report.Hop) string {
		if h.Dialect == "exim" && longEximID(h.ID) {
			return h.ID
		}
		return ""
	}},
	{"a long id of Postfix 2.9, of 2011", since(2011, 1), func(h *report.Hop) string {
		if h.IDClock == "postfix" {
			return h.ID
		}
		return ""
	}},
}

// longEximID says whether an id is one of Exim 4.97: letters and digits, 6-11-4.
func longEximID(id string) bool {
	for i, c := range []byte(id) {
		if dash := i == 6 || i == 18; dash != (c == '-') || !dash && !alnum(c) {
			return false
		}
	}
	return len(id) == 23
}

func alnum(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' }

// tlsVersion finds a version of TLS, in the digits of its name, or one of its
// ciphers.
func tlsVersion(digits string, ciphers ...string) func(*report.Hop) string {
	digitsOnly := strings.NewReplacer("TLS", "", "tls", "", "v", "", "V", "", ".", "", "_", "", "-", "", " ", "")
	return func(h *report.Hop) string {
		if h.TLS == nil {
			return ""
		}
		if digitsOnly.Replace(h.TLS.Version) == digits {
			return h.TLS.Version
		}
		for _, c := range ciphers {
			if strings.HasPrefix(h.TLS.Cipher, c) {
				return h.TLS.Cipher
			}
		}
		return ""
	}
}

func protocolWord(words ...string) func(*report.Hop) string {
	return func(h *report.Hop) string {
		for _, w := range words {
			if strings.EqualFold(h.With, w) {
				return h.With
			}
		}
		return ""
	}
}

var anachronism = check{
	Rule: report.Rule{
		ID:    "received.anachronism",
		Title: "A line speaks of something that did not exist yet on its date",
		Max:   report.Warning,
		Explain: `The line names a technique, such as a kind of encryption, that nobody had yet on the date beside
it. So either the date is wrong, or the line was put together from pieces of newer ones. Compare
the date with those of the hops before and after: where only this one is years away, rely neither
on the date nor on the line.`,
		Innocent: `A device whose clock had lost the date, and began again in 1970, 1980 or 2000. Then
the lines that other hosts wrote have the right date.`,
		Refs: []string{"RFC 3848 section 2", "RFC 8446 section 1", "RFC 6531 section 4.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.hops {
			h := &s.hops[i]
			// Most lines are newer than all of it, and done here.
			if h.Time == nil || !h.Time.Before(newest) {
				continue
			}
			for _, n := range novelties {
				if !h.Time.Before(n.since) {
					continue
				}
				if part := n.part(h); part != "" {
					f := s.about(i, report.Warning, report.Strong, "the stamp of %s says %s, and the line has %s: %s", s.host(i), h.TimeText, part, n.what)
					f.Evidence = append(f.Evidence, s.part(i, h.Spans.Time), s.part(i, spanOf(h.Raw, part)))
					found = append(found, f)
					break
				}
			}
		}
		return found, nil, nil
	},
}

// newest is when the newest of the novelties began.
var newest = func() (t time.Time) {
	for _, n := range novelties {
		if n.since.After(t) {
			t = n.since
		}
	}
	return t
}()

// spanOf is where a part of a line stands in it first.
func spanOf(raw, part string) received.Span {
	at := strings.Index(raw, part)
	if at < 0 {
		return received.Span{}
	}
	return received.Span{Offset: int32(at), Length: int32(len(part))}
}
