package auth

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	mailman2   = "_______________________________________________\nminutes mailing list\nminutes@lists.example.net\nhttps://lists.example.net/mailman/listinfo/minutes\n"
	mailman3   = "_______________________________________________\nminutes mailing list -- minutes@lists.example.net\nTo unsubscribe send an email to minutes-leave@lists.example.net\n"
	googleText = "\n-- \nYou received this message because you are subscribed to the Google Groups \"minutes\" group.\nTo unsubscribe from this group and stop receiving emails from it, send an email to minutes+unsubscribe@googlegroups.com.\nTo view this discussion visit https://groups.google.com/d/msgid/minutes/1.\n"
	googleHTML = "<p></p>\n\n-- <br />\nYou received this message because you are subscribed to the Google Groups &quot;minutes&quot; group.<br />\nTo view this discussion visit <a href=\"https://groups.google.com/d/msgid/minutes/1\">https://groups.google.com/d/msgid/minutes/1</a>.<br />\n"
	disclaimer = "\n________________________________\nThis email and any attachments are confidential.\nIf you are not the intended recipient, delete it.\n"
	antivirus  = "\n---\nThis email has been checked for viruses by Some Antivirus software.\nwww.antivirus.example\n"
	external   = "CAUTION: This email came from outside of the organisation. Do not click links.\n\n"
)

// belowLines ends a text with a line end, as all programs do that add to it.
func belowLines(text, footer string) string {
	if text == "" {
		return ""
	}
	return strings.TrimSuffix(text, "\n") + "\n" + footer
}

// inPage puts HTML at the end of a page, or behind its <body>.
func inPage(page, footer string) string {
	return strings.Replace(page, "</body>", footer+"</body>", 1)
}

func atTop(page, banner string) string {
	return strings.Replace(page, "<body style=\"margin:0\">", "<body style=\"margin:0\">"+banner, 1)
}

// testChange is something that is done to mail on the way.
type testChange struct {
	name         string
	body, header []ChangeKind                  // Of each, one kind is to be told; nil: it is to hold.
	change       func(m *testMail) *testMail   // Nil for a message to which it cannot be done.
	text         func(signed, m string) string // Done to the text of the message, signature and all.
}

func model(change func(*testMail)) func(*testMail) *testMail {
	return func(m *testMail) *testMail { return m.with(change) }
}

func when(ok func(*testMail) bool, change func(*testMail)) func(*testMail) *testMail {
	return func(m *testMail) *testMail {
		if !ok(m) {
			return nil
		}
		return m.with(change)
	}
}

func oneText(m *testMail) bool { return m.html == "" && m.attached == "" }
func whole(m *testMail) bool   { return m.attached == "" }

// footerTo adds to the texts of a message.
func footerTo(text, html string) func(*testMail) {
	return func(m *testMail) {
		m.text = belowLines(m.text, text)
		m.html = inPage(m.html, html)
	}
}

func swap(pairs ...string) func(signed, m string) string {
	return func(signed, m string) string { return strings.NewReplacer(pairs...).Replace(m) }
}

func ofBody(f func(body string) string) func(signed, m string) string {
	return func(signed, m string) string {
		head, body, _ := strings.Cut(m, "\r\n\r\n")
		return head + "\r\n\r\n" + f(body)
	}
}

var (
	contentHeader = []ChangeKind{ChangeFieldRewritten, ChangeTransferEncoding, ChangeFieldRemoved, ChangeFieldAdded}
	recodings     = []ChangeKind{ChangeTransferEncoding}
)

