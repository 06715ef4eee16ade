package received

import "math/bits"

// Properties of a session as bits, in the order of impliedNames.
type implied uint8

const (
	isTLS implied = 1 << iota
	isAuth
	isLMTP
	isHTTP
	isLocal
	isUTF8
	isFetch
)

var impliedNames = []Implied{ImpliesTLS, ImpliesAuth, ImpliesLMTP, ImpliesHTTP, ImpliesLocal, ImpliesUTF8, ImpliesFetch}

func (set implied) list() []Implied {
	list := make([]Implied, 0, bits.OnesCount(uint(set)))
	for bit, name := range impliedNames {
		if set&(1<<bit) != 0 {
			list = append(list, name)
		}
	}
	return list
}

// protocols says what the word behind "with" implies: the registered types (RFC
// 3848, RFC 6531 section 4.3, RFC 8314 appendix A) and those that servers made
// up. A word that is not here implies nothing.
var protocols = map[string]implied{
	"SMTP": 0, "ESMTP": 0, "SMTPD": 0, "SMTPSVC": 0,
	"ESMTPS": isTLS, "ESMTPA": isAuth, "ESMTPSA": isTLS | isAuth,
	"UTF8SMTP": isUTF8, "UTF8SMTPS": isUTF8 | isTLS, "UTF8SMTPA": isUTF8 | isAuth, "UTF8SMTPSA": isUTF8 | isTLS | isAuth,
	"UTF8ESMTP": isUTF8, "UTF8ESMTPS": isUTF8 | isTLS, "UTF8ESMTPA": isUTF8 | isAuth, "UTF8ESMTPSA": isUTF8 | isTLS | isAuth,
	"LMTP": isLMTP, "LMTPS": isLMTP | isTLS, "LMTPA": isLMTP | isAuth, "LMTPSA": isLMTP | isTLS | isAuth,
	"UTF8LMTP": isUTF8 | isLMTP, "UTF8LMTPS": isUTF8 | isLMTP | isTLS, "UTF8LMTPA": isUTF8 | isLMTP | isAuth, "UTF8LMTPSA": isUTF8 | isLMTP | isTLS | isAuth,
	"MMS": 0,

	"SMTPS": isTLS, "SMTPA": isAuth, "SMTPSA": isTLS | isAuth, "ASMTP": isAuth, "ESMTPSASMTP": isTLS | isAuth,
	"ESMTP-TLS": isTLS, "STARTTLS": isTLS,
	"ESMTPSM": isTLS, // Symantec cloud.
	"HTTP":    isHTTP, "HTTPS": isHTTP | isTLS, "HTTPU": isHTTP, "HTTPREST": isHTTP, "REST": isHTTP, "HTTP-DAV": isHTTP, "DAV": isHTTP, "WEBMAIL": isHTTP, "XMIT": 0,
	"LOCAL": isLocal, "LOCAL-SMTP": isLocal, "LOCAL-ESMTP": isLocal, "LOCAL-ESMTPS": isLocal | isTLS, "LOCAL-BSMTP": isLocal, "LOCAL-GENERATED": isLocal, "UUCP": 0,
	"POP3": isFetch, "POP": isFetch, "POP2": isFetch, "APOP": isFetch, "SDPS": isFetch, "KPOP": isFetch, "IMAP": isFetch, "IMAP4": isFetch, "POP3S": isFetch | isTLS, "IMAPS": isFetch | isTLS, "ETRN": 0,
	"MAPI": 0, "NNFMP": 0, "QMQP": 0, "QMTP": 0, "QMQPS": isTLS, "BSMTP": 0, "ECSTREAM": 0, "TCP": 0, "THRIFT": 0, "PIPE": isLocal, "SENDMAIL": isLocal, "DSN": 0, "NOVELL_GROUPWISE": 0, "STREAM": 0,
}

// protocol looks up one word, in any case.
func protocol(word string) (set implied, known bool) {
	var buf [16]byte
	if len(word) > len(buf) {
		return 0, false
	}
	for i := range len(word) {
		c := word[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		buf[i] = c
	}
	set, known = protocols[string(buf[:len(word)])]
	return set, known
}
