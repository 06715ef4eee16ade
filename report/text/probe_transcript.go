package text

import (
	"fmt"
	"io"

	"mailtrace/report"
)

// Bounds on a transcript: what a person reads. The JSON has the rest.
const (
	MaxTranscripts     = 100 // Endpoints.
	MaxTranscriptLines = 300 // Of one endpoint: a whole conversation has some thirty.
	MaxLineLines       = 6   // Of the page for one line of a conversation.
)

// Transcript shows every line of every conversation, both ways: with its number, the
// seconds since the connection was opened, whether it was inside TLS, and who said it.
func Transcript(w io.Writer, r *report.Report, style Style) error {
	p := newProbed(r, style)
	shown, left := 0, 0
	for i := range r.Hosts {
		h := &r.Hosts[i]
		for k := range h.Endpoints {
			e := &h.Endpoints[k]
			if shown == MaxTranscripts {
				left++
				continue
			}
			shown++
			p.conversation(h, e)
		}
	}
	switch {
	case shown == 0:
		p.blank()
		p.item(bold, "TRANSCRIPT", 0, "")
		p.item(plain, "", 1, "No server was spoken to.")
	case left > 0:
		p.blank()
		p.item(plain, "", 1, fmt.Sprintf("and %d more conversations (--json shows all)", left))
	}
	return p.writeTo(w)
}

// conversation shows that with one endpoint.
func (p *probed) conversation(h *report.Host, e *report.Endpoint) {
	p.blank()
	text := fmt.Sprintf("%s (%s)", cut(Escape(h.Name), 4*p.width), address(e))
	if e.Time != nil {
		text += ", " + when(e.Time)
	}
	p.item(bold, "TRANSCRIPT", inputIndent+4, text)
	shown := len(e.Transcript)
	if shown > MaxTranscriptLines {
		shown = MaxTranscriptLines
	}
	for i := range e.Transcript[:shown] {
		p.exchange(i+1, &e.Transcript[i])
	}
	if left := len(e.Transcript) - shown; left > 0 {
		p.item(plain, "", 1, fmt.Sprintf("and %d more lines (--json shows all)", left))
	}
	if e.Outcome != report.OutcomeOK || len(e.Transcript) == 0 {
		p.bounded(plain, "", 1, "It ended: "+ended(e), 4)
	}
}

// exchange shows one line. Behind the bar stands what was said, and nothing else does.
func (p *probed) exchange(number int, x *report.Exchange) {
	who, inside := "S", "   "
	if x.Client {
		who = "C"
	}
	if x.TLS {
		inside = "TLS"
	}
	said := report.Evidence{Text: x.Text, TextBase64: x.TextBase64}
	text := said.Bytes()
	label := fmt.Sprintf("%4d %7.3f %s %s | ", number, float64(x.Milliseconds)/1000, inside, who)
	if text == "" {
		text = " "
	}
	p.quoted(label, text, MaxLineLines)
	if x.Cut > 0 {
		p.item(plain, "", width(label), fmt.Sprintf("(mailtrace did not keep the %s octets that followed)", thousands(int64(x.Cut))))
	}
}
