package probe

import (
	"slices"
	"strings"

	"mailtrace/probe/dns"
)

// Certification authority authorisation (RFC 8659): a domain says in CAA records which
// authorities may issue certificates for its names. Authorities look when they issue; what
// was issued before stays good.

// critical is the flag by which an authority that does not know the tag must not issue (RFC
// 8659 section 4.1: bit 0 is the most significant one).
const critical = 0x80

// caaTags are those that are registered, in lower case.
var caaTags = [...]string{
	"issue", "issuewild", "iodef", // RFC 8659 section 4.
	"contactemail", "contactphone", // Of the CA/Browser Forum.
	"issuemail", "issuevmc", // RFC 9495, and for the certificates of BIMI.
}

// caaIssue is what an issue property says.
type caaIssue struct {
	domain string // Of the authority, in lower case; "" forbids.
	wrong  bool   // It is not as the grammar has it, and so forbids.
}

// parseCAAIssue reads the value of an issue or issuewild property.
//
//	issue-value = *WSP [issuer-domain-name *WSP] [";" *WSP [parameters *WSP]]
//
// "An issue Property Tag where the issue-value does not match the ABNF grammar MUST be
// treated the same as one specifying an empty issuer-domain-name" (RFC 8659 section 4.2).
func parseCAAIssue(value string) caaIssue {
	name, rest, parameters := strings.Cut(value, ";")
	name = strings.Trim(name, wsp)
	if name != "" && !ldhName(name) || parameters && !caaParameters(rest) {
		return caaIssue{wrong: true}
	}
	return caaIssue{domain: strings.ToLower(name)}
}

// ldhName holds a name to letters, digits and hyphens between them.
//
//	label = (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT))
func ldhName(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if !ldhLabel(label) {
			return false
		}
	}
	return true
}

func ldhLabel(label string) bool {
	if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		if c := label[i]; !alnum(c) && c != '-' {
			return false
		}
	}
	return true
}

// caaParameters holds what stands behind the first ";" to the grammar: parameters with ";"
// between them. One at the end is QUIRK: authorities take it.
//
//	parameter = tag *WSP "=" *WSP value
//	value = *(%x21-3A / %x3C-7E)
func caaParameters(text string) bool {
	for item := range strings.SplitSeq(text, ";") {
		if item = strings.Trim(item, wsp); item == "" {
			continue
		}
		tag, value, ok := strings.Cut(item, "=")
		value = strings.TrimLeft(value, wsp)
		if !ok || !ldhLabel(strings.TrimRight(tag, wsp)) || strings.ContainsFunc(value, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
			return false
		}
	}
	return true
}

// caaValues are the values of the properties with a tag, which is in lower case: the case of
// that in a record means nothing.
func caaValues(records []dns.Record, tag string) []string {
	var all []string
	for i := range records {
		if strings.EqualFold(records[i].Tag, tag) {
			all = append(all, string(records[i].Text))
		}
	}
	return all
}

// caaKnown says whether a tag is registered.
func caaKnown(tag string) bool {
	return slices.Contains(caaTags[:], strings.ToLower(tag))
}

// caaIssuers are the names by which authorities go in CAA records, by how the organisation
// in the issuer of a certificate begins. As of November 2026, and only the largest: of one
// that is not here nothing is said.
var caaIssuers = [...]struct {
	organisation string
	names        []string
}{
	{"Let's Encrypt", []string{"letsencrypt.org"}},
	{"Google Trust Services", []string{"pki.goog"}},
	{"DigiCert", []string{"digicert.com", "www.digicert.com", "thawte.com", "geotrust.com", "rapidssl.com"}},
	{"Sectigo", []string{"sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"}},
	{"ZeroSSL", []string{"sectigo.com", "zerossl.com", "comodoca.com"}},
	{"Amazon", []string{"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}},
	{"GlobalSign", []string{"globalsign.com"}},
	{"GoDaddy", []string{"godaddy.com", "starfieldtech.com"}},
	{"Starfield", []string{"starfieldtech.com", "godaddy.com"}},
	{"SSL Corp", []string{"ssl.com"}},
	{"Buypass", []string{"buypass.com", "buypass.no"}},
	{"Actalis", []string{"actalis.it"}},
	{"SwissSign", []string{"swisssign.com"}},
	{"IdenTrust", []string{"identrust.com"}},
}

// caaNamesOf are the names of the authority that issued a certificate, by its issuer; nil
// where they are not known. An issuer is written as in RFC 2253: "CN=R13,O=Let's Encrypt".
func caaNamesOf(issuer string) []string {
	for part := range strings.SplitSeq(issuer, ",") {
		organisation, ok := strings.CutPrefix(part, "O=")
		if !ok {
			continue
		}
		for _, known := range caaIssuers {
			if strings.HasPrefix(organisation, known.organisation) {
				return known.names
			}
		}
	}
	return nil
}
