package auth

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// change puts an edit of the body into words.
func (e edit) change(s *Signature, b *bodySearch) Change {
	c := Change{Kind: e.kind, Line: b.line(e.at)}
	if len(e.added) > 0 {
		c.Added = plainText(e.added, e.html)
		c.Links = linksIn(e.added, e.html)
	}
	c.Text = e.words(s.signer(), c.Added)
	if shape := footerShape(e.added); shape != "" && e.kind != ChangeBanner && !e.html {
		c.Text += " It has the shape of " + shape + ", which anybody can write."
	}
	switch len(c.Links) {
	case 0:
	case 1:
		c.Text += " There is a link in it that " + s.signer() + " did not sign."
	default:
		c.Text += fmt.Sprintf(" There are %d links in it that %s did not sign.", len(c.Links), s.signer())
	}
	return c
}

// nobody ends what is said of added text.
const nobody = "Nobody vouches for %s; who added %s is not known."

func (e edit) words(signer, added string) string {
	lines, them := lineCount(added), "them"
	if strings.HasPrefix(lines, "this") {
		them = "it"
	}
	tail := fmt.Sprintf(nobody, them, them)
	switch e.kind {
	case ChangeFooter:
		return fmt.Sprintf("%s signed this text without %s at its end: %s. %s", signer, lines, quoteStart(added), tail)
	case ChangeBanner:
		return fmt.Sprintf("%s signed this text without %s before it: %s. %s", signer, lines, quoteStart(added), tail)
	case ChangeEmptyBody:
		return fmt.Sprintf("%s signed an empty body: all of the text is added: %s. Nobody vouches for it; who added it is not known.", signer, quoteStart(added))
	case ChangePartAdded:
		return fmt.Sprintf("%s signed this body without one of its parts: %s. Nobody vouches for that part; who added it is not known.", signer, quoteStart(added))
	case ChangeMIMEWrapped:
		if added == "" {
			return fmt.Sprintf("%s signed one part of this body as the whole; around it a new multipart was put. Who did so is not known.", signer)
		}
		return fmt.Sprintf("%s signed one part of this body as the whole; the others were put beside it: %s. Nobody vouches for them; who added them is not known.", signer, quoteStart(added))
	case ChangeTransferEncoding:
		return fmt.Sprintf("%s signed this text in another transfer encoding: %s. Who encoded it anew is not known.", signer, e.detail)
	case ChangeCharset:
		return fmt.Sprintf("%s signed this text in another character set: %s. Who converted it is not known.", signer, e.detail)
	case ChangeLineEnds:
		return fmt.Sprintf("%s signed this text with other line ends (%s).", signer, e.detail)
	case ChangeLinesWrapped:
		return fmt.Sprintf("%s signed this text with longer lines, which %s. Who did so is not known.", signer, e.detail)
	case ChangeBlankLines:
		return fmt.Sprintf("%s signed this text with other empty lines: they %s. Who did so is not known.", signer, e.detail)
	case ChangeTrailingBlanks:
		return fmt.Sprintf("%s signed this text with other blanks: they %s. Who did so is not known.", signer, e.detail)
	case ChangeDotStuffing, ChangeMboxFrom:
		return fmt.Sprintf("%s signed this text with other beginnings of lines: %s. Who did so is not known.", signer, e.detail)
	case ChangeOtherCanonization:
		return fmt.Sprintf("The body is as %s signed it, in another canonicalization than the signature says (c=).", signer)
	}
	return fmt.Sprintf("%s signed another form of this body.", signer)
}

// lineCount names the lines of added text.
func lineCount(added string) string {
	n := 0
	for line := range strings.Lines(added) {
		if strings.TrimSpace(line) != "" {
			n++
		}
	}
	if n <= 1 {
		return "this line"
	}
	return fmt.Sprintf("these %d lines", n)
}

// quoteStart quotes added text, or its beginning; all of it is in Added.
func quoteStart(added string) string {
	const most = 240
	text := strings.Join(strings.Fields(added), " ")
	if text == "" {
		return "nothing that can be read"
	}
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return "«" + text + "»"
}

// line is the line of the message on which an offset of the body stands.
func (b *bodySearch) line(at int) int {
	if at < 0 || at > len(b.whole) || b.firstLine == 0 {
		return 0
	}
	return b.firstLine + bytes.Count(b.whole[:at], []byte("\n"))
}
