package auth

import (
	"context"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"mailtrace/probe/dns"
)

// The grammar of RFC 7208 section 12 once more, as regular expressions, to hold the
// parser against it.
const (
	abnfMacro  = `%(?:\{[%s][0-9]*[rR]?[-.+,/_=]*\}|[%%_-])`
	abnfString = `(?:MACRO|[!-$&-~])*`
	abnfTop    = `(?:[0-9A-Za-z]*[A-Za-z][0-9A-Za-z]*|[0-9A-Za-z]+-[0-9A-Za-z-]*[0-9A-Za-z])`
	abnfSpec   = abnfString + `(?:\.` + abnfTop + `\.?|MACRO)`
	abnf4      = `/(?:[0-9]|[12][0-9]|3[0-2])`
	abnf6      = `/(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])`
	abnfDirect = `^[-+?~]?(?i:all|include:SPEC|(?:a|mx)(?::SPEC)?(?:` + abnf4 + `)?(?:/` + abnf6 + `)?|ptr(?::SPEC)?|exists:SPEC|ip4:([0-9.]+)(?:` + abnf4 + `)?|ip6:([0-9a-f:.]+)(?:` + abnf6 + `)?)$`
)

type abnf struct{ directive, spec, any, zero *regexp.Regexp }

func newABNF() abnf {
	fill := func(s, letters string) *regexp.Regexp {
		s = strings.ReplaceAll(s, "SPEC", abnfSpec)
		return regexp.MustCompile(strings.ReplaceAll(s, "MACRO", strings.NewReplacer("%s", letters, "%%", "%").Replace(abnfMacro)))
	}
	return abnf{fill(abnfDirect, "slodiphvSLODIPHV"), fill("^SPEC$", "slodiphvSLODIPHV"), fill("^"+abnfString+"$", "slodiphcrtvSLODIPHCRTV"), regexp.MustCompile(`%\{[A-Za-z]0+[^0-9]`)}
}

// valid tells whether the grammar has the record.
func (g abnf) valid(text string) bool {
	known := map[string]int{}
	for term := range strings.SplitSeq(text, " ") {
		name, value, isModifier := strings.Cut(term, "=")
		name = lower(name)
		switch {
		case term == "", strings.EqualFold(term, "v=spf1"):
		case isModifier && regexp.MustCompile(`^[a-z][a-z0-9_.-]*$`).MatchString(name):
			if name == "redirect" || name == "exp" {
				if known[name]++; known[name] > 1 || !g.spec.MatchString(value) {
					return false
				}
			} else if !g.any.MatchString(value) {
				return false
			}
		default:
			m := g.directive.FindStringSubmatch(term)
			if m == nil {
				return false
			}
			for i, network := range m[1:] {
				if a, err := netip.ParseAddr(network); network != "" && (err != nil || a.Is4() != (i == 0)) {
					return false
				}
			}
		}
		// %%{d0} is a literal "%" and text.
		if g.zero.MatchString(strings.ReplaceAll(term, "%%", "")) {
			return false
		}
	}
	return true
}

// spfWorld is a zone in which much of a record leads somewhere.
func spfWorld(record string) *spfZone {
	z := newSPFZone()
	z.txt("f.example", record)
	z.txt("pass.example", "v=spf1 +all")
	z.txt("fail.example", "v=spf1 -all exp=why.example")
	z.txt("loop.example", "v=spf1 include:loop.example include:f.example redirect=f.example")
	z.txt("why.example", "%{s} %{p} %{L} %{ir}")
	z.ip("f.example", "192.0.2.1", "2001:db8::1")
	z.ip("a.example", "192.0.2.1", "2001:db8::1")
	z.ip("b.example", "192.0.2.99")
	z.add("f.example", dns.MX, dns.Record{Target: "b.example"})
	z.add("f.example", dns.MX, dns.Record{Target: "a.example"})
	z.add("1.2.0.192.in-addr.arpa", dns.PTR, dns.Record{Target: "a.example"})
	z.fails["timeout.example"] = dns.Timeout
	z.fails["servfail.example"] = dns.ServFail
	z.aliases["c.example"] = "c.example"
	return z
}

