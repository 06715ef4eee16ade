package auth

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// seal puts an ARC set on top of a message.
func seal(t testing.TB, key *rsa.PrivateKey, message string, n int, cv string) string {
	t.Helper()
	const dummy = "AAAA"
	d := fmt.Sprintf("list%d.example.org", n)
	_, body, _ := strings.Cut(message, "\r\n\r\n")
	bh := base64.StdEncoding.EncodeToString(bodyHash(Relaxed, crypto.SHA256, -1, body))
	message = fmt.Sprintf("ARC-Authentication-Results: i=%d; mx.%s; dkim=pass header.d=example.com; spf=pass\r\n%s", n, d, message)
	field := func(b string) string {
		return fmt.Sprintf("ARC-Message-Signature: i=%d; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=s1;\r\n\th=from:subject; bh=%s;\r\n\tb=%s\r\n", n, d, bh, b)
	}
	fill := func(kind sigKind, field func(string) string, cover func(*Signature) []int) {
		m := readMessage(t, "sealing", []byte(field(dummy)+message))
		s := parseSignature(kind, &m.Fields[0], 0)
		sum := hashHeader(s, m.Fields, cover(s), new([]byte))
		sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum)
		if err != nil {
			t.Fatal(err)
		}
		message = field(base64.StdEncoding.EncodeToString(sig)) + message
	}
	fill(kindAMS, field, func(s *Signature) []int {
		m := readMessage(t, "sealing", []byte(field(dummy)+message))
		covered, _ := newPicker(m.Fields).pick(s.names, 0)
		return covered
	})
	fill(kindSeal, func(b string) string {
		return fmt.Sprintf("ARC-Seal: i=%d; a=rsa-sha256; cv=%s; d=%s; s=s1; b=%s\r\n", n, cv, d, b)
	}, func(*Signature) []int {
		var covered []int
		for i := n - 1; i >= 0; i-- { // The oldest set is the lowest.
			covered = append(covered, 3*i+2, 3*i+1, 3*i)
		}
		if cv == "fail" {
			return []int{2, 1}
		}
		return covered[:len(covered)-1] // Without itself.
	})
	return message
}

func TestARC(t *testing.T) {
	key, record := rsaKey(t, 1024)
	zone := keys{}
	for i := 1; i <= 3; i++ {
		zone[fmt.Sprintf("s1._domainkey.list%d.example.org", i)] = record
	}
	first := seal(t, key, plainMail, 1, "none")
	tagged := seal(t, key, strings.Replace(first, "minutes", "[list] minutes", 1), 2, "pass")
	for _, c := range []struct {
		name, text string
		status     Status
		oldest     int
		reason     string
	}{
		{"none", plainMail, None, 0, ""},
		{"one", first, Pass, 0, "as list1.example.org handed it on"},
		{"two", seal(t, key, first, 2, "pass"), Pass, 0, "all 2 sets hold, and the message is as list1.example.org handed it on"},
		{"a list changed it", tagged, Pass, 2, "the message is not as it was handed on in the name of list1.example.org (set 1)"},
		{"changed since", strings.Replace(tagged, "see you", "pay me", 1), Fail, 0, "the signature of set 2 does not hold: the body is not the one that list2.example.org signed"},
		{"results changed", strings.Replace(tagged, "mx.list1", "mx.list9", 1), Fail, 0, "the seal of set 2 does not hold"},
		{"broken by its own word", seal(t, key, first, 2, "fail"), Fail, 0, "list2.example.org, which sealed set 2, says that the chain was broken when it got it (cv=fail)"},
		{"wrong word", seal(t, key, first, 2, "none"), Fail, 0, "says cv=none, where cv=pass belongs"},
		{"a set is missing", seal(t, key, first, 3, "pass"), Fail, 0, "set 2 is missing"},
		{"a seal is missing", tagged[strings.Index(tagged, "ARC-Message"):], Fail, 0, "set 2 has no ARC-Seal"},
		{"header only", strings.SplitAfter(first, "\r\n\r\n")[0], Undecided, 0, "whether the body is cannot be told"},
		{"number", strings.Replace(first, "i=1;", "i=51;", 1), Fail, 0, "has no number between i=1 and i=50"},
	} {
		r := Verifier{DNS: zone}.Verify(t.Context(), readMessage(t, c.name, []byte(c.text)), received).ARC
		if r.Status != c.status || r.OldestPass != c.oldest || !strings.Contains(r.Reason, c.reason) {
			t.Errorf("%s: %s, oldest %d, %q, faults %q", c.name, r.Status, r.OldestPass, r.Reason, r.Faults)
		}
		if c.status == Pass && (r.Sets[0].Results.AuthServID != "mx.list1.example.org" || r.Sets[0].Seal.Domain != "list1.example.org" || r.Sets[0].CV != None) {
			t.Errorf("%s: first set %+v", c.name, r.Sets[0])
		}
	}
	broken := Verifier{DNS: zone}.Verify(t.Context(), readMessage(t, "cv=fail", []byte(seal(t, key, first, 2, "fail"))), received).ARC
	if s := broken.Sets[1].Seal; s.Status != Pass { // RFC 8617 section 5.1.2: over its own set.
		t.Errorf("the seal of a broken chain: %s %s", s.Status, s.Reason)
	}
	offline := Verifier{}.Verify(t.Context(), readMessage(t, "offline", []byte(first)), received).ARC
	if offline.Status != Undecided {
		t.Errorf("offline: %s %s", offline.Status, offline.Reason)
	}
}
