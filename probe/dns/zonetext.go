package dns

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bounds of the text of a zone. It is written by the user, not by a stranger, but the
// file may be the wrong one.
const (
	maxZone   = 16 << 20 // Bytes.
	maxFields = 1024     // Of one entry: a TXT record of 64 KiB has 257 strings.
	maxNames  = 1 << 20  // With those above them: a name of a line can stand for 127.

	defaultTTL = time.Hour // Where the text has no $TTL.
)

// failures are the causes that a line "name FAIL cause [type]" can name.
var failures = []Cause{Timeout, ServFail, Refused, Malformed, Network}

// ParseZone reads the text of a zone file (RFC 1035 section 5.1) with the types that
// can be asked for, $ORIGIN and $TTL; without $ORIGIN, names are absolute. One kind of
// line is our own: "name FAIL timeout" makes every question for that name end so, with
// one of timeout, servfail, refused, malformed and network; a type after it restricts
// that to this type. And "$DNSSEC secure", "$DNSSEC insecure" and "$DNSSEC unverified" say
// what the answers made of the lines below it are worth, with "name FAIL bogus" for one
// whose signatures are wrong; without them all are unverified. Two times behind secure, as
// 2026-11-25T12:00:00Z, are when the signatures begin and cease to hold.
//
// The parser is our own: the one of miekg/dns stalls on bad text, and has no failures.
func ParseZone(text string) (*Zone, error) {
	if len(text) > maxZone {
		return nil, fmt.Errorf("a zone of %d bytes: at most %d are read", len(text), maxZone)
	}
	p := zoneParser{zone: &Zone{nodes: map[string]*node{}, secure: Unverified}, ttl: defaultTTL}
	for lex := (zoneLexer{text: text, line: 1}); ; {
		e, err := lex.next()
		if err == nil && e == nil {
			return p.zone, nil
		}
		if err == nil {
			err = p.add(e)
		}
		if err != nil {
			return nil, fmt.Errorf("zone, line %d: %w", lex.begin, err)
		}
	}
}

type zoneParser struct {
	zone   *Zone
	origin string
	owner  string
	owned  bool // There was an owner.
	ttl    time.Duration

	signed, expires time.Time // Of the last $DNSSEC line.
}

func (p *zoneParser) add(e *entry) error {
	if !e.blank && strings.HasPrefix(e.fields[0], "$") && !e.quoted[0] {
		return p.directive(e.fields)
	}
	fields := e.fields
	if !e.blank {
		owner, err := p.absolute(fields[0])
		if err != nil {
			return fmt.Errorf("%q: %w", shown(fields[0]), err)
		}
		p.owner, p.owned = owner, true
		fields = fields[1:]
	}
	if !p.owned {
		return errors.New("the first record has no name")
	}
	ttl := p.ttl
	for len(fields) > 0 {
		if strings.EqualFold(fields[0], "IN") {
			fields = fields[1:]
			continue
		}
		d, ok := parseTTL(fields[0])
		if !ok {
			break
		}
		ttl, fields = d, fields[1:]
	}
	if len(fields) == 0 {
		return errors.New("a name without a record; write NAME [TTL] [IN] TYPE DATA")
	}
	if strings.EqualFold(fields[0], "FAIL") {
		return p.addFailure(fields[1:])
	}
	t, ok := ParseType(fields[0])
	if !ok {
		return fmt.Errorf("%q is no record type that is known here", shown(fields[0]))
	}
	return p.addRecord(t, ttl, fields[1:])
}

func (p *zoneParser) directive(fields []string) error {
	if strings.EqualFold(fields[0], "$DNSSEC") && len(fields) > 1 {
		return p.dnssec(fields[1:])
	}
	if len(fields) != 2 {
		return fmt.Errorf("%s takes one value", shown(fields[0]))
	}
	switch strings.ToUpper(fields[0]) {
	case "$ORIGIN":
		origin, err := p.absolute(fields[1])
		if err != nil {
			return fmt.Errorf("%q: %w", shown(fields[1]), err)
		}
		p.origin = origin
		return nil
	case "$TTL":
		ttl, ok := parseTTL(fields[1])
		if !ok {
			return fmt.Errorf("%q is no time to live", shown(fields[1]))
		}
		p.ttl = ttl
		return nil
	}
	return fmt.Errorf("%s cannot be used here: a zone is one text", shown(fields[0]))
}