var testChanges = []testChange{
	{"Mailman 2 footer", []ChangeKind{ChangeFooter}, nil, when(oneText, footerTo(mailman2, "")), nil},
	{"Mailman 3 footer", []ChangeKind{ChangeFooter}, nil, when(oneText, footerTo("\n"+mailman3, "")), nil},
	{"Mailman footer, base64", []ChangeKind{ChangeFooter}, contentHeader, when(func(m *testMail) bool { return oneText(m) && m.charset == "utf-8" && m.encoding != "base64" }, func(m *testMail) {
		m.text, m.encoding = belowLines(m.text, mailman2), "base64"
	}), nil},
	{"Mailman wraps", []ChangeKind{ChangeMIMEWrapped}, contentHeader, when(func(m *testMail) bool { return whole(m) && m.html != "" }, func(m *testMail) { m.wrap = mailman2 }), nil},
	{"Mailman part added", []ChangeKind{ChangePartAdded}, nil, when(func(m *testMail) bool { return !whole(m) }, func(m *testMail) { m.beside = mailman2 }), nil},
	{"Exchange disclaimer", []ChangeKind{ChangeFooter}, nil, model(footerTo(disclaimer, "<br>\n<hr>\n<font face=\"Arial\">This email is confidential.<br>\nSee <a href=\"https://example.net/legal\">legal</a></font>\n")), nil},
	{"Google Groups footer", []ChangeKind{ChangeFooter}, nil, model(footerTo(googleText, googleHTML)), nil},
	{"virus antivirus footer", []ChangeKind{ChangeFooter}, nil, when(whole, footerTo(antivirus, "<div id=\"AV\"><br/><table><tr><td>Checked by <a href=\"http://www.antivirus.example\">Some Antivirus</a></td></tr></table></div>")), nil},
	{"banner at the top", []ChangeKind{ChangeBanner}, nil, model(func(m *testMail) {
		if m.text != "" {
			m.text = external + m.text
		}
		m.html = atTop(m.html, "<div style=\"background:#ff0\"><b>CAUTION:</b> This email came from outside.</div><br>\n")
	}), nil},
	{"8bit to QP", recodings, contentHeader, when(func(m *testMail) bool { return m.encoding == "8bit" }, func(m *testMail) { m.encoding = "quoted-printable" }), nil},
	{"QP to base64", recodings, contentHeader, when(func(m *testMail) bool { return m.encoding == "quoted-printable" }, func(m *testMail) { m.encoding = "base64" }), nil},
	{"base64 to QP", recodings, contentHeader, when(func(m *testMail) bool { return m.encoding == "base64" }, func(m *testMail) { m.encoding = "quoted-printable" }), nil},
	{"base64 to 8bit", recodings, contentHeader, when(func(m *testMail) bool { return m.encoding == "base64" }, func(m *testMail) { m.encoding = "8bit" }), nil},
	{"base64 wrapped anew", recodings, nil, when(func(m *testMail) bool { return m.encoding == "base64" }, func(m *testMail) { m.width = 64 }), nil},
	{"Latin-1 to UTF-8", []ChangeKind{ChangeCharset}, contentHeader, when(func(m *testMail) bool { return m.charset == "iso-8859-1" }, func(m *testMail) { m.charset = "utf-8" }), nil},
	{"[list]", nil, []ChangeKind{ChangeSubjectTag}, model(func(m *testMail) { m.subject = "[minutes] " + m.subject }), nil},
	{"***SPAM***", nil, []ChangeKind{ChangeSubjectTag}, model(func(m *testMail) { m.subject = "***SPAM*** " + m.subject }), nil},
	{"[EXTERNAL]", nil, []ChangeKind{ChangeSubjectTag}, model(func(m *testMail) { m.subject = "[EXTERNAL] " + m.subject }), nil},
	{"Re: [list]", nil, []ChangeKind{ChangeSubjectTag}, when(func(m *testMail) bool { return strings.HasPrefix(m.subject, "Re: ") }, func(m *testMail) { m.subject = "Re: [minutes] " + m.subject[4:] }), nil},
	{"trailing blanks taken off", []ChangeKind{ChangeTrailingBlanks}, nil, nil, ofBody(func(b string) string { return strings.ReplaceAll(b, "\r\n-- \r\n", "\r\n--\r\n") })},
	{"trailing blanks added", []ChangeKind{ChangeTrailingBlanks}, nil, nil, ofBody(func(b string) string { return strings.Replace(b, "Bob,\r\n", "Bob,  \r\n", 1) })},
	{"dots left doubled", []ChangeKind{ChangeDotStuffing}, nil, nil, ofBody(func(b string) string { return strings.ReplaceAll(b, "\r\n.", "\r\n..") })},
	{">From", []ChangeKind{ChangeMboxFrom}, nil, nil, ofBody(func(b string) string { return strings.ReplaceAll(b, "\r\nFrom ", "\r\n>From ") })},
	{"long lines wrapped", []ChangeKind{ChangeLinesWrapped}, nil, when(func(m *testMail) bool { return oneText(m) && m.encoding[1:] == "bit" }, func(m *testMail) {
		var out strings.Builder
		for line := range strings.Lines(m.text) {
			for len(line) > 78 {
				i := strings.LastIndex(line[:79], " ")
				out.WriteString(line[:i] + "\n")
				line = line[i+1:]
			}
			out.WriteString(line)
		}
		m.text = out.String()
	}), nil},
	{"field removed", nil, []ChangeKind{ChangeFieldRemoved}, nil, swap("\r\nMIME-Version: 1.0", "")},
	{"field removed that nobody can know", nil, []ChangeKind{"missing x-campaign"}, model(func(m *testMail) {
		m.fields = slices.DeleteFunc(m.fields, func(f [2]string) bool { return f[0] == "X-Campaign" })
	}), nil},
	{"field doubled", nil, []ChangeKind{ChangeFieldAdded}, nil, swap("\r\nX-Campaign:", "\r\nX-Campaign: other\r\nX-Campaign:", "\r\nDate:", "\r\nSubject: paid\r\nDate:")},
	{"Reply-To added", nil, []ChangeKind{ChangeFieldAdded}, nil, swap("\r\nDate:", "\r\nReply-To: minutes@lists.example.net\r\nDate:")},
	{"fields in another order", nil, []ChangeKind{ChangeFieldOrder}, nil, swap("the first", "the second", "the second", "the first")},
	{"To refolded", nil, []ChangeKind{ChangeRefolded, ChangeRecipient}, nil, swap("\r\n Carol", " Carol", "bob@example.org>, carol", "bob@example.org>,\r\n\tcarol")},
	{"To rewritten", nil, []ChangeKind{ChangeRecipient}, nil, swap("To: Bob <", "To: \"Bob\" <", "To: \"Bob Builder\" <", "To: Bob Builder <", "To: list@lists.example.net", "To: <list@lists.example.net>")},
	{"Content-Type rewritten", nil, []ChangeKind{ChangeFieldRewritten}, nil, func(signed, m string) string {
		head, body, _ := strings.Cut(m, "\r\n\r\n")
		i := strings.LastIndex(head, "Content-Type: ")
		return head[:i] + strings.NewReplacer("charset=utf-8", "charset=\"utf-8\"", "charset=us-ascii", "charset=\"us-ascii\"", "charset=iso-8859-1", "charset=\"ISO-8859-1\"", "boundary=\"mix-2\"", "boundary=mix-2", "boundary=\"alt-1\"", "boundary=alt-1").Replace(head[i:]) + "\r\n\r\n" + body
	}},
	{"footer and tag", []ChangeKind{ChangeFooter}, []ChangeKind{ChangeSubjectTag}, when(oneText, func(m *testMail) {
		m.text, m.subject = belowLines(m.text, mailman2), "[minutes] "+m.subject
	}), nil},
	{"Mailman wraps, and tag", []ChangeKind{ChangeMIMEWrapped}, []ChangeKind{ChangeSubjectTag}, when(func(m *testMail) bool { return whole(m) && m.html != "" }, func(m *testMail) {
		m.wrap, m.subject = mailman3, "[minutes] "+m.subject
	}), nil},
	{"banner and tag", []ChangeKind{ChangeBanner}, []ChangeKind{ChangeSubjectTag}, model(func(m *testMail) {
		if m.text != "" {
			m.text = external + m.text
		}
		m.html, m.subject = atTop(m.html, "<table bgcolor=yellow><tr><td>External sender</td></tr></table>"), "[EXTERNAL] "+m.subject
	}), nil},
	{"footer and QP", []ChangeKind{ChangeFooter}, contentHeader, when(func(m *testMail) bool { return oneText(m) && m.encoding != "quoted-printable" }, func(m *testMail) {
		m.text, m.encoding = belowLines(m.text, mailman2), "quoted-printable"
	}), nil},
	// Nobody can know what a boundary was: this is not named.
	{"boundary rewritten", []ChangeKind{"unknowable"}, nil, nil, swap("alt-1", "another", "mix-2", "another")},
	{"footer, tag and Reply-To", []ChangeKind{ChangeFooter}, []ChangeKind{ChangeSubjectTag}, when(oneText, func(m *testMail) {
		m.text, m.subject = belowLines(m.text, mailman3), "[minutes] "+m.subject
		m.fields = append(m.fields, [2]string{"Reply-To", "minutes@lists.example.net"})
	}), nil},
}

