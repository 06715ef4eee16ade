package mailbox

import (
	"bytes"
	"strings"
	"sync"
)

// nameKind says what a field name tells about the lines it stands in. A line of a
// damaged header that looks like a field may be the rest of another one ("Re: ..."
// of a subject, "with: ..." of a comment), so here names have to be known.
type nameKind int8

const (
	nameUnknown  nameKind = iota // Not a name that is known, by itself or by its shape.
	nameLikely                   // Looks-Like-This: a field, where nothing speaks against it.
	nameShown                    // Mail programs and web pages show it to everybody: no sign of a header.
	nameHeader                   // Only in a header.
	nameReceived                 // Received.
)

// shownNames are the fields that are shown above a message, and in the summaries of
// "show original" pages.
const shownNames = "from to cc bcc subject date sent reply-to importance priority attachments"

// headerNames are fields that are not shown. They are those of RFC 5322, of the
// registry of RFC 3864 for mail, and those without "X-" that are in more than one
// message of the corpora.
const headerNames = `return-path delivered-to message-id mime-version content-type content-transfer-encoding
content-disposition content-language content-description content-id content-length content-class precedence
in-reply-to references sender errors-to user-agent received-spf authentication-results authentication-results-original
original-authentication-results dkim-signature dkim-filter domainkey-signature arc-seal arc-message-signature
arc-authentication-results delivery-date envelope-to envelope-from original-recipient original-envelope-id
organization organisation feedback-id thread-index thread-topic auto-submitted mailing-list archived-at
message-id-hash accept-language mail-followup-to mail-reply-to reply-by ironport-sdr ironport-data ironport-hdrordr
ironport-phdr cms-type autocrypt old-subject old-return-path status dmarc-filter dlp-filter disposition-notification-to
return-receipt-to sensitivity lines comments keywords newsgroups nntp-posting-host nntp-posting-date path xref
openpgp bounces-to approved approved-by expires supersedes followup-to bcl spamdiagnosticoutput spamdiagnosticmetadata
tls-report-domain tls-report-submitter tls-required cfbl-address cfbl-feedback-id apparently-to
delivered-by-the-graces-of alternate-recipient autoforwarded conversion deferred-delivery generate-delivery-report
original-message-id original-sender originator-return-address prevent-nondelivery-report x400-received
x400-originator list-id bimi-selector bimi-location bimi-indicator require-recipient-valid-since msip_labels
dispostion-notification-options jabber-id solicitation pics-label language latest-delivery-time encrypted`

// headerPrefixes are how names begin that are fields of a header, whatever follows.
var headerPrefixes = [...]string{"x-", "resent-", "list-", "arc-", "dkim-", "ironport-", "ms-exchange-", "content-", "authentication-results-"}

var nameKinds = sync.OnceValue(func() map[string]nameKind {
	kinds := map[string]nameKind{"received": nameReceived}
	for _, n := range strings.Fields(shownNames) {
		kinds[n] = nameShown
	}
	for _, n := range strings.Fields(headerNames) {
		kinds[n] = nameHeader
	}
	return kinds
})

// maxKnownName is how long a name is looked at. The longest ones of Exchange have
// 60 bytes.
const maxKnownName = 80

// kindOf says what a name tells.
func kindOf[T string | []byte](name T) nameKind {
	var buf [maxKnownName]byte
	if len(name) == 0 || len(name) > len(buf) {
		return nameUnknown
	}
	lower := buf[:len(name)]
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	if k, ok := nameKinds()[string(lower)]; ok {
		return k
	}
	for _, p := range headerPrefixes {
		if len(lower) > len(p)+1 && string(lower[:len(p)]) == p {
			return nameHeader
		}
	}
	if i := bytes.IndexByte(lower, '-'); i > 0 && i+1 < len(name) && isUpper(name[0]) && isUpper(name[i+1]) {
		return nameLikely
	}
	return nameUnknown
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

// lineKind says what the name at the beginning of a line tells; field is false
// when no name with a colon stands there.
func lineKind(line []byte) (kind nameKind, field bool) {
	colon, _ := fieldName(line)
	if colon <= 0 {
		return nameUnknown, false
	}
	return kindOf(bytes.TrimRight(line[:colon], " \t")), true
}

// routeLine says whether a line is the beginning of a Received field as servers
// write it. Prose has "Received: yes" as well.
func routeLine(line []byte) bool {
	kind, _ := lineKind(line)
	if kind != nameReceived {
		return false
	}
	value := bytes.TrimLeft(line[bytes.IndexByte(line, ':')+1:], " \t\u00a0")
	if len(value) == 0 || value[0] == '(' {
		return true
	}
	for _, word := range [...]string{"from", "by", "with", "for", "id"} {
		if len(value) >= len(word) && strings.EqualFold(string(value[:len(word)]), word) {
			return len(value) == len(word) || value[len(word)] <= ' ' || value[len(word)] >= 0x80
		}
	}
	return false
}
