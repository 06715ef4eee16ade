package received

import (
	"strings"
	"time"
)

// sendgridTime: host, number, seconds in eight hex digits, counter:
// recvd-5bc9d6cdd6-rnzhf-1-671E498B-24. The ids of its geopods are random.
func sendgridTime(id string) (time.Time, bool) {
	if !strings.HasPrefix(id, "recvd-") && !strings.HasPrefix(id, "filter") {
		return time.Time{}, false
	}
	last := strings.LastIndexByte(id, '-')
	if last < 9 || id[last-9] != '-' || !isHex(id[last+1:]) {
		return time.Time{}, false
	}
	return clockSeconds(hexNumber(id[last-8 : last]))
}

// kumoTime: a UUID of version 1 without its dashes.
func kumoTime(id string) (time.Time, bool) {
	if len(id) != 32 || !isHex(id) {
		return time.Time{}, false
	}
	return uuidTime(id[:8], id[8:12], id[12:16], id[16])
}

// halonTime: a UUID of version 1. Haraka's are of version 4 and hold no time.
func halonTime(id string) (time.Time, bool) {
	if len(id) != 36 || !hasUUID(id) || !isHex(id[14:18]) || !isHex(id[19:23]) || !isHex(id[24:]) {
		return time.Time{}, false
	}
	return uuidTime(id[:8], id[9:13], id[14:18], id[19])
}

// uuidTime is the time in a UUID of version 1 and variant 10x: steps of 100 ns
// since the beginning of the Gregorian calendar (RFC 9562 section 5.1).
func uuidTime(low, mid, high string, variant byte) (time.Time, bool) {
	v, _ := hexNumber(string(variant))
	l, _ := hexNumber(low)
	m, _ := hexNumber(mid)
	h, _ := hexNumber(high)
	if h>>12 != 1 || v>>2 != 2 {
		return time.Time{}, false
	}
	const gregorian = 122192928e9 // From 1582-10-15 to 1970-01-01.
	steps := (h&0xfff)<<48 | m<<32 | l - int64(gregorian)
	return clockTime(time.Unix(steps/1e7, steps%1e7*100).UTC(), true)
}

// zoneMTATime: milliseconds since 1970 in eleven hex digits, then a counter and
// a random part, and the number of the delivery: 1901bd26506000e0a8.001.
func zoneMTATime(id string) (time.Time, bool) {
	token, delivery, ok := strings.Cut(id, ".")
	if !ok || len(token) != 18 || !isHex(token) || !isDigits(delivery) {
		return time.Time{}, false
	}
	return clockMillis(hexNumber(token[:11]))
}

// zohoTime: milliseconds since 1970 in thirteen digits, up to three more, and a
// random number: 1703443930804720.6263439268947.
func zohoTime(id string) (time.Time, bool) {
	token, random, ok := strings.Cut(id, ".")
	if !ok || len(token) < 13 || len(token) > 16 || !isDigits(token) || !isDigits(random) || len(random) < 8 {
		return time.Time{}, false
	}
	return clockMillis(number(token[:13], &values62, 10))
}

// courierTime: inode, seconds since 1970, process, in hex.
func courierTime(id string) (time.Time, bool) {
	if !courierID(id) {
		return time.Time{}, false
	}
	_, rest, _ := strings.Cut(id, ".")
	seconds, _, _ := strings.Cut(rest, ".")
	return clockSeconds(hexNumber(seconds[len(seconds)-8:]))
}

// interMailTime: UTC, a word and a number, and host names behind dots:
// 20020603123453.JSBY21842.host@client.
func interMailTime(id string) (time.Time, bool) {
	if len(id) < 20 || id[14] != '.' || id[15] < 'A' || id[15] > 'Z' {
		return time.Time{}, false
	}
	return wallTime(id[:14])
}

