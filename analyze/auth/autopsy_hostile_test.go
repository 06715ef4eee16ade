package auth

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtrace/analyze/mailbox"
)

// hostile is a message that was made to cost time, signed that many times.
type hostile struct {
	name, fields, body, h string
	signatures            int
}

func hostileMails(size int) []hostile {
	fill := func(s string, size int) string { return strings.Repeat(s, size/len(s)) }
	head := func(kind, encoding string) string {
		return "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: " + encoding + "\r\n"
	}
	return []hostile{
		{"blank lines", "", "x" + fill("\r\n", size) + "y", "h=from", 1},
		{"blanks", "", fill(" ", size), "h=from", 1},
		{"short lines", "", fill("a\n", size), "h=from", 1},
		{"paragraphs", "", fill("a\n\n", size), "h=from", 20},
		{"too large", "", fill("a\n\n", MaxAutopsyStream+10), "h=from", 20},
		{"CR", "", "x" + fill("\r", 4<<20) + "y", "h=from", 1},
		{"4 MiB of base64", head("text/plain", "base64"), fill(base64.StdEncoding.EncodeToString([]byte("abc\nä\nxyzab\n"))+"\n", 4<<20), "h=from", 20},
		{"4 MiB of QP", head("text/html", "quoted-printable"), fill("=3Cdiv>=E4=\n", 4<<20), "h=from", 20},
		{"page", head("text/html", "8bit"), "<body>" + fill("<div></div>\xe4", 250<<10), "h=from", 20},
		{"wrapped", head("text/plain", "8bit"), fill(fill("word ", 70)+"\n", 1<<20), "h=from", 20},
		{"parts", head("multipart/mixed; boundary=b", "7bit"), fill("--b\nContent-Type: text/html\n\n<body><div>x</div>\n", 4<<20), "h=from", 20},
		{"large parts", head("multipart/mixed; boundary=b", "7bit"), fill("--b\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<body>"+fill("<div>x</div>=C3=A4\n", 250<<10), 4<<20-1000), "h=from", 20},
		{"nested", head("multipart/mixed; boundary=b0", "7bit"), nested(200), "h=from", 20},
		{"fields", fill("X: y\r\n", 6*8000), "text", "h=from:x", 20},
		{"large fields", fill("X: "+fill("y, ", 60_000)+"\r\n", 6<<20), "text", "h=from:x:x:x", 20},
		{"addresses", "Cc: " + fill("Bob <b@example.org>, ", 7<<10) + "\r\n", "text", "h=from:to:cc:" + fill("cc:", 500) + "from", 20},
		{"names", "", "text", "h=from:" + fill("x:y:subject:to:", 20_000) + "from", 20},
		{"copies", "", "text", "z=" + fill("x:=20y|", 50_000) + "; h=from:x", 5},
		{"5,000 signatures", "", "text", "h=from", 5000},
	}
}

