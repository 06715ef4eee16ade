package mailbox

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"mailtrace/report"
)

// FuzzMSG holds that whatever the bytes are, a .msg file gives a FormatError or a
// message like any other, and so do the messages in it.
func FuzzMSG(f *testing.F) {
	for _, c := range msgCases {
		f.Add(writeOLE(c.nodes...))
	}
	f.Add(writeOLE(stringProp(propTransportHeaders, headers), table(headOfMessage),
		embedded(stringProp(propSubject, "embedded"), embedded(stringProp(propSubject, "in it"))),
		attached(stringProp(propAttachLongName, "x.eml"), bytesProp(propAttachData, typeBinary, headers))))
	if dir := os.Getenv("MAILTRACE_CORPORA"); dir != "" {
		files, err := filepath.Glob(filepath.Join(dir, "msg", "*", "*.msg"))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			if data, err := os.ReadFile(name); err == nil && len(data) < 32<<10 {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for m, err := range rawMSG(data).Messages() {
			var what *FormatError
			if err != nil {
				if !errors.As(err, &what) || what.What == "" || what.Hint == "" {
					t.Errorf("%v", err)
				}
				return
			}
			if m.Part == 0 && m.Fidelity != report.Reserialised {
				t.Errorf("%s: %s", m.Fidelity, m.FidelityWhy)
			}
			text, err := io.ReadAll(m.content.from(0))
			if err != nil {
				t.Fatal(err)
			}
			check(t, m, text)
			for _, a := range m.embedded {
				if inner, err := a.raw.message(); err == nil {
					text, _ := io.ReadAll(inner.content.from(0))
					check(t, inner, text)
				}
			}
		}
	})
}

// FuzzRTF unpacks and reads any bytes as a formatted body.
func FuzzRTF(f *testing.F) {
	f.Add([]byte(packedRTF(`{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}\htmlrtf x\htmlrtf0 caf\'e9\u8364?}`)))
	f.Add([]byte("\x1a\x00\x00\x00\x1c\x00\x00\x00LZFu\xe2\xd4\x4b\x51\x41\x00\x04\x20WXYZ\x0d\x6e}\x01\x0e\xb0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rtf, _ := decompressRTF(data)
		if len(rtf) > 9*len(data) {
			t.Errorf("%d bytes of %d", len(rtf), len(data))
		}
		readRTF(rtf)
		if text, _ := readRTF(data); len(text) > 8*len(data)+8 {
			t.Errorf("text of %d bytes of %d", len(text), len(data))
		}
	})
}

// FuzzMSGText holds that no text of a property becomes a field that was not asked
// for: what has no transport headers has no Received field.
func FuzzMSGText(f *testing.F) {
	f.Add("hi\r\nReceived: x", "Jo\" <", "a@example.org>\n\nReceived: x", "body\r\n--mailtrace-\r\nReceived: x", []byte(`{\rtf1\fromhtml1 x}`), uint16(932))
	f.Add("\u2028\x85\x00", "", "", "", []byte("\xff\xfe"), uint16(50220))
	f.Fuzz(func(t *testing.T, subject, name, address, body string, rtf []byte, codepage uint16) {
		m, err := rawMSG(writeOLE(bytesProp(propSubject, typeANSI, subject), stringProp(propFromName, name), bytesProp(propFromSMTPAddress, typeANSI, address),
			stringProp(propDisplayTo, name+";"+address), stringProp(propMessageID, subject), stringProp(propBody, body),
			bytesProp(propHTML, typeBinary, body), bytesProp(propRTF, typeBinary, packedRTF(string(rtf))),
			recipient(2, stringProp(propDisplayName, subject), bytesProp(propEmailAddress, typeANSI, name), stringProp(propAddressType, address)),
			table(headOfMessage, fixed{propInternetCodepage, typeInteger, uint64(codepage)}))).message()
		if err != nil {
			return
		}
		text, _ := io.ReadAll(m.content.from(0))
		check(t, m, text)
		for _, f := range m.Fields {
			switch f.Name {
			case "From", "To", "Cc", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding":
			default:
				t.Errorf("field %s: %q", f.Name, f.Value)
			}
		}
	})
}
