package auth

import (
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"testing"
)

// testMail is a message by its parts, so that a change can be made to what it says and
// the whole be written anew, as the programs do that change mail.
type testMail struct {
	fields   [][2]string // Name and value, without those of MIME.
	subject  string
	to       string
	text     string // Its line ends are LF. "" for none.
	html     string
	attached string // A file, in base64; "" for none.
	charset  string
	encoding string
	width    int    // Of lines of base64.
	mime     string // Content-Type, where it is not what follows from the parts.
	wrap     string // What Mailman put around: a text in a part of its own.
	beside   string // What it put beside the parts of a multipart/mixed.
}

// coded writes a text in the transfer encoding of the message.
func (m *testMail) coded(text string) string {
	if m.charset == "iso-8859-1" {
		b, _ := fromUTF8([]byte(text), nil)
		text = string(b)
	}
	switch m.encoding {
	case "quoted-printable":
		var out strings.Builder
		w := quotedprintable.NewWriter(&out)
		_, _ = w.Write([]byte(text))
		w.Close()
		return strings.ReplaceAll(out.String(), "\r\n", "\n")
	case "base64":
		code := base64.StdEncoding.EncodeToString([]byte(text))
		var out strings.Builder
		for len(code) > m.width {
			out.WriteString(code[:m.width] + "\n")
			code = code[m.width:]
		}
		return out.String() + code + "\n"
	}
	return text
}

// head are the fields of MIME of a text, and part is the whole of it.
func (m *testMail) head(kind string) string {
	return fmt.Sprintf("Content-Type: %s; charset=%s\nContent-Transfer-Encoding: %s\n", kind, m.charset, m.encoding)
}

func (m *testMail) part(kind, text string) string {
	return m.head(kind) + "\n" + m.coded(text)
}

// content returns the fields of MIME, and the body.
func (m *testMail) content() (head, body string) {
	switch {
	case m.html == "":
		head, body = m.head("text/plain"), m.coded(m.text)
	case m.text == "":
		head, body = m.head("text/html"), m.coded(m.html)
	default:
		head = "Content-Type: multipart/alternative; boundary=\"alt-1\"\n"
		body = "This is a message in several parts.\n\n--alt-1\n" + m.part("text/plain", m.text) + "\n--alt-1\n" + m.part("text/html", m.html) + "\n--alt-1--\n"
	}
	if m.attached != "" {
		code := *m
		code.charset, code.encoding, code.width = "utf-8", "base64", 76
		body = "--mix-2\n" + head + "\n" + body + "\n--mix-2\nContent-Type: application/pdf; name=\"a.pdf\"\nContent-Transfer-Encoding: base64\n\n" + code.coded(m.attached)
		head = "Content-Type: multipart/mixed; boundary=\"mix-2\"\n"
		if m.beside != "" {
			body += "\n--mix-2\n" + footerPart(m.beside)
		}
		body += "\n--mix-2--\n"
	}
	if m.mime != "" {
		_, rest, _ := strings.Cut(head, "\n")
		head = "Content-Type: " + m.mime + "\n" + rest
	}
	if m.wrap != "" {
		body = "--===============123==\n" + head + "\n" + body + "\n--===============123==\n" + footerPart(m.wrap) + "\n--===============123==--\n"
		head = "Content-Type: multipart/mixed; boundary=\"===============123==\"\n"
	}
	return head, body
}

func footerPart(text string) string {
	return "Content-Type: text/plain; charset=\"us-ascii\"\nMIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\nContent-Disposition: inline\n\n" + text
}

// String is the message as it is sent.
func (m *testMail) String() string {
	head, body := m.content()
	var out strings.Builder
	for _, f := range m.fields {
		switch f[0] {
		case "Subject":
			f[1] = m.subject
		case "To":
			f[1] = m.to
		}
		out.WriteString(f[0] + ": " + f[1] + "\n")
	}
	out.WriteString(head + "\n" + body)
	return strings.ReplaceAll(out.String(), "\n", "\r\n")
}

// with returns a changed copy.
func (m *testMail) with(change func(*testMail)) *testMail {
	c := *m
	c.fields = append([][2]string{}, m.fields...)
	change(&c)
	return &c
}