// signedMail is a message with its signature, and who can check it.
type signedMail struct {
	*testMail
	field string // The signature.
	text  string // Signature and message.
}

func signedMails(t testing.TB) (Verifier, []signedMail) {
	key, record := rsaKey(t, 1024)
	public, ed, _ := ed25519.GenerateKey(rand.Reader)
	var out []signedMail
	for i, m := range testMails() {
		tags := testTags(i)
		var signer crypto.Signer = key
		if strings.Contains(tags, "ed25519") {
			signer = ed
			tags = strings.Replace(tags, "s=s1", "s=s2", 1)
		}
		text := handSign(t, signer, m.String(), tags)
		out = append(out, signedMail{m, strings.TrimSuffix(text, m.String()), text})
	}
	return Verifier{DNS: keys{"s1._domainkey.example.com": record, "s2._domainkey.example.com": "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}}, out
}

// changed returns the message after the change, "" when that does nothing to it.
func (c testChange) changed(m signedMail) string {
	text := m.text
	if c.change != nil {
		changed := c.change(m.testMail)
		if changed == nil {
			return ""
		}
		text = m.field + changed.String()
	}
	if c.text != nil {
		text = c.text(m.field, text)
	}
	if text == m.text {
		return ""
	}
	return text
}

// autopsyOf verifies and searches.
func autopsyOf(t testing.TB, v Verifier, text string) (Signature, *Autopsy) {
	t.Helper()
	m := readMessage(t, "changed", []byte(text))
	s := v.Verify(t.Context(), m, received).DKIM
	return s[0], v.Autopsy(m, s)[0]
}

// named says whether a part of an autopsy tells one of these kinds.
func named(p PartAutopsy, kinds []ChangeKind) bool {
	for _, kind := range kinds {
		if rest, ok := strings.CutPrefix(string(kind), "missing "); ok && p.State == AutopsyUnexplained && strings.Contains(p.Why, rest) {
			return true
		}
		if p.State == AutopsyExplained && slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Kind == kind }) {
			return true
		}
	}
	return p.State == AutopsyHolds
}

