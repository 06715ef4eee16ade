package auth

import (
	"bytes"
	"slices"
)

// mend is what may undo a change of single lines.
type mend struct {
	kind   ChangeKind
	detail string
	undo   func(body []byte) []byte
}

// Each is tried alone. Under the relaxed form some change nothing.
var mends = [...]mend{
	{ChangeMboxFrom, `“>From ” at the beginning of a line was “From ”`, eachLine(func(dst, line, _ []byte) []byte {
		if quotedFrom(line) && line[0] == '>' {
			line = line[1:]
		}
		return append(dst, line...)
	})},
	{ChangeMboxFrom, `“From ” at the beginning of a line was “>From ”`, eachLine(func(dst, line, _ []byte) []byte {
		if quotedFrom(line) {
			dst = append(dst, '>')
		}
		return append(dst, line...)
	})},
	{ChangeDotStuffing, "a dot at the beginning of a line was left doubled", eachLine(func(dst, line, _ []byte) []byte {
		if bytes.HasPrefix(line, []byte("..")) {
			line = line[1:]
		}
		return append(dst, line...)
	})},
	{ChangeDotStuffing, "a dot at the beginning of a line was taken away", eachLine(func(dst, line, _ []byte) []byte {
		if bytes.HasPrefix(line, []byte(".")) {
			dst = append(dst, '.')
		}
		return append(dst, line...)
	})},
	{ChangeTrailingBlanks, "were added at ends of lines", eachLine(func(dst, line, _ []byte) []byte {
		return append(dst, bytes.TrimRight(line, " \t")...)
	})},
	{ChangeTrailingBlanks, "were added at ends of lines", eachLine(func(dst, line, _ []byte) []byte {
		if string(line) == "-- " { // The mark of a signature is to have its blank.
			return append(dst, line...)
		}
		return append(dst, bytes.TrimRight(line, " \t")...)
	})},
	{ChangeTrailingBlanks, "were taken off “-- ”", blankAfter(func(line, _ []byte) bool { return string(line) == "--" })},
	{ChangeTrailingBlanks, "were taken off the ends of lines of a quotation", blankAfter(func(line, _ []byte) bool { return isQuote(line) })},
	{ChangeTrailingBlanks, "were taken off “-- ” and lines of a quotation", blankAfter(func(line, _ []byte) bool { return string(line) == "--" || isQuote(line) })},
	{ChangeTrailingBlanks, "were taken off the ends of lines of paragraphs (format=flowed)", blankAfter(func(line, rest []byte) bool {
		return string(line) == "--" || len(line) > 40 && len(rest) > 0 && rest[0] != '\n' && line[len(line)-1] != ' '
	})},
	{ChangeTrailingBlanks, "were taken off the ends of all lines", blankAfter(func(line, _ []byte) bool { return len(line) > 0 })},
	{ChangeLineEnds, "a CR alone was a line end", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r"), []byte("\n")) }},
	{ChangeLineEnds, "a CR stood more than once before a line end", eachLine(func(dst, line, _ []byte) []byte { return append(dst, bytes.TrimRight(line, "\r")...) })},
	{ChangeLinesWrapped, "were cut with “!”", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("!\n "), nil) }},
	{ChangeBlankLines, "were added between the lines", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n\n"), []byte("\n")) }},
	{ChangeBlankLines, "were taken out before the text", func(b []byte) []byte { return slices.Concat([]byte("\n"), b) }},
}

// eachLine makes a change of a body out of one of its lines; rest is what follows.
func eachLine(f func(dst, line, rest []byte) []byte) func([]byte) []byte {
	return func(body []byte) []byte {
		out := make([]byte, 0, len(body)+len(body)/50+64)
		for len(body) > 0 {
			n := bytes.IndexByte(body, '\n')
			if n < 0 {
				return f(out, body, nil)
			}
			line := body[:n]
			body = body[n+1:]
			out = append(f(out, line, body), '\n')
		}
		return out
	}
}

