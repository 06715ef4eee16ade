package mailbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mailboxCases is value and what it shall give: name, address; one per line.
var mailboxCases = []struct{ value, want string }{
	{" a@example.org", `"" a@example.org`},
	{" Jane Doe <jane@example.org>", `"Jane Doe" jane@example.org`},
	{` "Doe, Jane" <jane@example.org>, joe@example.net`, `"Doe, Jane" jane@example.org|"" joe@example.net`},
	{` "\"J\" Doe" <j@example.org>`, `"\"J\" Doe" j@example.org`},
	{" jane@example.org (Jane (at home) Doe)", `"Jane (at home) Doe" jane@example.org`},
	{" Jane <jane@example.org> (private)", `"Jane" jane@example.org`},
	{" Jane Doe\r\n <jane@example.org>", `"Jane Doe" jane@example.org`},
	{" <jane@example.org>", `"" jane@example.org`},
	{" jane@example.org <jane@example.net>", `"jane@example.org" jane@example.net`},
	{" <>", `"" `},
	{` "Bank" <>`, `"Bank" `},
	{` <MAILER-DAEMON>`, `"" MAILER-DAEMON`},
	{` "john doe"@example.org`, `"" "john doe"@example.org`},
	{" \"john\r\n doe\"@example.org", `"" "john doe"@example.org`},
	{` John <"john doe"@example.org>`, `"John" "john doe"@example.org`},
	{` <"a>b"@example.org>`, `"" "a>b"@example.org`},
	{` John <jdoe@mail(comment). example.org>`, `"John" jdoe@mail.example.org`}, // RFC 5322 appendix A.6.3
	{" jdoe@mail(comment). example . org", `"" jdoe@mail.example.org`},
	{" a @ example.org", `"" a@example.org`},
	{" J. Doe a@example.org", `"J. Doe" a@example.org`},
	{" <@a.example,@b.example:c@example.org>, d@example.org", `"" c@example.org|"" d@example.org`}, // route
	// Groups.
	{" A Group: Ed <ed@example.org>, joe@example.net; kim@example.com", `"Ed" ed@example.org|"" joe@example.net|"" kim@example.com`},
	{" Undisclosed recipients:;", `"Undisclosed recipients" `},
	{" (Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", `"Hidden recipients" `},
	{" Bank: Security <a@example.org>", `"Bank: Security" a@example.org`}, // no ";": no group
	// One bad address does not hide another.
	{" a@@example, <b@example.org>, , ;; c@example.net", `"" a@@example|"" b@example.org|"" c@example.net`},
	{" A <b@example.org> <d@example.net>", `"A" b@example.org|"" d@example.net`},
	{` "x"<>123<a@example.org>`, `"x123" a@example.org`},
	{" Name <a@example.org.>", `"Name" a@example.org.`},
	{" Name ,_<a@example.org>", `"Name ,_" a@example.org`},
	{" Doe, Jane <jane@example.org>", `"Doe, Jane" jane@example.org`},
	{" Doe; Jane <jane@example.org>", `"Doe; Jane" jane@example.org`},
	{" root, jane@example.org", `"root" |"" jane@example.org`},
	{" root, (x), jane", `"root" |"jane" `},
	{" a@example.org b@example.org", `"" a@example.org|"" b@example.org`},
	{" a@example.org; b@example.org", `"" a@example.org|"" b@example.org`}, // Outlook
	{" <a@example.org, <b@example.org", `"" a@example.org|"" b@example.org`},
	{" <a@example.org, b@example.org>", `"" a@example.org|"" b@example.org>`},
	{" <a@example.org> then b@example.org", `"" a@example.org|"then" b@example.org`},
	{` "Jane <a@example.org>, "John" <b@example.org>`, `"\"Jane" a@example.org|"John" b@example.org`},
	{` "Jane <a@example.org>, John <b@example.org>`, `"\"Jane" a@example.org|"John" b@example.org`},
	{" Jane (x <a@example.org>, b@example.org", `"Jane (x" a@example.org|"" b@example.org`},
	{" Spam <a@example,org>", `"Spam" a@example,org`},
	{" Spam,(<a@example.org>)", `"Spam," a@example.org`},
	{" Spam (<a@example.org>)", `"Spam" a@example.org`},
	{" a@example.org (was <b@example.org>)", `"was <b@example.org>" a@example.org`},
	{` "a@example.org"`, `"" a@example.org`},
	{" 'a@example.org'", `"" a@example.org`},
	{" 'Jane' <'a@example.org'>", `"'Jane'" a@example.org`},
	{" Jane <mailto:a@example.org>, mailto:b@example.org", `"Jane" a@example.org|"" b@example.org`},
	{" just words", `"just words" `},
	{"", ``},
	{" , ,", ``},
	// RFC 2047 and bytes.
	{" =?utf-8?q?J=C3=BCrgen?= <j@example.org>", `"Jürgen" j@example.org`},
	{` "=?utf-8?q?J=C3=BCrgen?=" <j@example.org>`, `"Jürgen" j@example.org`},
	{" =?utf-8?q?Doe,_J?= <j@example.org>", `"Doe, J" j@example.org`}, // a comma that should have been encoded
	{" =?utf-8?b?PGFAZXhhbXBsZS5vcmc+?=", `"<a@example.org>" `},       // no address: RFC 2047 section 5
	{" J\xfcrgen <j@example.org>", `"J` + "\uFFFD" + `rgen" j@example.org`},
	{" <j\xfc@example.org>", `"" j` + "\uFFFD" + `@example.org`},
	{" Jürgen <jürgen@example.org>", `"Jürgen" jürgen@example.org`}, // RFC 6532
}

