package mailbox

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"mailtrace/received"
)

// mangler is a way in which people damage a message: the lines of its header, as
// they were folded, and its body become what they hand in.
type mangler struct {
	name  string
	do    func(header []string, body string) string
	shows bool // The damage can be seen in the result, so there has to be a repair.
}

var manglers = []mangler{
	{"lostFolding", lostFolding, false}, // Not every header is folded.
	{"wrapped76", wrapped76, false},
	{"quoted", quoted, true},
	{"quotedAndWrapped", quotedAndWrapped, true},
	{"indented", indented, true},
	{"tabsToBlanks", tabsToBlanks, false},
	{"nbsp", nbsp, true},
	{"htmlEscaped", htmlEscaped, true},
	{"htmlPage", htmlPage, true},
	{"htmlPaste", htmlPaste, true},
	{"utf16LE", func(h []string, b string) string { return toUTF16(h, b, binary.LittleEndian, true) }, true},
	{"utf16BE", func(h []string, b string) string { return toUTF16(h, b, binary.BigEndian, false) }, true},
	{"doubleSpaced", doubleSpaced, true},
	{"spacedFields", spacedFields, true},
	{"mergedLines", mergedLines, false},
	{"onOneLine", onOneLine, true},
	{"showOriginalPage", showOriginalPage, true},
	{"ticket", ticket, true},
	{"ticketPlain", ticketPlain, true},
	{"fenced", fenced, true},
	{"bomAndCRCRLF", bomAndCRCRLF, true},
	{"onlyCR", onlyCR, false},
	{"lostFoldingInTicket", lostFoldingInTicket, true},
	{"outlookLinks", outlookLinks, true},
	{"markdownLinks", markdownLinks, true},
	{"slackLinks", slackLinks, true},
	{"hostLinks", hostLinks, true},
	{"encoded", encoded, true},
	{"terminal", terminal, false},
	{"tabTable", tabTable, true},
	{"cells", cells, true},
	{"boldNames", boldNames, true},
	{"listed", listed, true},
	{"numbered", numbered, true},
	{"jsonText", jsonText, true},
	{"codeTag", codeTag, true},
	{"chat", chat, true},
}

func whole(header []string, body string) string {
	return strings.Join(header, "\n") + "\n\n" + body
}

// each makes a text of every line of the message.
func each(header []string, body string, f func(line string) string) string {
	var b strings.Builder
	for _, line := range strings.Split(whole(header, body), "\n") {
		b.WriteString(f(line))
		b.WriteByte('\n')
	}
	return b.String()
}

func lostFolding(header []string, body string) string {
	var out []string
	for _, line := range header {
		out = append(out, strings.TrimLeft(line, " \t"))
	}
	return whole(out, body)
}

func wrapped76(header []string, body string) string { return whole(wrap(header, 76), body) }

// wrap breaks lines at blanks; the rest begins flush left.
func wrap(lines []string, width int) (out []string) {
	for _, line := range lines {
		for len(strings.TrimRight(line, " ")) > width {
			indent := len(line) - len(strings.TrimLeft(line, "> \t"))
			at := strings.LastIndexByte(line[:width+1], ' ')
			if at <= indent {
				if at = strings.IndexByte(line[width:], ' '); at < 0 {
					break
				}
				at += width
			}
			out = append(out, line[:at])
			line = strings.TrimLeft(line[at:], " ")
		}
		out = append(out, line)
	}
	return out
}

func quoted(header []string, body string) string {
	return "Hello,\nwhat is this? It came today:\n\n" + each(header, body, func(l string) string { return "> " + l }) + "\nRegards,\nJane Doe\n"
}

func quotedAndWrapped(header []string, body string) string {
	var out []string
	for _, l := range header {
		out = append(out, ">> "+l)
	}
	return "see below\n\n" + strings.Join(wrap(out, 76), "\n") + "\n>>\n>> " + strings.ReplaceAll(body, "\n", "\n>> ") + "\n"
}

func indented(header []string, body string) string {
	return "Ticket 4711\n\n" + each(header, body, func(l string) string {
		if l == "" {
			return ""
		}
		return "    " + l
	}) + "\nPlease look at it.\n"
}

func tabsToBlanks(header []string, body string) string {
	return whole(strings.Split(strings.ReplaceAll(strings.Join(header, "\n"), "\t", "        "), "\n"), body)
}

func nbsp(header []string, body string) string {
	text := strings.ReplaceAll(strings.Join(header, "\n"), "\t", "        ")
	return whole(strings.Split(strings.ReplaceAll(text, " ", "\u00a0"), "\n"), body)
}

func htmlEscaped(header []string, body string) string { return html.EscapeString(whole(header, body)) }

