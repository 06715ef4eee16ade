package text

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

const ellipsis = "…"

// noBreak is a blank at which no line is broken, as in "line 7".
const noBreak = "\u00a0"

// width is how many columns s takes: two for a Chinese character, none for a
// combining mark. It counts as the tables do, and not by the user's locale.
func width(s string) int {
	if plainText(s) {
		return len(s)
	}
	return narrow.StringWidth(s)
}

// narrow counts characters of ambiguous width as one column, whatever the locale.
var narrow = &runewidth.Condition{EastAsianWidth: false, StrictEmojiNeutral: true}

// wrap breaks escaped text into lines of at most columns: between words where it
// can, inside names behind a dot, a hyphen and the like where it must. At most
// limit lines come out, unless limit is 0; the last one then ends in "…". No line
// ends in a blank, and all blanks in it are plain ones.
func wrap(s string, columns, limit int) []string {
	columns = max(columns, 4)
	var lines []string
	line := ""
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }) {
		if line != "" {
			if width(line)+1+width(word) <= columns {
				line += " " + word
				continue
			}
			// A long word goes on in this line where enough of it fits.
			if room := columns - width(line) - 1; width(word) > columns && room >= columns/3 {
				head, tail := split(word, room)
				line, word = line+" "+head, tail
			}
			lines = append(lines, line)
		}
		for width(word) > columns {
			head, tail := split(word, columns)
			lines = append(lines, head)
			if word = tail; limit > 0 && len(lines) > limit {
				break
			}
		}
		if line = word; limit > 0 && len(lines) > limit {
			break
		}
	}
	if line != "" || lines == nil {
		lines = append(lines, line)
	}
	if limit > 0 && len(lines) > limit {
		lines = lines[:limit]
		lines[limit-1] = shorten(lines[limit-1], columns)
	}
	for i := range lines {
		lines[i] = strings.TrimRight(strings.ReplaceAll(lines[i], noBreak, " "), " ")
	}
	return lines
}

// split breaks a word that is wider than columns: behind the last mark that fits
// if the first part is then not too short, else where the columns end.
func split(word string, columns int) (head, tail string) {
	hard, soft, used := 0, 0, 0
	for i, r := range word {
		w := width(string(r))
		if used+w > columns && i > 0 {
			break
		}
		used += w
		hard = i + len(string(r))
		switch {
		case r == '\\' || strings.HasPrefix(word[i:], "[."): // Before an escape, or the dot of a defanged name.
			soft = i
		case strings.ContainsRune("-_:;,/@=+&", r):
			soft = hard
		case r == '.' && !strings.HasPrefix(word[i:], ".]"):
			soft = hard
		}
	}
	if soft > hard/3 {
		return word[:soft], word[soft:]
	}
	return word[:hard], word[hard:]
}

// cut is s where it fits into so many columns, else as much of it as fits with
// "…" behind it. It is the last resort.
func cut(s string, columns int) string {
	if width(s) <= columns {
		return s
	}
	return shorten(s, columns)
}

// cutDomain is cut for a domain: its end says whose it is, and stays.
func cutDomain(s string, columns int) string {
	if width(s) <= columns {
		return s
	}
	runes := []rune(s)
	used := 1
	for i := len(runes) - 1; i >= 0; i-- {
		if used += width(string(runes[i])); used > columns {
			return ellipsis + string(runes[i+1:])
		}
	}
	return s
}

// shorten puts "…" behind s, for which the end of s makes room.
func shorten(s string, columns int) string {
	used := 0
	for i, r := range s {
		if used += width(string(r)); used > columns-1 {
			return s[:i] + ellipsis
		}
	}
	return s + ellipsis
}
