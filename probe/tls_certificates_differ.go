package probe

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/report"
)

var tlsCertificatesDiffer = check{
	Rule: report.Rule{
		ID:    "tls.certificates-differ",
		Title: "The addresses of one server show different certificates",
		Max:   report.Info,
		Explain: `Behind one name stand several machines, or several programs, each with a certificate of its own. That is allowed.
It matters when certificates are renewed or published by DANE: every one has to be thought of, and a fault of one shows only for
the mail that happens to go there. Check that all of them are renewed in the same way.`,
		Innocent: `Machines that share the work and get their certificates on their own.`,
		Measured: "Not measured on live servers. It rests on the certificates of the endpoints of one host and port.",
		Refs:     []string{"RFC 7672 section 8.1", "RFC 5321 section 5.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.hosts {
			h := &s.hosts[i]
			first := map[int]*report.Endpoint{}
			differ := map[int][]*report.Endpoint{}
			var ports []int
			for k := range h.Endpoints {
				e := &h.Endpoints[k]
				if len(e.Certificates) == 0 {
					continue
				}
				f, seen := first[e.Port]
				switch {
				case !seen:
					first[e.Port] = e
					ports = append(ports, e.Port)
				case f.Certificates[0].SHA256 != e.Certificates[0].SHA256:
					differ[e.Port] = append(differ[e.Port], e)
				}
			}
			for _, port := range ports {
				if others := differ[port]; len(others) > 0 {
					found = append(found, differing(h, port, append([]*report.Endpoint{first[port]}, others...)))
				}
			}
		}
		return found, nil, nil
	},
}

// differing tells of the endpoints of one port that have not the same certificate.
func differing(h *report.Host, port int, all []*report.Endpoint) report.Finding {
	f := report.Finding{Severity: report.Info, Host: h.Name, Port: &port, Evidence: []report.Evidence{}}
	var words []string
	for i, e := range all {
		if i == maxListed {
			words = append(words, fmt.Sprintf("%d more", len(all)-i))
			break
		}
		c := &e.Certificates[0]
		words = append(words, fmt.Sprintf("%s has one from %s, with the key of %s, valid to %s", e.Address, c.Issuer, c.Key, dayText(c.NotAfter)))
		f.Evidence = append(f.Evidence, keyEvidence(c))
	}
	f.Text = "the addresses do not show the same certificate: " + strings.Join(words, "; ")
	return f
}