// dnssec says what the lines below are worth.
func (p *zoneParser) dnssec(values []string) (err error) {
	p.signed, p.expires = time.Time{}, time.Time{}
	if len(values) == 3 && strings.EqualFold(values[0], string(SecureYes)) {
		if p.signed, err = time.Parse(time.RFC3339, values[1]); err == nil {
			p.expires, err = time.Parse(time.RFC3339, values[2])
		}
		if err != nil {
			return errors.New("a time is written as 2026-11-25T12:00:00Z")
		}
		values = values[:1]
	}
	for _, s := range []Secure{SecureYes, Insecure, Unverified} {
		if strings.EqualFold(string(s), values[0]) && len(values) == 1 {
			p.zone.secure = s
			return nil
		}
	}
	return fmt.Errorf("%q is not one of secure, insecure and unverified", shown(values[0]))
}

// absolute gives the canonical form of a name of the text.
func (p *zoneParser) absolute(name string) (string, error) {
	if name == "@" {
		return p.origin, nil
	}
	if !dotted(name) && p.origin != "" {
		name += "." + p.origin
	}
	return canonical(name)
}

// dotted says whether a name ends in a dot that is not escaped.
func dotted(name string) bool {
	head, ok := strings.CutSuffix(name, ".")
	return ok && (len(head)-len(strings.TrimRight(head, `\`)))%2 == 0
}

// parseTTL reads seconds, or the units that BIND knows: 1h30m.
func parseTTL(s string) (time.Duration, bool) {
	seconds := uint64(0)
	if s == "" {
		return 0, false
	}
	for s != "" {
		i := 0
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		n, err := strconv.ParseUint(s[:i], 10, 31)
		if err != nil {
			return 0, false
		}
		unit := uint64(1)
		if s = s[i:]; s != "" {
			switch lower(s[0]) {
			case 's':
			case 'm':
				unit = 60
			case 'h':
				unit = 60 * 60
			case 'd':
				unit = 24 * 60 * 60
			case 'w':
				unit = 7 * 24 * 60 * 60
			default:
				return 0, false
			}
			s = s[1:]
		}
		if seconds += n * unit; seconds > 1<<31-1 {
			return 0, false // RFC 2181 section 8.
		}
	}
	return time.Duration(seconds) * time.Second, true
}

func (p *zoneParser) addFailure(fields []string) error {
	if len(fields) == 0 || len(fields) > 2 {
		return errors.New("write NAME FAIL CAUSE [TYPE]")
	}
	f := failure{}
	for _, c := range failures {
		if strings.EqualFold(string(c), fields[0]) {
			f.cause = c
		}
	}
	if strings.EqualFold(string(Bogus), fields[0]) {
		f.cause, f.secure = ServFail, Bogus // As a resolver that validates answers.
	}
	if f.cause == "" {
		return fmt.Errorf("%q is no failure; choose of %v", shown(fields[0]), failures)
	}
	if len(fields) == 2 {
		t, ok := ParseType(fields[1])
		if !ok {
			return fmt.Errorf("%q is no record type that is known here", shown(fields[1]))
		}
		f.typ = t
	}
	if len(p.zone.nodes) > maxNames {
		return fmt.Errorf("more than %d names", maxNames)
	}
	n := p.zone.node(p.owner)
	if len(n.fail) == maxRecords {
		return fmt.Errorf("more than %d failures of one name", maxRecords)
	}
	n.fail = append(n.fail, f)
	return nil
}

func (p *zoneParser) addRecord(t Type, ttl time.Duration, fields []string) error {
	negative := ttl
	if t == SOA {
		if len(fields) != 7 {
			return errors.New("a SOA record has seven fields")
		}
		minimum, ok := parseTTL(fields[6])
		if !ok {
			return fmt.Errorf("%q is no time to live", shown(fields[6]))
		}
		negative = min(ttl, minimum) // RFC 2308 section 5.
		fields = []string{fields[0], fields[2]}
	}
	r, err := recordOf(t, fields, p.absolute)
	if err != nil {
		return err
	}
	if len(p.zone.nodes) > maxNames {
		return fmt.Errorf("more than %d names", maxNames)
	}
	n := p.zone.node(p.owner)
	s := n.set(t)
	if s == nil {
		n.sets = append(n.sets, set{typ: t, ttl: ttl, secure: p.zone.secure, signed: p.signed, expires: p.expires})
		s = &n.sets[len(n.sets)-1]
	}
	if len(s.records) == maxRecords {
		return fmt.Errorf("more than %d records of one name and type", maxRecords)
	}
	s.records = append(s.records, r)
	s.ttl = min(s.ttl, ttl)
	if t == SOA {
		n.soa, n.negative = true, negative
	}
	return nil
}
