package probe

import (
	"slices"
	"strings"
	"testing"

	"mailtrace/probe/dns"
)

// FuzzBIMI holds what is read of a record to its bounds, and a record without a fault to what
// it may hold.
func FuzzBIMI(f *testing.F) {
	for _, s := range []string{
		"v=BIMI1; l=https://example.org/logo.svg; a=https://example.org/logo.pem", "v=BIMI1; l=; a=;", "v=BIMI1", "v=BIMI1 ; l = https://x/ ; avp=Brand; lps=News, b-c",
		"v=bimi1; l=http://x", "v=BIMI1; l=https://[::1]:443/; l=x;; =", "v=BIMI1; l=https://\x1b[2J\xff", "v=spf1 -all", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := parseBIMI(text)
		if len(r.faults) > maxBIMITags+3 || len(r.locals) > maxBIMISelectors || len(r.unknown) > maxBIMITags {
			t.Fatalf("%d faults, %d selectors, %d unknown tags", len(r.faults), len(r.locals), len(r.unknown))
		}
		for _, fault := range r.faults {
			if len(fault) > 6*maxShown {
				t.Errorf("a fault of %d octets", len(fault))
			}
		}
		if len(r.faults) > 0 {
			return
		}
		if !strings.HasPrefix(text, bimiVersion) || !isBIMI(text) {
			t.Errorf("%q is taken for a record", text)
		}
		for _, address := range []string{r.location, r.evidence} {
			if address != "" && !strings.EqualFold(address[:min(len(address), 6)], "https:") {
				t.Errorf("address %q", address)
			}
		}
		if r.declines() && (r.location != "" || r.evidence != "") {
			t.Errorf("%+v", r)
		}
	})
}

// FuzzCAA reads any record. What is read of an issue property, written anew, is the same.
func FuzzCAA(f *testing.F) {
	for _, s := range []string{";", "", "letsencrypt.org", " ca1.example.net ; account=230123", "ca.example.net; a = b ; c=d;", "%%%%%", "https://x/", "-a.b", "a..b", "a;=", "\x1b\xff"} {
		f.Add("issue", s, uint8(0))
	}
	f.Add("TBS", "x", uint8(128))
	f.Fuzz(func(t *testing.T, tag, value string, flags uint8) {
		i := parseCAAIssue(value)
		if again := parseCAAIssue(i.domain); again.wrong || again.domain != i.domain || i.wrong && i.domain != "" {
			t.Errorf("%q: %+v, then %+v", value, i, again)
		}
		c := &caaSight{at: "example.org", found: lookup{answer: &dns.Answer{Records: []dns.Record{{Tag: tag, Text: []byte(value), Flags: flags}}}}}
		faults := c.faults()
		if !slices.IsSortedFunc(faults, func(a, b caaFault) int {
			if a.mild && !b.mild {
				return 1
			}
			return 0
		}) || len(faults) > 2 {
			t.Errorf("%+v", faults)
		}
		for _, fault := range faults {
			if len(fault.text) > 10*maxShown {
				t.Errorf("%d octets", len(fault.text))
			}
		}
		caaNamesOf(value)
	})
}

// TestCAAIssuers: an authority is known by the organisation in the issuer alone.
func TestCAAIssuers(t *testing.T) {
	for issuer, want := range map[string]string{
		"CN=R13,O=Let's Encrypt,C=US":                             "letsencrypt.org",
		"CN=WR2,O=Google Trust Services,C=US":                     "pki.goog",
		"CN=DigiCert TLS RSA SHA256 2020 CA1,O=DigiCert Inc,C=US": "digicert.com",
		"CN=Sectigo RSA Domain Validation Secure Server CA,O=Sectigo Limited,L=Salford,ST=Greater Manchester,C=GB": "sectigo.com",
		"CN=O=Let's Encrypt,O=Nobody": "",
		"CN=Let's Encrypt":            "",
		"":                            "",
	} {
		got := ""
		if names := caaNamesOf(issuer); names != nil {
			got = names[0]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", issuer, got, want)
		}
	}
}
