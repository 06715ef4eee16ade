package auth

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// Bounds on a record. RFC 7208 section 3.4 wants a whole answer in 512 bytes; large
// senders have some more.
const (
	MaxSPFRecord = 64 << 10 // Bytes: no TXT record is longer (RFC 1035 section 3.2.1).
	maxSPFNotes  = 32       // Notes on one record.
	maxSPFUDP    = 450      // Bytes, above which RFC 7208 section 3.4 advises to split the record.
)

// Mechanism is the name of a term that matches, or of a modifier that is known.
type Mechanism string

const (
	MechAll      Mechanism = "all"
	MechInclude  Mechanism = "include"
	MechA        Mechanism = "a"
	MechMX       Mechanism = "mx"
	MechPTR      Mechanism = "ptr"
	MechIP4      Mechanism = "ip4"
	MechIP6      Mechanism = "ip6"
	MechExists   Mechanism = "exists"
	MechRedirect Mechanism = "redirect" // A modifier.
	MechExp      Mechanism = "exp"      // A modifier.
	MechUnknown  Mechanism = ""         // A modifier that RFC 7208 does not have: it is ignored.
)

// SPFTerm is one term of a record.
type SPFTerm struct {
	Text      string // As written.
	Offset    int    // In the record, in bytes.
	Mechanism Mechanism
	Qualifier Status       // What a match means: Pass, Fail, SoftFail, Neutral; "" of a modifier.
	Spec      string       // The domain-spec, before its macros are expanded; "" for none.
	Network   netip.Prefix // Of ip4 and ip6, masked.
	Bits4     int8         // Of a and mx: the length of prefix with which IPv4 addresses are compared.
	Bits6     uint8        // And IPv6 addresses.
}

// SPFRecord is a record whose syntax is right.
type SPFRecord struct {
	Text     string
	Terms    []SPFTerm // In their order, modifiers among them.
	Redirect string    // The domain-spec; "" for none.
	Exp      string    // The domain-spec; "" for none.
	All      bool      // There is an "all": redirect is ignored (RFC 7208 section 6.1).
	Notes    []SPFNote // What is right and yet odd; nil for nothing.
}

// SPFNote is an oddness of a record that breaks no rule of its grammar.
type SPFNote struct {
	Domain string // Where the record is published; "" where only its text is known.
	Offset int    // In the record, in bytes.
	Term   string // As written.
	Text   string
}

// SPFSyntaxError says where and why a record is not what RFC 7208 section 12 allows.
type SPFSyntaxError struct {
	Offset int    // In the record, in bytes.
	Term   string // As written; "" when it is about the whole record.
	Why    string
}

func (e *SPFSyntaxError) Error() string {
	s := "byte " + strconv.Itoa(e.Offset) + ": " + e.Why
	if e.Term != "" {
		s = shownSPF(e.Term) + ": " + e.Why
	}
	return s
}

// isSPF tells whether a TXT record is meant for SPF (RFC 7208 section 4.5).
func isSPF(text []byte) bool {
	const version = "v=spf1"
	if len(text) < len(version) || len(text) > len(version) && text[len(version)] != ' ' {
		return false
	}
	for i := range len(version) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != version[i] {
			return false
		}
	}
	return true
}

// ParseSPFRecord reads a whole record. RFC 7208 section 4.6: an error anywhere in it
// spoils all of it, so there is no result beside an error, which is an
// *SPFSyntaxError.
func ParseSPFRecord(text string) (*SPFRecord, error) {
	r := &SPFRecord{}
	if err := r.parse(text); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *SPFRecord) parse(text string) error {
	switch {
	case len(text) > MaxSPFRecord:
		return &SPFSyntaxError{Why: "the record is longer than " + strconv.Itoa(MaxSPFRecord) + " bytes"}
	case !isSPF([]byte(text)):
		return &SPFSyntaxError{Why: `the record does not begin with "v=spf1"`}
	}
	r.Text = text
	terms := 0
	for i := 1; i < len(text); i++ {
		if text[i-1] == ' ' && text[i] != ' ' {
			terms++
		}
	}
	r.Terms = make([]SPFTerm, 0, terms)
	for i := len("v=spf1"); i < len(text); {
		if text[i] == ' ' {
			i++
			continue
		}
		end := len(text)
		if n := strings.IndexByte(text[i:], ' '); n >= 0 {
			end = i + n
		}
		t := SPFTerm{Text: text[i:end], Offset: i, Bits4: 32, Bits6: 128}
		err := t.parse()
		if err == nil {
			err = r.add(&t)
		}
		if err != nil {
			return &SPFSyntaxError{i, t.Text, err.Error()}
		}
		i = end
	}
	if len(text) > maxSPFUDP {
		r.note(&SPFTerm{}, strconv.Itoa(len(text))+" bytes: may not fit into one UDP answer (RFC 7208 section 3.4)")
	}
	return nil
}

