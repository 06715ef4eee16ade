package mailbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// inlineCases are a subject, a body, and what is found: program, line, From, Subject
// and Date; "" for nothing.
var inlineCases = []struct{ name, subject, body, want string }{
	{"Gmail", "Fwd: x", "Look.\n\n---------- Forwarded message ---------\nFrom: Bank <service@example.com>\nDate: Fri, 20 Nov 2026 at 08:14\nSubject: Your account\nTo: <ida@example.org>\n\n\nDear customer\n",
		"Gmail, line 6: Bank <service@example.com>, Your account, Fri, 20 Nov 2026 at 08:14"},
	{"Gmail, French", "Fwd: x", "---------- Forwarded message ---------\nDe : Banque <service@example.com>\nDate: ven. 20 nov. 2026 à 08:14\nSubject: Compte\nTo: <ida@example.org>\n\n",
		"Gmail, line 4: Banque <service@example.com>, , ven. 20 nov. 2026 à 08:14"},
	{"Pine", "x (fwd)", "---------- Forwarded message ----------\nDate: Fri, 20 Nov 2026 08:14:22 +0000\nFrom: a@example.com\nTo: b@example.org\nSubject: x\n\ntext\n",
		"Pine, line 4: a@example.com, x, Fri, 20 Nov 2026 08:14:22 +0000"},
	{"KMail", "Fwd: x", "----------  Forwarded Message  ----------\n\nSubject: x\nDate: Friday\nFrom: a@example.com\n\n", "KMail, line 4: a@example.com, x, Friday"},
	{"Outlook", "FW: x", "See below.\n\n-----Original Message-----\nFrom: Bank [mailto:service@example.com] \nSent: Friday, November 20, 2026 8:14 AM\nTo: Ida\nSubject: x\n\n",
		"Outlook, line 6: Bank [mailto:service@example.com], x, Friday, November 20, 2026 8:14 AM"},
	{"Outlook, German", "WG: x", "-----Ursprüngliche Nachricht-----\nVon: Bank <service@example.com>\nGesendet: Freitag, 20. November 2026 08:14\nAn: Ida\nBetreff: x\n", "Outlook, line 4: Bank <service@example.com>, x, Freitag, 20. November 2026 08:14"},
	{"Outlook, French", "TR: x", "-----Message d'origine-----\nDe : Banque\nEnvoyé : vendredi\nÀ : Ida\nObjet : x\n", "Outlook, line 4: Banque, x, vendredi"},
	{"Outlook, Spanish", "RV: x", "-----Mensaje original-----\nDe: Banco\nEnviado el: viernes\nPara: Ida\nAsunto: x\n", "Outlook, line 4: Banco, x, viernes"},
	{"Outlook, Italian", "I: x", "-----Messaggio originale-----\nDa: Banca\nInviato: venerdì\nA: Ida\nOggetto: x\n", "Outlook, line 4: Banca, x, venerdì"},
	{"Outlook, Dutch", "FW: x", "-----Oorspronkelijk bericht-----\nVan: Bank\nVerzonden: vrijdag\nAan: Ida\nOnderwerp: x\n", "Outlook, line 4: Bank, x, vrijdag"},
	{"Outlook, Portuguese", "ENC: x", "-----Mensagem original-----\nDe: Banco\nEnviada em: sexta-feira\nPara: Ida\nAssunto: x\n", "Outlook, line 4: Banco, x, sexta-feira"},
	{"Outlook, Chinese", "转发: x", "-----原始邮件-----\n发件人: 银行\n发送时间: 2026年11月20日\n收件人: Ida\n主题: x\n", "Outlook, line 4: 银行, x, 2026年11月20日"},
	{"Outlook without a line", "FW: x", "\nFrom: Bank <service@example.com>\nSent: Friday\nTo: Ida; Ben;\n Cid <c@example.org>\nSubject: x\n\nDear\n", "Outlook, line 5: Bank <service@example.com>, x, Friday"},
	{"Outlook on the web", "Fw: x", "Hi\n\n________________________________\nFrom: Bank <service@example.com>\nSent: Friday\nTo: Ida\nSubject: x\n", "Outlook on the web, line 6: Bank <service@example.com>, x, Friday"},
	{"Apple Mail", "Fwd: x", "Hi\n\n> Begin forwarded message:\n\nBegin forwarded message:\n\n> From: Bank <service@example.com>\n> Subject: x\n> Date: 20 November 2026 at 08:14:22 GMT\n> To: ida@example.org\n> \n> Dear\n",
		"Apple Mail, line 8: Bank <service@example.com>, x, 20 November 2026 at 08:14:22 GMT"},
	{"Apple Mail, German", "Fwd: x", "Anfang der weitergeleiteten Nachricht:\n\n*Von: *Bank\n*Betreff: **x*\n*Datum: *20. November\n", "Apple Mail, line 4: Bank, x, 20. November"},
	{"Thunderbird", "Fwd: x", "\n\n-------- Forwarded Message --------\nSubject: \tx\nDate: \tFri, 20 Nov 2026 08:14:22 +0000\nFrom: \tBank <service@example.com>\nTo: \tida@example.org\n\n", "Thunderbird, line 6: Bank <service@example.com>, x, Fri, 20 Nov 2026 08:14:22 +0000"},
	{"Thunderbird, German", "Fwd: x", "-------- Weitergeleitete Nachricht --------\nBetreff: \tx\nDatum: \tFri\nVon: \tBank\n", "Thunderbird, line 4: Bank, x, Fri"},
	{"Yahoo", "Fw: x", "   ----- Forwarded Message ----- From: Bank <a@example.com>To: Ida\n----- Forwarded Message -----\nFrom: Bank <service@example.com>\nTo: Ida\nSent: Friday\nSubject: x\n", "Yahoo Mail, line 5: Bank <service@example.com>, x, Friday"},
	{"Proton", "Fw: x", "------- Forwarded Message -------\nFrom: Bank\nDate: On Friday\nSubject: x\nTo: Ida\n", "Proton Mail, line 4: Bank, x, On Friday"},
	{"GMX", "Fw: x", "Gesendet: Freitag, 20. November 2026 um 08:14 Uhr\nVon: Bank\nAn: ida@example.org\nBetreff: x\n", "GMX, line 4: Bank, x, Freitag, 20. November 2026 um 08:14 Uhr"},
	{"no prefix", "x", "FYI\n\n-----Original Message-----\nFrom: Bank\nSent: Friday\nSubject: x\n", "Outlook, line 6: Bank, x, Friday"},
	{"names of a list", "[list] Fwd: x", "-----Original Message-----\nFrom: Bank\nSent: Friday\nSubject: x\n", "Outlook, line 4: Bank, x, Friday"},

	{"answer", "Re: x", "Hi\n\n-----Original Message-----\nFrom: Bank\nSent: Friday\nSubject: x\n", ""},
	{"answer of a list", "[list] AW: x", "Hi\n\n________________________________\nVon: Bank\nGesendet: Friday\nBetreff: x\n", ""},
	{"answer to a forward", "Re: Fwd: x", "Hi\n\nFrom: Bank\nSent: Friday\nTo: Ida\nSubject: x\n\n---------- Forwarded message ---------\nFrom: a\nSubject: y\n", ""},
	{"quoted forward", "Re: x", "On Friday Ida wrote:\n> ---------- Forwarded message ---------\n> From: a\n> Subject: x\n", ""},
	{"wrote", "Fwd: x", "On Friday, Bank wrote:\n> text\n", ""},
	{"no header", "Fwd: x", "---------- Forwarded message ---------\ntext\nFrom: a\nSubject: x\n", ""},
	{"one line of it", "Fwd: x", "---------- Forwarded message ---------\nFrom: a\n\ntext\n", ""},
	{"two languages", "Fwd: x", "---------- Forwarded message ---------\nVon: a\nOggetto: b\nObjet: c\n", ""},
	{"long text", "x", strings.Repeat("text\n", 400) + "-----Original Message-----\nFrom: Bank\nSent: Friday\nSubject: x\n", ""},
	{"no marker, no prefix", "x", "From: Bank\nSent: Friday\nTo: Ida\nSubject: x\n", ""},
	{"nothing", "Fwd: x", "", ""},
}

