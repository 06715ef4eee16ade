package received

import "time"

// stamp is a date that was read, and how it was written.
type stamp struct {
	time     time.Time // UTC; zero when the date cannot exist.
	offset   int       // Seconds east of UTC.
	zoned    bool      // There was a zone that says an offset.
	zone     string    // Zone name, where one was written instead of an offset or beside it.
	oddities [maxOddity]Oddity
	nodd     int
}

func (d *stamp) odd(o Oddity) {
	if d.nodd < len(d.oddities) {
		d.oddities[d.nodd] = o
		d.nodd++
	}
}

// scanner walks over a date.
type scanner struct {
	s string
	i int
}

func (c *scanner) blanks() {
	for c.i < len(c.s) && class[c.s[c.i]] == blank {
		c.i++
	}
}

func (c *scanner) peek() byte {
	if c.i < len(c.s) {
		return c.s[c.i]
	}
	return 0
}

func (c *scanner) skip(b byte) bool {
	if c.peek() == b {
		c.i++
		return true
	}
	return false
}

// digits reads a number of at most 4 digits and says of how many.
func (c *scanner) digits() (n, length int) {
	for c.i < len(c.s) && '0' <= c.s[c.i] && c.s[c.i] <= '9' && length < 9 {
		n = n*10 + int(c.s[c.i]-'0')
		c.i++
		length++
	}
	return n, length
}

// letters reads ASCII letters and whatever is not ASCII.
func (c *scanner) letters() string {
	from := c.i
	for c.i < len(c.s) {
		b := c.s[c.i]
		if l := b | 0x20; ('a' > l || l > 'z') && b < 0x80 {
			break
		}
		c.i++
	}
	return c.s[from:c.i]
}

// readDate reads the date at the beginning of s (RFC 5322 section 3.3 and 4.3,
// and the other forms that mail servers write) into d, which is empty, and returns
// the offset behind it. It is false when there is no date. A date that is written properly
// and cannot exist is a date, with a zero time.
func readDate(s string, d *stamp) (end int, ok bool) {
	c := scanner{s: s}
	c.blanks()
	weekday, named := c.weekday(d)
	if c.i >= len(s) {
		return 0, false
	}
	var f fields
	switch b := s[c.i]; {
	case '0' <= b && b <= '9':
		ok = c.dayFirst(d, &f)
	default:
		ok = c.monthFirst(d, &f)
	}
	if !ok {
		return 0, false
	}
	d.resolve(f)
	switch {
	case !named:
		d.odd(NoWeekday)
	case !d.time.IsZero() && weekday >= 0 && f.weekday() != time.Weekday(weekday):
		d.odd(WrongWeekday)
	}
	return c.i, true
}

// fields are the numbers of a date as written.
type fields struct {
	year, month, day, hour, minute, second, nanosecond int
	yearDigits                                         int
	pm, am                                             bool
}

// weekday reads the name of a day and the comma behind it.
func (c *scanner) weekday(d *stamp) (day int, named bool) {
	from := c.i
	name := c.letters()
	if name == "" {
		return -1, false
	}
	day = lookup(weekdays, name)
	if day < 0 {
		if day = lookup(foreignWeekdays, name); day < 0 {
			c.i = from
			return -1, false
		}
		d.odd(LocalisedDate)
		day %= 7
	}
	c.skip('.')
	c.blanks()
	c.skip(',')
	c.blanks()
	return day, true
}

