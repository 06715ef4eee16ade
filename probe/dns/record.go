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
	case NS, CNAME, PTR:
		return r.Target + "."
	case SOA:
		return fmt.Sprintf("%s. %d", r.Target, r.Serial)
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
	l := layoutOf(t)
	want := len(l.bits)
	if l.name {
		want++
	}
	if len(fields) < want || l.rest == (len(fields) == want) {
		return Record{}, fmt.Errorf("this is not how a record of type %s is written", t)
	}
	var values [3]uint16
	for i, bits := range l.bits {
		n, err := strconv.ParseUint(fields[i], 10, bits)
		if err != nil {
			return Record{}, fmt.Errorf("%q is no number of %d bits", fields[i], bits)
		}
		values[i] = uint16(n)
	}
	fields = fields[len(l.bits):]
	if l.name {
		if r.Target, err = name(fields[0]); err != nil {
			return Record{}, fmt.Errorf("%q: %w", fields[0], err)
		}
	}
	err = r.fill(t, values, fields)
	return r, err
}

// layout says how the data of a type is written.
type layout struct {
	bits []int // Of the numbers at its beginning.
	name bool  // Then comes a name.
	rest bool  // Then comes something else, else nothing.
}

func layoutOf(t Type) layout {
	switch t {
	case NS, CNAME, PTR:
		return layout{name: true}
	case SOA: // Only the primary and the serial number are kept.
		return layout{name: true, rest: true}
	case MX:
		return layout{bits: []int{16}, name: true}
	case SRV:
		return layout{bits: []int{16, 16, 16}, name: true}
	case CAA:
		return layout{bits: []int{8}, rest: true}
	case TLSA:
		return layout{bits: []int{8, 8, 8}, rest: true}
	}
	return layout{rest: true} // A, AAAA, TXT.
}

// fill sets what is not a name.
func (r *Record) fill(t Type, values [3]uint16, rest []string) (err error) {
	switch t {
	case A, AAAA:
		return r.setAddress(t, rest)
	case MX:
		r.Priority = values[0]
	case SOA:
		return r.setSerial(rest)
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

func (r *Record) setSerial(fields []string) error {
	if len(fields) != 2 {
		return errors.New("a SOA record has a primary and a serial number here")
	}
	n, err := strconv.ParseUint(fields[1], 10, 32)
	if err != nil {
		return fmt.Errorf("%q is no number of 32 bits", fields[1])
	}
	r.Serial = uint32(n)
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
