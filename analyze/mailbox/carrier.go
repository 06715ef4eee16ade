package mailbox

import (
	"fmt"
	"html"
	"strings"

	"mailtrace/report"
)

// Bounds of the text that a forward has of its own.
const (
	// shortText is how many bytes of text a person writes above something that is
	// sent on; a signature and a disclaimer fit in.
	shortText = 1_500

	// ownText is how many bytes of text, or HTML, are looked at.
	ownText = 64 << 10
)

// carry decides what kind of carrier the message is, for all that is attached.
func (s *structure) carry() {
	kind, why := s.kind()
	rewrote := ""
	if kind != report.CarrierBounce && kind != report.CarrierAbuseReport {
		rewrote = s.m.rewrites()
	}
	for _, a := range s.m.embedded {
		a.carrier.Kind, a.carrier.Why = kind, why
		if a.part.digest && kind != report.CarrierBounce && kind != report.CarrierAbuseReport {
			// RFC 2046 section 5.1.5.
			a.carrier.Kind, a.carrier.Why = report.CarrierDigest, "it is part of a multipart/digest"
		}
		// A message in a file keeps its bytes, whichever program attaches the file.
		if a.part.isMessage() && a.raw.format == formatText {
			a.rewrote = rewrote
		}
	}
}

// kind decides on everything but digests, where the part decides.
func (s *structure) kind() (kind report.CarrierKind, why string) {
	m := s.m
	t := parseMediaType(m.value("Content-Type"))
	reportType := ""
	if t.name == "multipart/report" {
		reportType = strings.ToLower(strings.TrimSpace(t.get("report-type")))
	}
	switch {
	// RFC 5965 section 2: "The "report-type" parameter of the "multipart/report" type
	// is set to "feedback-report"", and "the second MIME part [has] the content type of
	// "message/feedback-report"". QUIRK: some write only one of these.
	case reportType == "feedback-report":
		return report.CarrierAbuseReport, "its report-type is feedback-report (RFC 5965)"
	case s.feedback:
		return report.CarrierAbuseReport, "it has a part of type message/feedback-report (RFC 5965)"
	// RFC 3464 section 2: "The report-type parameter of the multipart/report content is
	// "delivery-status"". QUIRK: mailers write multipart/mixed, with the part.
	case reportType == "delivery-status":
		return report.CarrierBounce, "its report-type is delivery-status (RFC 3464)"
	case s.status:
		return report.CarrierBounce, "it has a part of type message/delivery-status (RFC 3464)"
	case reportType == "disposition-notification":
		return report.CarrierAttachment, "it is a receipt for the message (RFC 8098)"
	}
	if why := m.bounces(); why != "" {
		return report.CarrierBounce, why
	}
	return s.forward()
}

// bounces says what shows that mail software wrote the message to report a failure,
// though not in the form of RFC 3464; "" for nothing. Of messages that have another
// one attached only these report to a null return path.
func (m *Message) bounces() string {
	if _, ok := m.Field("X-Failed-Recipients"); ok {
		return "it has the field X-Failed-Recipients, with which Exim names those who did not get a message"
	}
	if f, ok := m.Field("Return-Path"); ok {
		// RFC 5321 section 4.5.5.
		path := strings.Trim(f.Text(), "<> ")
		if path == "" {
			return "it holds a message, and its return path is null, as that of mail about undelivered mail is (RFC 5321 section 4.5.5)"
		}
		if isDaemon(path) {
			return "it holds a message, and its return path is " + path
		}
	}
	f, ok := m.Field("From")
	if !ok {
		return ""
	}
	list := f.Mailboxes()
	if len(list) == 0 {
		return ""
	}
	local, _, _ := strings.Cut(list[0].Address, "@")
	if isDaemon(local) || strings.EqualFold(local, "postmaster") && forwardPrefix(m.subject()) == "" {
		return "it holds a message, and is from " + list[0].Address
	}
	return ""
}

// forward decides whether a person sends one message on. Outlook, Thunderbird and
// Apple Mail write the prefix of their language, Gmail leaves subject and text
// empty.
func (s *structure) forward() (kind report.CarrierKind, why string) {
	m := s.m
	n := len(m.embedded) + s.more
	if n > 1 {
		return report.CarrierAttachment, fmt.Sprintf("it has %d messages attached", n)
	}
	own := s.ownText()
	prefix := forwardPrefix(m.subject())
	switch {
	case own == 0 && (prefix != "" || s.others == 0):
		return report.CarrierForward, "it has one message attached and no text of its own"
	case prefix != "" && own <= shortText:
		return report.CarrierForward, fmt.Sprintf("its subject begins with %q, and it has one message attached and little text of its own", prefix)
	case prefix != "":
		return report.CarrierAttachment, "it has one message attached, but much text of its own"
	}
	return report.CarrierAttachment, "it has one message attached, and neither its subject nor the lack of a text says that it only passes this on"
}

