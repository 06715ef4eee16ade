package analyze

import (
	"fmt"
	"strings"

	"mailtrace/received"
)

// Servers write more into the local part of an envelope address than a name: whom
// a bounce is about, who forwarded the message, a signature against forged
// bounces. None of these codings is a standard; each is read as those write it who
// invented it.

// decoded is what an address of the envelope says.
type decoded struct {
	form    string // Name of the coding.
	address string // The address in it, "" when there is none.
	meaning string
	way     wayHint
}

// wayHint says what a coding tells of the way that the message took.
type wayHint int

const (
	noHint wayHint = iota
	hintList
	hintForward
)

// maxLocal bounds what is decoded. RFC 5321 section 4.5.3.1.1 allows 64 bytes;
// codings need more, and are written longer.
const maxLocal = 512

// codings is the decoders, the surest shape first.
var codings = [...]struct {
	form string
	read func(local, host string) (decoded, bool)
}{
	{"srs1", readSRS1},
	{"srs0", readSRS0},
	{"srs-microsoft", readMicrosoftSRS},
	{"gmail-forward", readGmailForward},
	{"prvs", readPRVS},
	{"btv1", readBTV1},
	{"msprvs1", readMSPRVS},
	{"ses", readSES},
	{"googlegroups", readGoogleGroups},
	{"sendgrid", readSendGrid},
	{"mailgun", readMailgun},
	{"yahoogroups", readYahooGroups},
	{"ezmlm", readEzmlm},
	{"mlmmj", readMlmmj},
	{"sympa", readSympa},
	{"mailman", readMailman},
	{"verp", readVERP},
}

// decodeEnvelope reads an address of the envelope. The zero decoded is one that
// says nothing but itself.
func decodeEnvelope(address string) decoded {
	if address == "<>" {
		return decoded{form: "null", meaning: "no bounces are wanted: it is itself a bounce, or an automatic reply"}
	}
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at == len(address)-1 || at > maxLocal {
		return decoded{}
	}
	local, host := address[:at], strings.ToLower(address[at+1:])
	for _, c := range codings {
		if d, ok := c.read(local, host); ok {
			d.form = c.form
			return d
		}
	}
	return decoded{}
}

// readSRS0 reads SRS0=hash=day=domain=local (Mengwong, "SRS", 2003). The first
// separator may be "=", "+" or "-".
func readSRS0(local, host string) (decoded, bool) {
	rest, ok := cutSRS(local, "srs0")
	if !ok {
		return decoded{}, false
	}
	original, ok := srsAddress(rest)
	return decoded{address: original, way: hintForward,
		meaning: fmt.Sprintf("%s forwarded it; it was sent as %s", host, original)}, ok
}

// readSRS1 reads SRS1=hash=first=rest of an SRS0 address: forwarded twice.
func readSRS1(local, host string) (decoded, bool) {
	rest, ok := cutSRS(local, "srs1")
	if !ok {
		return decoded{}, false
	}
	_, rest, ok = strings.Cut(rest, "=") // The hash.
	first, rest, ok2 := strings.Cut(rest, "=")
	if !ok || !ok2 || len(rest) < 2 || !isHost(first) {
		return decoded{}, false
	}
	original, ok := srsAddress(rest[1:])
	return decoded{address: original, way: hintForward,
		meaning: fmt.Sprintf("%s forwarded it, and %s before; it was sent as %s", host, strings.ToLower(first), original)}, ok
}

func cutSRS(local, tag string) (string, bool) {
	if len(local) < len(tag)+1 || !strings.EqualFold(local[:len(tag)], tag) || strings.IndexByte("=+-", local[len(tag)]) < 0 {
		return "", false
	}
	return local[len(tag)+1:], true
}

// srsAddress reads hash=day=domain=local.
func srsAddress(s string) (string, bool) {
	parts := strings.SplitN(s, "=", 4)
	if len(parts) != 4 || parts[3] == "" || !isHost(parts[2]) {
		return "", false
	}
	return parts[3] + "@" + strings.ToLower(parts[2]), true
}

// readMicrosoftSRS reads forwarder+SRS=hash=day=domain=local of Exchange Online,
// and the bounces+SRS=hash=day of its own tenants, which names nobody.
func readMicrosoftSRS(local, host string) (decoded, bool) {
	by, rest, ok := cutFold(local, "+srs=")
	if !ok {
		return decoded{}, false
	}
	if original, ok := srsAddress(rest); ok {
		return decoded{address: original, way: hintForward,
			meaning: fmt.Sprintf("%s@%s forwarded it (Microsoft 365); it was sent as %s", by, host, original)}, true
	}
	return decoded{meaning: fmt.Sprintf("Microsoft 365 sent it for %s under another envelope: the first one is not in it", host)}, strings.EqualFold(by, "bounces")
}