// blankAfter puts a blank at the end of some lines.
func blankAfter(which func(line, rest []byte) bool) func([]byte) []byte {
	return eachLine(func(dst, line, rest []byte) []byte {
		dst = append(dst, line...)
		if which(line, rest) {
			dst = append(dst, ' ')
		}
		return dst
	})
}

// isQuote says whether a line is of quotation marks alone.
func isQuote(line []byte) bool { return len(line) > 0 && len(bytes.Trim(line, "> ")) == 0 }

// quotedFrom says whether a line is one that a mailbox quotes, or has quoted.
func quotedFrom(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From "))
}

// lines tries changes of single lines.
func (b *bodySearch) lines(c candidate) {
	body := c.content
	for i := range mends {
		if b.done() {
			return
		}
		m := &mends[i]
		mended := m.undo(body)
		b.spent += int64(len(body))
		if bytes.Equal(mended, body) {
			continue
		}
		first := 0
		for first < len(body) && first < len(mended) && body[first] == mended[first] {
			first++
		}
		b.sweep(mended, c.and(edit{kind: m.kind, at: b.place(body, first), detail: m.detail}))
	}
}

// unwrapLines tries a body whose lines were cut at one of the usual widths.
func (b *bodySearch) unwrapLines(c candidate) {
	body := c.content
	for _, width := range [...]int{998, 990, 1000, 80, 79, 78, 77, 76, 75, 74, 72, 70} {
		for _, join := range [...]string{" ", ""} {
			runs := cuts(body, width, join != "")
			b.spent += int64(len(body))
			for _, set := range subsets(len(runs)) {
				if b.done() {
					return
				}
				joined := bytes.Clone(body)
				if join == "" {
					joined = joined[:0]
				}
				first, at := -1, 0
				for i, run := range runs {
					if set&(1<<i) == 0 {
						continue
					}
					if first < 0 {
						first = run[0]
					}
					for _, cut := range run {
						if join != "" {
							joined[cut] = ' '
							continue
						}
						joined, at = append(joined, body[at:cut]...), cut+1
					}
				}
				if join == "" {
					joined = append(joined, body[at:]...)
				}
				ed := edit{kind: ChangeLinesWrapped, at: b.place(body, first), detail: "were cut"}
				b.sweep(joined, c.and(ed))
			}
		}
	}
}

// subsets lists which of n runs of cuts are joined: all, then, of a few, each choice,
// of more each alone. A text whose own lines happen to be as long as can be has runs
// that are none.
func subsets(n int) (out []uint64) {
	if n == 0 || n > 60 {
		return nil
	}
	all := uint64(1)<<n - 1
	out = append(out, all)
	if n <= 5 {
		for set := all - 1; set > 0; set-- {
			out = append(out, set)
		}
		return out
	}
	for i := range min(n, 12) {
		out = append(out, 1<<i, all&^(1<<i))
	}
	return out
}

// cuts finds the line ends at which a line may have been cut, by runs: where the first
// word of the next would have made it too long, or, within words, where it is exactly
// that long.
func cuts(body []byte, width int, words bool) (runs [][]int) {
	last := -1 // The line end before, if it was one of those.
	for at := 0; at < len(body); {
		next := bytes.IndexByte(body[at:], '\n')
		if next < 0 {
			break
		}
		line, rest := body[at:at+next], body[at+next+1:]
		cut := next == width && len(rest) > 0 && rest[0] != '\n'
		if words {
			word := bytes.IndexAny(rest[:min(len(rest), width+1)], " \n")
			if word < 0 {
				word = len(rest)
			}
			cut = next <= width && len(line)+1+word > width && word > 0 && rest[0] != '>' && rest[0] != ' '
		}
		if cut {
			if last < 0 || last != at-1 {
				runs = append(runs, nil)
			}
			runs[len(runs)-1] = append(runs[len(runs)-1], at+next)
			last = at + next
		}
		at += next + 1
	}
	return runs
}
