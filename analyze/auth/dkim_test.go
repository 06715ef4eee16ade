package auth

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

const plainMail = "From: ida@example.com\r\nTo: bob@example.org\r\nSubject: minutes\r\nDate: Fri, 20 Nov 2026 08:14:00 +0000\r\n\r\nHello Bob,\r\n\r\nsee you.\r\n"

// handSign puts a signature with these tags on top of a message. "bh=;" and "b=;"
// are filled.
func handSign(t testing.TB, key crypto.Signer, message, tags string) string {
	t.Helper()
	field := func(bh, b string) string {
		return "DKIM-Signature: " + strings.Replace(strings.Replace(tags, "bh=;", "bh="+bh+";", 1), "b=;", "b="+b+";", 1) + "\r\n"
	}
	some := base64.StdEncoding.EncodeToString(make([]byte, 32))
	parse := func(text string) (*mailbox.Message, *Signature) {
		m := readMessage(t, "signing", []byte(text))
		for i := range m.Fields {
			if m.Fields[i].Key == "dkim-signature" {
				return m, parseSignature(kindDKIM, &m.Fields[i], i)
			}
		}
		t.Fatal("no signature")
		return nil, nil
	}
	_, s := parse(field(some, some) + message)
	limit := int64(-1)
	if s.Length != nil {
		limit = *s.Length
	}
	_, body, _ := strings.Cut(message, "\r\n\r\n")
	bh := base64.StdEncoding.EncodeToString(bodyHash(s.BodyForm, crypto.SHA256, limit, body))
	m, s := parse(field(bh, some) + message)
	s.Covered, _ = newPicker(m.Fields).pick(s.names, s.Field)
	sum := hashHeader(s, m.Fields, s.Covered, new([]byte))
	var sig []byte
	var err error
	if e, ok := key.(ed25519.PrivateKey); ok {
		sig = ed25519.Sign(e, sum)
	} else if sig, err = key.Sign(rand.Reader, sum, crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	return field(bh, base64.StdEncoding.EncodeToString(sig)) + message
}

func bodyHash(canon Canon, h crypto.Hash, limit int64, body string) []byte {
	var b bodySums
	s := b.want(canon, h, limit)
	b.begin()
	_, _ = b.Write([]byte(body))
	b.finish()
	return s.sum
}

// TestDKIM: one signature for every outcome, and what it says.
func TestDKIM(t *testing.T) {
	key, record := rsaKey(t, 1024)
	_, otherRecord := rsaKey(t, 1024)
	public, ed, _ := ed25519.GenerateKey(rand.Reader)
	edRecord := "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	p := record[strings.Index(record, "p="):]
	const base = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from:to:subject:from; bh=; b=;"
	with := func(extra string) string { return base + " " + extra }
	replace := func(old, new string) func(string) string {
		return func(s string) string {
			if !strings.Contains(s, old) {
				t.Fatalf("no %q", old)
			}
			return strings.Replace(s, old, new, 1)
		}
	}
	at := func(s string) string { tm, _ := time.Parse(time.DateOnly, s); return fmt.Sprint(tm.Unix()) }
	for _, c := range []struct {
		name, tags, record string
		change             func(string) string
		outcome            Outcome
		status             Status
		reason             string // A part of it, or of a note.
	}{
		{"whole", base, record, nil, Verified, Pass, "header and body are as example.com signed them"},
		{"simple", strings.Replace(base, "relaxed/relaxed", "simple/simple", 1), record, nil, Verified, Pass, ""},
		{"simple by default", strings.Replace(base, " c=relaxed/relaxed;", "", 1), record, replace("Subject: ", "Subject:  "), HeaderChanged, Fail, "the body is as it was signed"},
		{"line ends lost", base, record, func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }, Verified, Pass, ""},
		{"ed25519", strings.Replace(base, "rsa-", "ed25519-", 1), edRecord, nil, Verified, Pass, ""},
		{"ed25519 changed", strings.Replace(base, "rsa-", "ed25519-", 1), edRecord, replace("minutes", "money"), HeaderChanged, Fail, "or it signed with another key"},
		{"ed25519 wrapped", strings.Replace(base, "rsa-", "ed25519-", 1), "k=ed25519; p=" + base64.StdEncoding.EncodeToString(make([]byte, 44)), nil, KeyUnusable, PermError, "wrapped"},
		{"subject changed", base, record, replace("minutes", "money"), HeaderChanged, Fail, "one was changed, removed or added; the body is as it was signed"},
		{"from added", base, record, replace("To: bob", "From: eve@example.net\r\nTo: bob"), HeaderChanged, Fail, ""},
		{"body changed", base, record, replace("see you", "pay me"), BodyChanged, Fail, "the body is not the one that example.com signed; the signed fields are unchanged"},
		{"both changed", base, record, func(s string) string { return replace("see you", "pay me")(replace("minutes", "money")(s)) }, BothChanged, Fail, "neither"},
		{"other key", base, otherRecord, nil, OtherKey, Fail, "not made with the key that example.com publishes at s1._domainkey.example.com"},
		{"l= is all", with("l=24"), record, nil, Verified, Pass, "all 24 octets of the body"},
		{"l= and a footer", with("l=24"), record, func(s string) string { return s + "-- \r\nvisit us\r\n" }, VerifiedPart, Pass, "the first 24 octets of the body (l=), and they are unchanged; the 14 octets behind them are not signed"},
		{"l= of nothing", with("l=0"), record, nil, VerifiedPart, Pass, "the 24 octets behind"},
		{"l= and cut", with("l=30"), record, nil, BodyCut, Fail, "signed 30 octets of the body (l=), and there are only 24"},
		{"l= huge", with("l=" + strings.Repeat("9", 70)), record, nil, BodyCut, Fail, ""},
		{"l= too long", with("l=" + strings.Repeat("9", 77)), record, nil, Malformed, Neutral, "l= that is no number"},
		{"expired", with("t=" + at("2026-11-01") + "; x=" + at("2026-11-10")), record, nil, Expired, Policy, "was to count until 2026-11-10 00:00:00 UTC (x=), and the message came 10 days later"},
		{"not yet expired", with("x=" + at("2026-11-21")), record, nil, Verified, Pass, ""},
		{"expired and changed", with("x=" + at("2026-11-10")), record, replace("minutes", "money"), HeaderChanged, Fail, ""},
		{"expires first", with("t=20; x=10"), record, nil, Malformed, Neutral, "expires before it was made"},
		{"from the future", with("t=" + at("2026-12-20")), record, nil, Verified, Pass, "29 days after the message came"},
		{"endless", with("x=" + strings.Repeat("9", 40)), record, nil, Verified, Pass, ""},
		{"i= below", with("i=ida@mail.EXAMPLE.com"), record, nil, Verified, Pass, ""},
		{"i= in another case", with("i=@Example.COM"), record, nil, Verified, Pass, ""},
		{"i= foreign", with("i=ida@example.org"), record, nil, IdentityForeign, PermError, "speaks for example.org (i=), which is not within example.com"},
		{"i= alike", with("i=ida@badexample.com"), record, nil, IdentityForeign, PermError, ""},
		{"i= without @", with("i=example.com"), record, nil, Malformed, Neutral, "“@”"},
		{"i= with b=", with("i=b=3Dx@example.com"), record, nil, Verified, Pass, ""},
		{"z= with b=", with("z=From:Bob=20Smith|Subject:b=20c; n=b=1"), record, nil, Verified, Pass, ""},
		{"strict key", with("i=ida@mail.example.com"), "t=s; " + p, nil, KeyUnfit, PermError, "no subdomain in i="},
		{"strict key, same", with("i=ida@EXAMPLE.com"), "t=y:s; " + p, nil, Verified, Pass, "only tries DKIM out"},
		{"key for another hash", base, "h=sha1; " + p, nil, KeyUnfit, PermError, "h="},
		{"key for another service", base, "s=chat; " + p, nil, KeyUnfit, PermError, "not for mail"},
		{"key for all services", base, "s=chat:*; " + p, nil, Verified, Pass, ""},
		{"key of another type", base, edRecord, nil, KeyUnfit, PermError, "is for ed25519"},
		{"key of another version", base, "v=DKIM2; " + p, nil, KeyUnusable, PermError, "another version"},
		{"key revoked", base, "v=DKIM1; p=", nil, KeyRevoked, PermError, "example.com has withdrawn the key"},
		{"no p=", base, "v=DKIM1; k=rsa", nil, KeyUnusable, PermError, "has no p="},
		{"no base64", base, "p=\"abc\"", nil, KeyUnusable, PermError, `there is a " in it`},
		{"half a key", base, p[:62], nil, KeyUnusable, PermError, "no RSA key"},
		{"zone file", base, `k=rsa\; ` + p, nil, KeyUnusable, PermError, "backslashes"},
		{"key twice a tag", base, "k=rsa; k=rsa; " + p, nil, KeyUnusable, PermError, "tag k= twice"},
		{"blanks in the key", base, "k=rsa ;\tp=" + p[2:40] + "\t" + p[40:80] + " \r\n " + p[80:], nil, Verified, Pass, ""},
		{"bare key", base, "p=" + base64.StdEncoding.EncodeToString(bare1(key)), nil, Verified, Pass, ""},
		{"wildcard beside", base, "v=spf1 -all|" + record, nil, Verified, Pass, "several records"},
		{"two keys", base, otherRecord + "|" + record, nil, Verified, Pass, "several records"},
		{"no key", base, "", nil, KeyMissing, PermError, "there is no key at s1._domainkey.example.com"},
		{"servfail", base, "!servfail", nil, KeyUnknown, TempError, "SERVFAIL"},
		{"servfail and changed", base, "!servfail", replace("see you", "pay me"), KeyUnknown, TempError, ""},
		{"alias loop", base, "!alias-loop", nil, KeyUnknown, PermError, "circle"},
		{"offline", base, "!offline", nil, KeyUnknown, Undecided, "is not asked"},
		{"offline and changed", base, "!offline", replace("see you", "pay me"), BodyChanged, Fail, "whatever its key is: the DNS is not asked"},
		{"over the budget", base, "!over-limit", nil, KeyUnknown, Undecided, "no more questions"},
		{"not recorded", base, "!not-recorded", nil, KeyUnknown, Undecided, ""},
		{"no From", strings.Replace(base, "h=from:to:subject:from", "h=to", 1), record, nil, FromUnsigned, PermError, "does not sign the field From"},
		{"no h=", strings.Replace(base, "h=from:to:subject:from", "h=", 1), record, nil, Malformed, Neutral, "names no field"},
		{"version 2", strings.Replace(base, "v=1", "v=2", 1), record, nil, Unsupported, Neutral, "version"},
		{"algorithm", base, record, replace("rsa-sha256", "rsa-md5"), Unsupported, Neutral, "algorithm"},
		{"canonicalization", base, record, replace("relaxed/relaxed", "relaxed/nofws"), Unsupported, Neutral, "c="},
		{"relaxed alone", strings.Replace(base, "relaxed/relaxed", "relaxed", 1), record, nil, Verified, Pass, ""},
		{"q= known", with("q=http:dns/txt"), record, nil, Verified, Pass, ""},
		{"q= not", with("q=http"), record, nil, Unsupported, Neutral, "q="},
		{"twice a tag", with("d=example.org"), record, nil, Malformed, Neutral, "tag d= twice"},
		{"unknown tags", with("foo=bar; r=y"), record, nil, Verified, Pass, ""},
		{"two semicolons", base + ";", record, nil, Malformed, Neutral, "two semicolons"},
		{"b= is no base64", base, record, replace(" b=", " b=!"), Malformed, Neutral, "there is a ! in it"},
		{"bh= too short", base, record, replace(" bh=", " bh=AAAA; h1="), Malformed, Neutral, "no hash of sha256"},
		{"no d=", base, record, replace("d=example.com; ", ""), Malformed, Neutral, "lacks the tag d="},
		{"d= bad", strings.Replace(base, "example.com", "example..com", 1), record, nil, Malformed, Neutral, "no domain name"},
		{"folded everywhere", "v = 1 ;\r\n a\t=\r\n rsa-sha256; c=relaxed/\r\n relaxed;d=example\r\n .com; s =s1;h=from :\r\n to: Subject;bh=; b=;", record, nil, Verified, Pass, ""},
		{"b= first", "b=; v=1; a=rsa-sha256; c=simple/simple; d=example.com; s=s1; h=from:to; bh=;", record, nil, Verified, Pass, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var signer crypto.Signer = key
			if strings.Contains(c.tags, "ed25519") {
				signer = ed
			}
			text := handSign(t, signer, plainMail, c.tags)
			if c.change != nil {
				text = c.change(text)
			}
			zone := keys{"s1._domainkey.example.com": c.record}
			if c.record == "" {
				zone = keys{}
			}
			s := Verifier{DNS: zone}.Verify(t.Context(), readMessage(t, c.name, []byte(text)), received).DKIM[0]
			if s.Outcome != c.outcome || s.Status != c.status || !strings.Contains(s.Reason+strings.Join(s.Notes, ""), c.reason) || s.Reason == "" {
				t.Errorf("%s %s %q %q\n%s", s.Status, s.Outcome, s.Reason, s.Notes, text)
			}
		})
	}
}

