package auth

import (
	"crypto"
	"slices"
	"strconv"
	"strings"
	"time"

	"mailtrace/analyze/mailbox"
)

// endOfTime is what a longer time is taken for: JSON has no year of five digits, and
// RFC 6376 section 3.5 lets values of more than 12 digits count as without end.
const endOfTime = 253402300799

// need are the tags that a field must have.
var need = [...]string{kindDKIM: "v a b bh d h s", kindAMS: "i a b bh d h s", kindSeal: "i a b cv d s"}

// known tags, apart from those.
var optional = [...]string{kindDKIM: "c i l q t x z r", kindAMS: "c l q t x z v", kindSeal: "t"}

// parseSignature reads a signature field. It never fails: what speaks against it
// stands in Outcome, and then ready says whether it can be checked all the same.
func parseSignature(kind sigKind, f *mailbox.Field, index int) *Signature {
	s := &Signature{Field: index, kind: kind, field: f.Value}
	if len(f.Value) > MaxSignature {
		s.end(Malformed, "is longer than "+strconv.Itoa(MaxSignature)+" bytes")
		return s
	}
	var fault string
	s.tags, fault = parseTagList(f.Value)
	s.Domain = dropBlanks(s.tags.value("d"))
	s.Selector = dropBlanks(s.tags.value("s"))
	s.Copied = s.tags.value("z")
	if fault != "" {
		s.end(Malformed, fault)
	}
	for name := range strings.SplitSeq(need[kind], " ") {
		if !s.tags.has(name) {
			s.end(Malformed, "lacks the tag "+name+"=")
		}
	}
	for i := range s.tags {
		name := s.tags[i].Name
		if !inWords(need[kind], name) && !inWords(optional[kind], name) {
			s.Unknown = append(s.Unknown, name)
		}
	}
	s.parseMethods()
	s.parseData()
	s.parseNames()
	s.parseHeaderList()
	s.parseTimes()
	// What stands above makes it impossible to check; what follows forbids to count it.
	s.ready = s.Outcome == ""
	if s.kind == kindDKIM {
		s.parseIdentity()
		if s.names != "" && !listHas(s.names, "from") {
			s.end(FromUnsigned, "")
		}
	}
	return s
}

// end sets the outcome, unless there is one: the first counts.
func (s *Signature) end(o Outcome, why string) {
	if s.Outcome == "" {
		s.Outcome, s.why = o, why
	}
}

// parseMethods reads v=, a=, c= and q=.
func (s *Signature) parseMethods() {
	if v, ok := s.tags.get("v"); ok && s.kind == kindDKIM && v.Value != "1" {
		s.end(Unsupported, "is of a version that is not known (v=)")
	}
	s.Algorithm = dropBlanks(s.tags.value("a"))
	switch s.Algorithm {
	case "rsa-sha256":
		s.keyType, s.hashName, s.hash = "rsa", "sha256", crypto.SHA256
	case "ed25519-sha256":
		s.keyType, s.hashName, s.hash = "ed25519", "sha256", crypto.SHA256
	case "rsa-sha1":
		s.keyType, s.hashName, s.hash = "rsa", "sha1", crypto.SHA1
	default:
		if s.tags.has("a") {
			s.end(Unsupported, "uses an algorithm that is not known (a=)")
		}
	}
	// RFC 6376 section 3.5. QUIRK: for an ARC-Message-Signature without c= the suite
	// of ValiMail, and so those who seal, have relaxed/relaxed.
	s.HeaderForm, s.BodyForm = Simple, Simple
	if s.kind != kindDKIM {
		s.HeaderForm, s.BodyForm = Relaxed, Relaxed
	}
	if c, ok := s.tags.get("c"); ok && s.kind != kindSeal {
		header, body, both := strings.Cut(dropBlanks(c.Value), "/")
		s.HeaderForm, s.BodyForm = Canon(header), Canon(body)
		if !both {
			s.BodyForm = Simple
		}
		for _, form := range []Canon{s.HeaderForm, s.BodyForm} {
			if form != Simple && form != Relaxed {
				s.end(Unsupported, "uses a canonicalization that is not known (c=)")
			}
		}
	}
	if q, ok := s.tags.get("q"); ok && s.kind != kindSeal {
		methods := colonList(q.Value)
		// QUIRK: "dns" alone is of the drafts before RFC 4871; signers still write it.
		if !slices.Contains(methods, "dns/txt") && !slices.Contains(methods, "dns") {
			s.end(Unsupported, "has its key at a place that is not the DNS (q=)")
		}
	}
}

