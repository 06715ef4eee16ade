package probe

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Brand Indicators for Message Identification: a domain names a logo in a TXT record, and a
// certificate that it is its own; some providers show it beside mail that passes DMARC. There
// is no RFC: draft-brand-indicators-for-message-identification says how.

const (
	bimiVersion = "v=BIMI1" // It begins a record.

	maxBIMIRecord    = 4096 // Octets of a record that are read.
	maxBIMITags      = 32   // Of one record.
	maxBIMISelectors = 64   // In lps=.
)

// bimiRecord is the TXT record.
type bimiRecord struct {
	location string   // l=, of the logo.
	evidence string   // a=, of the certificate.
	avatar   string   // avp=: "brand" or "personal"; "" where not said.
	locals   []string // lps=: beginnings of local parts that have a logo of their own, in lower case.
	hasLogo  bool     // There is l=, with whatever value.
	faults   []string // In words, in the order of the record.
	unknown  []string // Names of tags that are not known, and ignored (RFC 6376 section 3.2).
}

// declines says that the domain wants no logo to be shown: l= is there and empty, and there is
// no a=.
func (r *bimiRecord) declines() bool {
	return r.hasLogo && r.location == "" && r.evidence == ""
}

// isBIMI says whether a text is a record, or was meant to be one.
func isBIMI(text string) bool {
	n := len(bimiVersion)
	return len(text) >= n && strings.EqualFold(text[:n], bimiVersion) && (len(text) == n || !alnum(text[n]))
}

// parseBIMI reads a record, a list of tags as that of DKIM. It never fails: see faults.
func parseBIMI(text string) *bimiRecord {
	r := &bimiRecord{}
	if len(text) > maxBIMIRecord {
		text = text[:maxBIMIRecord]
		r.fault("it is longer than %d octets", maxBIMIRecord)
	}
	rest, ok := strings.CutPrefix(text, bimiVersion)
	if rest = strings.TrimLeft(rest, wsp); !ok || rest != "" && rest[0] != ';' {
		r.fault("it does not begin with %q", bimiVersion+";")
		return r
	}
	seen := map[string]bool{}
	fields := strings.SplitN(strings.TrimPrefix(rest, ";"), ";", maxBIMITags+1)
	if len(fields) > maxBIMITags {
		fields = fields[:maxBIMITags]
		r.fault("it has more than %d tags", maxBIMITags)
	}
	for i, field := range fields {
		if field = strings.Trim(field, wsp); field == "" {
			if i < len(fields)-1 {
				r.fault(`there is nothing between two ";"`)
			}
			continue
		}
		name, value, ok := strings.Cut(field, "=")
		name, value = strings.Trim(name, wsp), strings.Trim(value, wsp)
		switch {
		case !ok || !tagNamed(name):
			r.fault("%q is no tag", shortened(field))
		case seen[name]:
			r.fault("%s= stands there twice", shortened(name))
		default:
			seen[name] = true
			r.tag(name, value)
		}
	}
	return r
}

func (r *bimiRecord) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// tagNamed says whether a name is that of a tag (RFC 6376 section 3.2).
func tagNamed(name string) bool {
	for i := range len(name) {
		if c := name[i]; !alnum(c) && (c != '_' || i == 0) || i == 0 && '0' <= c && c <= '9' {
			return false
		}
	}
	return name != ""
}

// tag reads one tag.
func (r *bimiRecord) tag(name, value string) {
	switch name {
	case "l":
		r.hasLogo, r.location = true, value
		r.address(name, value)
	case "a":
		r.evidence = value
		r.address(name, value)
	case "avp":
		if r.avatar = strings.ToLower(value); r.avatar != "brand" && r.avatar != "personal" {
			r.fault("avp=%s is neither brand nor personal", shortened(value))
		}
	case "lps":
		r.selectors(value)
	default:
		r.unknown = append(r.unknown, name)
	}
}

// address is that of the logo or of the certificate. It may be empty; else it is of HTTPS.
func (r *bimiRecord) address(name, value string) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || strings.ContainsFunc(value, func(c rune) bool { return c <= ' ' || c >= 0x7f }):
		r.fault("%s=%s is no address", name, shortened(value))
	case !strings.EqualFold(u.Scheme, "https"):
		r.fault("%s=%s is no address of HTTPS", name, shortened(value))
	case u.Hostname() == "":
		r.fault("%s=%s names no host", name, shortened(value))
	}
}

// selectors reads lps=.
func (r *bimiRecord) selectors(value string) {
	for item := range strings.SplitSeq(value, ",") {
		item = strings.ToLower(strings.Trim(item, wsp))
		if item == "" || strings.ContainsFunc(item, func(c rune) bool { return c > 0x7f || !alnum(byte(c)) && c != '-' }) {
			r.fault("lps=%s is no list of the beginnings of local parts", shortened(value))
			return
		}
		if len(r.locals) == maxBIMISelectors {
			r.fault("lps= has more than %d members", maxBIMISelectors)
			return
		}
		if !slices.Contains(r.locals, item) {
			r.locals = append(r.locals, item)
		}
	}
}
