package auth

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"mailtrace/analyze/mailbox"
)

// maxTraceNames is how many field names one line of a trace holds.
const maxTraceNames = 60

// Trace tells the verification of a signature, a fact for each line.
func (s *Signature) Trace(m *mailbox.Message) []string {
	out := make([]string, 0, 12)
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if s.Algorithm != "" {
		add("signed by %s, selector %s, algorithm %s, canonicalization %s/%s", s.signer(), s.Selector, s.Algorithm, s.HeaderForm, s.BodyForm)
	}
	if s.Identity != "" {
		add("it speaks for %s (i=)", s.Identity)
	}
	switch {
	case s.Created != nil && s.Expires != nil:
		add("by its own word made %s (t=), to count until %s (x=)", stamp(*s.Created), stamp(*s.Expires))
	case s.Created != nil:
		add("by its own word made %s (t=)", stamp(*s.Created))
	case s.Expires != nil:
		add("to count until %s (x=)", stamp(*s.Expires))
	}
	out = append(out, s.keyTrace()...)
	if len(s.Covered) > 0 {
		add("signed fields: %s", s.coveredNames(m))
	}
	if len(s.OverSigned) > 0 {
		add("none may be added (over-signed): %s", strings.Join(s.OverSigned[:min(len(s.OverSigned), maxTraceNames)], ", "))
	}
	if s.HeaderHash.State != "" {
		out = append(out, s.HeaderHash.trace("header"))
	}
	if s.kind != kindSeal && s.BodyHash.State != "" {
		out = append(out, s.BodyHash.trace("body"))
	}
	if s.Length != nil {
		add("of %d octets of the body %d are signed (l=), %d are behind them", s.BodySize, *s.Length, s.Appended)
	}
	for _, n := range s.Notes {
		add("note: %s", n)
	}
	return append(out, fmt.Sprintf("result: %s, %s (%s)", s.Status, s.Reason, s.Outcome))
}

// keyTrace tells which key was used.
func (s *Signature) keyTrace() []string {
	k := s.Key
	if k == nil {
		return nil
	}
	line := fmt.Sprintf("key at %s: %s", k.Name, k.Type)
	if k.Bits > 0 {
		line += fmt.Sprintf(", %d bits", k.Bits)
	}
	for _, flag := range []struct {
		set  bool
		text string
	}{
		{k.Revoked, "withdrawn (empty p=)"},
		{k.Test, "only being tried out (t=y)"},
		{k.Strict, "i= must be of d= itself (t=s)"},
		{k.Hashes != nil, "for " + strings.Join(k.Hashes, ", ") + " (h=)"},
		{k.Services != nil, "for the service " + strings.Join(k.Services, ", ") + " (s=)"},
		{k.Fault != "", "it " + k.Fault},
		{s.Keys > 1, fmt.Sprintf("one of %d records", s.Keys)},
	} {
		if flag.set {
			line += ", " + flag.text
		}
	}
	return []string{line}
}

// coveredNames are the fields that are signed, each with its line.
func (s *Signature) coveredNames(m *mailbox.Message) string {
	var b strings.Builder
	for i, at := range s.Covered {
		if i == maxTraceNames {
			fmt.Fprintf(&b, " and %d more", len(s.Covered)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (line %d)", m.Fields[at].Name, m.Fields[at].Line)
	}
	return b.String()
}

// trace tells a comparison of hashes.
func (h *Hash) trace(of string) string {
	text := func(sum []byte) string { return base64.StdEncoding.EncodeToString(sum) }
	switch {
	case h.State == HashMatches && h.Computed != nil:
		return fmt.Sprintf("hash of the %s: as signed (%s)", of, text(h.Computed))
	case h.State == HashDiffers && h.Given != nil:
		return fmt.Sprintf("hash of the %s: signed was %s, here it is %s", of, text(h.Given), text(h.Computed))
	case h.State == HashDiffers:
		return fmt.Sprintf("hash of the %s: not the one that was signed; here it is %s", of, text(h.Computed))
	case h.Computed != nil:
		return fmt.Sprintf("hash of the %s: here it is %s; which was signed is not known", of, text(h.Computed))
	}
	return fmt.Sprintf("hash of the %s: not checked", of)
}

// Trace tells the verification of a chain, the oldest set first.
func (c *ARC) Trace(m *mailbox.Message) []string {
	var out []string
	for i := range c.Sets {
		set := &c.Sets[i]
		head := fmt.Sprintf("set %d", set.Instance)
		if set.Seal != nil {
			head += fmt.Sprintf(": sealed by %s, which found the chain before it %s (cv=): seal %s, %s", set.Seal.signer(), set.CV, set.Seal.Status, set.Seal.Reason)
		}
		out = append(out, head)
		if set.Signature != nil {
			out = append(out, fmt.Sprintf("set %d: message as %s handed it on: %s, %s", set.Instance, set.Signature.signer(), set.Signature.Status, set.Signature.Reason))
		}
		if set.Results != nil {
			out = append(out, fmt.Sprintf("set %d: %s says what it found: %s", set.Instance, serverOf(set.Results), set.Results.summary()))
		}
	}
	for _, f := range c.Faults {
		out = append(out, "fault: "+f)
	}
	if len(c.Sets) > 0 {
		out = append(out, "a chain says who sealed what, and no more: anyone can seal anything, and an unknown sealer vouches for nothing; ARC is going out of use")
	}
	return append(out, fmt.Sprintf("result: %s, %s", c.Status, c.Reason))
}

func serverOf(r *Results) string {
	if r.AuthServID == "" {
		return "a host that does not name itself"
	}
	return r.AuthServID
}

// summary is the results in short.
func (r *Results) summary() string {
	if len(r.Results) == 0 {
		return "nothing"
	}
	var parts []string
	for i, one := range r.Results {
		if i == 8 {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, one.Method+"="+string(one.Status))
	}
	return strings.Join(parts, ", ")
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
