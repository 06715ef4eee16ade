package mailbox

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"mailtrace/report"
)

// rawMSG is what Split makes of a .msg file.
func rawMSG(data []byte) *Raw {
	w := &Raw{Name: "x.msg", format: formatMSG, sum: sha256.Sum256(data)}
	if len(data) > 0 {
		w.content = chunks{parts: [][]byte{data}, size: int64(len(data))}
	}
	w.Input = &Input{SHA256: w.sum, Size: w.content.size}
	return w
}

// written is the text of a message.
func written(t *testing.T, m *Message) string {
	t.Helper()
	data, err := io.ReadAll(m.content.from(0))
	if err != nil {
		t.Fatal(err)
	}
	check(t, m, data)
	if m.Fidelity != report.Reserialised && m.Part == 0 {
		t.Errorf("%s: %s", m.Name, m.Fidelity)
	}
	return string(data)
}

func repairs(m *Message) string {
	var list []string
	for _, r := range m.Repairs {
		list = append(list, r.Text)
	}
	return strings.Join(list, "\n")
}

const headers = "Received: from a.example.org by mx.example.net;\r\n\tMon, 1 Jan 2024 10:00:00 +0000\r\n" +
	"From: a@example.org\r\nSubject: kept\r\n"

// filetime is Mon, 1 Jan 2024 10:00:00 UTC.
const filetime = (1704103200 + 11644473600) * 10_000_000

