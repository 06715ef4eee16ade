package probe

import (
	"encoding/hex"
	"fmt"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// whyUnverified ends what is said of records that may count, or not.
const whyUnverified = "the DNS answers could not be verified: look at their signatures (--dnssec validate), or ask a validating resolver on this computer (--resolver 127.0.0.1) or one by TLS"

// serverOnly ends what is said of records to which no signed MX or SRV records lead.
const (
	serverOnly      = " (the MX records are not signed, so that not all of these senders look at TLSA records)"
	serverOnlyUsers = " (the SRV records are not signed: only who has the name of the server from elsewhere looks at TLSA records)"
)

// takesMail says whether other servers bring mail there, and forUsers whether it is of
// mail programs.
func (d *daneSight) takesMail() bool { return d.host.takesMail() }

func (d *daneSight) forUsers() bool {
	return d.host.Role == report.RoleSubmission || d.host.Role == report.RoleSubmissions ||
		d.host.Role == report.RoleNamed && (d.port == submissionPort || d.port == implicitPort)
}

// who are those that honour DANE at the port.
func (d *daneSight) who() string {
	if d.forUsers() {
		return "mail programs"
	}
	return "senders"
}

// does is what they come for.
func (d *daneSight) does() string {
	if d.forUsers() {
		return "connect"
	}
	return "deliver"
}

// stays is what those that honour DANE do where it fails.
func (d *daneSight) stays() string {
	return d.who() + " that honour DANE do not " + d.does() + " here"
}

// daneTold gathers what a rule says of TLSA records. How bad it is depends on what the
// records are worth: nothing is said of those that do not count, those that could not be
// verified make an undecided, and where the MX records are not signed it is a warning at
// most.
type daneTold struct {
	*told
	found     []report.Finding
	undecided []report.Undecided
}

func (s *subject) tellDANE() *daneTold { return &daneTold{told: s.tell()} }

// host says something about a host.
func (t *daneTold) host(d *daneSight, severity report.Severity, evidence []report.Evidence, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if d.port != smtpPort {
		text = fmt.Sprintf("port %d: %s", d.port, text)
	}
	switch d.trust {
	case trustUnverified:
		// What is of no consequence is not asked ten times over: one undecided of
		// policy.dane-mx-insecure, or for users of policy.dane-submission, is for all of it.
		if severity == report.Info {
			return
		}
		t.undecided = append(t.undecided, d.host.undecided("%s, if the records are signed; %s", text, whyUnverified))
		return
	case trustNothing:
		return
	case trustServer:
		severity, text = d.lessSevere(severity, text)
	}
	f := d.host.finding(severity, "%s", text)
	f.Evidence = append(evidence, d.aliases()...)
	t.found = append(t.found, f)
}

// at says something about an endpoint of the host.
func (t *daneTold) at(d *daneSight, p place, severity report.Severity, evidence []report.Evidence, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	switch d.trust {
	case trustUnverified:
		t.doubt(p, "%s, if the records are signed; %s", text, whyUnverified)
	case trustServer:
		severity, text = d.lessSevere(severity, text)
		t.find(p, severity, evidence, "%s", text)
	case trustDomain:
		t.find(p, severity, evidence, "%s", text)
	}
}

func (t *daneTold) done() ([]report.Finding, []report.Undecided, error) {
	found, undecided, err := t.all()
	return append(t.found, found...), append(t.undecided, undecided...), err
}

// lessSevere is how bad it is where the MX or SRV records are not signed: a warning at most.
func (d *daneSight) lessSevere(s report.Severity, text string) (report.Severity, string) {
	if s == report.Info {
		return s, text
	}
	if d.forUsers() {
		return report.Warning, text + serverOnlyUsers
	}
	return report.Warning, text + serverOnly
}

// maxTLSAShown bounds the data of a record that is repeated as evidence, in octets: a
// digest has 64 at most.
const (
	maxTLSAShown = 64
	tlsaBegin    = 16 // So many of longer data.
)

// evidence is some of the records.
func (d *daneSight) evidence(which []int) []report.Evidence {
	var all []report.Evidence
	for _, i := range which[:min(len(which), maxRecordsShown)] {
		t := &d.tlsa[i].TLSA
		data := hex.EncodeToString(t.Data[:min(len(t.Data), maxTLSAShown)])
		if len(t.Data) > maxTLSAShown {
			data = fmt.Sprintf("%s... (%d octets)", data[:2*tlsaBegin], len(t.Data))
		}
		all = append(all, dnsEvidence(d.owner, dns.TLSA, fmt.Sprintf("%d %d %d %s", t.Usage, t.Selector, t.Matching, data)))
	}
	if more := len(which) - maxRecordsShown; more > 0 {
		all = append(all, dnsEvidence(d.owner, dns.TLSA, fmt.Sprintf("and %d more", more)))
	}
	return all
}

// aliases are those that were followed from the host to its addresses and from there to
// the records, as evidence.
func (d *daneSight) aliases() []report.Evidence {
	all := aliasEvidence(d.host.Name, d.host.Alias)
	if d.answer != nil {
		all = append(all, aliasEvidence(d.owner, d.answer.Alias)...)
	}
	return all
}

// every is the indices of all records.
func (d *daneSight) every() []int {
	all := make([]int, len(d.tlsa))
	for i := range all {
		all[i] = i
	}
	return all
}

// kinds are records by their numbers, each kind once: "3 1 1 and 2 0 1".
func (d *daneSight) kinds(which []int) string {
	var kinds []string
	seen := map[string]bool{}
	for _, i := range which {
		t := &d.tlsa[i].TLSA
		if k := fmt.Sprintf("%d %d %d", t.Usage, t.Selector, t.Matching); !seen[k] {
			seen[k] = true
			kinds = append(kinds, k)
		}
	}
	return firstOf(kinds, func(k string) string { return k })
}

// wanted is the record that is recommended for a certificate: DANE-EE, its key, SHA-256
// (RFC 7672 section 3.1.1).
func (d *daneSight) wanted(seen *daneSeen) report.Evidence {
	c := &seen.Certificates[seen.at]
	return certificateEvidence("certificate %s: %s TLSA 3 1 1 %s would match it", subjectText(c), d.owner, c.SPKISHA256)
}

// hostPlaces are the endpoints of the host at the port.
func (s *subject) hostPlaces(d *daneSight) []place {
	var all []place
	for p := range s.places() {
		if p.host.Name == d.host.Name && p.Port == int(d.port) && p.host.Role == d.host.Role {
			all = append(all, p)
		}
	}
	return all
}