// dominoTime: local time to the hundredth of a second, then a number behind "-"
// or, before Domino 6, ":".
func dominoTime(id string) (time.Time, bool) {
	if len(id) < 18 || id[16] != '-' && id[16] != ':' || !isDigits(id[14:16]) || !isDigits(id[17:]) {
		return time.Time{}, false
	}
	hundredths, _ := number(id[14:16], &values62, 10)
	t, ok := wallTime(id[:14])
	return t.Add(time.Duration(hundredths) * 10 * time.Millisecond), ok
}

// iceWarpTime: local time and four digits more. Older versions, as Merak, number
// their messages.
func iceWarpTime(id string) (time.Time, bool) {
	if len(id) != 18 || !isDigits(id) {
		return time.Time{}, false
	}
	return wallTime(id[:14])
}

// mailgunTime: an ObjectId of MongoDB, which begins with the seconds since 1970;
// or the seconds alone, in hex, and names behind a dot.
func mailgunTime(id string) (time.Time, bool) {
	if !mailgunID(id) && (len(id) < 12 || id[8] != '.' || strings.IndexByte(id[9:], '-') < 4) {
		return time.Time{}, false
	}
	return clockSeconds(hexNumber(id[:8]))
}

// knoxTime: UTC, the name of the host, and digits behind a tilde.
func knoxTime(id string) (time.Time, bool) {
	if len(id) < 40 || id[14] < 'a' || id[14] > 'z' || strings.IndexByte(id, '~') < 20 {
		return time.Time{}, false
	}
	return wallTime(id[:14])
}

// fromPacific is the moment at which a clock in California shows what wall says;
// twice is true in the hour that comes twice when daylight saving time ends, and
// the moment is then the first. Sources: the Uniform Time Act as amended in 1986
// and 2005: from the first Sunday of April to the last of October, since 2007
// from the second of March to the first of November, at 2 o'clock.
//
// The rules stand here because the tz database need not be on the machine, and a
// report must not depend on whether it is.
func fromPacific(wall time.Time) (t time.Time, twice bool) {
	year := wall.Year()
	begin, end := sunday(year, time.March, 8), sunday(year, time.November, 1)
	if year < 2007 {
		begin, end = sunday(year, time.April, 1), sunday(year, time.October, 25)
	}
	begin, end = begin.Add(2*time.Hour), end.Add(2*time.Hour)
	if wall.Before(begin) || !wall.Before(end) {
		return wall.Add(8 * time.Hour), false
	}
	return wall.Add(7 * time.Hour), !wall.Before(end.Add(-time.Hour))
}

// sunday is the first Sunday from a day of a month on.
func sunday(year int, month time.Month, day int) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return t.AddDate(0, 0, (7-int(t.Weekday()))%7)
}

// Timeless names the products that write ids of this shape and put no time into
// them: those for which a reading of ReadID would be wrong.
func Timeless(id string) []string {
	var names []string
	for _, p := range [...]struct {
		is      bool
		product string
	}{
		{nemesisID(id), "Nemesis (GMX, IONOS, web.de)"},
		{postfixShortID(id), "Postfix with short queue ids"},
		{len(id) == 8 && isHex(id) && isLowerAlnum(id), "OpenSMTPD"},
		{hasUUID(id) && id[14] == '4', "Haraka"},
		{dovecotID(id) && len(id) <= 24, "Dovecot"},
		{len(id) == 12 && !strings.ContainsAny(id, ".@:/"), "amavis"},
		{sesID(id), "Amazon SES (receiving)"},
	} {
		if p.is {
			names = append(names, p.product)
		}
	}
	return names
}

// nemesisID is 6-10-6 in base 62: taken for Exim's by whoever only looks at its
// beginning, and off by weeks to years when it is read so.
func nemesisID(id string) bool {
	if len(id) != 24 || id[6] != '-' || id[17] != '-' {
		return false
	}
	for i := range len(id) {
		if !isAlnum(id[i]) && i != 6 && i != 17 {
			return false
		}
	}
	return true
}
