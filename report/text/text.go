// Package text shows reports on a terminal: to a person who has one message, or one
// domain, and one question, and who need not know SMTP.
//
// The answer stands first, then what it rests on, then what to do. A page is
// readable at 80 columns without colour and is never wider than it may be.
//
// Nearly every word of a report was written by a stranger: a display name may
// hold terminal escapes, a host name may turn the direction of writing. This
// package is the place, and the only one, where such bytes are made visible
// instead of effective. All text reaches the page through the methods of page,
// which escape it as the last thing they do; no caller has to remember. Names and
// addresses of the message are also defanged ("bank[.]example"), so that nothing
// of it can be followed with a click; the recipient's own hosts are written as they
// are, and so are those of a probe: the user named the domain, and has to find its
// servers elsewhere.
//
// This package decides nothing: it only says what the report says.
package text

import (
	"io"
	"strings"
)

// Style is how to show.
type Style struct {
	Width    int  // Columns; 0 means DefaultWidth, and less than MinWidth means MinWidth.
	Color    bool // For terminals that know ANSI colours.
	NoDefang bool // Show names and addresses of the message as they are.
}

const (
	DefaultWidth = 80
	MinWidth     = 40  // Below this, words do not fit beside labels.
	MaxWidth     = 120 // Longer lines are hard to follow with the eye.
)

// The few colours. They say nothing that the words do not say.
const (
	plain  = ""
	bold   = "\x1b[1m"
	faint  = "\x1b[2m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[33m"
	reset  = "\x1b[0m"
)

// page is text in the making. Its methods take raw text.
type page struct {
	b     strings.Builder
	style Style
	width int
	known map[string]bool // Hosts that are not defanged, in lower case.
}

func newPage(style Style) *page {
	p := &page{style: style, width: style.Width}
	if p.width == 0 {
		p.width = DefaultWidth
	}
	p.width = min(max(p.width, MinWidth), MaxWidth)
	return p
}

func (p *page) writeTo(w io.Writer) error {
	_, err := io.WriteString(w, p.b.String())
	return err
}

func (p *page) blank() { p.b.WriteByte('\n') }

// item writes a label and, from column indent on, text: as many lines as it
// needs. The label is written in colour.
func (p *page) item(color, label string, indent int, text string) {
	p.bounded(color, label, indent, text, 0)
}

// bounded is item with at most so many lines, the last one ending in "…" where
// text is left out; 0 is without bound.
func (p *page) bounded(color, label string, indent int, text string, lines int) {
	label = Escape(label)
	body := wrap(Escape(text), p.width-indent, lines)
	empty := len(body) == 1 && body[0] == ""
	pad := indent - width(label)
	if label != "" && (empty || pad < 1) {
		p.b.WriteString(p.paint(color, label) + "\n")
		label, pad = "", indent
	}
	if empty {
		return
	}
	for i, line := range body {
		if i == 0 {
			p.b.WriteString(p.paint(color, label) + strings.Repeat(" ", pad))
		} else {
			p.b.WriteString(strings.Repeat(" ", indent))
		}
		p.b.WriteString(line + "\n")
	}
}

// paint colours text that is escaped already.
func (p *page) paint(color, text string) string {
	if !p.style.Color || color == plain || text == "" {
		return text
	}
	return color + text + reset
}

// defang makes names in s unfit to be followed, where the style wants that. It
// escapes first: an escape may split a name, and what is left must not be one.
func (p *page) defang(s string) string {
	s = Escape(s)
	if p.style.NoDefang {
		return s
	}
	return defangBut(s, p.known)
}

// host is defang for what is known to be the name or the address of a host.
func (p *page) host(s string) string {
	s = Escape(s)
	if p.style.NoDefang || p.known[strings.ToLower(s)] {
		return s
	}
	return defangHost(s)
}