// bare1 is an RSAPublicKey.
func bare1(k *rsa.PrivateKey) []byte {
	n, e := append([]byte{0}, k.N.Bytes()...), big.NewInt(int64(k.E)).Bytes()
	tlv := func(tag byte, content []byte) []byte {
		head := []byte{tag, byte(len(content))}
		if len(content) > 127 {
			head = []byte{tag, 0x82, byte(len(content) >> 8), byte(len(content))}
		}
		return append(head, content...)
	}
	return tlv(sequence, append(tlv(integer, n), tlv(integer, e)...))
}

// TestDKIMInput: what the input cannot tell is undecided, and a pass stays one.
func TestDKIMInput(t *testing.T) {
	key, record := rsaKey(t, 1024)
	v := Verifier{DNS: keys{"s1._domainkey.example.com": record}}
	text := handSign(t, key, plainMail, "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from:subject; bh=; b=;")
	check := func(name string, m *mailbox.Message, at time.Time, status Status, o Outcome, header, body HashState) {
		t.Helper()
		s := v.Verify(t.Context(), m, at).DKIM[0]
		if s.Status != status || s.Outcome != o || s.HeaderHash.State != header || s.BodyHash.State != body {
			t.Errorf("%s: %s %s, header %s, body %s: %s", name, s.Status, s.Outcome, s.HeaderHash.State, s.BodyHash.State, s.Reason)
		}
	}
	head, _, _ := strings.Cut(text, "\r\n\r\n")
	only := readMessage(t, "header", []byte(head+"\r\n"))
	check("header only", only, received, Undecided, BodyMissing, HashMatches, HashUnchecked)
	only = readMessage(t, "header", []byte(strings.Replace(head, "minutes", "money", 1)+"\r\n"))
	check("header only, changed", only, received, Fail, HeaderChanged, HashDiffers, HashUnchecked)
	changed := strings.Replace(text, "see you", "pay me", 1)
	for _, f := range []report.Fidelity{report.Reserialised, report.PastedRepaired} {
		m := *readMessage(t, "m", []byte(text))
		m.Fidelity, m.FidelityWhy = f, "a program wrote it anew"
		check(string(f), &m, received, Pass, Verified, HashMatches, HashMatches)
		m = *readMessage(t, "m", []byte(changed))
		m.Fidelity = f
		check(string(f)+", changed", &m, received, Undecided, InputAltered, HashMatches, HashDiffers)
	}
	m := *readMessage(t, "m", []byte(changed))
	m.Rebuilt = true
	check("rebuilt", &m, received, Undecided, InputAltered, HashMatches, HashDiffers)
	m.Rebuilt, m.Escaped = false, true
	check("escaped", &m, received, Undecided, InputAltered, HashMatches, HashDiffers)

	// What came long ago may have been signed with a key that is gone.
	whole := readMessage(t, "m", []byte(text))
	ago := received.AddDate(-1, 0, 0)
	v.DNS = keys{}
	check("no key any more", whole, ago, Undecided, KeyMissing, HashUnchecked, HashMatches)
	check("no key, no time", whole, time.Time{}, Undecided, KeyMissing, HashUnchecked, HashMatches)
	check("no key, changed", readMessage(t, "m", []byte(changed)), ago, Fail, BodyChanged, HashUnchecked, HashDiffers)
	_, otherRecord := rsaKey(t, 1024)
	v.DNS = keys{"s1._domainkey.example.com": otherRecord}
	check("other key by now", whole, ago, Undecided, OtherKey, HashUnchecked, HashMatches)
	v.DNS = nil
	check("nobody to ask", whole, received, Undecided, KeyUnknown, HashUnchecked, HashMatches)
}

