package received

// zone reads what says how far local time is from UTC: "+0200", "+02:00", "GMT",
// "EST", "GMT+0200", "-0800 PST", "+0000 UTC m=+12.5" (RFC 5322 sections 3.3
// and 4.3).
func (c *scanner) zone(d *stamp) {
	from := c.i
	c.blanks()
	switch b := c.peek(); {
	case b == '+' || b == '-':
		c.numericZone(d)
		c.zoneBehindOffset(d)
	case b >= 'A' && b <= 'z':
		if !c.namedZone(d) {
			c.i = from
			d.odd(NoZone)
		}
	default:
		c.i = from
		d.odd(NoZone)
	}
}

// numericZone reads "+0200", "+02:00", "+2".
func (c *scanner) numericZone(d *stamp) {
	sign := 1
	if c.peek() == '-' {
		sign = -1
	}
	c.i++
	n, length := c.digits()
	hours, minutes := n/100, n%100
	if length <= 2 {
		hours, minutes = n, 0
		if length == 2 && c.peek() == ':' {
			c.i++
			minutes, _ = c.digits()
		}
	}
	d.setOffset(sign, hours, minutes, length > 0 && length <= 4)
}

// setOffset keeps an offset that some zone has: from -12 to +14 hours, in
// quarters. Others were made up by hand, or by a broken program.
func (d *stamp) setOffset(sign, hours, minutes int, written bool) {
	total := sign * (hours*60 + minutes)
	if !written || minutes%15 != 0 || minutes > 45 || total < -12*60 || total > 14*60 {
		d.odd(ImpossibleOffset)
		return
	}
	d.zoned, d.offset = true, total*60
}

// zoneBehindOffset reads the name in "-0800 PST" and Go's monotonic clock.
func (c *scanner) zoneBehindOffset(d *stamp) {
	from := c.i
	c.blanks()
	b := c.peek()
	if b < 'A' || b > 'z' {
		c.i = from
		return
	}
	name := c.letters()
	if _, known := zones[name]; known {
		d.setZone(name)
		from = c.i
		c.blanks()
		name = c.letters()
	}
	// QUIRK: SendGrid prints Go's time.Time with its monotonic reading.
	if name == "m" && c.skip('=') {
		for b := c.peek(); b == '+' || b == '-' || b == '.' || '0' <= b && b <= '9'; b = c.peek() {
			c.i++
		}
		d.odd(MonotonicText)
		return
	}
	c.i = from
}

// namedZone reads a zone name where an offset belongs.
func (c *scanner) namedZone(d *stamp) bool {
	name := c.letters()
	offsets, known := zones[name]
	if !known {
		// A name that nobody knows is still a name, if it looks like one and is not
		// the next clause.
		if len(name) < 2 || len(name) > 5 || !isUpper(name) || isKeyword(name) {
			return false
		}
		d.zone = name
		d.odd(ObsoleteZone)
		d.odd(AmbiguousZone)
		return true
	}
	d.zone = name
	d.odd(ObsoleteZone)
	if b := c.peek(); (b == '+' || b == '-') && offsets[0] == 0 {
		c.numericZone(d)
		return true
	}
	d.zoned, d.offset = true, int(offsets[0])*60
	if len(offsets) > 1 {
		d.odd(AmbiguousZone)
	}
	return true
}

// setZone remembers the zone name that stands beside an offset, and whether that
// zone ever had the offset.
func (d *stamp) setZone(name string) {
	d.zone = name
	offsets, known := zones[name]
	if !known || !d.zoned {
		return
	}
	for _, o := range offsets {
		if int(o)*60 == d.offset {
			return
		}
	}
	d.odd(ZoneMismatch)
}

func isUpper(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

// zones is every zone name met in mail, with the offsets it stands for somewhere
// in the world, in minutes; the first is that of RFC 5322 section 4.3, or else
// the most common one. Source: the tz database, 2025b.
var zones = map[string][]int16{
	"UTC": {0}, "UT": {0}, "GMT": {0}, "Z": {0}, "CUT": {0},

	"EST": {-300, 600, 660}, "EDT": {-240, 660}, "EST5EDT": {-300, -240},
	"CST": {-360, 480, 570, 630, -300}, "CDT": {-300, 630, -240, 540},
	"MST": {-420, 390, 480}, "MDT": {-360},
	"PST": {-480, 480}, "PDT": {-420, 540},
	"AKST": {-540}, "AKDT": {-480}, "HST": {-600}, "HDT": {-540},
	"AST": {-240, 180}, "ADT": {-180, 240}, "NST": {-210}, "NDT": {-150},
	"BRT": {-180}, "BRST": {-120}, "ART": {-180}, "ARST": {-120}, "UYT": {-180},
	"CLT": {-240, -180}, "CLST": {-180}, "COT": {-300}, "PET": {-300},
	"ECT": {-300}, "VET": {-240, -270}, "BOT": {-240}, "PYT": {-240}, "PYST": {-180},

	"WET": {0}, "WEST": {60}, "BST": {60, 360, 660}, "IST": {330, 60, 120},
	"CET": {60}, "CEST": {120}, "MET": {60}, "MEST": {120}, "MEZ": {60}, "MESZ": {120}, "CES": {120},
	"EET": {120}, "EEST": {180}, "MSK": {180, 240}, "MSD": {240}, "TRT": {180},
	"SAST": {120}, "CAT": {120}, "EAT": {180}, "WAT": {60},

	"IDT": {180}, "IRST": {210}, "IRDT": {270}, "GST": {240, 600}, "PKT": {300},
	"NPT": {345}, "ICT": {420}, "WIB": {420}, "WITA": {480}, "WIT": {540},
	"HKT": {480}, "SGT": {480}, "MYT": {480}, "PHT": {480}, "JST": {540}, "KST": {540, 510},
	"AWST": {480}, "AWDT": {540}, "WST": {480, 780}, "ACST": {570}, "ACDT": {630},
	"AEST": {600}, "AEDT": {660}, "NZST": {720}, "NZDT": {780}, "SST": {-660, 480},
}
