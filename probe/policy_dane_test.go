package probe

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// tlsaName is the data of a TLSA record of an archive, by name: "3 1 1 @server". Names are
// server (the RSA key of most kinds of certificates), weak (that of weak-key), root and
// intermediate (the authorities).
var tlsaName = regexp.MustCompile(`\b([0-9]+) ([01]) ([012]) @([a-z]+)`)

// fillTLSA puts the data of the records into a zone. Keys are made anew in each process:
// the Replacer makes names of data again, and of the digests of keys.
func fillTLSA(t testing.TB, text string) (string, *strings.Replacer) {
	t.Helper()
	names := []string{}
	for _, name := range []string{"server", "weak"} {
		names = append(names, hex.EncodeToString(tlsaData(t, name, 1, 1)), "@"+name)
	}
	text = tlsaName.ReplaceAllStringFunc(text, func(s string) string {
		m := tlsaName.FindStringSubmatch(s)
		data := tlsaData(t, m[4], m[2][0]-'0', m[3][0]-'0')
		all := hex.EncodeToString(data)
		if len(data) > maxTLSAShown {
			names = append(names, fmt.Sprintf("%s... (%d octets)", all[:2*tlsaBegin], len(data)), "@"+m[4])
		}
		names = append(names, all, "@"+m[4])
		return fmt.Sprintf("%s %s %s %s", m[1], m[2], m[3], all)
	})
	return text, strings.NewReplacer(names...)
}

// tlsaData is the data of a record by its selector and matching type.
func tlsaData(t testing.TB, name string, selector, matching uint8) []byte {
	t.Helper()
	var key any
	var data []byte
	switch name {
	case "server":
		key = rsaLeafKey().Public()
	case "weak":
		key = rsaWeakKey().Public()
	case "root":
		data, key = authority().root.cert.Raw, authority().root.key.Public()
	case "intermediate":
		data, key = authority().sub.cert.Raw, authority().sub.key.Public()
	}
	if selector == selectKey {
		var err error
		if data, err = x509.MarshalPKIXPublicKey(key); err != nil {
			t.Fatal(err)
		}
	}
	if data == nil {
		t.Fatalf("the certificate of %s is made anew each time", name)
	}
	switch matching {
	case matchSHA256:
		sum := sha256.Sum256(data)
		return sum[:]
	case matchSHA512:
		sum := sha512.Sum512(data)
		return sum[:]
	}
	return data
}

// FuzzDANE matches a server against whatever a stranger may publish: nothing that is said
// of a record, or of its like, may be out of bounds.
func FuzzDANE(f *testing.F) {
	var sent []*x509.Certificate
	for _, der := range authority().certificate("with-root", "mx.example.org").Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			f.Fatal(err)
		}
		sent = append(sent, c)
	}
	for usage := range uint8(4) {
		for matching := range uint8(3) {
			f.Add(usage, uint8(selectKey), matching, tlsaData(f, "server", selectKey, matching), []byte{})
			f.Add(usage, uint8(selectCertificate), matching, tlsaData(f, "root", selectCertificate, matching), []byte("x"))
		}
	}
	f.Fuzz(func(t *testing.T, usage, selector, matching uint8, data, other []byte) {
		if len(data)+len(other) > 1<<16 {
			return
		}
		d := &daneSight{port: smtpPort, owner: tlsaOwner("mx.example.org", smtpPort), trust: trustDomain, host: &host{}}
		d.answer = &dns.Answer{Name: d.owner, Type: dns.TLSA, Status: dns.Found, Secure: dns.SecureYes, Records: []dns.Record{
			{TLSA: dns.TLSARecord{Usage: usage, Selector: selector, Matching: matching, Data: data}},
			{TLSA: dns.TLSARecord{Usage: usage, Selector: selector, Matching: matching + 1, Data: other}},
		}}
		d.weigh(dns.SecureYes, dns.SecureYes)
		r := daneVerify(d.records(), sent, []string{"mx.example.org"}, clock())
		if (r.outcome == daneMatch) && (r.record < 0 || r.record >= len(d.tlsa) || r.depth < 0 || r.depth > len(sent)) || len(r.usable) > len(d.usable()) || len(r.stale) > len(r.usable) {
			t.Errorf("%+v", r)
		}
		if usage != daneTA && usage != daneEE && r.outcome != daneUnusable {
			t.Errorf("usage %d: %s", usage, r.outcome)
		}
		for _, e := range d.evidence(d.every()) {
			if e.Length > 300 {
				t.Errorf("evidence of %d octets", e.Length)
			}
		}
		if s := d.status(); s != report.DANEUsable && s != report.DANEUnusable || len(d.report().Records) != len(d.tlsa) {
			t.Errorf("status %s", s)
		}
	})
}