// TestAutopsyChanges passes 100 messages through what is done to mail on the way.
func TestAutopsyChanges(t *testing.T) {
	v, mails := signedMails(t)
	if testing.Short() {
		mails = mails[:40]
	}
	right, all := 0, 0
	for _, c := range testChanges {
		good, n := 0, 0
		var first string
		for i, m := range mails {
			text := c.changed(m)
			if text == "" {
				continue
			}
			s, a := autopsyOf(t, v, text)
			if a == nil {
				if s.Status != Pass {
					t.Errorf("%s %d: %s, and no autopsy", c.name, i, s.Status)
				}
				continue // The canonicalization has it not count.
			}
			n++
			if named(a.Body, c.body) && named(a.Header, c.header) {
				good++
			} else if first == "" {
				first = fmt.Sprintf("%d %s: body %s %s, header %s %s", i, testTags(i), a.Body.State, a.Body.Why, a.Header.State, a.Header.Why)
				for _, c := range append(a.Body.Changes, a.Header.Changes...) {
					first += "\n" + string(c.Kind) + ": " + c.Text
				}
			}
			checkAutopsy(t, s, a)
		}
		right, all = right+good, all+n
		t.Logf("%3d of %3d: %s %s", good, n, c.name, first)
		if n == 0 {
			t.Errorf("%s: no message was changed", c.name)
		}
	}
	t.Logf("named rightly: %d of %d", right, all)
	if right*10 < all*9 {
		t.Errorf("named rightly: %d of %d", right, all)
	}
}

