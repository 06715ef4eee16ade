package text

import (
	"io"

	"mailtrace/report"
)

// Probe is a stub until the page of a probe is there.
func Probe(w io.Writer, r *report.Report, style Style) error {
	p := newPage(style)
	p.item(plain, "", 0, r.Target)
	return p.writeTo(w)
}