// readGmailForward reads user+caf_=to=domain, which Google writes for a mailbox
// that forwards everything.
func readGmailForward(local, host string) (decoded, bool) {
	by, rest, ok := cutFold(local, "+caf_=")
	to, ok2 := equalsAddress(rest)
	if !ok || !ok2 {
		return decoded{}, false
	}
	return decoded{address: to, way: hintForward, meaning: fmt.Sprintf("%s@%s forwards its mail to %s (Google)", by, host, to)}, true
}

// readPRVS reads prvs=kdddhhhhhh=local of BATV (draft-levine-smtp-batv-01), and
// the older prvs=local/kdddhhhhhh.
func readPRVS(local, host string) (decoded, bool) {
	rest, ok := cutPrefixFold(local, "prvs=")
	if !ok {
		return decoded{}, false
	}
	tag, name, ok := strings.Cut(rest, "=")
	if !ok || !isPRVSTag(tag) {
		if name, tag, ok = strings.Cut(rest, "/"); !ok || !isPRVSTag(tag) {
			return decoded{}, false
		}
	}
	address := name + "@" + host
	return decoded{address: address, meaning: fmt.Sprintf("the address is %s; the rest lets %s tell its own bounces from forged ones", address, host)}, name != ""
}

func isPRVSTag(s string) bool {
	return len(s) == 10 && isDigits(s[:4]) && isHex(s[4:])
}

// readBTV1 reads btv1==tag==local of Barracuda.
func readBTV1(local, host string) (decoded, bool) {
	rest, ok := cutPrefixFold(local, "btv1==")
	_, name, ok2 := strings.Cut(rest, "==")
	if !ok || !ok2 || name == "" {
		return decoded{}, false
	}
	address := name + "@" + host
	return decoded{address: address, meaning: fmt.Sprintf("the address is %s; the rest lets its Barracuda gateway tell its own bounces from forged ones", address)}, true
}

// readMSPRVS reads msprvs1=tag=bounces-customer of SparkPost (MessageSystems).
func readMSPRVS(local, host string) (decoded, bool) {
	rest, ok := cutPrefixFold(local, "msprvs1=")
	tag, name, ok2 := strings.Cut(rest, "=")
	if !ok || !ok2 || len(tag) < 8 || name == "" {
		return decoded{}, false
	}
	return decoded{address: name + "@" + host, meaning: "sent over a server of MessageSystems, as SparkPost runs them; the bounce goes to " + name + "@" + host}, true
}

// readSES reads the envelope address of Amazon SES, which is its message id.
func readSES(local, host string) (decoded, bool) {
	if host != "amazonses.com" && !strings.HasSuffix(host, ".amazonses.com") {
		return decoded{}, false
	}
	t, ok := received.SESMessageID("<" + local + "@" + host + ">")
	if !ok {
		return decoded{}, false
	}
	return decoded{meaning: "Amazon SES took it at " + t.Format("2006-01-02 15:04:05 MST") + "; the local part is its message id"}, true
}

// readGoogleGroups reads group+bnc... of Google Groups; groups of companies run
// under their own domains.
func readGoogleGroups(local, host string) (decoded, bool) {
	group, tag, ok := strings.Cut(local, "+bnc")
	if !ok || group == "" || len(tag) < 16 {
		return decoded{}, false
	}
	address := group + "@" + host
	return decoded{address: address, way: hintList, meaning: "the group " + address + " (Google Groups) sent it out"}, true
}

// readSendGrid reads bounces+account-tag-user=domain.
func readSendGrid(local, _ string) (decoded, bool) {
	rest, ok := cutPrefixFold(local, "bounces+")
	account, rest, ok2 := strings.Cut(rest, "-")
	tag, to, ok3 := strings.Cut(rest, "-")
	if !ok || !ok2 || !ok3 || !isDigits(account) || !isHex(tag) {
		return decoded{}, false
	}
	address, ok := equalsAddress(to)
	return decoded{address: address, meaning: fmt.Sprintf("customer %s of SendGrid sent it to %s", account, address)}, ok
}

// readMailgun reads bounce+hash.tag-user=domain.
func readMailgun(local, _ string) (decoded, bool) {
	rest, ok := cutPrefixFold(local, "bounce+")
	hash, rest, ok2 := strings.Cut(rest, ".")
	tag, to, ok3 := strings.Cut(rest, "-")
	if !ok || !ok2 || !ok3 || !isHex(hash) || !isHex(tag) {
		return decoded{}, false
	}
	address, ok := equalsAddress(to)
	return decoded{address: address, meaning: "a customer of Mailgun sent it to " + address}, ok
}