// TestDKIMSigner: what go-msgauth signs holds here, with every canonicalization, and
// the facts are those that were signed.
func TestDKIMSigner(t *testing.T) {
	key, record := rsaKey(t, 2048)
	for _, header := range []string{"simple", "relaxed"} {
		for _, body := range []string{"simple", "relaxed"} {
			for _, text := range []string{letter(3000), "From: a@example.com\r\n\r\n\r\n \t\r\na  b\t \r\n\r\n\r\n", "From: a@example.com\r\nX: 1\r\n 2\r\n\t3\r\n\r\nno end"} {
				signed := sign(t, text, msgauth.SignOptions{
					Signer: key, HeaderCanonicalization: msgauth.Canonicalization(header), BodyCanonicalization: msgauth.Canonicalization(body),
					HeaderKeys: []string{"From", "From", "Subject", "X"},
				})
				r := Verifier{DNS: keys{"s1._domainkey.example.com": record}}.Verify(t.Context(), readMessage(t, "signed", []byte(signed)), received)
				s := r.DKIM[0]
				if s.Status != Pass || s.HeaderForm != Canon(header) || s.BodyForm != Canon(body) || s.Key.Bits != 2048 || len(s.Signed) != 4 || s.OverSigned[0] != "from" {
					t.Errorf("%s/%s: %s %q, %+v\n%s", header, body, s.Status, s.Reason, s, signed)
				}
				if len(s.HeaderHash.Given) != sha256.Size || !bytes.Equal(s.HeaderHash.Given, s.HeaderHash.Computed) {
					t.Errorf("header hash %x, %x", s.HeaderHash.Given, s.HeaderHash.Computed)
				}
			}
		}
	}
}