// msgCases is the properties of a file and the message that is made of them: its
// text, the beginning of the reason of its fidelity, and words of its repairs.
var msgCases = []struct {
	name         string
	nodes        []*node
	text         string
	why, repairs string
}{
	{"kept header, Unicode", []*node{stringProp(propTransportHeaders, headers), stringProp(propBody, "Grüße\r\n"), table(headOfMessage)},
		headers + "\r\nGrüße\r\n", "Outlook file: the header is the text", ""},
	{"kept header, ANSI", []*node{bytesProp(propTransportHeaders, typeANSI, headers), bytesProp(propBody, typeANSI, "\x82\xb1"),
		table(headOfMessage, fixed{propMessageCodepage, typeInteger, 932})},
		headers + "\r\nこ", "Outlook file: the header is the text", ""},
	{"code page of mail names that of Windows", []*node{bytesProp(propSubject, typeANSI, "\x82\xb1"),
		table(headOfMessage, fixed{propInternetCodepage, typeInteger, 50220})},
		"Subject: こ\r\n\r\n", "Outlook file without", ""},
	{"no code page", []*node{bytesProp(propSubject, typeANSI, "\x80 caf\xe9\x00"), table(headOfMessage)},
		"Subject: € café\r\n\r\n", "Outlook file without", ""},
	{"lower case names", []*node{{name: "__substg1.0_0037001f", data: []byte("h\x00i\x00")}, table(headOfMessage)},
		"Subject: hi\r\n\r\n", "Outlook file without", ""},

	// QUIRK cases of the header that was kept.
	{"NUL and what is behind it", []*node{stringProp(propTransportHeaders, headers+"\x00junk"), table(headOfMessage)},
		headers + "\r\n", "Outlook file: the header is the text that Outlook kept of it, no body", "5 bytes behind the end"},
	{"headers of parts", []*node{stringProp(propTransportHeaders, headers+"\r\n--b\r\nContent-Type: text/plain\r\n\r\n"), table(headOfMessage)},
		headers + "\r\n", "Outlook file: ", "2 lines were left out"},
	{"Exchange 5.5", []*node{stringProp(propTransportHeaders, "Microsoft Mail Internet Headers Version 2.0\r\n"+headers), table(headOfMessage)},
		"Microsoft Mail Internet Headers Version 2.0\r\n" + headers + "\r\n", "Outlook file: ", "not a header field"},
	{"an empty line behind it", []*node{stringProp(propTransportHeaders, "Microsoft Mail Internet Headers Version 2.0\r\n\r\n"+headers), table(headOfMessage)},
		"Microsoft Mail Internet Headers Version 2.0\r\n\r\n" + headers + "\r\n", "Outlook file: ", "empty line before the header"},
	{"no header in it", []*node{stringProp(propTransportHeaders, "nothing here"), stringProp(propSubject, "hi"), table(headOfMessage)},
		"Subject: hi\r\n\r\n", "Outlook file without", `are no header: "nothing here"`},
	{"nothing but blanks in it", []*node{stringProp(propTransportHeaders, " \r\n\r\n\x00"), stringProp(propSubject, "hi"), table(headOfMessage)},
		"Subject: hi\r\n\r\n", "Outlook file without", ""},

	// The body is built as the header says.
	{"parts", []*node{stringProp(propTransportHeaders, headers+"Content-Type: multipart/mixed; boundary=\"b 1\"\r\n"),
		stringProp(propBody, "plain"), bytesProp(propHTML, typeBinary, "<p>\xe9"), table(headOfMessage, fixed{propInternetCodepage, typeInteger, 28591})},
		headers + "Content-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\n" +
			"--b 1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nplain\r\n" +
			"--b 1\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>é\r\n--b 1--\r\n",
		"Outlook file: ", "Content-Type describes the body that was sent"},
	{"quoted-printable HTML", []*node{stringProp(propTransportHeaders, headers+"Content-Type: text/html\r\nContent-Transfer-Encoding: Quoted-Printable"),
		stringProp(propBody, "plain"), stringProp(propHTML, "<a b=c>"), table(headOfMessage)},
		headers + "Content-Type: text/html\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n<a b=3Dc>",
		"Outlook file: ", "Content-Type describes"},
	{"base64", []*node{stringProp(propTransportHeaders, headers+"Content-Transfer-Encoding: base64"), stringProp(propBody, strings.Repeat("plain", 12)), table(headOfMessage)},
		headers + "Content-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("cGxhaW5wbGFpbnBsYWlu", 4)[:76] + "\r\nYWlu\r\n", "Outlook file: ", ""},
	{"RTF", []*node{stringProp(propSubject, "hi"), bytesProp(propRTF, typeBinary, packedRTF(`{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}\htmlrtf x\htmlrtf0 caf\'e9}`)), table(headOfMessage)},
		"Subject: hi\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>café", "Outlook file without", ""},
	{"broken RTF", []*node{stringProp(propTransportHeaders, headers), bytesProp(propRTF, typeBinary, "x"), table(headOfMessage)},
		headers + "\r\n", "Outlook file: ", "formatted body (RTF) could not be read"},

	// Rebuilt headers.
	{"sent", []*node{stringProp(propFromName, `Doe, "Jo"`), stringProp(propFromSMTPAddress, "jo@example.org"), stringProp(propSenderName, "Office"),
		stringProp(propSenderType, "EX"), stringProp(propSenderAddress, "/o=X/cn=office"), stringProp(propSubject, "hi"), stringProp(propMessageID, "<1@example.org>"),
		stringProp(propInReplyTo, "<0@example.org>"), stringProp(propReferences, "<0@example.org>"), stringProp(propBody, "b"), stringProp(propHTML, "h"),
		recipient(1, stringProp(propDisplayName, "'ida@example.net'"), stringProp(propAddressType, "SMTP"), stringProp(propEmailAddress, "ida@example.net")),
		recipient(2, stringProp(propDisplayName, "Uwe"), stringProp(propAddressType, "EX"), stringProp(propEmailAddress, "/cn=uwe"), stringProp(propSMTPAddress, "uwe@example.net")),
		recipient(0x10000001, stringProp(propDisplayName, "Li"), stringProp(propAddressType, "SMTP"), stringProp(propEmailAddress, "li@example.net")),
		table(headOfMessage, fixed{propSubmitTime, typeTime, filetime}, fixed{propMessageFlags, typeInteger, 1})},
		"Date: Mon, 01 Jan 2024 10:00:00 +0000\r\nFrom: \"Doe, \\\"Jo\\\"\" <jo@example.org>\r\nSender: \"Office\" <EX:/o=X/cn=office>\r\n" +
			"To: <ida@example.net>,\r\n \"Li\" <li@example.net>\r\nCc: \"Uwe\" <uwe@example.net>\r\nSubject: hi\r\n" +
			"Message-ID: <1@example.org>\r\nIn-Reply-To: <0@example.org>\r\nReferences: <0@example.org>\r\n" +
			"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"mailtrace-1f44a356aacc3da60009c711\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
			"--mailtrace-1f44a356aacc3da60009c711\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nb\r\n" +
			"--mailtrace-1f44a356aacc3da60009c711\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nh\r\n" +
			"--mailtrace-1f44a356aacc3da60009c711--\r\n",
		"Outlook file without transport headers: the header was rebuilt from its properties", ""},
	{"draft", []*node{stringProp(propDisplayTo, "Ida; 'uwe@example.net'\x00"), table(headOfMessage, fixed{propMessageFlags, typeInteger, 9})},
		"To: \"Ida\",\r\n uwe@example.net\r\n\r\n", "Outlook file without transport headers, of a draft", ""},
	{"only the name of the author", []*node{stringProp(propFromName, "Jo"), stringProp(propSenderName, "Jo"), stringProp(propSenderAddress, "jo@example.org"), table(headOfMessage)},
		"From: \"Jo\" <jo@example.org>\r\n\r\n", "Outlook file without", ""},
	{"text that ends its line", []*node{stringProp(propSubject, "hi\r\nReceived: from x by y\u2028\x00z"), stringProp(propFromName, "\r\n\r\nJo"),
		stringProp(propFromSMTPAddress, "a@example.org>\r\n, <b"), table(headOfMessage)},
		"From: \"Jo\" <a@example.org  , b>\r\nSubject: hi  Received: from x by y  z\r\n\r\n", "Outlook file without", ""},
	{"time out of range", []*node{stringProp(propSubject, "hi"), table(headOfMessage, fixed{propSubmitTime, typeTime, 1<<64 - 1})},
		"Subject: hi\r\n\r\n", "Outlook file without", ""},

	// Other items.
	{"appointment", []*node{stringProp(propMessageClass, "IPM.Appointment"), stringProp(propSubject, "hi"), table(headOfMessage)},
		"Subject: hi\r\n\r\n", `Outlook file of class "IPM.Appointment", which is no message`, ""},
	{"meeting request", []*node{stringProp(propMessageClass, "IPM.Schedule.Meeting.Request"), stringProp(propTransportHeaders, headers), table(headOfMessage)},
		headers + "\r\n", "Outlook file: ", ""},
	{"S/MIME", []*node{stringProp(propMessageClass, "IPM.Note.SMIME"), stringProp(propTransportHeaders, headers), table(headOfMessage),
		attached(stringProp(propAttachLongName, "smime.p7m"), bytesProp(propAttachData, typeBinary, "x"))},
		headers + "\r\n", "Outlook file: ", "(S/MIME)"},
	{"protected", []*node{stringProp(propTransportHeaders, headers), table(headOfMessage),
		attached(stringProp(propAttachFilename, "message.rpmsg"), bytesProp(propAttachData, typeBinary, "x"))},
		headers + "\r\n", "Outlook file: ", "message.rpmsg"},
	{"nothing but a body", []*node{stringProp(propBody, "x"), table(headOfMessage)},
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nx", "Outlook file without", "names no sender"},
	{"no table of properties", []*node{stringProp(propSubject, "hi")},
		"Subject: hi\r\n\r\n", "Outlook file without", ""},
}

func TestMSG(t *testing.T) {
	for _, c := range msgCases {
		t.Run(c.name, func(t *testing.T) {
			m, err := rawMSG(writeOLE(c.nodes...)).message()
			if err != nil {
				t.Fatal(err)
			}
			if text := written(t, m); text != c.text {
				t.Errorf("text:\n%q\nwant:\n%q", text, c.text)
			}
			if !strings.HasPrefix(m.FidelityWhy, c.why) {
				t.Errorf("why: %s, want %s", m.FidelityWhy, c.why)
			}
			if r := repairs(m); !strings.Contains(r, c.repairs) || c.repairs == "" && r != "" {
				t.Errorf("repairs: %q, want %q", r, c.repairs)
			}
		})
	}
}

func TestMSGFormatError(t *testing.T) {
	for _, c := range []struct {
		name, what string
		data       []byte
	}{
		{"empty", "damaged", nil},
		{"no OLE2", "damaged", []byte(headers)},
		{"only the magic", "damaged", []byte(oleMagic)},
		{"Word", "a Word document", writeOLE(&node{name: "WordDocument", data: []byte("x")})},
		{"Excel", "an Excel workbook", writeOLE(&node{name: "Workbook", data: []byte("x")})},
		{"something else", "holds no message", writeOLE(&node{name: "x", data: []byte("x")})},
		{"nothing in it", "holds no message", writeOLE()},
		{"no property", "without sender", writeOLE(table(headOfMessage), stringProp(propMessageClass, "IPM.Note"))},
	} {
		_, err := rawMSG(c.data).message()
		var what *FormatError
		if !errors.As(err, &what) || !strings.Contains(what.What, c.what) || what.Hint == "" || what.Name != "x.msg" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestMSGAttached(t *testing.T) {
	inner := writeOLE(stringProp(propSubject, "by value"), table(headOfMessage))
	data := writeOLE(stringProp(propTransportHeaders, headers), table(headOfMessage),
		embedded(stringProp(propSubject, "embedded"), embedded(stringProp(propSubject, "in it")), attached(stringProp(propAttachLongName, "a.eml"),
			bytesProp(propAttachData, typeBinary, headers))),
		attached(stringProp(propAttachMIMETag, "message/rfc822"), bytesProp(propAttachData, typeBinary, headers+"\r\nbody")),
		attached(stringProp(propAttachMIMETag, "text/rfc822-headers"), bytesProp(propAttachData, typeBinary, headers)),
		attached(stringProp(propAttachLongName, "x.bin"), bytesProp(propAttachData, typeBinary, string(inner))),
		attached(stringProp(propAttachLongName, "x.EML"), bytesProp(propAttachData, typeBinary, string(inner))),
		// None of these is a message.
		attached(stringProp(propAttachLongName, "x.eml"), bytesProp(propAttachData, typeBinary, "%PDF-1.4")),
		attached(stringProp(propAttachLongName, "x.doc"), bytesProp(propAttachData, typeBinary, string(writeOLE(&node{name: "WordDocument", data: []byte("x")})))),
		attached(stringProp(propAttachLongName, "x.txt"), bytesProp(propAttachData, typeBinary, headers)),
		attached(stringProp(propAttachLongName, "x.eml")),
		attached(),
		embedded(stringProp(propMessageClass, "IPM.Contact"), stringProp(propSubject, "no")),
		attached(&node{name: "__substg1.0_3701000D", nodes: []*node{{name: "WordDocument", data: []byte("x")}}}),
	)
	m, err := rawMSG(data).message()
	if err != nil {
		t.Fatal(err)
	}
	if r := repairs(m); r != "attachments that are no messages were left out of the text: 7" {
		t.Error(r)
	}
	var got []string
	m.visit(t, 0, func(depth int, m *Message) {
		if m.Input == nil || m.Name != "x.msg" {
			t.Errorf("%q, %v", m.Name, m.Input)
		}
		f, _ := m.Field("Subject")
		got = append(got, strings.Repeat(">", depth)+f.Text()+" "+string(m.Fidelity))
	})
	want := "kept reserialised|>embedded reserialised|>>in it reserialised|>>kept headers-only|>kept as-received|>kept headers-only|>by value reserialised|>by value reserialised"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("%s\nwant %s", s, want)
	}
	for _, a := range m.embedded {
		if a.carrier.Message != m || a.carrier.Kind != report.CarrierAttachment || a.carrier.Why == "" || a.carrier.ContentType != "" {
			t.Errorf("%+v", a.carrier)
		}
	}
}

// TestMSGConcurrent reads what is embedded in one message from many goroutines: the
// race detector looks on.
func TestMSGConcurrent(t *testing.T) {
	m, err := rawMSG(writeOLE(stringProp(propSubject, "hi"), table(headOfMessage),
		embedded(stringProp(propTransportHeaders, headers+strings.Repeat("X: y\r\n", 10_000))))).message()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	sums := make([][32]byte, 8)
	for i := range sums {
		wg.Go(func() {
			for a := range m.attachments() {
				if inner, err := a.raw.message(); err == nil {
					sums[i] = inner.SHA256
				}
			}
		})
	}
	wg.Wait()
	for _, s := range sums {
		if s != sums[0] || s == [32]byte{} {
			t.Error("not the same message for all")
		}
	}
}

// visit goes through m and what is embedded in it.
func (m *Message) visit(t *testing.T, depth int, f func(depth int, m *Message)) {
	f(depth, m)
	for _, a := range m.embedded {
		inner, err := a.raw.message()
		if err != nil {
			t.Errorf("embedded: %v", err)
			continue
		}
		inner.visit(t, depth+1, f)
	}
}

// TestMSGTruncated cuts a file off everywhere. What can still be read is, and says
// that it is damaged; all else is a FormatError.
func TestMSGTruncated(t *testing.T) {
	long := headers + "X-Long: " + strings.Repeat("0123456789\r\n ", 1000) + "end\r\n"
	// The tables stand in front, as Outlook has them when it saves anew.
	data := writeOLE(stringProp(propSubject, "hi"), table(headOfMessage), stringProp(propTransportHeaders, long),
		embedded(stringProp(propSubject, "embedded")), stringProp(propBody, long))
	read := 0
	for n := 0; n < len(data); n += 512 {
		m, err := rawMSG(data[:n]).message()
		var what *FormatError
		switch {
		case err == nil:
			read++
			written(t, m)
		case !errors.As(err, &what) || what.Hint == "":
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if read > 0 {
		t.Logf("read in spite of being cut off: %d", read)
	}
	// Damage that leaves the directory whole: the chain of the headers ends early.
	whole, err := rawMSG(data).message()
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(data, []byte("R\x00e\x00c\x00e\x00i\x00v\x00e\x00d\x00"))
	for n := 1; n < 10; n++ {
		cut := cutChain(data, uint32(at/512-1)+uint32(n)-1)
		m, err := rawMSG(cut).message()
		if err != nil {
			t.Fatal(err)
		}
		kept := strings.TrimRight(long[:256*n], " \t\r\n")
		if text := written(t, m); !strings.HasPrefix(text, kept+"\r\n\r\n") || len(m.Fields) != len(whole.Fields) {
			t.Errorf("chain of %d sectors: %q, want %q", n, text[:min(len(text), 300*n)], kept)
		}
		if !strings.Contains(repairs(m), "the file is damaged: the text of the transport headers was read in part") {
			t.Errorf("chain of %d sectors: %s", n, repairs(m))
		}
	}
}