// dayFirst reads "21 May 1998 05:33:29 -0700", "21-May-98 …", "2026-03-23 …".
func (c *scanner) dayFirst(d *stamp, f *fields) bool {
	n, length := c.digits()
	sep := c.peek()
	if sep == '-' || sep == '/' || sep == '.' {
		c.i++
	}
	if length == 4 && (sep == '-' || sep == '/') {
		return c.iso(d, f, n)
	}
	if length > 2 {
		return false
	}
	if sep == '/' {
		return c.slashed(d, f, n)
	}
	c.blanks()
	f.day = n
	if f.month = c.month(d); f.month == 0 {
		return false
	}
	if sep == '-' {
		c.skip('-')
	}
	c.skip('.')
	c.blanks()
	c.skip(',')
	c.blanks()
	if f.year, f.yearDigits = c.digits(); f.yearDigits == 0 {
		return false
	}
	c.blanks()
	c.skip(',')
	if !c.clock(d, f) {
		return false
	}
	c.zone(d)
	return true
}

// slashed reads the rest of "22/08/2002 10:25:57" behind its first number. Which
// of the first two is the month cannot be told when both could be: then the date
// is not read further than that. QUIRK: qmail-scanner 0.90.
func (c *scanner) slashed(d *stamp, f *fields, first int) bool {
	second, n := c.digits()
	if n == 0 || n > 2 || !c.skip('/') {
		return false
	}
	if f.year, f.yearDigits = c.digits(); f.yearDigits != 2 && f.yearDigits != 4 {
		return false
	}
	d.odd(ForeignDateFormat)
	f.day, f.month = first, second
	switch {
	case second > 12:
		f.day, f.month = second, first
	case first <= 12 && first != second:
		d.odd(AmbiguousDate)
	}
	if !c.clock(d, f) {
		return false
	}
	c.zone(d)
	return true
}

// iso reads the rest of "2026-03-23 21:27:14.778 +0000 UTC m=+12.3" or of
// RFC 3339, behind the year.
func (c *scanner) iso(d *stamp, f *fields, year int) bool {
	f.year, f.yearDigits = year, 4
	var n int
	if f.month, n = c.digits(); n == 0 || n > 2 {
		return false
	}
	if !c.skip('-') && !c.skip('/') {
		return false
	}
	if f.day, n = c.digits(); n == 0 || n > 2 {
		return false
	}
	d.odd(ForeignDateFormat)
	if c.peek()|0x20 == 't' {
		c.i++
	}
	if !c.clock(d, f) {
		return false
	}
	c.zone(d)
	return true
}

// monthFirst reads asctime: "Nov 13 14:50:12 2005", with a zone before or
// behind the year, and "Nov 13, 2005 14:50:12".
func (c *scanner) monthFirst(d *stamp, f *fields) bool {
	if f.month = c.month(d); f.month == 0 {
		return false
	}
	c.blanks()
	var n int
	if f.day, n = c.digits(); n == 0 || n > 2 {
		return false
	}
	comma := c.skip(',')
	c.blanks()
	if comma {
		f.year, f.yearDigits = c.digits()
		if !c.clock(d, f) {
			return false
		}
		c.zone(d)
	} else {
		if !c.clock(d, f) {
			return false
		}
		c.blanks()
		if b := c.peek(); b < '0' || b > '9' {
			c.zone(d)
			c.blanks()
		}
		f.year, f.yearDigits = c.digits()
		if !d.zoned {
			c.zone(d)
		}
	}
	d.odd(ForeignDateFormat)
	return f.yearDigits > 0
}

func (c *scanner) month(d *stamp) int {
	from := c.i
	name := c.letters()
	if m := lookup(months, name); m >= 0 {
		return m + 1
	}
	if m := lookup(foreignMonths, name); m >= 0 {
		d.odd(LocalisedDate)
		return m%12 + 1
	}
	c.i = from
	return 0
}