// readYahooGroups reads sentto-group-message-time-user=domain.
func readYahooGroups(local, host string) (decoded, bool) {
	rest, ok := cutPrefixFold(local, "sentto-")
	parts := strings.SplitN(rest, "-", 4)
	if !ok || len(parts) != 4 || !isDigits(parts[0]) || !isDigits(parts[1]) {
		return decoded{}, false
	}
	address, ok := equalsAddress(parts[3])
	return decoded{address: address, way: hintList, meaning: fmt.Sprintf("message %s of group %s at %s, to %s", parts[1], parts[0], host, address)}, ok
}

// readEzmlm reads list-return-number-user=domain, and the list-return-number- of
// a list that leaves the recipient to its server.
func readEzmlm(local, host string) (decoded, bool) {
	list, rest, ok := strings.Cut(local, "-return-")
	number, to, ok2 := strings.Cut(rest, "-")
	if !ok || !ok2 || list == "" || !isDigits(number) {
		return decoded{}, false
	}
	d := decoded{way: hintList, meaning: fmt.Sprintf("message %s of the mailing list %s@%s (ezmlm)", number, list, host)}
	if to, ok := equalsAddress(to); ok {
		d.address = to
		d.meaning += ", to " + to
	}
	return d, true
}

// readMlmmj reads list+bounces-number-user=domain.
func readMlmmj(local, host string) (decoded, bool) {
	list, rest, ok := strings.Cut(local, "+bounces-")
	number, to, ok2 := strings.Cut(rest, "-")
	if !ok || !ok2 || list == "" || !isDigits(number) {
		return decoded{}, false
	}
	address, ok := equalsAddress(to)
	return decoded{address: address, way: hintList, meaning: fmt.Sprintf("message %s of the mailing list %s@%s (mlmmj), to %s", number, list, host, address)}, ok
}

// readSympa reads bounce+user==a==domain==list.
func readSympa(local, host string) (decoded, bool) {
	rest, ok := cutPrefixFold(local, "bounce+")
	user, rest, ok2 := strings.Cut(rest, "==a==")
	to, list, ok3 := strings.Cut(rest, "==")
	if !ok || !ok2 || !ok3 || user == "" || !isHost(to) || list == "" {
		return decoded{}, false
	}
	list, _, _ = strings.Cut(list, "==") // What follows says why it was sent.
	address := user + "@" + strings.ToLower(to)
	return decoded{address: address, way: hintList, meaning: fmt.Sprintf("the mailing list %s@%s (Sympa), to %s", list, host, address)}, true
}

// readMailman reads list-bounces and list-bounces+user=domain.
func readMailman(local, host string) (decoded, bool) {
	list, rest, ok := cutFold(local, "-bounces")
	if !ok || list == "" {
		return decoded{}, false
	}
	d := decoded{way: hintList, meaning: fmt.Sprintf("the mailing list %s@%s sent it out", list, host)}
	if rest == "" {
		return d, true
	}
	to, plus := strings.CutPrefix(rest, "+")
	if d.address, ok = equalsAddress(to); !plus || !ok {
		return decoded{}, false
	}
	d.meaning += " to " + d.address
	return d, true
}

// readVERP reads any prefix with "+" or "-", and user=domain behind it (Bernstein,
// "Variable Envelope Return Paths", 1997).
func readVERP(local, host string) (decoded, bool) {
	before, domain, ok := cutLast(local, '=')
	if !ok || !isHost(domain) || strings.Contains(before, "=") {
		return decoded{}, false
	}
	i := strings.IndexAny(before, "+-")
	user := before[i+1:]
	if i <= 0 || user == "" {
		return decoded{}, false
	}
	domain = strings.ToLower(domain)
	if strings.ContainsAny(user, "+-") { // Where the user begins cannot be told.
		return decoded{meaning: fmt.Sprintf("%s wrote the recipient, somebody at %s, into it, to know whom a bounce is about", host, domain)}, true
	}
	address := user + "@" + domain
	return decoded{address: address, meaning: fmt.Sprintf("%s wrote the recipient %s into it, to know whom a bounce is about", host, address)}, true
}

// equalsAddress reads user=domain.
func equalsAddress(s string) (string, bool) {
	user, domain, ok := cutLast(s, '=')
	if !ok || user == "" || !isHost(domain) {
		return "", false
	}
	return user + "@" + strings.ToLower(domain), true
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// cutFold is strings.Cut in any case; sep is in lower case.
func cutFold(s, sep string) (before, after string, ok bool) {
	for i := 0; i+len(sep) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(sep)], sep) {
			return s[:i], s[i+len(sep):], true
		}
	}
	return s, "", false
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// isHost says whether s can be a host name of more than one label.
func isHost(s string) bool {
	dot := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			dot = true
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', c == '-', c == '_', c >= 0x80:
		default:
			return false
		}
	}
	return dot && s[0] != '.' && s[len(s)-1] != '.'
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func isHex(s string) bool { return s != "" && strings.Trim(s, "0123456789abcdefABCDEF") == "" }