// FuzzSPFRecord: a record is read as the grammar says, its evaluation ends within
// its limits, no name holds the local part, and blitiri agrees but for the classes
// that are known.
func FuzzSPFRecord(f *testing.F) {
	zone, _ := spfFile(f)
	for key, a := range zone.answers {
		if key.qtype == dns.TXT {
			f.Add(string(a.Records[0].Text))
		}
	}
	for _, s := range []string{"v=spf1 a:a.example/24//64 mx/31 ptr ?all", "v=spf1 include:loop.example", "v=spf1 exists:%{l1r-}.%{d2}. a:%{H}.example a:c.example -all",
		"v=spf1 include:pass.example", "v=spf1 redirect=fail.example", "v=spf1 mx:timeout.example", "v=spf1 a:%{p}.x ~all exp=%{ir}.example"} {
		f.Add(s)
	}
	g := newABNF()
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseSPFRecord(text)
		if isSPF([]byte(text)) && len(text) <= 4096 {
			if valid := g.valid(text); valid != (err == nil) {
				t.Errorf("%q: %v, the grammar says %v", text, err, valid)
			}
		} else if err == nil && len(text) <= 4096 {
			t.Errorf("%q was read", text)
		}
		if err == nil {
			last := 0
			for _, term := range r.Terms {
				if term.Offset <= last || text[term.Offset:term.Offset+len(term.Text)] != term.Text {
					t.Errorf("term %+v", term)
				}
				last = term.Offset
			}
		}
		z := spfWorld(text)
		for _, ip := range []string{"192.0.2.1", "2001:db8::1"} {
			q := SPFQuery{IP: netip.MustParseAddr(ip), HELO: "a.b", MailFrom: "secretrecipient@f.example"}
			got := CheckSPF(context.Background(), z, q)
			checkSPFTrace(t, text, got)
			for _, asked := range got.Questions {
				if strings.Contains(asked.Name, "secretrecipient") && !strings.Contains(lower(text), "secretrecipient") {
					t.Errorf("asked for %s", asked.Name)
				}
			}
			q.AllowMacros = true
			got = CheckSPF(context.Background(), z, q)
			checkSPFTrace(t, text, got)
			if len(got.Questions) > 150 || !visible(got.Explanation) || len(got.Explanation) > maxExplanation {
				t.Errorf("%d questions, explanation %q", len(got.Questions), got.Explanation)
			}
			if second := SecondSPF(context.Background(), q, got); second.Difference == UnexplainedSPF {
				t.Errorf("%q: %s, blitiri %+v\n%s", text, got.Status, second, got.traceText())
			}
		}
	})
}

// FuzzSPFMacros: what is checked can be expanded, within its bound, and parts are
// those of a simple way to find them.
func FuzzSPFMacros(f *testing.F) {
	for _, s := range []string{"%{l1r-}.%{d2}", "%{s}%%%_%-", "%{D3R.+,/_=-}", "%{i", "%", "%{d0}", "%{d99999999999999999999}", "%{P}.x"} {
		f.Add(s, "a.b-c@example.org", 3, true, "-.")
	}
	f.Fuzz(func(t *testing.T, spec, value string, keep int, reverse bool, delimiters string) {
		if end, err := checkMacros(spec, true); err == nil {
			if end > len(spec) {
				t.Fatalf("end %d", end)
			}
			out, err := expandMacros(spec, func(byte) (string, error) { return value, nil })
			if err != nil && err != errTooLong {
				t.Errorf("%q: %v", spec, err)
			}
			if len(out) > maxSPFText {
				t.Errorf("%d bytes", len(out))
			}
			if name, ok := askable(out); ok && (len(name) > maxSPFName || !strings.HasSuffix(strings.TrimSuffix(out, "."), name)) {
				t.Errorf("%q of %q", name, out)
			}
		} else if checkDomainSpec(spec) == nil {
			t.Errorf("%q is a domain-spec and no macro-string", spec)
		}
		for i := range len(delimiters) {
			if strings.IndexByte(".-+,/_=", delimiters[i]) < 0 {
				return
			}
		}
		m := macro{letter: 's', keep: max(keep, 0) % 200, reverse: reverse, delimiters: delimiters}
		if m.keep == 0 && !reverse && delimiters == "" {
			return
		}
		if delimiters == "" {
			delimiters = "."
		}
		for i := range len(delimiters) {
			value = strings.ReplaceAll(value, delimiters[i:i+1], "\x00")
		}
		parts := strings.Split(value, "\x00")
		if reverse {
			for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
				parts[i], parts[j] = parts[j], parts[i]
			}
		}
		if m.keep > 0 && m.keep < len(parts) {
			parts = parts[len(parts)-m.keep:]
		}
		in := strings.ReplaceAll(value, "\x00", delimiters[:1])
		if got, want := string(m.append(nil, in)), strings.Join(parts, "."); got != want {
			t.Errorf("%+v of %q: %q, want %q", m, in, got, want)
		}
	})
}
