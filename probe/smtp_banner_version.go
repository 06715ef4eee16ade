package probe

import (
	"context"
	"net/netip"
	"strings"

	"mailtrace/report"
)

var smtpBannerVersion = check{
	Rule: report.Rule{
		ID:    "smtp.banner-version",
		Title: "The greeting tells the version of the software",
		Max:   report.Info,
		Explain: `The greeting names the mail server and its version. That helps whoever looks for errors, and also whoever looks for
servers with a known hole. The standard allows to leave it out. Keep the software up to date first; what it says of
itself matters less.`,
		Innocent: `The default of several mail servers.`,
		Measured: notMeasured + " It rests on the text of the greeting.",
		Refs:     []string{"RFC 5321 section 3.1", "RFC 5321 section 7.5"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if !p.heard() {
				continue
			}
			if v := version(p.Greeting); v != "" {
				evidence, _ := p.replied(p.Port == implicitPort, "")
				t.find(p, report.Info, evidence, "the greeting shows a version: %s", quoted(v))
			}
		}
		return t.all()
	},
}

// version is the first word of a greeting, behind the name of the server, that looks
// like the version of a program ("4.96", "8.15.2/8.15.2", "Haraka/2.8.28", "(4.9.2)"),
// with the word before it; "" when there is none.
func version(greeting string) string {
	words := strings.Fields(greeting)
	for i := 1; i < len(words); i++ {
		w := strings.Trim(words[i], "()[],;:<>")
		if _, err := netip.ParseAddr(w); err == nil || !versionLike(w) {
			continue
		}
		if i > 1 && !strings.Contains(w, "/") {
			return strings.Trim(words[i-1], "()[],;:<>") + " " + w
		}
		return w
	}
	return ""
}

// versionLike says whether a word is a number, a dot and a number, behind "v" or a
// name and "/", and with anything after it but a name of a host.
func versionLike(w string) bool {
	if name, v, ok := strings.Cut(w, "/"); ok && name != "" && !digit(name[0]) {
		w = v
	}
	w = strings.TrimPrefix(w, "v")
	i := 0
	for i < len(w) && digit(w[i]) {
		i++
	}
	if day, rest, _ := strings.Cut(w, "."); len(day) <= 2 {
		if month, year, _ := strings.Cut(rest, "."); len(month) <= 2 && len(year) == 4 && year[0] == '2' {
			return false // 25.11.2026
		}
	}
	// Years, hours and octets have no dot; ids of a queue or a session have letters.
	return 0 < i && i <= 4 && i+1 < len(w) && w[i] == '.' && digit(w[i+1]) && !strings.ContainsAny(w, "@_=")
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
