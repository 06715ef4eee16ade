package dns

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// maxText bounds the joined strings of one TXT record, and the data of a CAA or TLSA
// record: more cannot be in a message.
const maxText = 65535

// maxRecords bounds the records of one answer. The longest that were seen in honest
// zones have some hundred addresses; a message of 64 KiB could hold 4,000.
const maxRecords = 1024

// Format writes the data of a record of a type as in a zone file, in printable ASCII,
// except that the text of TXT and CAA stands without quotation marks, so that it can
// be read and searched. parseRecord reads it again, octet by octet the same.
func (r *Record) Format(t Type) string {
	switch t {
	case A, AAAA:
		return r.Address.String()
	case NS, CNAME, PTR, SOA:
		return r.Target + "."
	case MX:
		return fmt.Sprintf("%d %s.", r.Priority, r.Target)
	case SRV:
		return fmt.Sprintf("%d %d %d %s.", r.Priority, r.Weight, r.Port, r.Target)
	case TXT:
		return escape(r.Text)
	case CAA:
		return fmt.Sprintf("%d %s %s", r.Flags, r.Tag, escape(r.Text))
	case TLSA:
		return fmt.Sprintf("%d %d %d %s", r.TLSA.Usage, r.TLSA.Selector, r.TLSA.Matching, hex.EncodeToString(r.TLSA.Data))
	}
	return ""
}

// parseRecord reads what Format wrote.
func parseRecord(t Type, s string) (Record, error) {
	switch t {
	case TXT:
		return recordOf(t, []string{s}, canonical)
	case CAA:
		return recordOf(t, strings.SplitN(s, " ", 3), canonical)
	}
	return recordOf(t, strings.Split(s, " "), canonical)
}

// recordOf makes a record of the fields of its data. Names are made absolute and
// canonical by name.
func recordOf(t Type, fields []string, name func(string) (string, error)) (r Record, err error) {
	numbers, names, rest := layout(t)
	if want := len(numbers) + names; len(fields) < want || !rest && len(fields) > want || rest && len(fields) == want {
		return Record{}, fmt.Errorf("a record of type %s does not have %d fields", t, len(fields))
	}
	var values [3]uint16
	for i, bits := range numbers {
		n, err := strconv.ParseUint(fields[i], 10, bits)
		if err != nil {
			return Record{}, fmt.Errorf("%q is no number of %d bits", fields[i], bits)
		}
		values[i] = uint16(n)
	}
	fields = fields[len(numbers):]
	if names > 0 {
		if r.Target, err = name(fields[0]); err != nil {
			return Record{}, fmt.Errorf("%q: %w", fields[0], err)
		}
	}
	return r, r.fill(t, values, fields)
}

// layout says how the data of a type is written: the bits of the numbers at its
// beginning, whether a name follows, whether anything follows.
func layout(t Type) (numbers []int, names int, rest bool) {
	switch t {
	case NS, CNAME, PTR, SOA: // Of a SOA record only the primary is kept.
		return nil, 1, false
	case MX:
		return []int{16}, 1, false
	case SRV:
		return []int{16, 16, 16}, 1, false
	case CAA:
		return []int{8}, 0, true
	case TLSA:
		return []int{8, 8, 8}, 0, true
	}
	return nil, 0, true // A, AAAA, TXT.
}

// fill sets what is not a name.
func (r *Record) fill(t Type, values [3]uint16, rest []string) (err error) {
	switch t {
	case A, AAAA:
		return r.setAddress(t, rest)
	case MX:
		r.Priority = values[0]
	case SRV:
		r.Priority, r.Weight, r.Port = values[0], values[1], values[2]
	case TXT:
		r.Text, err = joined(rest)
	case CAA:
		if len(rest) != 2 || rest[0] == "" {
			return errors.New("a CAA record has flags, a tag and a value")
		}
		r.Flags, r.Tag = uint8(values[0]), rest[0]
		r.Text, err = joined(rest[1:])
	case TLSA:
		r.TLSA = TLSARecord{Usage: uint8(values[0]), Selector: uint8(values[1]), Matching: uint8(values[2])}
		if r.TLSA.Data, err = hex.DecodeString(strings.Join(rest, "")); len(r.TLSA.Data) > maxText {
			err = fmt.Errorf("the data has more than %d octets", maxText)
		}
	}
	return err
}

func (r *Record) setAddress(t Type, fields []string) error {
	if len(fields) != 1 {
		return errors.New("an address is one field")
	}
	a, err := netip.ParseAddr(fields[0])
	if err != nil || a.Is4() != (t == A) || a.Zone() != "" {
		return fmt.Errorf("%q is no address of type %s", fields[0], t)
	}
	r.Address = a
	return nil
}

// joined are the strings of a TXT record, joined without blanks (RFC 7208 section 3.3).
func joined(texts []string) ([]byte, error) {
	all := []byte{}
	for _, s := range texts {
		octets, err := unescape(s)
		if err != nil {
			return nil, err
		}
		if all = append(all, octets...); len(all) > maxText {
			return nil, fmt.Errorf("the text has more than %d octets", maxText)
		}
	}
	return all, nil
}
