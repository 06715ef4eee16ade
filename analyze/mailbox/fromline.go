package mailbox

import "bytes"

// fromForm is how much a line looks like the one in front of each message of an
// mbox.
type fromForm int

const (
	fromNone  fromForm = iota
	fromBare           // "From -", without a date.
	fromDated          // A date stands in it.
)

// fromLine recognises the line in front of each message of an mbox: "From ", who
// sent it, and when (RFC 4155 appendix A, qmail's mbox.5).
//
// QUIRK: the sender may be missing, be more than one word ("foo at example.com",
// Pipermail), "-" (Netscape, Thunderbird) or a number (Gmail); the date may have a
// time zone before or behind the year, lack the seconds, be that of a header field,
// or an ISO one; old Evolution writes no date at all.
func fromLine(line []byte) fromForm {
	const (
		longest  = 1 << 10 // An address has at most 254 bytes.
		maxWords = 24
	)
	rest, ok := bytes.CutPrefix(line, []byte("From "))
	if !ok || len(line) > longest {
		return fromNone
	}
	if string(bytes.TrimRight(rest, " \t")) == "-" {
		return fromBare
	}
	var words [maxWords][]byte
	n := 0
	for rest = bytes.TrimLeft(rest, " \t"); len(rest) > 0 && n < maxWords; n++ {
		end := bytes.IndexAny(rest, " \t")
		if end < 0 {
			end = len(rest)
		}
		words[n] = rest[:end]
		rest = bytes.TrimLeft(rest[end:], " \t")
	}
	for i := range n {
		if isDate(words[i:n]) {
			return fromDated
		}
	}
	return fromNone
}

// isDate says whether the words begin with a date: "Tue Nov  5 12:00:00 2002",
// "Tue, 5 Nov 2002 12:00:00 +0100" or "2002-11-05 12:00:00".
func isDate(w [][]byte) bool {
	if len(w) < 2 {
		return false
	}
	if isISODay(w[0]) {
		return isClock(w[1])
	}
	day, _ := bytes.CutSuffix(w[0], []byte(","))
	if len(w) < 5 || !inTable(day, "SunMonTueWedThuFriSat") {
		return false
	}
	const months = "JanFebMarAprMayJunJulAugSepOctNovDec"
	if !(inTable(w[1], months) && isNumber(w[2], 1, 2) || isNumber(w[1], 1, 2) && inTable(w[2], months)) {
		return false
	}
	clock, year := false, false
	for _, word := range w[3:min(len(w), 7)] { // Time, year and up to two words for the zone.
		clock = clock || isClock(word)
		year = year || isNumber(word, 4, 4)
	}
	return clock && year
}

// inTable looks for a word of three letters.
func inTable(word []byte, table string) bool {
	if len(word) != 3 {
		return false
	}
	for i := 0; i < len(table); i += 3 {
		if word[0]|0x20 == table[i]|0x20 && word[1]|0x20 == table[i+1] && word[2]|0x20 == table[i+2] {
			return true
		}
	}
	return false
}

func isNumber(word []byte, least, most int) bool {
	for _, c := range word {
		if !isDigit(c) {
			return false
		}
	}
	return least <= len(word) && len(word) <= most
}

// isClock recognises 12:00 and 12:00:00. QUIRK: some scripts write 2:5:9.
func isClock(word []byte) bool {
	hour, rest, ok := bytes.Cut(word, []byte(":"))
	minute, second, more := bytes.Cut(rest, []byte(":"))
	return ok && isNumber(hour, 1, 2) && isNumber(minute, 1, 2) && (!more || isNumber(second, 1, 2))
}

func isISODay(word []byte) bool {
	return len(word) == len("2002-11-05") && word[4] == '-' && word[7] == '-' &&
		isNumber(word[:4], 4, 4) && isNumber(word[5:7], 2, 2) && isNumber(word[8:], 2, 2)
}

// isMbox recognises an mbox by its beginning: such a line, and a field soon behind
// it.
func isMbox(head []byte) bool {
	i, ok := mboxStart(head)
	if !ok {
		return false
	}
	l := lineReader{win: head[i:], whole: true, anyCR: lineEnd(head) == '\r'}
	line, _ := l.next()
	form := fromLine(line)
	if form == fromNone {
		return false
	}
	for range MaxStray + 1 {
		line, ok := l.next()
		if ok && len(line) == 0 && form == fromDated {
			// The first message is empty: another one has to tell.
			for ok && fromLine(line) != fromDated {
				line, ok = l.next()
			}
			continue
		}
		if !ok || len(line) == 0 {
			return false
		}
		if colon, _ := fieldName(line); colon > 0 {
			return true
		}
		if form == fromBare {
			return false
		}
	}
	return false
}

// mboxStart steps over what editors put before the first line of an mbox: a byte
// order mark, empty lines.
func mboxStart(head []byte) (i int, ok bool) {
	rest := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), "\r\n")
	return len(head) - len(rest), bytes.HasPrefix(rest, []byte("From "))
}

// lineEnd is the byte that ends the lines of an mbox: CR only where there is no LF
// soon (Eudora and others on an old Mac).
func lineEnd(head []byte) byte {
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		return '\r'
	}
	return '\n'
}
