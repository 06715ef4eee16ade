package analyze

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"sync"
	"time"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
	"mailtrace/report"
)

// signersData is the mailbox domains whose provider signs all that is sent from them,
// one a line.
//
//go:embed data/signing-providers.txt
var signersData string

var signers = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for name := range rows(signersData) {
		all[name] = true
	}
	return all
})

// recently is how long after a message came the records of a provider are taken for
// those of that time.
const recently = 30 * 24 * time.Hour

var providerWithoutSignature = check{
	Rule: report.Rule{
		ID:    "dkim.provider-without-signature",
		Title: "From names a big mailbox provider, and nothing shows that it sent the message",
		Max:   report.Warning,
		Explain: `The provider of the address in From signs all mail of its users (DKIM) and names its servers (SPF). This
message has no signature of the provider that holds, and did not come from a server of the provider; so it
was most likely sent elsewhere, by somebody who wrote the address into it. Do not answer, and do not
believe who it says that it is from. If you know the person, ask by another way whether it is real.`,
		Innocent: `A mailing list or a forwarder sent it on and changed it, or the person sends with that address from a
web form or another provider's server.`,
		Refs: []string{"RFC 6376 section 1.1", "RFC 9989 section 4.4", "RFC 7960 section 2"},
	},
	asks: true,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		at := s.handedAt()
		if len(s.report.Message.From) != 1 || at == nil || s.lacks(needHeader) != "" {
			return nil, nil, nil
		}
		from := domain.ASCII(domainOf(s.report.Message.From[0].Address))
		if age := s.report.Made.Sub(*at); !signers()[from] || age > recently || s.alignedPass() != alignedNone {
			return nil, nil, nil
		}
		severity, weight, way := report.Warning, report.Strong, ""
		f, list := s.listField()
		switch chain := &s.checked.signatures.ARC; {
		case list:
			way = fmt.Sprintf("; %s in line %d shows a mailing list", f.Name, f.Line)
		case s.report.Envelope.Way == report.WayForward:
			way = "; " + s.report.Envelope.Why
		case chain.Status == auth.Pass:
			way = "; whoever sent it on sealed what was found before (ARC)"
		}
		if way != "" {
			severity, weight = report.Info, report.Ordinary
		}
		found := finding(severity, weight, "From is of %s, which signs all mail; %s, and SPF is %s for %s%s",
			from, s.noSignature(from), s.checked.spf.mailFrom.result.Status, s.checked.spf.mailFrom.result.Domain, way)
		if shown, ok := s.message.Field("From"); ok {
			found.Evidence = append(found.Evidence, field(shown))
		}
		found.Evidence = append(found.Evidence, s.part(s.boundary.at, s.hops[s.boundary.at].Spans.Address))
		found.Evidence = append(found.Evidence, spfRecord(s.checked.spf.mailFrom.result)...)
		return []report.Finding{found}, nil, nil
	},
}

// noSignature says what there is in place of a signature that holds.
func (s *subject) noSignature(from string) string {
	var others []string
	for i := range s.checked.signatures.DKIM {
		g := &s.checked.signatures.DKIM[i]
		if s.house(g.Domain) == s.house(from) {
			return fmt.Sprintf("the signature of %s, line %d, does not hold", g.Domain, s.message.Fields[g.Field].Line)
		}
		if !slices.Contains(others, g.Domain) {
			others = append(others, g.Domain)
		}
	}
	if len(others) > 0 {
		return fmt.Sprintf("the message is signed by others only (%s)", others[0])
	}
	return "the message is not signed"
}

// alignment says whether anything passed that speaks for the domain in From.
type alignment int

const (
	alignedUnknown alignment = iota // What might speak for it is not decided.
	alignedNone
	alignedPass
)

// alignedPass looks for a pass of the organisation in From.
func (s *subject) alignedPass() alignment {
	from := s.house(s.fromOrg())
	if from == "" || s.checked.signatures.DKIM == nil || s.checked.signatures.DKIMLeft > 0 {
		return alignedUnknown
	}
	found := alignedNone
	for i := range s.checked.signatures.DKIM {
		g := &s.checked.signatures.DKIM[i]
		if s.house(g.Domain) != from {
			continue
		}
		switch g.Status {
		case auth.Pass, auth.Policy: // It holds, or did before it expired.
			return alignedPass
		case auth.Undecided, auth.TempError:
			found = alignedUnknown
		}
	}
	spf := s.checked.spf.identifier()
	switch {
	case spf.Status == auth.Undecided, spf.Status == auth.TempError, s.checked.spf.mailFrom == nil:
		found = alignedUnknown
	case spf.Status == auth.Pass && s.house(spf.Domain) == from:
		return alignedPass
	}
	return found
}
