package mailbox

import (
	"bytes"
	"io"

	"mailtrace/report"
)

// judge sets the fidelity.
func (h *header) judge() {
	m := h.m
	m.Fidelity = report.AsReceived
	switch {
	case m.reordered():
		m.Fidelity, m.FidelityWhy = report.Reserialised, "the author's fields stand above those of all servers, and every field on one line: it was copied out of a mail program"
	case h.end == endNone:
		m.Fidelity, m.FidelityWhy = report.HeadersOnly, "no empty line ends the header"
	case h.end == endGuess:
		m.Fidelity, m.FidelityWhy = report.HeadersOnly, "no empty line ends the header: where the body begins is a guess"
	case !anyText(m.Body()):
		m.Fidelity, m.FidelityWhy = report.HeadersOnly, "nothing follows the header"
	case h.strays > 0:
		m.Fidelity, m.FidelityWhy = report.PastedRepaired, "the header held lines that are no fields"
	case h.bom:
		m.FidelityWhy = "a byte order mark shows that an editor or a mail program saved it; no other alteration was noticed"
	case m.Escaped:
		m.FidelityWhy = `it was kept in a mailbox, and some lines of the body begin with ">From ", where that may have put the ">"; no other alteration was noticed`
	case h.mbox:
		m.FidelityWhy = "an mbox line shows that it was kept in a mail store; no other alteration was noticed"
	case len(m.Repairs) > 0:
		m.FidelityWhy = "it is not quite what the standard allows (see repairs); no other alteration was noticed"
	default:
		m.FidelityWhy = "no alteration was noticed"
	}
}

// anyText says whether a body has more than line ends.
func anyText(body io.Reader) bool {
	var buf [64]byte
	for {
		n, err := body.Read(buf[:])
		if len(bytes.Trim(buf[:n], "\r\n")) > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
}