// add takes a term in: what may stand once, and what is odd.
func (r *SPFRecord) add(t *SPFTerm) error {
	if r.All && t.Qualifier != "" {
		r.note(t, `behind "all": never looked at`)
	}
	switch t.Mechanism {
	case MechAll:
		r.All = true
		switch {
		case r.Redirect != "":
			r.note(t, `beside "redirect", which is therefore ignored`)
		case t.Qualifier == Pass:
			r.note(t, "every address of the world may send for this domain")
		}
	case MechPTR:
		r.note(t, "should not be used (RFC 7208 section 5.5)")
	case MechRedirect:
		if r.Redirect != "" {
			return errors.New("a second redirect= (RFC 7208 section 6)")
		}
		if r.All {
			r.note(t, `ignored: there is an "all"`)
		}
		r.Redirect = t.Spec
	case MechExp:
		if r.Exp != "" {
			return errors.New("a second exp= (RFC 7208 section 6)")
		}
		r.Exp = t.Spec
	case MechUnknown:
		r.unknown(t)
	}
	r.Terms = append(r.Terms, *t)
	return nil
}

// unknown tells what was meant by a modifier that means nothing.
func (r *SPFRecord) unknown(t *SPFTerm) {
	name, value, _ := strings.Cut(t.Text, "=")
	switch m := Mechanism(lower(name)); m {
	case MechInclude, MechA, MechMX, MechPTR, MechIP4, MechIP6, MechExists, MechAll:
		r.note(t, `a modifier that nobody knows: "`+string(m)+":"+value+`" was meant`)
	default:
		r.note(t, "a modifier that nobody knows: ignored")
	}
}

func (r *SPFRecord) note(t *SPFTerm, text string) {
	if len(r.Notes) < maxSPFNotes {
		r.Notes = append(r.Notes, SPFNote{Offset: t.Offset, Term: t.Text, Text: text})
	}
}

// parse reads the term in t.Text.
func (t *SPFTerm) parse() error {
	n := len(t.Text) // The end of the name.
	for i := range len(t.Text) {
		switch c := t.Text[i]; {
		case c <= ' ' || c >= 127:
			// RFC 7208 section 7.1. A domain is in A-labels.
			return errors.New("a byte that is no visible character of ASCII")
		case (c == ':' || c == '/' || c == '=') && n == len(t.Text):
			n = i
		}
	}
	s, qualified := t.Text, true
	t.Qualifier = Pass
	switch s[0] {
	case '-':
		t.Qualifier = Fail
	case '~':
		t.Qualifier = SoftFail
	case '?':
		t.Qualifier = Neutral
	case '+':
	default:
		qualified = false
	}
	if qualified {
		s, n = s[1:], n-1
	}
	if n < len(s) && s[n] == '=' {
		if qualified {
			return errors.New(`a modifier has no "` + t.Text[:1] + `"`)
		}
		return t.modifier(s[:n], s[n+1:])
	}
	return t.directive(s[:n], s[n:])
}

// modifier reads what has a "=" behind its name.
func (t *SPFTerm) modifier(name, value string) error {
	t.Qualifier = ""
	for i := range len(name) {
		c := name[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '_' && c != '.') {
			return errors.New("no name of a modifier")
		}
	}
	switch {
	case name == "":
		return errors.New(`nothing before "="`)
	case strings.EqualFold(name, "redirect"):
		t.Mechanism = MechRedirect
	case strings.EqualFold(name, "exp"):
		t.Mechanism = MechExp
	default:
		_, err := checkMacros(value, true)
		return err
	}
	t.Spec = value
	return checkDomainSpec(value)
}

