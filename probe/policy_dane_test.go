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