// parseData reads b=, bh= and l=.
func (s *Signature) parseData() {
	if b, ok := s.tags.get("b"); ok {
		data, fault := base64Tag(b.Value)
		switch {
		case fault != "":
			s.end(Malformed, "has a b= that "+fault)
		case len(data) == 0:
			s.end(Malformed, "has an empty b=")
		}
		s.signature = data
	}
	if s.kind == kindSeal {
		if s.tags.has("h") {
			s.end(Malformed, "has an h=, which a seal must not have") // RFC 8617 section 4.1.3
		}
		return
	}
	if bh, ok := s.tags.get("bh"); ok {
		data, fault := base64Tag(bh.Value)
		switch {
		case fault != "":
			s.end(Malformed, "has a bh= that "+fault)
		case s.hash != 0 && len(data) != s.hash.Size():
			s.end(Malformed, "has a bh= of "+strconv.Itoa(len(data))+" bytes, which is no hash of "+s.hashName)
		}
		s.BodyHash.Given = data
	}
	if l, ok := s.tags.get("l"); ok {
		n, ok := digits(l.Value, 76)
		if !ok {
			s.end(Malformed, "has an l= that is no number")
			return
		}
		s.Length = &n
	}
}

// parseNames reads d= and s=.
func (s *Signature) parseNames() {
	s.keyName = lower(s.Selector) + "._domainkey." + lower(s.Domain)
	switch {
	case !s.tags.has("d") || !s.tags.has("s"):
	case !domainName(s.Domain):
		s.end(Malformed, "has a d= that is no domain name")
	case !domainName(s.Selector) || len(s.keyName) > 253: // RFC 1035 section 2.3.4
		s.end(Malformed, "has an s= that is no selector")
	}
}

// parseHeaderList reads h=.
func (s *Signature) parseHeaderList() {
	h, ok := s.tags.get("h")
	if !ok || s.kind == kindSeal {
		return
	}
	s.names = h.Value
	s.Signed = make([]string, 0, min(strings.Count(h.Value, ":")+1, MaxSigned))
	for name := range strings.SplitSeq(h.Value, ":") {
		switch name = trimBlanks(name); {
		case name == "":
		case len(s.Signed) == MaxSigned:
			s.SignedMore++
		default:
			s.Signed = append(s.Signed, name)
		}
	}
	switch {
	case len(s.Signed) == 0 && s.kind == kindDKIM:
		s.end(Malformed, "names no field (h=)")
	case s.kind == kindAMS && listHas(h.Value, "arc-seal"):
		s.end(Malformed, "signs an ARC-Seal, which it must not") // RFC 8617 section 4.1.2
	}
}

// parseTimes reads t= and x=.
func (s *Signature) parseTimes() {
	read := func(name string) *time.Time {
		t, ok := s.tags.get(name)
		if !ok {
			return nil
		}
		n, ok := digits(t.Value, 76)
		if !ok {
			s.end(Malformed, "has a "+name+"= that is no number")
			return nil
		}
		at := time.Unix(min(n, endOfTime), 0).UTC()
		return &at
	}
	s.Created = read("t")
	if s.kind == kindSeal {
		return
	}
	s.Expires = read("x")
	if s.Created != nil && s.Expires != nil && !s.Expires.After(*s.Created) {
		s.end(Malformed, "expires before it was made (t=, x=)") // RFC 6376 section 3.5
	}
}

// parseIdentity reads i=.
func (s *Signature) parseIdentity() {
	s.identityDomain = s.Domain
	i, ok := s.tags.get("i")
	if !ok {
		return
	}
	s.Identity = quotedPrintable(dropBlanks(i.Value))
	at := strings.LastIndexByte(s.Identity, '@')
	if at < 0 {
		s.end(Malformed, "has an i= without “@”")
		return
	}
	s.identityDomain = s.Identity[at+1:]
	// RFC 6376 section 3.5, and RFC 4343 for the case.
	rest := len(s.identityDomain) - len(s.Domain)
	if rest < 0 || !strings.EqualFold(s.identityDomain[rest:], s.Domain) || rest > 0 && s.identityDomain[rest-1] != '.' {
		s.end(IdentityForeign, "")
	}
}

// quotedPrintable decodes dkim-quoted-printable (RFC 6376 section 2.11).
func quotedPrintable(s string) string {
	if strings.IndexByte(s, '=') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '=' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

// digits reads a number; one that is too large is the largest.
func digits(s string, most int) (n int64, ok bool) {
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' || len(s) > most {
			return 0, false
		}
		if n > (1<<63-1-9)/10 {
			n = 1<<63 - 1
			continue
		}
		n = n*10 + int64(c-'0')
	}
	return n, s != ""
}

// domainName tells whether s can be a name in the DNS. Underscores are used, and
// bytes above 127 are of RFC 8616.
func domainName(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		for i := range len(label) {
			c := label[i]
			if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c >= 0x80 {
				continue
			}
			return false
		}
		if label == "" || len(label) > 63 {
			return false
		}
	}
	return len(s) <= 253
}

// listHas tells whether a list with colons between has the name, in any case.
func listHas(list, name string) bool {
	for item := range strings.SplitSeq(list, ":") {
		if strings.EqualFold(trimBlanks(item), name) {
			return true
		}
	}
	return false
}

// inWords tells whether a word stands in a list with blanks between.
func inWords(list, word string) bool {
	for w := range strings.SplitSeq(list, " ") {
		if w == word {
			return true
		}
	}
	return false
}
