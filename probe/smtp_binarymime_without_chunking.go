package probe

import (
	"context"

	"mailtrace/report"
)

var smtpBinaryMIMEWithoutChunking = check{
	Rule: report.Rule{
		ID:    "smtp.binarymime-without-chunking",
		Title: "Binary mail is offered without the command that carries it",
		Max:   report.Warning,
		Explain: `BINARYMIME lets mail come without the re-coding that makes it larger, and can be sent by the command BDAT alone,
which CHUNKING offers. Here CHUNKING is missing, so nobody can use it; a sender that tries gets an error and has to
begin anew. Switch both on or both off.`,
		Innocent: `A filter or firewall in front of the server that strikes out CHUNKING, because it cannot look into BDAT.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 3030 section 3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if all, tls, _ := p.offers(); offers(all, "BINARYMIME") && !offers(all, "CHUNKING") {
				t.find(p, report.Warning, p.says(tls, "BINARYMIME"), "BINARYMIME is offered without CHUNKING, which it needs")
			}
		}
		return t.all()
	},
}
