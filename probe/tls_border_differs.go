package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

var tlsBorderDiffers = check{
	Rule: report.Rule{
		ID:    "tls.border-differs",
		Title: "The mail is said to have come by TLS as the server does not speak it now",
		Max:   report.Warning,
		Explain: `The line of the host that took the mail from outside tells which version of TLS was spoken. The same host was asked
now, and offers no TLS, or an older version at best. For a new mail that is odd: the line may not be of this host, or somebody between here and
there takes the offer of TLS away. Look at the host itself, with mailtrace probe --host.`,
		Innocent: `The server was set up anew since, several computers share the name, or a firewall on our side hides STARTTLS.`,
		Measured: notMeasured + " It rests on one conversation with one address.",
		Refs:     []string{"RFC 3848", "RFC 3207 section 4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		f := s.follow
		if f.hop == nil {
			return nil, f.open(f.unknown), nil
		}
		claim, rank := f.claimedTLS()
		if claim == "" {
			return nil, nil, nil
		}
		if why := f.silent(); why != "" {
			return nil, f.open(why), nil
		}
		p := *f.talk
		var found report.Finding
		switch {
		case p.StartTLS == report.StartTLSAbsent:
			found = p.finding(f.aged(report.Warning), "%s wrote that the mail came by %s, and offers no STARTTLS now", f.border, claim)
			found.Evidence, _ = p.replied(false, string(p.Hello))
		case p.TLS == nil || p.TLS.Outcome != report.OutcomeOK:
			return nil, f.open(fmt.Sprintf("TLS was not had with %s now: %s", f.border, p.StartTLS)), nil
		case rank > tlsRank(p.TLS.Version):
			found = p.finding(f.aged(report.Warning), "%s wrote that the mail came by %s, and speaks %s at best now", f.border, claim, p.TLS.Version)
			found.Evidence = append(found.Evidence, certificateEvidence("%s, %s", p.TLS.Version, p.TLS.Cipher))
		default:
			return nil, nil, nil
		}
		found.Hop = &f.hop.Number
		return []report.Finding{found}, nil, nil
	},
}

// claimedTLS is the TLS that the line of the border tells of, and its rank, 0 where it
// tells no version; "" for none.
func (f *followed) claimedTLS() (claim string, rank int) {
	t := f.hop.TLS
	switch {
	case t != nil && t.Version != "":
		return clipped(t.Version, maxVersionShown), tlsRank(t.Version)
	case t != nil && t.Cipher != "", slices.Contains(f.hop.Implies, impliesTLS):
		return "TLS", 0
	}
	return "", 0
}

const maxVersionShown = 20

// tlsRank orders versions, however they are written: "TLS1_3", "TLSv1.3", "TLS 1.3"; 0
// for what is none. That of SSL is below all of TLS.
func tlsRank(version string) int {
	v := strings.NewReplacer(" ", "", "v", "", "_", ".", "-", ".").Replace(strings.ToLower(version))
	switch {
	case strings.HasPrefix(v, "ssl"):
		return 1
	case strings.HasPrefix(v, "tls1.3"):
		return 5
	case strings.HasPrefix(v, "tls1.2"):
		return 4
	case strings.HasPrefix(v, "tls1.1"):
		return 3
	case v == "tls1", strings.HasPrefix(v, "tls1.0"):
		return 2
	}
	return 0
}