func htmlPage(header []string, body string) string {
	return "<!DOCTYPE html>\n<html><head><title>Original Message</title><style>a:b { c: d }</style></head>\n<body><table><tr><td>From:</td><td>x</td></tr></table>" +
		"<div><pre class=\"raw\">" + html.EscapeString(whole(header, body)) + "</pre></div></body></html>\n"
}

func htmlPaste(header []string, body string) string {
	return "<div>see:</div>" + each(header, body, func(l string) string {
		trimmed := strings.TrimLeft(l, " \t")
		return "<div>" + strings.Repeat("&nbsp;", len(l)-len(trimmed)) + html.EscapeString(trimmed) + "<br></div>"
	})
}

func toUTF16(header []string, body string, order binary.ByteOrder, mark bool) string {
	units := utf16.Encode([]rune(strings.ReplaceAll(whole(header, body), "\n", "\r\n")))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	out := make([]byte, 2*len(units))
	for i, u := range units {
		order.PutUint16(out[2*i:], u)
	}
	return string(out)
}

func doubleSpaced(header []string, body string) string {
	return each(header, body, func(l string) string { return l + "\n" })
}

func spacedFields(header []string, body string) string {
	return strings.Join(fieldsOf(header), "\n\n") + "\n\n\n" + body
}

// fieldsOf puts the lines of every field together.
func fieldsOf(header []string) (fields []string) {
	for _, l := range header {
		if n := len(fields); n > 0 && (l == "" || l[0] == ' ' || l[0] == '\t') {
			fields[n-1] += "\n" + l
		} else {
			fields = append(fields, l)
		}
	}
	return fields
}

func unfolded(header []string) []string {
	fields := fieldsOf(header)
	for i, f := range fields {
		words := strings.Split(f, "\n")
		for k := range words {
			if k > 0 {
				words[k] = strings.TrimLeft(words[k], " \t")
			}
		}
		fields[i] = strings.Join(words, " ")
	}
	return fields
}

func mergedLines(header []string, body string) string { return whole(unfolded(header), body) }

func onOneLine(header []string, body string) string {
	return strings.Join(unfolded(header), " ") + "\n\n" + body
}

func showOriginalPage(header []string, body string) string {
	return "Original Message\n\nMessage ID\t<a@mail.example.com>\nCreated at:\tTue, Nov 24, 2026 at 10:00 AM (Delivered after 1 second)\n" +
		"From:\tShop <shop@example.com>\nTo:\tjane@example.org\nSubject:\tYour order\nSPF:\tPASS with IP 192.0.2.1 Learn more\n" +
		"DKIM:\t'PASS' with domain example.com Learn more\nDMARC:\t'PASS' Learn more\n\n\nDownload Original\nCopy to clipboard\n" + whole(header, body)
}

func ticket(header []string, body string) string {
	return "Ticket: 4711\nPriority: high\nFrom: jane@example.org\nSubject: Fwd: strange mail\n\nDear helpdesk,\n\nI got this: can you tell who sent it?\n\n" +
		"----- Original headers -----\n\n| " + strings.Join(header, "\n| ") + "\nThanks\nJane\n-- \nJane Doe, Example Ltd.\n"
}

func ticketPlain(header []string, body string) string {
	return "Dear helpdesk,\nInternet headers:\n" + strings.Join(header, "\n") + "\nMany thanks for looking at this\nJane Doe\n\nExample Ltd.\n"
}

func fenced(header []string, body string) string {
	return "See this:\n\n```\n" + whole(header, "") + "```\n\nCan you block it?\n"
}

func bomAndCRCRLF(header []string, body string) string {
	return "\xef\xbb\xbf" + strings.ReplaceAll(whole(header, body), "\n", "\r\r\n")
}

func onlyCR(header []string, body string) string {
	return strings.ReplaceAll(whole(header, strings.ReplaceAll(body, "\r", "")), "\n", "\r")
}

func lostFoldingInTicket(header []string, body string) string {
	return "I got this mail:\n\n" + strings.TrimRight(lostFolding(header, ""), "\n") + "\nRegards,\nJane Doe\n"
}

// route is what the Received fields of a message say, without how it is written.
func route(m *Message) string {
	var fields []received.Field
	for f := range m.All("Received") {
		fields = append(fields, received.Field{Line: 1, Value: f.Value})
	}
	path := received.NewPath(fields, func(name string) string { return name })
	var b strings.Builder
	fmt.Fprintf(&b, "%d hops\n", len(path.Steps))
	for _, s := range path.Steps {
		var at string
		if s.Time != nil {
			at = s.Time.String()
		}
		fmt.Fprintf(&b, "%s %s %s > %s %s with %s id %s for %s; %s\n", s.From.Name, s.From.HELO, s.From.Address, s.By.Name, s.By.Address,
			s.With, s.ID, strings.Join(s.For, ","), at)
	}
	return b.String()
}