func TestMailboxes(t *testing.T) {
	for _, c := range mailboxCases {
		list := Field{Value: c.value}.Mailboxes()
		var got []string
		for _, b := range list {
			got = append(got, fmt.Sprintf("%q %s", b.Name, b.Address))
		}
		if g := strings.Join(got, "|"); g != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.value, g, c.want)
		}
		checkMailboxes(t, c.value, list)
	}
}

// TestMailboxesHostile feeds what takes quadratic time or endless memory when it is
// read carelessly.
func TestMailboxesHostile(t *testing.T) {
	for _, s := range []string{
		`"`, "(", "<", `\"`, "a,", "a@b ", "<,", "<a@b>", "=?", "=?a?q?", "()", `"" `, "(@<", ":", "a:;", "<\"", "@", ". ", `" \" `,
		`"<@"a`, `"@`, "a@b,", "<@a,", "<a,", ",:", "x@y:", ":;", "(<@>)",
	} {
		value := strings.Repeat(s, MaxAddressList/8/len(s))
		checkHostile(t, value)
		checkHostile(t, "<"+value+">;")
		checkHostile(t, "x@y "+value+";")
		checkHostile(t, value[:len(value)/2]+"@")
	}
}

func checkHostile(t *testing.T, value string) {
	t.Helper()
	list := Field{Value: value}.Mailboxes()
	if list == nil || len(list) > MaxMailboxes {
		t.Errorf("%.20q: %d mailboxes", value, len(list))
	}
	Field{Value: value}.Text()
}

func FuzzMailboxes(f *testing.F) {
	for _, c := range mailboxCases {
		f.Add(c.value)
	}
	for _, data := range sample(f) {
		if m, err := Read("seed", strings.NewReader(data), 0); err == nil {
			for _, name := range []string{"From", "To", "Reply-To"} {
				if v, ok := m.Field(name); ok && len(v.Value) < 300 {
					f.Add(v.Value)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, value string) {
		checkMailboxes(t, value, Field{Value: value}.Mailboxes())
		// An angle address in front is found whatever follows.
		list := Field{Value: "X <a@example.org>, " + value}.Mailboxes()
		if len(list) == 0 || list[0].Address != "a@example.org" {
			t.Errorf("%q hides the address before it: %q", value, list)
		}
	})
}

// sample is the messages of the corpora's sample, if there are corpora.
func sample(tb testing.TB) (messages []string) {
	tb.Helper()
	dir := os.Getenv("MAILTRACE_CORPORA")
	if dir == "" {
		return nil
	}
	names, _ := filepath.Glob(filepath.Join(dir, "sample", "*.eml"))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		messages = append(messages, string(data))
	}
	return messages
}

func BenchmarkMailboxes(b *testing.B) {
	f := Field{Value: ` "Doe, Jane" <jane@example.org>, =?utf-8?q?J=C3=BCrgen?= <j@example.net>, joe@example.com (Joe)`}
	b.ReportAllocs()
	for b.Loop() {
		f.Mailboxes()
	}
}
