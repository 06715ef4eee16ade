package auth

import "strings"

// MaxSPFNames are the mail servers of one "mx", and the names of one "ptr", that a
// receiver asks for (RFC 7208 section 4.6.4).
const MaxSPFNames = maxSPFNames

// IsSPF tells whether the text of a TXT record is taken for an SPF record, right or
// wrong (RFC 7208 section 4.5).
func IsSPF(text []byte) bool { return isSPF(text) }

// SPFTarget is where a domain-spec leads, as far as that can be told without a message.
type SPFTarget struct {
	Name    string // That is asked, in lower case and without the dot at its end; "" where Message is set.
	Askable bool   // Name is one that can be asked.
	Message bool   // It hangs on the message: on its sender, its address, its name.
	PMacros int    // Times that %{p} stands in it: each is a look-up (RFC 7208 section 4.6.4).
}

// TargetOf expands a domain-spec whose syntax is right, as it stands in the record of
// the domain in, for mail of the domain sender (RFC 7208 section 7). Only %{d} and
// %{o} are known without a message.
func TargetOf(spec, in, sender string) SPFTarget {
	t := SPFTarget{}
	to, err := expandMacros(spec, func(letter byte) (string, error) {
		switch letter {
		case 'd':
			return in, nil
		case 'o':
			return sender, nil
		case 'p':
			t.PMacros++
		}
		t.Message = true
		return "", nil
	})
	if t.Message {
		return t
	}
	t.Name, t.Askable = askable(lower(strings.TrimSuffix(to, ".")))
	t.Askable = t.Askable && err == nil
	return t
}