// TestAutopsyHostile: whatever the input, the work is bounded.
func TestAutopsyHostile(t *testing.T) {
	key, record := rsaKey(t, 1024)
	public, ed, _ := ed25519.GenerateKey(rand.Reader)
	v := Verifier{DNS: keys{"s1._domainkey.example.com": record, "s2._domainkey.example.com": "k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}}
	size, most := 16<<20, MaxSignatures
	if testing.Short() {
		size, most = 2<<20, 4
	}
	for _, c := range hostileMails(size) {
		text := ""
		for n := range min(c.signatures, most) {
			signed := ""
			message := fmt.Sprintf("From: ida@example.com\r\nSubject: %d\r\n\r\nanother %d\r\n", n, n)
			if n%2 == 1 {
				signed = handSign(t, ed, message, fmt.Sprintf("v=1; a=ed25519-sha256; c=simple/simple; d=example.com; s=s2; t=%d; %s; bh=; b=;", n, c.h))
			} else {
				signed = handSign(t, key, message, fmt.Sprintf("v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; t=%d; %s; bh=; b=;", n, c.h))
			}
			text += strings.TrimSuffix(signed, message)
		}
		text = strings.Repeat(text, max(1, c.signatures/most))
		m := readMessage(t, c.name, []byte(text+"From: eve@example.com\r\nSubject: paid\r\n"+c.fields+"\r\n"+c.body))
		signatures := v.Verify(t.Context(), m, received).DKIM
		checkWork(t, c.name, m, signatures)
	}
}

// checkWork: what is hashed stays within the bounds, but for the last candidate, and
// nothing is explained.
func checkWork(t *testing.T, name string, m *mailbox.Message, signatures []Signature) {
	out := make([]*Autopsy, len(signatures))
	bodies := &bodySearch{}
	headers := &headerSearch{m: m, bodies: bodies}
	begin := time.Now()
	autopsies(out, signatures, bodies, headers)
	for _, a := range out {
		if a == nil || a.Body.State == AutopsyExplained || a.Header.State == AutopsyExplained {
			t.Errorf("%s: %+v", name, a)
		}
	}
	t.Logf("%-16s %6d candidates, %3d MiB of bodies, %2d of headers, %v", name, out[0].Tried, bodies.spent>>20, headers.spent>>20, time.Since(begin).Round(time.Millisecond))
	if bodies.spent > MaxAutopsyBytes+10*MaxAutopsyStream || headers.spent > MaxAutopsyHeader+4*mailbox.MaxHeader || out[0].Tried > MaxAutopsyCandidates+4*(maxCuts+maxParagraphs) {
		t.Errorf("%s: %d candidates, %d and %d bytes", name, out[0].Tried, bodies.spent, headers.spent)
	}
}

// nested is a multipart in a multipart, that deep.
func nested(depth int) string {
	var b strings.Builder
	for i := range depth {
		fmt.Fprintf(&b, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i+1)
	}
	return b.String()
}

// TestAutopsyUnjudged: what the input cannot tell is said.
func TestAutopsyUnjudged(t *testing.T) {
	key, record := rsaKey(t, 1024)
	_, other := rsaKey(t, 1024)
	text := handSign(t, key, plainMail, "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from:subject; bh=; b=;")
	changed := strings.Replace(strings.Replace(text, "see you", "pay me", 1), "minutes", "money", 1)
	head, _, _ := strings.Cut(changed, "\r\n\r\n")
	for _, c := range []struct {
		name, text, record string
		body, header       AutopsyState
		why                string
	}{
		{"whole", changed, record, AutopsyUnexplained, AutopsyUnexplained, "forged"},
		{"no key", changed, "", AutopsyUnexplained, AutopsyUnjudged, "without the key of example.com"},
		{"other key", changed, other, AutopsyUnexplained, AutopsyUnjudged, "another key than example.com publishes"},
		{"no body", head + "\r\n", record, AutopsyUnjudged, AutopsyUnexplained, "no body"},
	} {
		v := Verifier{DNS: keys{"s1._domainkey.example.com": c.record}}
		if c.record == "" {
			v.DNS = keys{}
		}
		m := readMessage(t, c.name, []byte(c.text))
		a := v.Autopsy(m, v.Verify(t.Context(), m, received).DKIM)[0]
		if a == nil || a.Body.State != c.body || a.Header.State != c.header || !strings.Contains(a.Body.Why+a.Header.Why, c.why) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
	v := Verifier{DNS: keys{"s1._domainkey.example.com": record}}
	m := *readMessage(t, "m", []byte(changed))
	m.Rebuilt = true
	if a := v.Autopsy(&m, v.Verify(t.Context(), &m, received).DKIM)[0]; a.Body.State != AutopsyUnjudged || a.Header.State != AutopsyUnjudged {
		t.Errorf("rebuilt: %+v", a)
	}
	// What holds after all is proof, whatever became of the input.
	m = *readMessage(t, "m", []byte(text+"-- \r\nbuy this\r\n"))
	m.Rebuilt = true
	if a := v.Autopsy(&m, v.Verify(t.Context(), &m, received).DKIM)[0]; a.Body.State != AutopsyExplained {
		t.Errorf("rebuilt, with a footer: %+v", a)
	}
	m = *readMessage(t, "m", []byte(text))
	if a := v.Autopsy(&m, v.Verify(t.Context(), &m, received).DKIM)[0]; a != nil {
		t.Errorf("whole: %+v", a)
	}
}

// TestAutopsyWords: single cases, and what is said of them.
func TestAutopsyWords(t *testing.T) {
	key, record := rsaKey(t, 1024)
	v := Verifier{DNS: keys{"s1._domainkey.example.com": record}}
	replace := func(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }
	for _, c := range []struct {
		name, c, extra, h string
		mail              string
		change            func(string) string
		kind              ChangeKind
		text              string
	}{
		{"empty body", "relaxed/relaxed", "", "from", "From: a@example.com\r\n\r\n", func(s string) string { return s + "buy https://evil.example/x now\r\n" }, ChangeEmptyBody, "example.com signed an empty body: all of the text is added: «buy https://evil.example/x now». Nobody vouches for it; who added it is not known. There is a link in it that example.com did not sign."},
		{"footer", "simple/simple", "", "from", plainMail, func(s string) string { return s + "\r\n-- \r\none\r\ntwo\r\n" }, ChangeFooter, "example.com signed this text without these 3 lines at its end: «-- one two». Nobody vouches for them; who added them is not known. It has the shape of a signature or a list footer, which anybody can write."},
		{"tag", "relaxed/relaxed", "", "from:subject", plainMail, replace("minutes", "[paid] minutes"), ChangeSubjectTag, "example.com signed the Subject without «[paid]»: it was «minutes». Nobody vouches for the rest; who added it is not known."},
		{"copy", "relaxed/relaxed", "z=From:ida@example.com|Subject:minutes", "from:subject", plainMail, replace("Subject: minutes", "Subject: money"), ChangeFieldRewritten, "example.com signed the field Subject as «minutes»; here it is «money». Who rewrote it is not known, and nobody vouches for what it is now."},
		{"copy of what is gone", "relaxed/relaxed", "z=X-Id:=20a=3B", "from:x-id", "X-Id: a;\r\n" + plainMail, replace("X-Id: a;\r\n", ""), ChangeFieldRemoved, "example.com signed a field X-Id that is not here any more: «a;». Who removed it is not known."},
		{"list in From", "relaxed/relaxed", "", "from", strings.Replace(plainMail, "ida@", "Ida <ida@", 1), replace("Ida <ida@example.com", "Ida via List <list@example.net>\r\nReply-To: Ida <ida@example.com"), ChangeAuthor, ""},
		{"address added", "relaxed/relaxed", "", "from:to", plainMail, replace("bob@example.org", "bob@example.org, eve@example.net"), ChangeRecipient, ""},
		{"line ends", "relaxed/relaxed", "", "from", plainMail, replace("\r\n", "\n"), "", ""},
	} {
		mail := c.mail
		if c.name == "list in From" {
			mail = strings.Replace(plainMail, "ida@example.com", "Ida <ida@example.com>", 1)
		}
		text := handSign(t, key, mail, strings.ReplaceAll("v=1; a=rsa-sha256; c="+c.c+"; d=example.com; s=s1; "+c.extra+"; h="+c.h+"; bh=; b=;", "; ;", ";"))
		if c.change != nil {
			text = c.change(text)
		}
		s, a := autopsyOf(t, v, text)
		if c.kind == "" {
			if a != nil {
				t.Errorf("%s: %+v", c.name, a)
			}
			continue
		}
		if a == nil {
			t.Errorf("%s: %s %s", c.name, s.Outcome, s.Reason)
			continue
		}
		checkAutopsy(t, s, a)
		all := append(a.Body.Changes, a.Header.Changes...)
		if len(all) != 1 || all[0].Kind != c.kind || c.text != "" && all[0].Text != c.text {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}

// TestAutopsyBody: changes of the body that are the signer's own.
func TestAutopsyBody(t *testing.T) {
	key, record := rsaKey(t, 1024)
	v := Verifier{DNS: keys{"s1._domainkey.example.com": record}}
	mail := plainMail + "a  b \r\n"
	text := handSign(t, key, mail, "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from; bh=; b=;")
	_, a := autopsyOf(t, v, strings.Replace(text, "c=relaxed/relaxed", "c=relaxed/simple", 1))
	if len(a.Body.Changes) != 1 || a.Body.Changes[0].Kind != ChangeOtherCanonization || a.Header.State != AutopsyUnexplained {
		t.Errorf("%+v", a)
	}
	// A large body: a footer below an attachment of 12 MB.
	large := plainMail + strings.Repeat(strings.Repeat("QUJD", 19)+"\r\n", 12<<20/78)
	text = handSign(t, key, large, "v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=s1; h=from; bh=; b=;")
	_, a = autopsyOf(t, v, text+mailman2)
	if len(a.Body.Changes) != 1 || a.Body.Changes[0].Kind != ChangeFooter || a.Body.Changes[0].Added != strings.TrimSpace(mailman2) {
		t.Errorf("%+v", a)
	}
	// Two signatures, in both forms, fail for the same reason.
	two := handSign(t, key, text[:strings.Index(text, "From: ")]+plainMail, "v=1; a=rsa-sha256; c=simple/relaxed; d=example.com; s=s1; h=from:subject; bh=; b=;")
	m := readMessage(t, "two", []byte(strings.Replace(two, "Subject: ", "Subject: [x] ", 1)+mailman2))
	all := v.Autopsy(m, v.Verify(t.Context(), m, received).DKIM)
	if len(all) != 2 || all[0].Body.State != AutopsyExplained || all[0].Header.State != AutopsyExplained || all[1].Body.State != AutopsyUnexplained {
		t.Errorf("%+v %+v", all[0], all[1])
	}
}

// TestAutopsyLine: the line is that of the file.
func TestAutopsyLine(t *testing.T) {
	key, record := rsaKey(t, 1024)
	v := Verifier{DNS: keys{"s1._domainkey.example.com": record}}
	text := handSign(t, key, plainMail, "v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=example.com; s=s1; h=from:to:subject:date; bh=; b=;") + "\r\nfooter here\r\n"
	text = strings.Replace(text, "Subject: ", "Subject: [x] ", 1)
	_, a := autopsyOf(t, v, text)
	for name, c := range map[string]Change{"footer here": a.Body.Changes[0], "Subject:": a.Header.Changes[0]} {
		if line := strings.Split(text, "\r\n")[c.Line-1]; !strings.HasPrefix(line, name) {
			t.Errorf("line %d is %q", c.Line, line)
		}
	}
}

// FuzzAutopsy: no input makes trouble, and what is said is well formed.
func FuzzAutopsy(f *testing.F) {
	key, record := rsaKey(f, 1024)
	v := Verifier{DNS: keys{"s1._domainkey.example.com": record}}
	for i, m := range testMails() {
		if i%9 == 0 {
			head, body := m.content()
			f.Add([]byte(head), []byte(body), i%2 == 0)
		}
	}
	files, _ := filepath.Glob("testdata/*.eml")
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		head, body, _ := bytes.Cut(data, []byte("\n\n"))
		f.Add(head, body, true)
	}
	var signed [2]string
	for i, c := range []string{"simple/simple", "relaxed/relaxed"} {
		signed[i] = strings.TrimSuffix(handSign(f, key, plainMail, "v=1; a=rsa-sha256; c="+c+"; d=example.com; s=s1; z=Subject:x; h=from:to:subject:subject:date:cc:content-type:reply-to:mime-version; bh=; b=;"), plainMail)
	}
	f.Fuzz(func(t *testing.T, head, body []byte, relaxed bool) {
		text := signed[btoi(relaxed)] + "From: ida@example.com\r\n" + string(head) + "\r\n\r\n" + string(body)
		m, err := mailbox.Read("fuzz", strings.NewReader(text), 0)
		if err != nil {
			return
		}
		signatures := v.Verify(context.Background(), m, received).DKIM
		autopsies := v.Autopsy(m, signatures)
		if len(autopsies) != len(signatures) {
			t.Fatal("one entry for each")
		}
		for i, a := range autopsies {
			if a != nil {
				checkAutopsy(t, signatures[i], a)
			}
		}
	})
}

// BenchmarkAutopsy is one message of 20 KB, with a footer and forged.
func BenchmarkAutopsy(b *testing.B) {
	key, record := rsaKey(b, 2048)
	v := Verifier{DNS: keys{"s1._domainkey.example.com": record}}
	text := handSign(b, key, letter(20_000), "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from:to:subject:date:message-id:mime-version:content-type; bh=; b=;")
	for _, c := range []struct{ name, text string }{
		{"footer", text + mailman2},
		{"forged", strings.Replace(strings.Replace(text, "somebody wrote", "nobody wrote", 1), "minutes of", "payment for", 1)},
	} {
		b.Run(c.name, func(b *testing.B) {
			m := readMessage(b, c.name, []byte(c.text))
			signatures := v.Verify(b.Context(), m, received).DKIM
			b.ReportAllocs()
			tried := 0
			for b.Loop() {
				tried = v.Autopsy(m, signatures)[0].Tried
			}
			b.ReportMetric(float64(tried), "candidates")
		})
	}
}
