package analyze

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

// maxEvidenceBody is how many bytes of a body are read to find the line of evidence.
const maxEvidenceBody = 4 << 20

var dkimUnsignedText = check{
	Rule: report.Rule{
		ID:    "dkim.unsigned-text",
		Title: "Text was added to the message after its domain signed it",
		Max:   report.Warning,
		Explain: `A signature (DKIM) does not hold on the message as it is. Without the text that is shown here it holds, so the
domain signed the rest, and somebody added this text on the way. Who did so is not known, and nobody vouches
for it. Do not follow a link in it and do not do what it asks, however well the rest of the mail is signed.`,
		Innocent: `Mailing lists, gateways and virus scanners add such lines, often with a link to leave the list.
A forger can write lines that look the same.`,
		Refs: []string{"RFC 6376 section 3.7", "RFC 6377 section 3.3"},
	},
	asks: true,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		told := map[string]bool{} // Several signatures fail for one reason.
		for i, a := range s.checked.autopsies {
			g := &s.checked.signatures.DKIM[i]
			if a == nil {
				continue
			}
			for _, part := range [...]*auth.PartAutopsy{&a.Header, &a.Body} {
				for k := range part.Changes {
					c := &part.Changes[k]
					if c.Added == "" || !part.Proven || told[c.Field+"\n"+c.Added] {
						continue
					}
					told[c.Field+"\n"+c.Added] = true
					found = append(found, s.unsignedText(g, c))
				}
			}
		}
		return found, nil, nil
	},
}

// unsignedText tells of one addition. Links are what such additions are made for when
// they are hostile.
func (s *subject) unsignedText(g *auth.Signature, c *auth.Change) report.Finding {
	severity, where := report.Info, "to the text"
	if c.Field != "" {
		where = "to the field " + c.Field
	}
	if c.Line > 0 {
		where += fmt.Sprintf(" (line %d)", c.Line)
	}
	text := fmt.Sprintf("added %s after %s signed (line %d): %q", where, g.Domain, s.message.Fields[g.Field].Line, short(c.Added))
	if len(c.Links) > 0 {
		severity = report.Warning
		text += fmt.Sprintf("; it leads to %s", short(strings.Join(c.Links, " ")))
	}
	f := finding(severity, report.Ordinary, "%s", text)
	f.Evidence = append(f.Evidence, s.signed(g))
	if e, ok := s.bodyLine(c.Line); ok && c.Field == "" {
		f.Evidence = append(f.Evidence, e)
	}
	if field, ok := s.fieldAt(c); ok {
		f.Evidence = append(f.Evidence, field)
	}
	return f
}

// short is the beginning of a text, on one line.
func short(text string) string {
	const most = 160
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return text
}

// fieldAt is the field that a change is about, as evidence.
func (s *subject) fieldAt(c *auth.Change) (report.Evidence, bool) {
	for _, f := range s.message.Fields {
		if c.Field != "" && f.Is(c.Field) && (f.Line == c.Line || c.Line == 0) {
			return field(f), true
		}
	}
	return report.Evidence{}, false
}

// bodyLine is a line of the body as evidence, as it stands in the file: it may be
// encoded.
func (s *subject) bodyLine(line int) (report.Evidence, bool) {
	at := auth.BodyLine(s.message)
	if at == 0 || line < at {
		return report.Evidence{}, false
	}
	r := bufio.NewReader(io.LimitReader(s.message.Body(), maxEvidenceBody))
	offset := s.message.HeaderSize
	for ; ; at++ {
		text, err := r.ReadString('\n')
		if at == line && text != "" {
			e := report.NewEvidence(line, offset, strings.TrimRight(text, "\r\n"))
			e.Source = report.SourceBody
			return e, true
		}
		if err != nil {
			return report.Evidence{}, false
		}
		offset += int64(len(text))
	}
}
