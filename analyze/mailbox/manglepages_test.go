package mailbox

import (
	"encoding/json"
	"fmt"
	"mime/quotedprintable"
	"strings"
)

// What mail programs, web pages and chats make of a message.

// outlookLinks makes links of all addresses in angle brackets, in an answer. Where the
// header stands at the top, less is put right: see links-author.txtar.
func outlookLinks(header []string, _ string) string {
	return "See below\n\n" + linked(header, func(s string) string { return s + "<mailto:" + s + ">" })
}

func markdownLinks(header []string, _ string) string {
	return "See below\n\n" + linked(header, func(s string) string { return "[" + s + "](mailto:" + s + ")" })
}

func slackLinks(header []string, _ string) string {
	return "Ida  11:15\n" + linked(header, func(s string) string { return "<mailto:" + s + "|" + s + ">" })
}

func linked(header []string, link func(string) string) string {
	var b strings.Builder
	for _, l := range header {
		for {
			i := strings.IndexByte(l, '<')
			end := strings.IndexByte(l[max(i, 0):], '>')
			if i < 0 || end < 0 {
				break
			}
			address := l[i+1 : i+end]
			if strings.IndexByte(address, '@') > 0 && !strings.ContainsAny(address, " <:%/|[]()") && len(address) < 200 {
				address = link(address)
			}
			b.WriteString(l[:i+1] + address + ">")
			l = l[i+end+1:]
		}
		b.WriteString(l + "\n")
	}
	return b.String()
}

// hostLinks makes links of the names behind "from" and "by", as Gmail does.
func hostLinks(header []string, _ string) string {
	var b strings.Builder
	b.WriteString("See below\n\n")
	for _, l := range header {
		words := strings.Split(l, " ")
		for i, w := range words {
			if i > 0 && strings.HasSuffix("\t "+words[i-1], "from") || i > 0 && strings.HasSuffix("\t "+words[i-1], "by") {
				if strings.Count(w, ".") > 1 && strings.Trim(w, "abcdefghijklmnopqrstuvwxyz0123456789.-") == "" && !strings.HasSuffix(w, ".") {
					words[i] = w + " <http://" + w + ">"
				}
			}
		}
		b.WriteString(strings.Join(words, " ") + "\n")
	}
	return b.String()
}

func encoded(header []string, body string) string {
	var b strings.Builder
	b.WriteString("Content\n\n")
	w := quotedprintable.NewWriter(&b)
	w.Write([]byte(whole(header, body)))
	w.Close()
	return b.String()
}

func terminal(header []string, _ string) string {
	const columns = 80
	var b strings.Builder
	for _, l := range unfolded(header) {
		l = strings.ReplaceAll(l, "\t", " ")
		for len(l) > columns {
			b.WriteString(l[:columns] + "\n")
			l = l[columns:]
		}
		b.WriteString(l + "\n")
	}
	return b.String()
}

// eachField makes a text of every field, its name and its value.
func eachField(header []string, f func(name, value string) string) string {
	var b strings.Builder
	b.WriteString("Headers\n")
	for _, l := range unfolded(header) {
		name, value, ok := strings.Cut(l, ":")
		if !ok {
			b.WriteString(l + "\n")
			continue
		}
		b.WriteString(f(name, strings.Trim(value, " \t")) + "\n")
	}
	return b.String()
}

func tabTable(header []string, _ string) string {
	return eachField(header, func(name, value string) string { return name + "\t" + value })
}

func cells(header []string, _ string) string {
	return eachField(header, func(name, value string) string { return name + ":\n" + value })
}

func boldNames(header []string, _ string) string {
	return eachField(header, func(name, value string) string { return "**" + name + ":** " + value })
}

func listed(header []string, _ string) string {
	return eachField(header, func(name, value string) string { return "- " + name + ": " + value })
}

func numbered(header []string, body string) string {
	n := 0
	return each(header, body, func(l string) string {
		n++
		return fmt.Sprintf("%6d\t%s", n, l)
	})
}

func jsonText(header []string, body string) string {
	text, _ := json.Marshal(map[string]any{"id": 1, "raw": strings.ToValidUTF8(whole(header, body), "?")})
	return string(text) + "\n"
}

func codeTag(header []string, _ string) string {
	return "Who is it?\n[code]" + strings.Join(header, "\n") + "[/code]\nThanks\n"
}

func chat(header []string, _ string) string {
	return "[24.11.26, 11:15:02] Ida: " + lostFolding(header, "") + "[24.11.26, 11:16:40] Bob: thx\n"
}
