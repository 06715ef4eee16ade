package auth

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	msgauth "github.com/emersion/go-msgauth/dkim"
)

// rsaKey makes a key and its record.
func rsaKey(t testing.TB, bits int) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return key, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}

// sign signs with go-msgauth's signer.
func sign(t testing.TB, message string, o msgauth.SignOptions) string {
	t.Helper()
	var out strings.Builder
	if o.Domain == "" {
		o.Domain, o.Selector = "example.com", "s1"
	}
	if err := msgauth.Sign(&out, strings.NewReader(message), &o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// letter is a message of about that many bytes, as mail programs write it.
func letter(size int) string {
	var b strings.Builder
	b.WriteString("Received: from client.example.com (client.example.com [192.0.2.7])\r\n\tby mx.example.com with ESMTPS id 4ZxY7w2jKLz9sT;\r\n\tFri, 20 Nov 2026 08:14:01 +0000 (UTC)\r\n" +
		"From: \"Ida Example\" <ida@example.com>\r\nTo: Bob <bob@example.org>,\r\n Carol <carol@example.org>\r\nSubject: minutes of the meeting\r\n" +
		"Date: Fri, 20 Nov 2026 08:14:00 +0000\r\nMessage-ID: <1234@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
	for i := 0; b.Len() < size; i++ {
		switch i % 7 {
		case 3:
			b.WriteString("\r\n")
		case 5:
			b.WriteString("    indented,  with two blanks  and one at the end \r\n")
		default:
			fmt.Fprintf(&b, "line %d of a text that somebody wrote to somebody about something\r\n", i)
		}
	}
	return b.String()
}

// BenchmarkDKIM verifies a message of 20 KB, beside the least that it can cost: one
// verification with RSA-2048, and the hashes of what was signed.
func BenchmarkDKIM(b *testing.B) {
	key, record := rsaKey(b, 2048)
	text := sign(b, letter(20<<10), msgauth.SignOptions{Signer: key, HeaderCanonicalization: "relaxed", BodyCanonicalization: "relaxed"})
	m := readMessage(b, "letter", []byte(text))
	v := Verifier{DNS: keys{"s1._domainkey.example.com": record}}
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if r := v.Verify(b.Context(), m, received); r.DKIM[0].Status != Pass {
				b.Fatal(r.DKIM[0].Reason)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		data := []byte(text)
		sum := sha256.Sum256(data)
		sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for range b.N {
			sum := sha256.Sum256(data)
			if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], sig); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unsigned", func(b *testing.B) {
		m := readMessage(b, "letter", []byte(letter(20<<10)))
		b.ReportAllocs()
		for range b.N {
			v.Verify(b.Context(), m, received)
		}
	})
}
