package domain

import (
	"slices"
	"strings"
	"sync"
	stdunicode "unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Likeness says in which way one domain looks like another.
type Likeness string

const (
	Unlike     Likeness = ""
	Confusable Likeness = "confusable" // To the eye it is the same.
	OneEdit    Likeness = "one-edit"   // One character is missing, added or other, or two are swapped.
	ExtraWord  Likeness = "extra-word" // The other's name, and a word with a hyphen.
)

// Shortest names that are compared, in characters of the registered label: among
// shorter ones honest names are one edit away from one another all the time.
const (
	minEdit = 6
	minWord = 5
)

// Alike says whether the domain a, which is not b's, looks like b. Compared are
// the registered labels: mail.paypa1.example looks like paypal.example. Names of
// one organisational domain are never alike, nor are those that differ in the
// public suffix only, which many companies hold themselves.
func Alike(a, b string) Likeness { return LookOf(a).Like(LookOf(b)) }

// Look is what a reader sees of a domain name, made once for many comparisons.
// That of a name without an organisational domain is like none.
type Look struct {
	org, label, skeleton string
}

// LookOf is the look of a name.
func LookOf(name string) Look { return LookOfOrg(Org(name)) }

// LookOfOrg is the look of a name whose organisational domain is known.
func LookOfOrg(org string) Look {
	if org == "" {
		return Look{}
	}
	l := label(org)
	return Look{org, l, Skeleton(l)}
}

// Like is Alike.
func (a Look) Like(b Look) Likeness {
	if a.org == "" || b.org == "" || a.org == b.org || a.label == b.label {
		return Unlike
	}
	switch {
	case a.skeleton == b.skeleton:
		return Confusable
	case utf8.RuneCountInString(b.skeleton) >= minEdit && oneEdit(a.skeleton, b.skeleton):
		return OneEdit
	case utf8.RuneCountInString(b.skeleton) >= minWord && hasWord(a.skeleton, b.skeleton):
		return ExtraWord
	}
	return Unlike
}

// label is the registered label of an organisational domain, in Unicode.
func label(org string) string {
	first, _, _ := strings.Cut(org, ".")
	return Display(first)
}

// Display is a name with its A-labels in Unicode, where they can be shown: a label
// that is not valid stays as it is (RFC 5891 section 4.2).
func Display(name string) string {
	if !strings.Contains(name, "xn--") || len(name) > maxName {
		return name
	}
	parts := strings.Split(name, ".")
	for i, part := range parts {
		if text, err := idna.Display.ToUnicode(part); err == nil && utf8.ValidString(text) {
			parts[i] = text
		}
	}
	return strings.Join(parts, ".")
}

// Skeleton is what is left of a text when everything is put together that looks
// the same: two texts that a reader would not tell apart have the same skeleton
// (UTS 39 section 4). Case does not matter, marks and invisible characters are
// left out.
func Skeleton(s string) string {
	if s = strings.ToLower(s); isASCII(s) && !strings.ContainsAny(s, "01|") {
		return pairs.Replace(s)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r == utf8.RuneError, stdunicode.Is(stdunicode.Mn, r), Invisible(r):
			continue
		}
		if to, ok := looks()[r]; ok {
			r = to
		}
		b.WriteRune(r)
	}
	return pairs.Replace(strings.ToLower(b.String()))
}

// pairs are two letters that together look like one.
var pairs = strings.NewReplacer("rn", "m", "vv", "w")

// Invisible says whether a character has no shape of its own: it joins, parts or
// turns round what stands beside it.
func Invisible(r rune) bool {
	switch {
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x180E,
		0x200B <= r && r <= 0x200F, 0x202A <= r && r <= 0x202E, 0x2060 <= r && r <= 0x206F,
		r == 0x3164, r == 0xFEFF, r == 0xFFA0, 0xE0000 <= r && r <= 0xE007F:
		return true
	}
	return false
}

