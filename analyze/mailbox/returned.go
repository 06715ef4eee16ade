package mailbox

import (
	"bytes"
	"strings"

	"mailtrace/report"
)

// MaxNotice is how many bytes of a bounce that is plain text are looked at for the
// message that it returns. A long list of recipients fits in.
const MaxNotice = 64 << 10

// returnMarks are lines below which mail servers that do not write the form of
// RFC 3464 return a message, in lower case and without dashes around them.
var returnMarks = []struct {
	line   string
	header bool // Only the header is returned.
}{
	{"below this line is a copy of the message.", false},                 // qmail (QSBMF).
	{"this is a copy of the message, including all the headers.", false}, // Exim.
	{"this is a copy of your message, including all the headers.", false},
	{"this is a copy of the message's headers.", true},
	{"this is a copy of your message's headers.", true},
	{"original message follows", false}, // sendmail, and many after it.
	{"original message follows.", false},
	{"unsent message follows", false},
	{"enclosed is a copy of the message.", false}, // mail2news and qmail's descendants.
	{"message header follows", true},
	{"message headers follow.", true},
	{"included is a copy of the message header:", true},
	{"the header of the original message is following.", true},
}

// findReturned looks for the message that a bounce returns in its text, as qmail
// does to this day and Exim did for long. It costs other mail a look at two fields.
func (m *Message) findReturned() {
	if !m.isNotice() {
		return
	}
	why := m.bounces()
	if why == "" {
		return
	}
	content := m.content.slice(m.HeaderSize, m.HeaderSize+MaxNotice)
	cur := content.cursor(0)
	for {
		line, ok := cur.line(100)
		if !ok {
			return
		}
		words := strings.ToLower(string(bytes.Trim(line, "- ")))
		for _, mark := range returnMarks {
			if words == mark.line {
				p := part{media: "text/plain", encoding: encodingIdentity, at: m.HeaderSize + cur.at, end: m.Size}
				cut := m.skipRemark(&p)
				if m.addReturned(&p, why, mark.header, cut) {
					return
				}
			}
		}
	}
}

// isNotice says at little cost whether a message may be a bounce.
func (m *Message) isNotice() bool {
	if f, ok := m.Field("Return-Path"); ok {
		path := strings.Trim(f.Value, " \t\r\n")
		if path == "<>" || isDaemon(strings.TrimLeft(path, "<")) {
			return true
		}
	}
	f, ok := m.Field("From")
	if !ok {
		return false
	}
	// "From: MAILER-DAEMON@..." or "From: Mail Delivery System <Mailer-Daemon@...>".
	return isDaemon(strings.Trim(f.Value, " \t\r\n<")) || isDaemon(f.Value[strings.LastIndexByte(f.Value, '<')+1:])
}

// isDaemon says whether an address is that of the program that delivers mail.
func isDaemon(address string) bool {
	const name = "mailer-daemon"
	return len(address) >= len(name) && strings.EqualFold(address[:len(name)], name)
}

// skipRemark steps over empty lines, and over what Exim says of a message that it
// cut off: that is returned.
func (m *Message) skipRemark(p *part) (cut bool) {
	cur := m.content.cursor(p.at)
	for range 10 {
		before := cur.at
		line, ok := cur.line(100)
		if !ok || !isBlank(line) && !bytes.HasPrefix(line, []byte("------ ")) {
			p.at = before
			break
		}
		cut = cut || !isBlank(line)
	}
	return cut
}

// addReturned adds what stands in a bounce, if it is a message.
func (m *Message) addReturned(p *part, why string, header, cut bool) bool {
	if !looksLikeMessage(m.head(p, encodingIdentity)) {
		return false
	}
	a := m.attach(p, formatText, encodingIdentity)
	a.carrier.Kind, a.carrier.Why = report.CarrierBounce, why
	switch {
	case header:
		a.less = "the bounce says that it returns only the header"
	case cut:
		a.less = "the bounce says that it returns only the beginning of the message: nothing can be said of its body"
	}
	return true
}