// clock reads "05:33:29", its seconds and their fraction optional.
func (c *scanner) clock(d *stamp, f *fields) bool {
	c.blanks()
	var n int
	if f.hour, n = c.digits(); n == 0 || n > 2 {
		return false
	}
	sep := c.peek()
	if sep != ':' && sep != '.' {
		return false
	}
	c.i++
	if f.minute, n = c.digits(); n == 0 || n > 2 {
		return false
	}
	if c.peek() == sep {
		c.i++
		if f.second, n = c.digits(); n == 0 || n > 2 {
			return false
		}
		c.fraction(d, f)
	}
	from := c.i
	c.blanks()
	switch word := c.letters(); {
	case equalFold(word, "AM"):
		f.am = true
	case equalFold(word, "PM"):
		f.pm = true
	default:
		c.i = from
		return true
	}
	d.odd(TwelveHourClock)
	return true
}

// fraction reads the fraction of a second. QUIRK: SendGrid writes Go's times,
// JavaMail's cousins write a comma.
func (c *scanner) fraction(d *stamp, f *fields) {
	if b := c.peek(); b != '.' && b != ',' {
		return
	}
	c.i++
	n, length := c.digits()
	for ; length < 9 && length > 0; length++ {
		n *= 10
	}
	f.nanosecond = n
	d.odd(FractionalSeconds)
	for b := c.peek(); '0' <= b && b <= '9'; b = c.peek() {
		c.i++
	}
}

// resolve turns the numbers into a time.
func (d *stamp) resolve(f fields) {
	switch f.yearDigits {
	case 1, 2:
		// RFC 5322 section 4.3: 00 to 49 are of this century.
		d.odd(TwoDigitYear)
		if f.year += 1900; f.year < 1950 {
			f.year += 100
		}
	case 3:
		d.odd(TwoDigitYear)
		f.year += 1900
	}
	if f.am && f.hour == 12 {
		f.hour = 0
	} else if f.pm && f.hour < 12 {
		f.hour += 12
	}
	if !f.possible() {
		d.odd(ImpossibleDate)
		return
	}
	if d.has(ImpossibleOffset) || d.has(AmbiguousDate) {
		return
	}
	d.time = time.Date(f.year, time.Month(f.month), f.day, f.hour, f.minute, f.second, f.nanosecond, time.UTC).
		Add(-time.Duration(d.offset) * time.Second)
}

// Years that the dates of mail can have: SMTP is of 1982, and RFC 822 with it;
// what is older was never stamped by a mail server of the net. The end is
// generous: clocks are wrong, and that is for the rules to say.
const (
	firstYear = 1970
	lastYear  = 2199
)

func (f fields) possible() bool {
	// A leap second is a possible time (RFC 5322 section 3.3).
	return firstYear <= f.year && f.year <= lastYear &&
		1 <= f.month && f.month <= 12 &&
		1 <= f.day && f.day <= daysIn(f.year, f.month) &&
		f.hour <= 23 && f.minute <= 59 && f.second <= 60
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// weekday is that of the date as written, which is the local one.
func (f fields) weekday() time.Weekday {
	year := f.year
	switch f.yearDigits {
	case 1, 2:
		if year += 1900; year < 1950 {
			year += 100
		}
	case 3:
		year += 1900
	}
	return time.Date(year, time.Month(f.month), f.day, 0, 0, 0, 0, time.UTC).Weekday()
}

func (d *stamp) has(o Oddity) bool {
	for _, have := range d.oddities[:d.nodd] {
		if have == o {
			return true
		}
	}
	return false
}

// Date is a date as it stands in a header field.
type Date struct {
	Time     time.Time // UTC; zero when the date is written properly and cannot exist.
	Offset   int       // Seconds east of UTC.
	Zoned    bool      // An offset, or a zone name with a known one, was written.
	Zone     string    // Zone name as written.
	Oddities []Oddity
}

// ReadDate reads a date in any of the forms that are found in mail (RFC 5322
// sections 3.3 and 4.3, and others). It is false when there is none.
func ReadDate(s string) (Date, bool) {
	var d stamp
	if _, ok := readDate(s, &d); !ok {
		return Date{}, false
	}
	return Date{d.time, d.offset, d.zoned, d.zone, append([]Oddity{}, d.oddities[:d.nodd]...)}, true
}