// checkAutopsy: what is guaranteed of every autopsy.
func checkAutopsy(t testing.TB, s Signature, a *Autopsy) {
	t.Helper()
	for _, p := range []PartAutopsy{a.Body, a.Header} {
		if p.Changes == nil || (p.State == AutopsyExplained) != (len(p.Changes) > 0) || (p.Why != "") != (p.State == AutopsyUnexplained || p.State == AutopsyUnjudged) {
			t.Errorf("%+v", p)
		}
		for _, c := range p.Changes {
			if c.Text == "" || c.Kind == "" || len(c.Added) > MaxAdded || len(c.Links) > MaxLinks || c.Line < 0 || !strings.Contains(c.Text, s.signer()) {
				t.Errorf("%+v", c)
			}
			for _, word := range []string{"harmless", "only ", "just ", "merely"} {
				if strings.Contains(strings.Replace(c.Text, c.Added, "", 1), word) && !strings.Contains(c.Added, word) {
					t.Errorf("it excuses: %s", c.Text)
				}
			}
		}
	}
}

// TestAutopsyForged: what no change on the way explains stays unexplained.
func TestAutopsyForged(t *testing.T) {
	v, mails := signedMails(t)
	forgeries := []func(m *testMail){
		func(m *testMail) {
			m.text = strings.Replace(m.text, "Hello Bob", "Hello Eve", 1)
			m.html = strings.Replace(m.html, "Hello Bob", "Hello Eve", 1)
		},
		func(m *testMail) {
			m.text = strings.Replace(m.text, "The price is 1", "The price is 9", 1)
			m.html = strings.Replace(m.html, "The price is 1", "The price is 9", 1)
		},
		func(m *testMail) {
			m.text = strings.Replace(m.text, "www.example.com", "www.examp1e.com", 1)
			m.html = strings.Replace(m.html, "www.example.com", "www.examp1e.com", 1)
		},
		func(m *testMail) {
			if m.text != "" {
				m.text = "Pay me today.\n\n" + disclaimer
			}
			if m.html != "" {
				m.html = "<html><body>Pay me today.</body></html>"
			}
		},
		func(m *testMail) {
			m.text = belowLines(strings.Replace(m.text, "that was it", "that was not it", 1), mailman2)
			m.html = inPage(strings.Replace(m.html, "that was it", "that was not it", 1), googleHTML)
		},
	}
	if testing.Short() {
		mails = mails[:25]
	}
	for i, m := range mails {
		for n, forge := range forgeries {
			s, a := autopsyOf(t, v, m.field+m.testMail.with(forge).String())
			if a == nil || a.Body.State != AutopsyUnexplained || a.Header.State != AutopsyHolds {
				t.Fatalf("%d, forgery %d: %s %+v", i, n, s.Status, a)
			}
			checkAutopsy(t, s, a)
		}
		_, a := autopsyOf(t, v, strings.Replace(m.text, "Ida Example", "Eve Example", 1))
		if a == nil || a.Header.State != AutopsyUnexplained || a.Body.State != AutopsyHolds {
			t.Fatalf("%d, forged From: %+v", i, a)
		}
	}
}

// TestAutopsyHostileFooter: what was added is shown, whoever added it, and its link
// told.
func TestAutopsyHostileFooter(t *testing.T) {
	v, mails := signedMails(t)
	for i, m := range mails {
		link := fmt.Sprintf("https://evil.example/pay?n=%d", i)
		s, a := autopsyOf(t, v, m.field+m.testMail.with(footerTo(mailman2+"Your account is locked: "+link+"\n", "<div>Your account is <a href=\""+link+"\">locked</a></div>\n")).String())
		checkAutopsy(t, s, a)
		shown := 0
		for _, c := range a.Body.Changes {
			if slices.Contains(c.Links, link) && strings.Contains(c.Added, "Your account is") && strings.Contains(c.Text, "link") {
				shown++
			}
		}
		if parts := btoi(m.testMail.text != "") + btoi(m.html != ""); shown != parts {
			t.Errorf("%d: shown in %d of %d parts: %+v", i, shown, parts, a.Body)
		}
	}
}
