package probe

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"mailtrace/analyze/domain"
)

// MTA-STS (RFC 8461) lets a domain say by HTTPS which hosts are its MX hosts, and that
// mail for it has to be sent by TLS with a certificate that holds. A TXT record says
// that there is such a policy, and changes when the policy does.

// Bounds on a policy (RFC 8461 section 3.2 and 3.3).
const (
	maxPolicy   = 64 << 10 // Octets, "a suggested maximum policy size".
	maxPolicyMX = 1000     // Patterns that are kept; 64 KiB hold more only of nonsense.
	maxAge      = 31557600 // Seconds.
)

// stsVersion begins a record; records that begin otherwise are discarded (RFC 8461
// section 3.1).
const stsVersion = "v=STSv1"

// stsRecord is the TXT record.
type stsRecord struct {
	id string // Of this edition of the policy.
}

// parseSTSRecord reads a record. Where a field is there twice, the first one counts
// (RFC 8461 section 3.2).
func parseSTSRecord(text string) (stsRecord, error) {
	fields, err := recordFields(text, stsVersion, "id")
	if err != nil {
		return stsRecord{}, err
	}
	for _, f := range fields {
		if f.name != "id" {
			continue
		}
		if len(f.value) > 32 {
			return stsRecord{}, errors.New("its id is longer than 32 characters")
		}
		for i := range len(f.value) {
			if !alnum(f.value[i]) {
				return stsRecord{}, fmt.Errorf("its id %q has other characters than letters and digits", shortened(f.value))
			}
		}
		return stsRecord{id: f.value}, nil
	}
	return stsRecord{}, errors.New("it has no id")
}

// stsMode is what senders shall do where the policy does not hold (RFC 8461 section 5).
type stsMode string

const (
	stsEnforce stsMode = "enforce" // Not deliver there.
	stsTesting stsMode = "testing" // Deliver, and report it.
	stsNone    stsMode = "none"    // Act as if there was no policy.
)

// stsPolicy is the policy, as the HTTPS server has it.
type stsPolicy struct {
	mode   stsMode
	maxAge int64    // Seconds, 31557600 at most.
	stated int64    // The same, as it is written.
	mx     []string // Patterns, in lower case: "mail.example.com", "*.example.net".
}

// parseSTSPolicy reads a policy (RFC 8461 section 3.2): lines "name: value" that end in
// CR LF or LF. Fields of no name that the RFC has are stepped over, if they are fields.
func parseSTSPolicy(body []byte) (*stsPolicy, error) {
	if len(body) > maxPolicy {
		return nil, fmt.Errorf("it is larger than %d octets", maxPolicy)
	}
	seen := map[string]bool{}
	p := &stsPolicy{}
	for number, line := range bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n")) {
		text := strings.TrimRight(string(bytes.TrimSuffix(line, []byte("\r"))), wsp)
		if len(body) == 0 {
			break
		}
		name, value, ok := strings.Cut(text, ":")
		value = strings.TrimLeft(value, wsp)
		if !ok || !extensionName(name) || value == "" {
			return nil, fmt.Errorf("line %d is no \"name: value\": %q", number+1, shortened(text))
		}
		if name != "mx" && seen[name] {
			continue // "all entries except for the first SHALL be ignored"
		}
		seen[name] = true
		if err := p.set(name, value); err != nil {
			return nil, fmt.Errorf("line %d: %w", number+1, err)
		}
	}
	for _, name := range [...]string{"version", "mode", "max_age"} {
		if !seen[name] {
			return nil, fmt.Errorf("it has no %q", name)
		}
	}
	if p.mode != stsNone && len(p.mx) == 0 {
		return nil, fmt.Errorf("its mode is %s and it names no mx", p.mode)
	}
	return p, nil
}

func (p *stsPolicy) set(name, value string) error {
	switch name {
	case "version":
		if value != "STSv1" {
			return fmt.Errorf("version %q is not STSv1", shortened(value))
		}
	case "mode":
		p.mode = stsMode(value)
		if p.mode != stsEnforce && p.mode != stsTesting && p.mode != stsNone {
			return fmt.Errorf("mode %q is none of enforce, testing and none", shortened(value))
		}
	case "max_age":
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil || len(value) > 10 {
			return fmt.Errorf("max_age %q is no number of 1 to 10 digits", shortened(value))
		}
		p.maxAge, p.stated = int64(min(n, maxAge)), int64(n)
	case "mx":
		if !stsPattern(value) {
			return fmt.Errorf("mx %q is no host name, and no \"*.\" with one behind it, in A-labels", shortened(value))
		}
		if len(p.mx) < maxPolicyMX {
			p.mx = append(p.mx, strings.ToLower(strings.TrimSuffix(value, ".")))
		}
	default:
		if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("the value of %s holds what may not stand there", name)
		}
	}
	return nil
}

// stsPattern says whether a value is ["*."] Domain, with Domain as RFC 5321 section
// 4.1.2 has it.
func stsPattern(value string) bool {
	name := strings.TrimPrefix(value, "*.")
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if len(label) > 63 || !ldhLabel(label) {
			return false
		}
	}
	return len(name) <= 253
}

// stsMatches says whether a pattern allows a host: a "*" stands for just one label
// (RFC 8461 section 4.1).
func stsMatches(pattern, host string) bool {
	pattern, host = stsName(pattern), stsName(host)
	suffix, wild := strings.CutPrefix(pattern, "*.")
	if !wild {
		return host != "" && pattern == host
	}
	label, rest, ok := strings.Cut(host, ".")
	return ok && label != "" && !strings.Contains(suffix, "*") && rest == suffix
}

// stsName is a name in the spelling in which two are the same.
func stsName(name string) string {
	star, name := "", strings.ToLower(strings.TrimSuffix(name, "."))
	if rest, ok := strings.CutPrefix(name, "*."); ok {
		star, name = "*.", rest
	}
	if a := domain.ASCII(name); a != "" {
		name = a
	}
	return star + name
}
