package received

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"strings"
	"time"
)

// Clocks that are not in a Received field but in other fields of the message.

// SESMessageID is the time in a Message-ID that Amazon SES gave: sixteen hex
// digits, of which the last twelve are the milliseconds since 1970 (the first are
// a number of the region, 0100 and the like), a UUID, and a host of
// amazonses.com. False for any other Message-ID. Measured: it is what the date of
// the message says.
func SESMessageID(id string) (time.Time, bool) {
	local, host, ok := strings.Cut(strings.Trim(strings.TrimSpace(id), "<>"), "@")
	if !ok || !equalFold(host, "amazonses.com") && !hasSuffixFold(host, ".amazonses.com") {
		return time.Time{}, false
	}
	if len(local) < 17 || local[16] != '-' || !hasUUID(local[17:]) || !isHex(local[:4]) || local[0] != '0' {
		return time.Time{}, false
	}
	return clockMillis(hexNumber(local[4:16]))
}

// SESOutgoing is what Amazon SES writes into X-SES-Outgoing: the day, in UTC, and
// the address that it sends from.
type SESOutgoing struct {
	Day     time.Time // Its beginning.
	Address netip.Addr
}

// ParseSESOutgoing reads the value of an X-SES-Outgoing field:
// 2025.03.27-198.51.100.17.
func ParseSESOutgoing(value string) (SESOutgoing, bool) {
	day, address, ok := strings.Cut(strings.TrimSpace(value), "-")
	if !ok || len(day) != 10 || len(address) > 45 {
		return SESOutgoing{}, false
	}
	var out SESOutgoing
	var err1, err2 error
	out.Day, err1 = time.Parse("2006.01.02", day)
	out.Address, err2 = netip.ParseAddr(address)
	if _, ok := clockTime(out.Day, err1 == nil && err2 == nil); !ok {
		return SESOutgoing{}, false
	}
	return out, true
}

// ThreadIndex is what a Thread-Index field says: Outlook and Exchange write it.
type ThreadIndex struct {
	Begun   time.Time // When the first message of the conversation was written, UTC.
	Answers int       // How many answers, one to the other, led to this message.
}

// What is wrong with a Thread-Index.
var (
	errIndexBase64 = errors.New("not base64")
	errIndexLength = errors.New("not 22 bytes, and 5 for every answer")
	errIndexMark   = errors.New("does not begin with the byte 01")
	errIndexTime   = errors.New("the time in it is of no year in which there was e-mail")
)

// ParseThreadIndex reads the value of a Thread-Index field ([MS-OXOMSG] section
// 2.2.1.3): base64 of the byte 01, the upper 40 bits of a FILETIME and a GUID;
// then 5 bytes for every answer. Where there is an error about its mark or its
// time, Answers is still set.
//
// That there is no time in it is odd only in a new message of Outlook or Exchange,
// where all have one. QUIRK: Zimbra writes random bytes, and Outlook a hash where
// it answers a message that has no Thread-Index.
//
// QUIRK: Outlook writes the upper 48 bits of the FILETIME without the byte before
// them; that it begins with 01, too, until the year 2057, is why nobody minds.
func ParseThreadIndex(value string) (ThreadIndex, error) {
	if len(value) > MaxToken {
		return ThreadIndex{}, errIndexLength
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), ""))
	switch {
	case err != nil:
		return ThreadIndex{}, errIndexBase64
	case len(raw) < 22 || (len(raw)-22)%5 != 0:
		return ThreadIndex{}, errIndexLength
	}
	index := ThreadIndex{Answers: (len(raw) - 22) / 5}
	if raw[0] != 1 {
		return index, errIndexMark
	}
	steps := int64(0) // Of 100 ns since 1601.
	bytes, below := raw[:6], 16
	if raw[1] == 1 {
		bytes, below = raw[1:6], 24
	}
	for _, b := range bytes {
		steps = steps<<8 | int64(b)
	}
	steps <<= below
	const from1601 = 116444736e9
	steps -= from1601
	begun, ok := clockTime(time.Unix(steps/1e7, steps%1e7*100).UTC(), true)
	if !ok {
		return index, errIndexTime
	}
	index.Begun = begun
	return index, nil
}

// tokenClocks are the clocks in other tokens than queue ids, without their time.
var tokenClocks = []Reading{
	{Clock: "ses-message-id", Product: "Amazon SES (Message-ID)", Zone: ClockUTC, Precision: time.Millisecond, Source: measured},
	{Clock: "ses-outgoing", Product: "Amazon SES (X-SES-Outgoing)", Zone: ClockUTC, Precision: 24 * time.Hour, Source: measured},
	{Clock: "thread-index", Product: "Outlook (Thread-Index)", Zone: ClockUTC, Precision: 1678 * time.Millisecond,
		Source: "[MS-OXOMSG] section 2.2.1.3"},
	{Clock: "exchange-online", Product: "Exchange Online (its build)", Zone: ClockUTC, Precision: 90 * 24 * time.Hour, Source: "data/exchange-builds.txt"},
}

// readTokens is what a token says if it is not a queue id.
func readTokens(token string) []Reading {
	var all []Reading
	add := func(i int, t time.Time) {
		r := tokenClocks[i]
		r.Time = t
		all = append(all, r)
	}
	if t, ok := SESMessageID(token); ok {
		add(0, t)
	}
	if out, ok := ParseSESOutgoing(token); ok {
		add(1, out.Day)
	}
	if index, err := ParseThreadIndex(token); err == nil {
		add(2, index.Begun)
	}
	if seen, ok := ExchangeBuild(token); ok {
		add(3, seen.First)
		all[len(all)-1].Precision = seen.Last.Sub(seen.First)
	}
	return all
}
