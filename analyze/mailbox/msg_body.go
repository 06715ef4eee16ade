package mailbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"mime"
	"mime/quotedprintable"
	"strings"
)

// msgBody is the body as Outlook shows it, in UTF-8.
type msgBody struct {
	plain, html string
}

func (b *msgBody) any() bool { return b.plain != "" || b.html != "" }

// readBody reads the body in the forms that are there. Outlook keeps HTML as such, or
// as RTF that holds it (MS-OXRTFEX).
func (r *msgReader) readBody() {
	p := r.p
	r.body.plain = p.text(propBody, MaxProperty)
	switch {
	case p.at(propHTML, typeBinary).file != nil:
		codepage := p.fixed[propInternetCodepage]
		if codepage == 0 {
			codepage = p.codepage
		}
		r.body.html = decodeCodepage(p.bytes(propHTML, typeBinary, MaxProperty), codepage)
	case p.has(propHTML):
		r.body.html = p.text(propHTML, MaxProperty)
	case p.at(propRTF, typeBinary).file != nil:
		r.readRTF()
	}
}

func (r *msgReader) readRTF() {
	rtf, err := decompressRTF(r.p.bytes(propRTF, typeBinary, MaxProperty))
	if err != nil {
		r.notes.repair("the formatted body (RTF) could not be read: " + err.Error())
	}
	if len(rtf) == 0 {
		return
	}
	text, isHTML := readRTF(rtf)
	switch {
	case isHTML:
		r.body.html = text
	case r.body.plain == "":
		r.body.plain = text
	}
}

// contentType is what a header that is rebuilt says of the body.
func (b *msgBody) contentType() string {
	switch {
	case b.plain != "" && b.html != "":
		// The boundary must not stand in the text: so it is made of it.
		sum := sha256.Sum256([]byte(b.plain + b.html))
		boundary := "mailtrace-" + hex.EncodeToString(sum[:12])
		return `multipart/alternative; boundary="` + boundary + `"`
	case b.html != "":
		return "text/html; charset=utf-8"
	case b.plain != "":
		return "text/plain; charset=utf-8"
	}
	return ""
}

// write makes the bytes behind the header. They are built as it says, so that who
// reads both finds the text: in parts where it names a boundary, encoded where it
// says so.
func (b *msgBody) write(m *Message) []byte {
	if !b.any() {
		return nil
	}
	var kind, encoding string
	var params map[string]string
	if f, ok := m.Field("Content-Type"); ok {
		kind, params, _ = mime.ParseMediaType(f.Text())
	}
	if f, ok := m.Field("Content-Transfer-Encoding"); ok {
		encoding = strings.ToLower(f.Text())
	}
	if boundary := params["boundary"]; strings.HasPrefix(kind, "multipart/") && isBoundary(boundary) {
		return b.parts(boundary)
	}
	text := b.plain
	if text == "" || kind == "text/html" && b.html != "" {
		text = b.html
	}
	return encodeBody(text, encoding)
}

func (b *msgBody) parts(boundary string) []byte {
	var out bytes.Buffer
	part := func(kind, text string) {
		if text != "" {
			out.WriteString("--" + boundary + "\r\nContent-Type: " + kind + "; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
			out.WriteString(text)
			out.WriteString("\r\n")
		}
	}
	part("text/plain", b.plain)
	part("text/html", b.html)
	out.WriteString("--" + boundary + "--\r\n")
	return out.Bytes()
}

// isBoundary holds a boundary to what RFC 2046 section 5.1.1 allows.
func isBoundary(s string) bool {
	const longest = 70
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= longest
}

// encodeBody encodes text as RFC 2045 section 6 says.
func encodeBody(text, encoding string) []byte {
	const column = 76
	var out bytes.Buffer
	switch encoding {
	case "quoted-printable":
		w := quotedprintable.NewWriter(&out)
		w.Write([]byte(text)) // Neither fails: a buffer takes everything.
		w.Close()
	case "base64":
		code := base64.StdEncoding.EncodeToString([]byte(text))
		for len(code) > column {
			out.WriteString(code[:column] + "\r\n")
			code = code[column:]
		}
		out.WriteString(code + "\r\n")
	default:
		return []byte(text)
	}
	return out.Bytes()
}
