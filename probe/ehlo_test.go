package probe

import (
	"fmt"
	"strings"
	"testing"
)

// Each line is one of an answer to EHLO, and what is understood: keyword, parameter,
// and a note where the grammar is not kept.
func TestParseEHLO(t *testing.T) {
	for line, want := range map[string]string{
		"SIZE 52428800":            "SIZE|52428800",
		"size 52428800":            "SIZE|52428800", // Case does not count.
		"8bitmime":                 "8BITMIME|",
		"AUTH PLAIN LOGIN":         "AUTH|PLAIN LOGIN",
		"AUTH=LOGIN PLAIN":         "AUTH|=LOGIN PLAIN mangled", // Before RFC 2554.
		"SIZE=10":                  "SIZE|=10 mangled",
		"XXXXXXXA":                 "XXXXXXXA|", // A Cisco PIX wrote over STARTTLS; the grammar allows it.
		"X-EXPS GSSAPI":            "X-EXPS|GSSAPI",
		"-FOO":                     "-FOO| mangled",
		"ST_ARTTLS":                "ST_ARTTLS| mangled",
		"LIMITS RCPTMAX=50":        "LIMITS|RCPTMAX=50",
		"LIMITS  RCPTMAX=50  A=1 ": "LIMITS|RCPTMAX=50  A=1",
		"SIZE\t10":                 "SIZE|10", // A tab is no separator; nobody minds.
		"SIZE 1\x1b[2J":            "SIZE|1\x1b[2J mangled",
		"caf\xc3\xa9":              "CAF\xc3\xa9| mangled",
		"\xff\xfe":                 "\xff\xfe| mangled",
		"":                         "",
		"   ":                      "",
	} {
		got := ""
		for _, e := range parseEHLO([]string{line}) {
			got = e.Keyword + "|" + e.Param
			if !wellFormed(&e) {
				got += " mangled"
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestSizeOf(t *testing.T) {
	for lines, want := range map[string]string{
		"SIZE 52428800":                "limit 52428800",
		"SIZE 052428800":               "limit 52428800",
		"SIZE 9223372036854775807":     "limit 9223372036854775807",
		"SIZE 9223372036854775808":     "invalid", // 2^63
		"SIZE 18446744073709551615":    "invalid", // Twenty digits, and no message has that many octets.
		"SIZE 000000000000000000001":   "limit 1", // RFC 1870 section 3 has no bound on the digits.
		"SIZE 0":                       "unlimited",
		"SIZE 00":                      "unlimited",
		"SIZE":                         "unstated",
		"PIPELINING":                   "absent",
		"":                             "absent",
		"SIZE -1":                      "invalid",
		"SIZE +1":                      "invalid",
		"SIZE 10M":                     "invalid",
		"SIZE 10 20":                   "invalid",
		"SIZE=10":                      "invalid",
		"PIPELINING\nSIZE 10\nSIZE 20": "limit 10",
	} {
		size := sizeOf(parseEHLO(strings.Split(lines, "\n")))
		got := string(size.State)
		if size.Octets != nil {
			got += fmt.Sprintf(" %d", *size.Octets)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", lines, got, want)
		}
	}
}

func TestMeaning(t *testing.T) {
	for i, m := range extensionMeanings {
		if i > 0 && extensionMeanings[i-1].keyword >= m.keyword {
			t.Errorf("%s stands behind %s", m.keyword, extensionMeanings[i-1].keyword)
		}
		if meaning(m.keyword) != m.text || m.text == "" || m.keyword != upper(m.keyword) {
			t.Errorf("%s: %q", m.keyword, meaning(m.keyword))
		}
	}
	// What IANA has registered.
	for keyword := range strings.FieldsSeq(`SEND SOML SAML EXPN HELP TURN 8BITMIME SIZE VERB ONEX CHUNKING BINARYMIME CHECKPOINT
		DELIVERBY PIPELINING DSN ETRN ENHANCEDSTATUSCODES STARTTLS NO-SOLICITING MTRK SUBMITTER ATRN AUTH FUTURERELEASE
		CONPERM CONNEG SMTPUTF8 MT-PRIORITY RRVS REQUIRETLS LIMITS BURL UTF8SMTP`) {
		if meaning(keyword) == "" || strings.Contains(meaning(keyword), "not registered") {
			t.Errorf("%s: %q", keyword, meaning(keyword))
		}
	}
	for keyword, want := range map[string]string{"XXXXXXXA": "a keyword that a firewall wrote over", "XXXX": "a keyword that a firewall wrote over", "XXA1": "", "XA": "", "FOO": "", "": ""} {
		if got := meaning(keyword); got != want {
			t.Errorf("%s: %q, want %q", keyword, got, want)
		}
	}
}