// carryStored decides what kind of carrier a .msg file is. It has no MIME structure
// any more, and its text is Outlook's: only subject, sender and number tell.
func (m *Message) carryStored() {
	kind, why := report.CarrierAttachment, ""
	prefix := forwardPrefix(m.subject())
	switch bounce := m.bounces(); {
	case len(m.embedded) == 0:
		return
	case bounce != "":
		kind, why = report.CarrierBounce, bounce
	case len(m.embedded) == 1 && prefix != "":
		kind, why = report.CarrierForward, fmt.Sprintf("its subject begins with %q, and it has one message attached", prefix)
	default:
		return // As the reader of the file said.
	}
	for _, a := range m.embedded {
		a.carrier.Kind, a.carrier.Why = kind, why
	}
}

// subject is that of the message, for reading.
func (m *Message) subject() string {
	f, _ := m.Field("Subject")
	return f.Text()
}

// ownText counts the bytes of the text that the author of a carrier wrote, without
// markup and blanks at its ends. Of plain text and HTML, which say the same in honest
// mail, the longer one counts.
func (s *structure) ownText() int {
	plain, marked := 0, 0
	for _, p := range s.texts {
		text := s.m.text(&p, ownText)
		count := &plain
		if p.media == "text/html" {
			text, count = plainText(text), &marked
		}
		*count += len(strings.Trim(text, " \t\r\n\u00a0\u200b\ufeff"))
	}
	return max(plain, marked)
}

// rewrites says why what a message has attached are not the bytes of the original;
// "" when nothing shows that. QUIRK: Outlook and Exchange keep a message as a list
// of properties, and make a new one of them: each time with another boundary.
func (m *Message) rewrites() string {
	const why = "writes an attached message anew, its body and header order are not the original's"
	if f, ok := m.Field("X-Mailer"); ok {
		mailer := f.Text()
		for _, name := range [...]string{"Microsoft Outlook", "Microsoft Office Outlook"} {
			// Outlook Express is another program, which keeps files of mail.
			if strings.HasPrefix(mailer, name) && !strings.HasPrefix(mailer, "Microsoft Outlook Express") {
				return "Outlook " + why
			}
		}
	}
	// These two Exchange writes when it turns its own item into mail; others of the
	// name X-MS it adds to all that passes.
	for _, name := range [...]string{"X-MS-TNEF-Correlator", "X-MS-Has-Attach"} {
		if _, ok := m.Field(name); ok {
			return "Exchange, on which the carrier was written (it has the field " + name + "), " + why
		}
	}
	return ""
}

// judge sets the fidelity of an attached message, where the way in which it is
// attached says more about it than its bytes.
func (a *attachment) judge(m *Message) {
	switch {
	case a.encoding == encodingNone || a.raw.format != formatText:
		return // The reader of .msg files knows.
	case a.part.isHeader():
		// RFC 6522 section 4: only the header is returned.
		m.Fidelity, m.FidelityWhy = report.HeadersOnly, "only the header is attached: the type of the part is "+a.part.media
	case a.less != "":
		m.Fidelity, m.FidelityWhy = report.HeadersOnly, a.less
	case a.rewrote != "":
		m.Fidelity, m.FidelityWhy = report.Reserialised, a.rewrote
	case a.part.cut && !m.closed && m.Fidelity == report.AsReceived:
		// Programs that return a message cut off what is long.
		m.Fidelity, m.FidelityWhy = report.HeadersOnly,
			"the carrier ends without the boundary that should follow this message: its end may be missing, and nothing can be said of its body"
	}
}

// plainText takes the tags out of HTML, as far as that is needed to see whether there
// is text, and what its lines are. No text in it may be taken for what a browser
// shows.
func plainText(s string) string {
	var b strings.Builder
	// Line ends in HTML are blanks.
	s = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ").Replace(s)
	for len(s) > 0 {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		if strings.HasPrefix(s, "<!--") {
			_, s, _ = strings.Cut(s, "-->")
			continue
		}
		tag, rest, _ := strings.Cut(s[1:], ">")
		name := strings.ToLower(strings.TrimLeft(tag[:min(len(tag), 10)], "/"))
		if n := strings.IndexAny(name, " \t\r\n/"); n >= 0 {
			name = name[:n]
		}
		s = rest
		switch name {
		case "style", "script", "title":
			if tag[0] != '/' {
				s = afterTag(s, name)
			}
		case "br", "p", "div", "tr", "hr", "li", "table", "blockquote", "h1", "h2", "h3":
			b.WriteByte('\n')
		}
	}
	return html.UnescapeString(b.String())
}

// afterTag is what follows the end tag of that name.
func afterTag(s, name string) string {
	for {
		i := strings.Index(s, "</")
		if i < 0 {
			return ""
		}
		s = s[i+2:]
		if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
			_, s, _ = strings.Cut(s, ">")
			return s
		}
	}
}
