package auth

import (
	"net/netip"
	"slices"
	"strings"
)

// Address is the address of the peer that the field names, the zero Addr where it
// names none, or several that differ: parts of the field are the sender's words,
// and who reads one address where two stand reads the one that the sender wants.
// An IPv4 address is never in its IPv6 form.
func (r Results) Address() netip.Addr { return only(r.Addresses()) }

// Addresses returns the addresses of peers that the field names, each once. They
// stand in policy.iprev=, smtp.remote-ip= and smtp.client-ip=, and in comments:
// "sender IP is 192.0.2.1", "domain of x designates 192.0.2.1 as permitted sender".
func (r Results) Addresses() []netip.Addr {
	var out []netip.Addr
	for i := range r.Results {
		res := &r.Results[i]
		for _, p := range res.Props {
			switch p.Name {
			case "iprev", "remote-ip", "client-ip":
				if p.Type == "smtp" || p.Type == "policy" || p.Type == "" {
					out = put(out, p.Value)
				}
			}
		}
		for _, c := range res.Comments {
			out = put(out, peerIn(c))
		}
	}
	return out
}

// MailFrom is the reverse-path that SPF was asked for, or its domain alone: without
// angle brackets, "<>" where it is the null reverse-path, "" where the field does
// not say.
func (r Results) MailFrom() string {
	// QUIRK: Yandex and old Google: smtp.mail. Old Exchange: smtp.from. Amazon SES:
	// envelope-from.
	return path(r.spf("mailfrom", "mail", "from", "envelope-from"))
}

// HELO is the name by which the peer called itself, as far as SPF was asked for it.
func (r Results) HELO() string { return r.spf("helo", "ehlo") }

// spf is the first property of an spf result with one of the names, else
// such a pair in a comment of one.
func (r Results) spf(names ...string) string {
	for res := range r.All("spf") {
		for _, p := range res.Props {
			if (p.Type == "smtp" || p.Type == "") && p.Value != "" && slices.Contains(names, p.Name) {
				return p.Value
			}
		}
	}
	for res := range r.All("spf") {
		for _, c := range res.Comments {
			for _, name := range names {
				if v := pairIn(c, name); v != "" {
					return v
				}
			}
		}
	}
	return ""
}

// only is the one address of a list, or none.
func only(list []netip.Addr) netip.Addr {
	if len(list) == 1 {
		return list[0]
	}
	return netip.Addr{}
}

// put adds the address that text is, if it is one and new.
func put(list []netip.Addr, text string) []netip.Addr {
	if a := address(text); a.IsValid() && !slices.Contains(list, a) {
		list = append(list, a)
	}
	return list
}

// address reads an address, or an address literal (RFC 5321 section 4.1.3).
func address(text string) netip.Addr {
	if n := len(text); n > 2 && text[0] == '[' && text[n-1] == ']' {
		text = text[1 : n-1]
	}
	if rest, ok := cutFold(text, "IPv6:"); ok {
		text = rest
	}
	// Not even tried: most texts are no address, and an error costs.
	if len(text) < 2 || len(text) > 45 || strings.IndexByte("0123456789abcdefABCDEF:", text[0]) < 0 || strings.IndexByte(text, '.') < 0 && strings.IndexByte(text, ':') < 0 {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}
	}
	return a.Unmap()
}

// peerIn finds the address of the peer in a comment, as the writers of SPF results
// phrase it. Only a phrase at an end of the comment counts: what stands between is
// the domain or the mailbox that the sender chose, and may hold the same phrase
// with an address that he chose as well.
func peerIn(comment string) string {
	// QUIRK: Microsoft: "sender IP is 192.0.2.1", in ARC "sender ip is".
	if rest, ok := cutFold(comment, "sender ip is "); ok {
		return firstWord(rest)
	}
	if v := pairIn(comment, "client-ip"); v != "" {
		return v
	}
	// QUIRK: Google: "google.com: 192.0.2.1 is neither permitted nor denied by domain of x".
	rest := comment
	if host, after, ok := strings.Cut(comment, ": "); ok && strings.IndexByte(host, ' ') < 0 {
		rest = after
	}
	word := firstWord(rest)
	if rest = rest[len(word):]; strings.HasPrefix(rest, " is neither permitted") || strings.HasPrefix(rest, " is not permitted sender") {
		return word
	}
	// QUIRK: Yandex: "… as permitted sender, rule=[ip4:192.0.2.0/24]".
	comment, _, _ = strings.Cut(comment, ", rule=[")
	// The example of RFC 7208 section 9.1, and QUIRK: AOL's "as a permitted sender.".
	for _, phrase := range [...]string{" as permitted sender", " as a permitted sender."} {
		if before, ok := strings.CutSuffix(comment, phrase); ok {
			return before[strings.LastIndexByte(before, ' ')+1:]
		}
	}
	// QUIRK: rspamd: "domain of x has no SPF policy when checking 192.0.2.1".
	if i := strings.LastIndex(comment, " when checking "); i >= 0 {
		return comment[i+len(" when checking "):]
	}
	return ""
}

// pairIn finds key=value in a comment of such pairs, which stand between
// semicolons. QUIRK: milters write what belongs into
// Received-SPF as a comment: "client-ip=192.0.2.1; helo=…; envelope-from=…;
// receiver=…". A comment that begins otherwise is another's words.
func pairIn(comment, key string) string {
	if _, ok := cutFold(comment, "client-ip="); !ok {
		return ""
	}
	for comment != "" {
		var pair string
		pair, comment, _ = strings.Cut(comment, ";")
		if k, v, ok := strings.Cut(pair, "="); ok && strings.EqualFold(strings.TrimSpace(k), key) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func firstWord(s string) string {
	if i := strings.IndexAny(s, " ;,"); i >= 0 {
		return s[:i]
	}
	return s
}

// path takes the angle brackets off a reverse-path.
func path(s string) string {
	if n := len(s); n > 2 && s[0] == '<' && s[n-1] == '>' {
		return s[1 : n-1]
	}
	return s
}

// cutFold is strings.CutPrefix in any case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}