// looks leads from a letter to the ASCII one that it looks like. It is chosen by
// hand from the letters that a reader of Latin script takes for Latin ones in the
// fonts of mail programs: the alphabets whose letters share their shapes, Latin
// letters with strokes, small capitals, and the digits for letters. The idea, and
// most of the pairs, are those of Unicode's confusables.txt (UTS 39 revision 30);
// U+04CF, which is an l there only by way of others, is added. 2026-11-25.
var looks = sync.OnceValue(func() map[rune]rune {
	to := map[rune]rune{}
	for _, row := range [...][2]string{
		{"асԁеһіјӏорԛѕԝхуѵ", "acdehijlopqswxyv"},               // Cyrillic: the same shape.
		{"вкмнтгпь", "bkmhtrnb"},                               // Cyrillic: nearly the same.
		{"αοιυνρτκχϲϳεηω", "aoiuvptkxcjenw"},                   // Greek
		{"օոսհցզք", "onuhgqf"},                                 // Armenian
		{"ıɡɑɩłøđħŧƒⱥ", "igailodhtfa"},                         // Latin, dotless or with strokes
		{"ᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdeghijklmnoprstuvwyz"}, // small capitals
		{"01|ǀ", "olll"}, // digits and strokes
	} {
		from, ascii := []rune(row[0]), []rune(row[1])
		for i, r := range from {
			to[r] = ascii[i]
		}
	}
	return to
})

// oneEdit says whether a and b are one insertion, deletion, replacement or swap of
// neighbours apart (Damerau 1964).
func oneEdit(a, b string) bool {
	if d := len(a) - len(b); d > utf8.UTFMax || d < -utf8.UTFMax {
		return false
	}
	if isASCII(a) && isASCII(b) {
		return edited([]byte(a), []byte(b))
	}
	return edited([]rune(a), []rune(b))
}

func edited[T byte | rune](x, y []T) bool {
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 || len(y) > maxLabel {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	switch {
	case len(x) < len(y):
		return slices.Equal(x[i:], y[i+1:])
	case i == len(x):
		return false // The same.
	case slices.Equal(x[i+1:], y[i+1:]):
		return true
	}
	return i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && slices.Equal(x[i+2:], y[i+2:])
}

// hasWord says whether word stands in label between hyphens, with others.
func hasWord(label, word string) bool {
	return len(label) > len(word) && strings.IndexByte(label, '-') >= 0 && strings.Contains("-"+label+"-", "-"+word+"-")
}

// Disguise says how a name pretends to be written in Latin letters.
type Disguise string

const (
	Plain      Disguise = ""
	Mixed      Disguise = "mixed"       // Latin letters beside those of another script, in one word.
	WholeInOne Disguise = "whole-label" // A label of another script, all letters of which look like Latin ones.
	Styled     Disguise = "styled"      // Mathematical and other signs in place of letters: a lookup turns them into these.
)

// Disguised looks at the labels of a domain name. Japanese, Chinese and Korean are
// written with Latin letters between their own (UTS 39 section 5.2: highly
// restrictive); a label of another script alone is suspicious only if all of it
// could be Latin and the top-level domain is.
func Disguised(name string) (label string, how Disguise) {
	if len(name) > 4*maxName {
		return "", Plain // No name of a host, whatever it looks like.
	}
	name = Display(strings.ToLower(name))
	if isASCII(name) {
		return "", Plain
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	for label := range strings.SplitSeq(name, ".") {
		if MixedScript(label) {
			return label, Mixed
		}
		if isASCII(label) {
			continue
		}
		if isASCII(strings.ToLower(norm.NFKC.String(label))) {
			return label, Styled
		}
		if isASCII(last) && wholeScript(label) {
			return label, WholeInOne
		}
	}
	return "", Plain
}

// MixedScript says whether a word has Latin letters beside Cyrillic, Greek,
// Armenian or Cherokee ones: the alphabets that share shapes with Latin.
func MixedScript(word string) bool {
	latin, other := false, false
	for _, r := range word {
		switch {
		case r < 0x80:
			latin = latin || 'a' <= r|0x20 && r|0x20 <= 'z'
		case stdunicode.Is(stdunicode.Latin, r):
			latin = true
		case stdunicode.In(r, sharing...):
			other = true
		}
	}
	return latin && other
}

var sharing = []*stdunicode.RangeTable{stdunicode.Cyrillic, stdunicode.Greek, stdunicode.Armenian, stdunicode.Cherokee}

// wholeScript says whether all letters of a label are of a script that shares
// shapes with Latin, and each looks like a Latin one.
func wholeScript(label string) bool {
	letters := 0
	for _, r := range label {
		switch {
		case r < 0x80:
			continue // Digits and hyphens: Latin letters would make it mixed.
		case !stdunicode.In(r, sharing...):
			return false
		case looks()[r] == 0:
			return false
		}
		letters++
	}
	return letters > 1
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
