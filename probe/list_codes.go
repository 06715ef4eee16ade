package probe

import (
	"net/netip"
	"strings"

	"mailtrace/report"
)

// listResult says what an answer of a list means. Why says why it is no more than that.
func listResult(l lookup, zone string) (result report.ListingResult, why string) {
	switch {
	case l.err != nil:
		return report.ListingUnknown, inWords(l.err)
	case l.answer == nil:
		return report.ListingUnknown, "it was not asked"
	case len(l.answer.Records) == 0:
		return report.NotListed, ""
	}
	for _, r := range l.answer.Records {
		if why := refusalCode(r.Address, zone); why != "" {
			return report.ListingRefused, why
		}
	}
	for _, r := range l.answer.Records {
		// "The A record contents conventionally have the value 127.0.0.2, but MAY have
		// other values" (RFC 5782 section 2.1), of 127.0.0.0/8 by custom: what is none
		// comes from a domain that was given up, or from a resolver that puts a web page
		// in the place of what does not exist.
		if !r.Address.Is4() || r.Address.As4()[0] != 127 {
			return report.ListingUnusable, "it answers with " + r.Address.String() + ", which is no code of a list: the domain is parked, or a resolver on the way changes answers"
		}
	}
	return report.Listed, ""
}

// listRefusals are the codes by which lists say that they do not serve who asks, with the end
// of the zone that has them; "" for all. They are no listings.
var listRefusals = [...]struct {
	code [4]byte
	zone string
	why  string
}{
	// Spamhaus, and others after it: https://www.spamhaus.org/faqs/dnsbl-usage/
	{[4]byte{127, 255, 255, 252}, "", "the name of the list is not written right"},
	{[4]byte{127, 255, 255, 254}, "", "it does not serve public resolvers: ask one of your own"},
	{[4]byte{127, 255, 255, 255}, "", "it was asked too often from there"},
	{[4]byte{127, 0, 1, 255}, "", "it lists domains, and is not to be asked about addresses"},
	{[4]byte{127, 0, 0, 255}, "dnswl.org", "it was asked too often from there"},               // https://www.dnswl.org/?page_id=15
	{[4]byte{127, 0, 0, 1}, "", "by 127.0.0.1 lists say that they do not serve the resolver"}, // URIBL, SURBL: no listing may be of this value.
}

// refusalCode says why a list refuses to answer, or "".
func refusalCode(a netip.Addr, zone string) string {
	if !a.Is4() {
		return ""
	}
	code := a.As4()
	for i := range listRefusals {
		if r := &listRefusals[i]; r.code == code && (r.zone == "" || zone == r.zone || strings.HasSuffix(zone, "."+r.zone)) {
			return "it refuses to answer (" + a.String() + "): " + r.why
		}
	}
	if code[0] == 127 && code[1] == 255 && code[2] == 255 {
		return "it refuses to answer (" + a.String() + ")"
	}
	return ""
}

// evidence is what the list answered about the address.
func (t *listAsked) evidence() []report.Evidence {
	all := append(t.a.evidence(), t.txt.evidence()...)
	for i := range all {
		all[i].Text = clipped(all[i].Text, maxRecord)
		all[i].Length = len(all[i].Text)
	}
	return all[:min(len(all), maxRecordsShown)]
}

// at says which server it is.
func (t *listAsked) at() string {
	if len(t.hosts) == 0 || t.hosts[0] == t.address.String() {
		return t.address.String()
	}
	return t.address.String() + " (" + firstOf(t.hosts, spelled) + ")"
}

// family is a word for the addresses that a test is about.
func (t *listTest) family() string {
	if t.v6 {
		return "IPv6 addresses"
	}
	return "IPv4 addresses"
}
