package probe

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"mailtrace/report"
)

// sight is what a probe sees of an endpoint, in words: for comparison and for the
// table. "-" is what was not seen.
type sight [10]string

var sightColumns = []string{"outcome", "phase", "STARTTLS", "TLS", "PKIX", "faults", "certificate", "SIZE", "AUTH", "rules"}

// Columns of a sight.
const (
	inOutcome = iota
	inPhase
	inStartTLS
	inTLS
	inPKIX
	inFaults
	inCertificate
	inSize
	inAuth
	inRules // Of critical findings, of warnings, and of what is undecided.
)

// want is what has to be seen.
func (c endpointCase) want() sight {
	s := sight{"ok", "quit", "ok", "TLS 1.3", strconv.FormatBool(!c.fails), cmp.Or(c.faults, "-"), c.wantCertificate(), c.wantSize(), "-", c.wantRules()}
	none := func(outcome, phase, starttls string) sight {
		return sight{outcome, phase, starttls, "-", "-", "-", "-", s[inSize], "-", s[inRules]}
	}
	switch c.to.Port() {
	case 465:
		s[inStartTLS], s[inAuth] = "implicit", "inside"
	case 587:
		s[inAuth] = "inside"
	}
	switch {
	case c.option == "421":
		s = none("deferred", "greeting", "untried")
		s[inSize] = "-"
	case c.option == "554":
		s = none("rejected", "greeting", "untried")
		s[inSize] = "-"
	case c.certificate == "":
		s = none("ok", "quit", "absent")
	case c.option == "broken": // 454 in answer to STARTTLS; it goes on without.
		s = none("ok", "quit", "deferred")
	case c.server.noTLS: // It sends its certificate, and fails when it has to sign.
		s[inOutcome], s[inPhase], s[inStartTLS], s[inTLS], s[inAuth] = "tls", "tls", "failed", "-", "-"
		if c.to.Port() == 465 {
			s[inSize] = "-"
		}
	case c.option == "auth-plain":
		s[inAuth] = "both"
	case c.option == "tls1.0":
		s[inTLS] = "TLS 1.0"
	}
	return s
}

func (c endpointCase) wantSize() string {
	size := c.size
	if c.server.only {
		size = c.server.size
	}
	switch {
	case size > 0:
		return fmt.Sprintf("limit %d", size)
	case c.server.only: // "SIZE 0"; the others leave the number out.
		return "unlimited"
	}
	return "unstated"
}

// wantCertificate is what the kind of certificate is, as testCA says.
func (c endpointCase) wantCertificate() string {
	key, signature, sent, names, rest := "RSA 2048", "ECDSA-SHA256", 1, 1, ""
	switch c.certificate {
	case "ecdsa":
		key = "ECDSA P-256"
	case "weak-key":
		key = "RSA 1024"
	case "self-signed", "expired+wrong-name+self-signed":
		signature, sent = "SHA256-RSA", 0
	case "sha1":
		signature = "SHA1-RSA"
	case "missing-intermediate":
		sent = 0
	case "with-root":
		sent = 2
	case "chain:5":
		sent = 6
		if c.server.name == "exim" { // GnuTLS sends what belongs to the chain, and no more.
			sent = 1
		}
	case "sans:300":
		names = 301
	case "cn-only":
		names = 0
	case "must-staple":
		rest = ", must-staple"
	}
	return fmt.Sprintf("%s, %s, %d d, %d sent, %d names%s", key, signature, c.days, sent, names, rest)
}

// wantRules are those that have to speak of an endpoint, except for what is no more
// than worth knowing.
func (c endpointCase) wantRules() string {
	rules := strings.Fields(c.rules)
	port := c.to.Port()
	if len(rules) > 0 && (port == 465 || port == 587) {
		rules = []string{"tls.certificate-submission"} // One for all faults: programs of users check.
	}
	if c.option == "auth-plain" && port == 25 {
		rules = append(rules, "smtp.auth-on-mx")
	}
	if c.server.noTLS && c.certificate != "" && c.option == "" {
		rules = slices.DeleteFunc(rules, func(id string) bool { return id == "tls.staple-missing" }) // It may have been on its way.
		rules = append(rules, "tls.handshake-failed")
	}
	slices.Sort(rules)
	return cmp.Or(strings.Join(rules, " "), "-")
}

// seen is the same of a report.
func seen(r *report.Report, host string, e report.Endpoint) sight {
	s := sight{string(e.Outcome), string(e.Phase), string(e.StartTLS), "-", "-", "-", "-", "-", seenAuth(e), seenRules(r, host, e)}
	if e.TLS != nil && e.TLS.Outcome == report.OutcomeOK {
		s[inTLS] = e.TLS.Version
	}
	for _, c := range e.Certificates {
		s[inPKIX] = "?"
		if c.PKIX != nil {
			s[inPKIX] = strconv.FormatBool(*c.PKIX)
		}
		var faults []string
		for _, f := range c.Faults {
			faults = append(faults, string(f))
		}
		slices.Sort(faults)
		s[inFaults] = cmp.Or(strings.Join(faults, " "), "-")
		days := "?"
		if c.DaysLeft != nil {
			days = strconv.Itoa(*c.DaysLeft)
		}
		s[inCertificate] = fmt.Sprintf("%s, %s, %s d, %d sent, %d names", c.Key, c.Signature, days, c.ChainTotal, c.NamesTotal)
		if c.MustStaple {
			s[inCertificate] += ", must-staple"
		}
	}
	if e.Size.State != report.SizeUnknown {
		s[inSize] = string(e.Size.State)
		if e.Size.Octets != nil {
			s[inSize] += " " + strconv.FormatInt(*e.Size.Octets, 10)
		}
	}
	return s
}

// seenAuth says where AUTH is offered.
func seenAuth(e report.Endpoint) string {
	auth := func(x report.Extension) bool { return x.Keyword == "AUTH" }
	before, inside := slices.ContainsFunc(e.Extensions, auth), slices.ContainsFunc(e.ExtensionsTLS, auth)
	switch {
	case before && inside:
		return "both"
	case before:
		return "before"
	case inside:
		return "inside"
	}
	return "-"
}

// seenRules are those whose findings, or doubts, are about the endpoint.
func seenRules(r *report.Report, host string, e report.Endpoint) string {
	here := func(h string, address netip.Addr, port *int) bool {
		return h == host && address == e.Address && port != nil && *port == e.Port
	}
	rules := []string{}
	for _, f := range r.Findings {
		if here(f.Host, f.Address, f.Port) && f.Severity != report.Info {
			rules = append(rules, f.Rule)
		}
	}
	for _, u := range r.Undecided {
		if here(u.Host, u.Address, u.Port) {
			rules = append(rules, u.Rule+"?")
		}
	}
	slices.Sort(rules)
	return cmp.Or(strings.Join(slices.Compact(rules), " "), "-")
}