func TestInline(t *testing.T) {
	for _, c := range inlineCases {
		t.Run(c.name, func(t *testing.T) {
			input := "From: a@example.org\nSubject: " + c.subject + "\n\n" + c.body
			m := read(t, input)
			f, ok := m.Inline()
			got := ""
			if ok {
				got = fmt.Sprintf("%s, line %d: %s, %s, %s", f.Program, f.Line, f.From, f.Subject, f.Date)
				line, _, _ := strings.Cut(input[f.Offset:], "\n")
				if strings.Trim(line, " ") != f.Marker {
					t.Errorf("%q is not at %d: %q", f.Marker, f.Offset, line)
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestInlineParts finds the text in other forms.
func TestInlineParts(t *testing.T) {
	const head = "From: a@example.org\nSubject: Fwd: x\n"
	for _, c := range []struct{ name, input string }{
		{"Latin-1", head + "Content-Type: text/plain; charset=iso-8859-1\n\n-----Urspr\xfcngliche Nachricht-----\nVon: a\nBetreff: x\n"},
		{"quoted-printable", head + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n-----Urspr=C3=BCngliche Nach=\nricht-----\nVon: a\nBetreff: x\n"},
		{"base64", head + "Content-Transfer-Encoding: base64\n\nLS0tLS1PcmlnaW5hbCBNZXNzYWdlLS0tLS0KVm9uOiBhCkJldHJlZmY6IHgK\n"},
		{"multipart", head + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\n-----Original Message-----\nVon: a\nBetreff: x\n--c--\n--b--\n"},
		{"HTML", head + "Content-Type: text/html\n\n<html><head><style>\n-----x</style></head><p>Hi</p>\n<div>-----Original\nMessage-----</div><b>Von:</b>&nbsp;a<br>\n<b>Betreff:</b> x<!-- > --></html>\n"},
	} {
		if f, ok := read(t, c.input).Inline(); !ok || f.From != "a" || f.Subject != "x" || f.Program != "Outlook" || f.Line < 4 {
			t.Errorf("%s: %+v, %v", c.name, f, ok)
		}
	}
	if f, ok := read(t, head+"In-Reply-To: <1@example.org>\nContent-Type: image/png\n\n-----Original Message-----\nVon: a\nBetreff: x\n").Inline(); ok {
		t.Errorf("in a picture: %+v", f)
	}
}

func TestSubjectPrefix(t *testing.T) {
	for subject, want := range map[string]string{
		"Fwd: x": "Fwd:", "FW: x": "FW:", "fw:x": "fw:", "WG: x": "WG:", "TR : x": "TR:", "转发：x": "转发:", "[Fwd: x]": "[Fwd:",
		"Fwd[2]: x": "Fwd:", "[list] Fwd: x": "Fwd:", "x (fwd)": "(fwd)", "I: x": "I:", "Doorst: x": "Doorst:",
		"Re: x": "", "x": "", "": "", "I am here: x": "", "Forward: x": "", ": x": "", "fwd": "", "Re: Fwd: x": "",
	} {
		if got := forwardPrefix(subject); got != want {
			t.Errorf("%q: got %q, want %q", subject, got, want)
		}
	}
	for subject, want := range map[string]bool{"Re: x": true, "AW: x": true, "RE[2]: x": true, "[list] Re: x": true, "Fwd: x": false, "x": false} {
		if isReply(subject) != want {
			t.Errorf("%q: %v", subject, !want)
		}
	}
}

// TestHowToGetOriginal holds that there is a way out of every program that forwards
// are recognised of, and of those that the table names.
func TestHowToGetOriginal(t *testing.T) {
	unknown := HowToGetOriginal("")
	if len(unknown) == 0 || !slices.Equal(HowToGetOriginal("x"), unknown) {
		t.Errorf("%q", unknown)
	}
	for _, program := range []string{"Gmail", "Outlook", "new Outlook", "Outlook on the web", "Microsoft Outlook 16.0", "Apple Mail (2.3731)", "iPhone Mail (20A362)",
		"Thunderbird", "Mozilla Thunderbird", "Yahoo Mail", "GMX", "web.de", "Fastmail", "iCloud Mail", "Proton Mail", "Lotus Notes"} {
		if steps := HowToGetOriginal(program); len(steps) == 0 || slices.Equal(steps, unknown) {
			t.Errorf("%s: %q", program, steps)
		}
	}
}

func FuzzInline(f *testing.F) {
	for _, c := range inlineCases {
		f.Add("Subject: "+c.subject+"\n\n"+c.body, 9)
	}
	f.Add("Subject: x\nContent-Type: text/html\n\n<p><style>x</style><!-- &#x;</p", 3)
	f.Fuzz(func(t *testing.T, input string, n int) {
		if n < 1 || n > 1<<20 || input == "" {
			return
		}
		m, err := rawOf([]byte(input), n).message()
		if err != nil {
			return
		}
		found, ok := m.Inline()
		if ok && (found.Line < 1 || found.Offset < m.HeaderSize || found.Offset > m.Size || found.Marker == "" || len(found.From) > maxQuoted) {
			t.Errorf("%+v", found)
		}
	})
}

// BenchmarkInline looks at a text without a forward.
func BenchmarkInline(b *testing.B) {
	input := "From: a@example.org\nSubject: x\n\n" + strings.Repeat("a line of text: nothing else\n", 100)
	m, err := readText(rawOf([]byte(input), len(input)))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := m.Inline(); ok {
			b.Fatal("found")
		}
	}
}