// mangleSet is 200 messages of the corpora with two Received fields or more.
func mangleSet(t *testing.T) (paths []string) {
	dir, rows := index(t)
	for _, group := range []string{"mails/phishing_pot/", "mails/modern-ham/", "mails/spamassassin-public-corpus/"} {
		var all []string
		for _, r := range rows {
			if strings.HasPrefix(r.Path, group) && r.Received >= 2 && r.Bytes < 100_000 {
				all = append(all, r.Path)
			}
		}
		const take = 60
		for i := range take {
			paths = append(paths, all[i*len(all)/take])
		}
	}
	names, _ := filepath.Glob(filepath.Join(dir, "sample", "*.eml"))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := read(t, string(data)); strings.Count(route(m), " > ") >= 2 && len(paths) < 200 {
			paths = append(paths, "sample/"+filepath.Base(name))
		}
	}
	return paths
}

// TestMangle damages messages in all of these ways, and holds that the route is the
// same after repair, but for the cases that testdata/mangle.txt argues.
func TestMangle(t *testing.T) {
	dir := corpora(t)
	argued := map[string]bool{}
	list, err := os.ReadFile("testdata/mangle.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		if name, why, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "#") && strings.TrimSpace(why) != "" {
			argued[name] = true
		}
	}
	paths := mangleSet(t)
	if testing.Short() { // As under the race detector, where all of them take minutes.
		paths = paths[:len(paths)/10]
	}
	cases, same, repaired := 0, 0, 0
	each := map[string]int{}
	for _, path := range paths {
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		m := read(t, string(data))
		data = data[m.Offset:][:m.Size]
		header := strings.Split(strings.TrimRight(strings.ReplaceAll(string(data[m.Fields[0].Offset:m.HeaderSize]), "\r", ""), "\n"), "\n")
		want := route(m)
		body := string(data[m.HeaderSize:])
		for _, g := range manglers {
			name := g.name + " " + path
			got, repairs := remade(t, name, g.do(slices.Clone(header), body))
			cases++
			if repairs > 0 {
				repaired++
			}
			if got == want {
				same++
				each[g.name]++
			}
			switch {
			case got != want && !argued[name]:
				t.Errorf("%s: not the same route:\n got %s\nwant %s", name, got, want)
			case got == want && argued[name]:
				t.Errorf("%s: is listed in testdata/mangle.txt, but gives the same route", name)
			case g.shows && repairs == 0:
				t.Errorf("%s: no repair is reported", name)
			}
		}
	}
	t.Logf("%d messages, %d ways: %d cases, the same route in %d (%.2f %%), with repairs %d",
		len(paths), len(manglers), cases, same, 100*float64(same)/float64(cases), repaired)
	for _, g := range manglers {
		t.Logf("%-20s %d of %d", g.name, each[g.name], len(paths))
	}
	if 100*same < 98*cases {
		t.Errorf("the same route in only %d of %d", same, cases)
	}
}

func remade(t *testing.T, name, text string) (path string, repairs int) {
	m, err := Read(name, strings.NewReader(text), 0)
	if err != nil {
		return err.Error(), 0
	}
	check(t, m, []byte(text))
	return route(m), len(m.Repairs)
}

// FuzzMend mends whatever it is given, in all the ways in which it was not damaged.
func FuzzMend(f *testing.F) {
	header := []string{"Return-Path: <a@example.org>", "Received: from a.example.org (a.example.org [192.0.2.1])",
		"\tby mx.example.net (Postfix) with ESMTPS id 4Zx", "\tfor <b@example.net>; Tue, 24 Nov 2026 10:00:00 +0000 (UTC)",
		"X-Spam-Report: one", " two", "From: A <a@example.org>", "Subject: Re: x", "Date: Tue, 24 Nov 2026 10:00:00 +0000"}
	for _, g := range manglers {
		f.Add([]byte(g.do(slices.Clone(header), "body\n")))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := Read("x", bytes.NewReader(data), 0); err == nil {
			check(t, m, data)
		}
		w := &Raw{Name: "x"}
		if _, err := w.content.fill(bytes.NewReader(data), 0, MaxMessage, &w.sum); err != nil {
			t.Fatal(err)
		}
		plain := plainHeader(w)
		if m := mend(w, plain); m != nil {
			check(t, m, data)
		}
	})
}

// plainHeader is the plain reading of w.
func plainHeader(w *Raw) *header {
	h := &header{m: &Message{Size: w.content.size, content: w.content}}
	h.name(h.read())
	return h
}