// testMails are 100 messages, no two alike.
func testMails() (out []*testMail) {
	subjects := []string{"minutes of the meeting", "Re: minutes of the meeting", "Fwd: [old] plan for May", "=?utf-8?q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=", "AW: Rechnung 4711", "a subject so long that it has to be folded, since it has\n more than 78 characters"}
	recipients := []string{"Bob <bob@example.org>", "\"Bob Builder\" <bob@example.org>, carol@example.org", "list@lists.example.net", "Bob Builder <bob@example.org>,\n Carol <carol@example.org>"}
	for i := range 100 {
		m := &testMail{subject: subjects[i%len(subjects)], to: recipients[i/2%len(recipients)], charset: "utf-8", encoding: "8bit", width: 76}
		text := fmt.Sprintf("Hello Bob,\n\nhere is what we said on day %d. The price is %d Euro for each of them, and\nthe page is https://www.example.com/minutes/%d as always.\n\n.dotted line, and a very long one behind it: ", i, 100+i, i)
		text += strings.Repeat("we talked about something that matters to somebody, ", 2+i%5) + "and that was it.\n\nFrom here on it is short:\n\n> you wrote this\n>  and   that\n\n\tindented with a tab\n"
		if i%4 == 1 {
			text += "\nbest\n-- \nIda Example\nhttps://ida.example.com\n"
		}
		if i%3 > 0 {
			text = strings.Replace(text, "something", "größere Änderungen", 1)
		}
		if i%7 == 3 {
			text = strings.TrimSuffix(text, "\n")
		}
		page := "<html><head><title>x</title></head>\n<body style=\"margin:0\">\n<div>" + strings.ReplaceAll(strings.TrimSpace(text), "\n", "<br>\n") + "</div>\n</body></html>\n"
		switch i % 8 {
		case 0:
			m.text = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(text, "ö", "o"), "ß", "s"), "Ä", "A")
			m.charset, m.encoding = "us-ascii", "7bit"
		case 1:
			m.text = text
		case 2:
			m.text, m.encoding = text, "quoted-printable"
		case 3:
			m.text, m.encoding, m.width = text, "base64", []int{76, 72, 60}[i/8%3]
		case 4:
			m.text, m.charset, m.encoding = text, "iso-8859-1", []string{"8bit", "quoted-printable"}[i/8%2]
		case 5:
			m.html, m.encoding = page, []string{"8bit", "quoted-printable", "base64"}[i/8%3]
		case 6:
			m.text, m.html, m.encoding = text, page, []string{"quoted-printable", "8bit", "base64"}[i/8%3]
		case 7:
			m.text, m.attached = text, strings.Repeat(fmt.Sprintf("file %d ", i), 50+i)
			m.encoding = []string{"8bit", "quoted-printable"}[i/8%2]
			if i/8%3 == 0 {
				m.html = page
			}
		}
		m.fields = [][2]string{
			{"Received", "from client.example.com by mx.example.com; Fri, 20 Nov 2026 08:14:01 +0000"},
			{"From", "\"Ida Example\" <ida@example.com>"}, {"To", ""}, {"Subject", ""},
			{"Date", "Fri, 20 Nov 2026 08:14:00 +0000"}, {"Message-ID", fmt.Sprintf("<%d@example.com>", i)},
			{"Comments", "the first"}, {"Comments", "the second"},
			{"MIME-Version", "1.0"}, {"X-Campaign", fmt.Sprintf("spring-%d", i)},
		}
		out = append(out, m)
	}
	return out
}

// testTags are the tags of the signature of the nth message: both canonicalizations,
// RSA and Ed25519, with and without oversigning.
func testTags(i int) string {
	names := "from:to:subject:date:message-id:comments:comments:mime-version:content-type:x-campaign"
	if i%3 > 0 {
		names += ":content-transfer-encoding"
	}
	if i%2 == 0 {
		names += ":reply-to:cc:from:subject"
	}
	algorithm := "rsa-sha256"
	if i%5 == 4 {
		algorithm = "ed25519-sha256"
	}
	forms := []string{"relaxed/relaxed", "relaxed/simple", "simple/simple", "simple/relaxed", "relaxed/relaxed"}
	return fmt.Sprintf("v=1; a=%s; c=%s; d=example.com; s=s1; h=%s; bh=; b=;", algorithm, forms[i%7%5], names)
}

func TestAutopsyMails(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range testMails() {
		seen[m.String()] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d messages", len(seen))
	}
}
