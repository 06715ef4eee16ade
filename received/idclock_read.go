package received

import (
	"strings"
	"time"
)

// The grammars of the clocks. Each function returns what the clock shows, or
// false when the id is not of that grammar. None allocates.

const (
	digits62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	digits52 = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz" // No vowels.
)

// values is, for each byte, its value as a digit of an alphabet, or -1.
func values(alphabet string) (v [256]int8) {
	for i := range v {
		v[i] = -1
	}
	for i := range len(alphabet) {
		v[alphabet[i]] = int8(i)
	}
	return v
}

var (
	values62 = values(digits62)
	values52 = values(digits52)
)

// number reads s in a base of at most 62; false when it is not all digits. s must
// be short enough not to overflow: 10 digits.
func number(s string, v *[256]int8, base int64) (n int64, ok bool) {
	for i := range len(s) {
		d := int64(v[s[i]])
		if d < 0 || d >= base {
			return 0, false
		}
		n = n*base + d
	}
	return n, s != ""
}

// hexNumber reads at most 15 hex digits of either case.
func hexNumber(s string) (n int64, ok bool) {
	for i := range len(s) {
		d := int64(values62[s[i]])
		if s[i] >= 'a' && s[i] <= 'f' {
			d = int64(s[i]-'a') + 10
		}
		if d < 0 || d > 15 {
			return 0, false
		}
		n = n<<4 | d
	}
	return n, s != ""
}

// clockTime is t, if mail servers ran then.
func clockTime(t time.Time, ok bool) (time.Time, bool) {
	if !ok || t.Year() < firstClockYear || t.Year() > lastClockYear {
		return time.Time{}, false
	}
	return t, true
}

func clockSeconds(s int64, ok bool) (time.Time, bool) {
	return clockTime(time.Unix(s, 0).UTC(), ok)
}

func clockMillis(ms int64, ok bool) (time.Time, bool) {
	return clockTime(time.UnixMilli(ms).UTC(), ok)
}

// wallTime reads YYYYMMDDhhmmss.
func wallTime(s string) (time.Time, bool) {
	if len(s) != 14 {
		return time.Time{}, false
	}
	n, ok := number(s, &values62, 10)
	if !ok {
		return time.Time{}, false
	}
	part := func(below, size int64) int { return int(n / below % size) }
	return civil(part(1e10, 1e4), part(1e8, 100), part(1e6, 100), part(1e4, 100), part(100, 100), part(1, 100))
}

// civil is a date and time that the calendar has.
func civil(year, month, day, hour, minute, second int) (time.Time, bool) {
	if month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return clockTime(t, t.Day() == day)
}

// eximTime: 6-6-2, since Exim 4.97 6-11-4; the first group is the seconds since
// 1970 in base 62. Until 2057 it begins with 0, 1 or 2.
func eximTime(id string) (time.Time, bool) {
	if !eximID(id) {
		return time.Time{}, false
	}
	return clockSeconds(number(id[:6], &values62, 62))
}

// exim36Time: the same in base 36, where file names do not keep the case (macOS,
// Cygwin). From 1985 to 2038 it begins with 7 to Z, so an id that is a time in
// one base never is one in the other; one with a small letter is none here.
func exim36Time(id string) (time.Time, bool) {
	if !eximID(id) {
		return time.Time{}, false
	}
	for i := range len(id) {
		if id[i] >= 'a' {
			return time.Time{}, false
		}
	}
	t, ok := clockSeconds(number(id[:6], &values62, 36))
	return t, ok && t.Year() >= 1995 // Exim's first.
}

// sendmail8Time: three letters, the first of which is the local hour, and the
// process number. QAA30578356 is one, too, though it is long enough for sendmail
// 8.10: until 2030 no id of that begins with a capital letter.
func sendmail8Time(id string) (time.Time, bool) {
	if !sendmail8ID(id) {
		return time.Time{}, false
	}
	return time.Date(1, 1, 1, int(id[0]-'A'), 0, 0, 0, time.UTC), true
}

// sendmailTime: year modulo 60, month from 0, day, hour, minute and second, one
// character each, in UTC.
func sendmailTime(id string) (time.Time, bool) {
	if !sendmailID(id) || sendmail8ID(id) {
		return time.Time{}, false
	}
	var v [6]int
	for i := range v {
		if v[i] = int(values62[id[i]]); v[i] < 0 || v[i] > 59 {
			return time.Time{}, false
		}
	}
	year := sendmailEpoch + (v[0]+60-(sendmailEpoch-1900)%60)%60
	return civil(year, v[1]+1, v[2], v[3], v[4], v[5])
}

// postfixTime: seconds in at least six digits of base 52, microseconds in four,
// "z", and the inode in base 51, which has no z.
func postfixTime(id string) (time.Time, bool) {
	z := strings.LastIndexByte(id, 'z')
	if z < 10 || z > 11 || len(id)-z < 2 || len(id)-z > 13 {
		return time.Time{}, false
	}
	if _, ok := number(id[z+1:], &values52, 51); !ok {
		return time.Time{}, false
	}
	seconds, ok1 := number(id[:z-4], &values52, 52)
	micros, ok2 := number(id[z-4:z], &values52, 52)
	if !ok1 || !ok2 || micros > 999_999 {
		return time.Time{}, false
	}
	return clockTime(time.Unix(seconds, micros*1000).UTC(), true)
}

// gmailTime: word.number.YYYY.MM.DD.hh.mm.ss in Pacific time.
func gmailTime(id string) (time.Time, bool) {
	const length = len("2006.01.02.15.04.05")
	at := len(id) - length
	if at < 4 || id[at-1] != '.' || !gmailID(id) {
		return time.Time{}, false
	}
	s := id[at:]
	if s[4] != '.' || s[7] != '.' || s[10] != '.' || s[13] != '.' || s[16] != '.' {
		return time.Time{}, false
	}
	year, ok := number(s[:4], &values62, 10)
	if !ok {
		return time.Time{}, false
	}
	var v [5]int
	for i := range v {
		n, ok := number(s[5+3*i:7+3*i], &values62, 10)
		if !ok {
			return time.Time{}, false
		}
		v[i] = int(n)
	}
	return civil(int(year), v[0], v[1], v[2], v[3], v[4])
}

// gmailMillis: word.number.milliseconds since 1970.
func gmailMillis(id string) (time.Time, bool) {
	at := strings.LastIndexByte(id, '.')
	if at < 3 || len(id)-at != 14 || strings.IndexByte(id[:at], '.') < 1 || !gmailID(id) {
		return time.Time{}, false
	}
	return clockMillis(number(id[at+1:], &values62, 10))
}

// momentumTime and symantecTime: the last eight hex digits are the seconds since
// 1970, the lowest digit first.
func momentumTime(id string) (time.Time, bool) {
	if !momentumID(id) {
		return time.Time{}, false
	}
	return backwards(id[len(id)-8:])
}

func symantecTime(id string) (time.Time, bool) {
	if !symantecID(id) {
		return time.Time{}, false
	}
	return backwards(id[len(id)-8:])
}

func backwards(s string) (time.Time, bool) {
	var n int64
	for i := len(s) - 1; i >= 0; i-- {
		d, ok := hexNumber(s[i : i+1])
		if !ok {
			return time.Time{}, false
		}
		n = n<<4 | d
	}
	return clockSeconds(n, true)
}
