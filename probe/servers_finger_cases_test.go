//go:build linux

package probe

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"strings"
)

// fingerCase is a domain, its one MX host, and what posttls-finger and we make of it.
type fingerCase struct {
	id          string
	domain      string
	certificate string   // A kind of testCA; "" for no STARTTLS.
	tlsa        []string // See fingerTLSA.
	insecure    string   // Which answers are not signed: "mx", "all"; "" for none.

	theirs, ours struct{ dane, pkix string } // Cells; "" where it was not looked at.
	said         string                      // By posttls-finger.
}

// fingerKinds are the certificates that the matrix has, and fingerSets its TLSA records.
var (
	fingerKinds = []string{
		"good", "ecdsa", "expired", "not-yet-valid", "wrong-name", "self-signed", "expired+wrong-name+self-signed", "missing-intermediate",
		"expired-intermediate", "unknown-authority", "cn-only", "wrong-usage", "with-root", "wildcard", "must-staple", "sans:300", "chain:5", "",
	}
	fingerSets = [][]string{
		nil,
		{"3 1 1 match"},
		{"3 1 1 other"},
		{"2 0 1 intermediate"},
		{"2 1 1 intermediate", "3 1 1 other"},
	}
	// fingerSpecial are those that are not of the matrix.
	fingerSpecial = []fingerCase{
		{certificate: "good", tlsa: []string{"3 0 1 match"}},
		{certificate: "expired", tlsa: []string{"3 0 1 match"}},
		{certificate: "good", tlsa: []string{"3 0 1 other"}},
		{certificate: "good", tlsa: []string{"3 1 2 match"}},
		{certificate: "good", tlsa: []string{"3 1 0 match"}},
		{certificate: "good", tlsa: []string{"3 0 0 match"}},
		{certificate: "good", tlsa: []string{"3 0 2 match"}},
		{certificate: "with-root", tlsa: []string{"2 0 1 root"}},
		{certificate: "with-root", tlsa: []string{"2 1 1 root"}},
		{certificate: "with-root", tlsa: []string{"2 0 2 root"}},
		{certificate: "good", tlsa: []string{"2 0 1 root"}},
		{certificate: "good", tlsa: []string{"2 0 0 root"}},
		{certificate: "good", tlsa: []string{"2 1 0 root"}},
		{certificate: "good", tlsa: []string{"2 0 1 other"}},
		{certificate: "good", tlsa: []string{"2 1 1 other"}},
		{certificate: "good", tlsa: []string{"3 1 1 match", "3 1 1 other"}},
		{certificate: "good", tlsa: []string{"3 1 1 match", "3 1 2 other"}}, // RFC 7671 section 9: the stronger digest hides the other.
		{certificate: "good", tlsa: []string{"3 1 1 other", "3 1 2 match"}},
		{certificate: "good", tlsa: []string{"3 0 1 other", "3 1 1 match"}},
		{certificate: "good", tlsa: []string{"1 1 1 match"}},
		{certificate: "good", tlsa: []string{"0 0 1 intermediate"}},
		{certificate: "expired", tlsa: []string{"1 1 1 match"}},
		{certificate: "", tlsa: []string{"1 1 1 match"}},
		{certificate: "good", tlsa: []string{"1 1 1 other", "3 1 1 match"}},
		{certificate: "good", tlsa: []string{"3 1 9 match"}},
		{certificate: "good", tlsa: []string{"9 9 9 match"}},
		{certificate: "good", tlsa: []string{"3 9 1 match"}},
		{certificate: "good", tlsa: []string{"3 1 1 short"}},
		{certificate: "good", tlsa: []string{"3 1 1 short", "3 1 1 match"}},
		{certificate: "good", tlsa: []string{"FAIL servfail"}},
		{certificate: "good", tlsa: []string{"FAIL bogus"}},
		{certificate: "good", tlsa: []string{"3 1 1 match"}, insecure: "mx"},
		{certificate: "good", tlsa: []string{"3 1 1 other"}, insecure: "all"},
		{certificate: "", tlsa: []string{"3 1 1 match"}, insecure: "all"},
	}
)

// fingerCases are all of them.
func fingerCases() []*fingerCase {
	var all []*fingerCase
	add := func(c fingerCase) {
		kind := c.certificate
		if kind == "" {
			kind = "no-tls"
		}
		c.id = strings.TrimSpace(kind + " | " + strings.Join(c.tlsa, " + ") + " | " + c.insecure)
		c.domain = fmt.Sprintf("d%d.example.net", len(all)+1)
		all = append(all, &c)
	}
	for _, kind := range fingerKinds {
		for _, set := range fingerSets {
			add(fingerCase{certificate: kind, tlsa: set})
		}
	}
	for _, c := range fingerSpecial {
		add(c)
	}
	return all
}

// tlsa is the line of a zone for a record "3 1 1 match".
func (f *finger) tlsa(owner, record string, c *tls.Certificate) string {
	if strings.HasPrefix(record, "FAIL") {
		return owner + " " + record + "\n"
	}
	var usage, selector, matching int
	var what string
	if _, err := fmt.Sscan(record, &usage, &selector, &matching, &what); err != nil {
		f.Fatal(err)
	}
	const other = "abababababababababababababababababababababababababababababababab"
	data := other
	switch of := what; {
	case of == "short":
		data = "abab"
	case of == "other" && matching == matchSHA512:
		data += other
	case of == "match" && c != nil:
		data = f.digest(c.Leaf.Raw, c.Leaf.RawSubjectPublicKeyInfo, selector, matching)
	case of == "root":
		data = f.digest(f.ca.root.cert.Raw, f.ca.root.cert.RawSubjectPublicKeyInfo, selector, matching)
	case of == "intermediate":
		data = f.digest(f.ca.sub.cert.Raw, f.ca.sub.cert.RawSubjectPublicKeyInfo, selector, matching)
	}
	return fmt.Sprintf("%s TLSA %d %d %d %s\n", owner, usage, selector, matching, data)
}

// digest is the data of a record.
func (f *finger) digest(certificate, key []byte, selector, matching int) string {
	data := certificate
	if selector == selectKey {
		data = key
	}
	return hex.EncodeToString(digestOf(data, matching))
}

// digestOf is the data of a TLSA record by its matching type: that of SHA-256 where there is no
// such type.
func digestOf(data []byte, matching int) []byte {
	switch matching {
	case matchFull:
		return data
	case matchSHA512:
		sum := sha512.Sum512(data)
		return sum[:]
	}
	sum := sha256.Sum256(data)
	return sum[:]
}
