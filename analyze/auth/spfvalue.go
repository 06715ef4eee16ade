package auth

import (
	"context"
	"strconv"
	"strings"

	"mailtrace/probe/dns"
)

// maxExplanation are the bytes of an explanation: it was made for an SMTP reply,
// and no longer than a few lines of it (RFC 5321 section 4.5.3.1.5: 512 each).
const maxExplanation = 1024

// expand makes the target-name of a domain-spec (RFC 7208 section 4.8). A name that
// would hold the sender's local part is not made: see SPFQuery.AllowMacros.
func (e *spfCheck) expand(ctx context.Context, spec, name string) (string, error) {
	e.saw(spfOddName, strings.IndexByte(spec, '/') >= 0 || strings.IndexByte(spec, ':') >= 0)
	if strings.IndexByte(spec, '%') < 0 {
		return strings.TrimSuffix(spec, "."), nil
	}
	if e.private && !e.query.AllowMacros && localPartIn(spec) {
		return "", &spfStop{status: Undecided, problem: shownSPF(spec) + " would hold the local part of the sender and is not asked: who runs that zone would learn that this mail is looked at (--allow-macros asks)"}
	}
	to, err := expandMacros(spec, func(letter byte) (string, error) { return e.value(ctx, letter, name) })
	e.saw(spfLongName, len(to) > maxSPFName)
	return strings.TrimSuffix(to, "."), err
}

// value is what a macro letter stands for (RFC 7208 section 7.2).
func (e *spfCheck) value(ctx context.Context, letter byte, name string) (string, error) {
	e.saw(spfMacros, true)
	switch letter {
	case 's':
		return e.local + "@" + e.domain, nil
	case 'l':
		return e.local, nil
	case 'o':
		return e.domain, nil
	case 'd':
		return name, nil
	case 'h':
		return e.query.HELO, nil
	case 'v':
		if e.query.IP.Is4() {
			return "in-addr", nil
		}
		return "ip6", nil
	case 'i':
		return dotted(e.query.IP.AsSlice()), nil
	case 'c':
		return e.query.IP.String(), nil
	case 'r':
		if e.query.Receiver != "" {
			return e.query.Receiver, nil
		}
		return "unknown", nil
	case 't':
		if e.query.Now.IsZero() {
			return "0", nil
		}
		return strconv.FormatInt(e.query.Now.Unix(), 10), nil
	}
	return e.validated(ctx, name)
}

// validated is %{p}: the name of the client that is closest to the domain.
func (e *spfCheck) validated(ctx context.Context, name string) (string, error) {
	e.saw(spfPMacro, true)
	if err := e.count("%{p}"); err != nil {
		return "", err
	}
	if err := e.validate(ctx, false); err != nil {
		return "", err
	}
	best := "unknown"
	for i, n := range e.names {
		switch {
		case strings.EqualFold(n, name):
			return n, nil
		case i == 0, under(n, name) && !under(best, name):
			best = n
		}
	}
	return best, nil
}

// dotted is an address as %{i} has it: of IPv6 every digit is a label.
func dotted(ip []byte) string {
	out := make([]byte, 0, 64)
	for i, b := range ip {
		if i > 0 {
			out = append(out, '.')
		}
		if len(ip) == 4 {
			out = strconv.AppendUint(out, uint64(b), 10)
		} else {
			out = append(out, hexDigits[b>>4], '.', hexDigits[b&15])
		}
	}
	return string(out)
}

// explain fetches and expands the explanation of the record that failed (RFC 7208
// section 6.2). Whatever is wrong with it changes nothing but that there is none.
func (e *spfCheck) explain(ctx context.Context) {
	n := e.step(SPFStep{Kind: SPFExpStep, Domain: e.expIn})
	e.limitless = true
	to, text, note := e.explanation(ctx)
	if n < 0 {
		return
	}
	e.target(n, to)
	e.out.Trace[n].Term = text
	e.done(n, "", "", note)
}

func (e *spfCheck) explanation(ctx context.Context) (to, text, note string) {
	to, err := e.expand(ctx, e.exp, e.expIn)
	if err != nil {
		return e.exp, "", err.Error()
	}
	to, ok := askable(to)
	if !ok {
		return to, "", "no name that can be asked"
	}
	answer, err := e.ask(ctx, to, dns.TXT)
	if err != nil {
		return to, "", "not fetched: " + err.Error()
	}
	if len(answer.Records) != 1 {
		return to, "", strconv.Itoa(len(answer.Records)) + " texts where one is wanted"
	}
	text = string(answer.Records[0].Text)
	if !visible(text) {
		return to, text, "not in visible ASCII"
	}
	if _, err := checkMacros(text, true); err != nil {
		return to, text, err.Error()
	}
	out, err := expandMacros(text, func(letter byte) (string, error) { return e.value(ctx, letter, e.expIn) })
	switch {
	case err != nil:
		return to, text, err.Error()
	case !visible(out) || len(out) > maxExplanation:
		return to, text, "expands to what is too long, or not in visible ASCII"
	}
	e.out.Explanation = out
	return to, text, "says " + strconv.Quote(out)
}

// visible tells whether a text is of visible ASCII and blanks.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 127 {
			return false
		}
	}
	return true
}