// directive reads a mechanism; rest begins with the ":" or "/" behind the name.
func (t *SPFTerm) directive(name, rest string) error {
	t.Mechanism = mechanism(name)
	switch t.Mechanism {
	case MechAll:
		if rest != "" {
			return errors.New(`nothing may follow "all"`)
		}
		return nil
	case MechIP4, MechIP6:
		return t.network(rest)
	case MechA, MechMX:
		var err error
		if rest, err = t.dualLength(rest); err != nil {
			return err
		}
		fallthrough
	case MechPTR:
		if rest == "" {
			return nil
		}
	case MechInclude, MechExists:
	default:
		return errors.New(unknownMechanism(name))
	}
	if rest == "" || rest[0] != ':' {
		return errors.New(`a ":" and a domain must follow "` + name + `"`)
	}
	t.Spec = rest[1:]
	return checkDomainSpec(t.Spec)
}

// mechanism is the mechanism of that name (RFC 7208 section 4.6.1: in any case),
// MechUnknown for none.
func mechanism(name string) Mechanism {
	switch m := Mechanism(lower(name)); m {
	case MechAll, MechInclude, MechA, MechMX, MechPTR, MechIP4, MechIP6, MechExists:
		return m
	}
	return MechUnknown
}

// unknownMechanism says what is wrong with a name, and what was meant where that
// is seen often.
func unknownMechanism(name string) string {
	switch lower(name) {
	case "redirect", "exp":
		return `a modifier: "=" must follow its name`
	case "ipv4", "ip":
		return `no mechanism: "ip4" was meant?`
	case "ipv6":
		return `no mechanism: "ip6" was meant?`
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return `an address alone: "ip4:" or "ip6:" must stand before it`
	}
	if strings.IndexByte(name, '.') >= 0 {
		return `no mechanism: "include:" or "a:" was meant?`
	}
	return "no mechanism"
}

// network reads what follows "ip4" and "ip6" (RFC 7208 section 5.6).
func (t *SPFTerm) network(rest string) error {
	if len(rest) < 2 || rest[0] != ':' {
		return errors.New("a network must follow")
	}
	text, length, short := strings.Cut(rest[1:], "/")
	addr, err := netip.ParseAddr(text)
	// ParseAddr allows no leading zeros, as the grammar.
	if err != nil || addr.Zone() != "" || addr.Is4() != (t.Mechanism == MechIP4) {
		if err == nil && addr.Zone() == "" {
			return errors.New("an address of the other family")
		}
		return errors.New("no address")
	}
	bits := addr.BitLen()
	if short {
		if bits, err = prefixLength(length, bits); err != nil {
			return err
		}
	}
	// Prefix of an IPv4 address in its IPv6 form counts as IPv6.
	t.Network, err = addr.Prefix(bits)
	return err
}

// prefixLength reads 0, or a number without leading zeros.
func prefixLength(s string, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n > most || s[0] < '0' || s[0] > '9' || len(s) > 1 && s[0] == '0' {
		return 0, errors.New(`no length of prefix: "/` + s + `"`)
	}
	return n, nil
}

// dualLength cuts the dual-cidr-length off (RFC 7208 section 5.3). It is looked for
// from the end: a domain-spec may have slashes in it, but cannot end in digits
// behind one.
func (t *SPFTerm) dualLength(rest string) (string, error) {
	head, digits := lengthAtEnd(rest)
	if strings.HasSuffix(head, "//") {
		n, err := prefixLength(digits, 128)
		if err != nil {
			return "", err
		}
		t.Bits6 = uint8(n)
		rest = head[:len(head)-2]
		head, digits = lengthAtEnd(rest)
	}
	if strings.HasSuffix(head, "/") && digits != "" {
		n, err := prefixLength(digits, 32)
		if err != nil {
			return "", err
		}
		t.Bits4 = int8(n)
		rest = head[:len(head)-1]
	}
	return rest, nil
}

// lengthAtEnd cuts digits off the end; head ends in "/" where they are a length.
func lengthAtEnd(s string) (head, digits string) {
	i := len(s)
	for i > 0 && '0' <= s[i-1] && s[i-1] <= '9' {
		i--
	}
	if i == len(s) {
		return "", ""
	}
	return s[:i], s[i:]
}
