package received

import (
	"strings"
	"sync"
	"time"
)

// Many servers write the time into the names that they give to messages, and
// whoever makes up a Received field seldom knows it. Such a name is a second clock
// beside the date of the field, set by the same process in the same moment.
//
// It is one only if that product wrote it. GMX's Nemesis gives names that begin
// like Exim's and are years off when they are read as one. So a clock is read for
// the dialect of the field, never for the shape of the name, and not where the
// dialect itself was only guessed from a shape.

// Reading is what a token says if the product of Clock wrote it.
type Reading struct {
	Clock   string // Name of the clock, as in Hop.IDClock: "exim".
	Product string // Who writes it, for people: "Exim".

	// Time is UTC where Zone is ClockUTC or ClockPacific. Where it is ClockLocal,
	// it is what the server's clock on the wall showed, as if that were UTC.
	Time      time.Time
	Zone      ClockZone
	Repeats   Repeat
	Precision time.Duration // The step of the clock: the time is in [Time, Time+Precision).
	Source    string        // How it is known.
}

// ClockZone says which zone a clock shows.
type ClockZone string

const (
	ClockUTC     ClockZone = "utc"
	ClockLocal   ClockZone = "local"   // That of the server, which the id does not tell.
	ClockPacific ClockZone = "pacific" // US Pacific time, wherever the server stands.
)

// Repeat says after which time a clock shows the same again.
type Repeat string

const (
	RepeatsNever Repeat = ""
	RepeatsDaily Repeat = "daily"    // Of Reading.Time only the hour counts.
	RepeatsSixty Repeat = "60-years" // Reading.Time is the one from 2000 to 2059.
)

// sendmailEpoch is the year of sendmail 8.10, the first with a clock of sixty
// years.
const sendmailEpoch = 2000

// MaxToken is how long a token may be to be read. The longest that is a clock, a
// Thread-Index of a conversation with hundreds of answers, is shorter.
const MaxToken = 4096

// A clock that shows a time outside of these years does not show one: no mail
// server of its kind ran then.
const (
	firstClockYear = 1985
	lastClockYear  = 2099
)

// idClock is how one product writes the time into a queue id.
type idClock struct {
	name      string
	product   string
	dialects  string // Separated by blanks.
	read      func(id string) (time.Time, bool)
	zone      ClockZone
	repeats   Repeat
	precision time.Duration
	source    string
}

// measured is the source of what no documentation tells.
const measured = "measured: agrees with the date beside it in public collections of mail, 2002 to 2026"

// idClocks is every clock in a queue id that is known. Where a dialect has
// several, the first whose grammar fits is taken. What their grammars are is
// written at the functions; what they agreed with at TestCorpusIDClocks.
var idClocks = []idClock{
	{"exim", "Exim", "exim", eximTime, ClockUTC, RepeatsNever, time.Second,
		"Exim specification, section \"Message identification\"; exim_msgdate(8)"},
	{"exim-base36", "Exim on macOS or Cygwin", "exim", exim36Time, ClockUTC, RepeatsNever, time.Second,
		"Exim specification, section \"Message identification\"; exim_msgdate(8), -base36"},
	{"sendmail-8.9", "sendmail 8.6 to 8.9", "sendmail", sendmail8Time, ClockLocal, RepeatsDaily, time.Hour,
		"sendmail 8.9, queue.c, queuename"},
	{"sendmail", "sendmail 8.10 or later", "sendmail", sendmailTime, ClockUTC, RepeatsSixty, time.Second,
		"sendmail 8.12, queue.c, assign_queueid"},
	// The id is given when the message comes in, the stamp is set when the filter
	// lets it go: up to 15 hours later in the corpora.
	{"proofpoint-filter", "Proofpoint's filter", "proofpoint-filter", sendmailTime, ClockUTC, RepeatsSixty, 24 * time.Hour, measured},
	{"postfix", "Postfix", "postfix skyguard mailchimp zendesk proxmox ciphermail forcepoint", postfixTime, ClockUTC, RepeatsNever, time.Microsecond,
		"Postfix 2.9, src/global/mail_queue.h; postconf(5), enable_long_queue_ids"},
	{"gmail", "Gmail", "gmail gmail-internal", gmailTime, ClockPacific, RepeatsNever, time.Second, measured},
	{"gmail-ms", "Gmail", "gmail gmail-internal", gmailMillis, ClockUTC, RepeatsNever, time.Millisecond, measured},
	{"momentum", "Momentum (SparkPost)", "momentum sparkpost", momentumTime, ClockUTC, RepeatsNever, time.Second, measured},
	{"symantec-gateway", "Symantec Messaging Gateway", "symantec-gateway", symantecTime, ClockUTC, RepeatsNever, time.Second, measured},
	{"sendgrid", "SendGrid", "sendgrid", sendgridTime, ClockUTC, RepeatsNever, time.Second, measured},
	{"kumomta", "KumoMTA", "kumomta", kumoTime, ClockUTC, RepeatsNever, 100 * time.Nanosecond, "RFC 9562 section 5.1; KumoMTA, crates/spool-id"},
	{"halon", "Halon", "halon", halonTime, ClockUTC, RepeatsNever, 100 * time.Nanosecond, "RFC 9562 section 5.1; " + measured},
	{"zonemta", "ZoneMTA", "zonemta", zoneMTATime, ClockUTC, RepeatsNever, time.Millisecond, "seq-index, index.js; " + measured},
	{"zoho", "Zoho", "zoho", zohoTime, ClockUTC, RepeatsNever, time.Millisecond, measured},
	{"courier", "Courier", "courier", courierTime, ClockUTC, RepeatsNever, time.Second, "Courier, courier/submit3.C; " + measured},
	{"intermail", "InterMail", "intermail", interMailTime, ClockUTC, RepeatsNever, time.Second, measured},
	{"domino", "Domino", "domino", dominoTime, ClockLocal, RepeatsNever, 10 * time.Millisecond, measured},
	{"icewarp", "IceWarp", "icewarp", iceWarpTime, ClockLocal, RepeatsNever, time.Second, "mailing-list archives of 2014 to 2025"},
	{"mailgun", "Mailgun", "mailgun", mailgunTime, ClockUTC, RepeatsNever, time.Second, "BSON specification, ObjectId; " + measured},
	{"knox", "Samsung Knox Portal", "knox", knoxTime, ClockUTC, RepeatsNever, time.Second, measured},
}

// clocksOf is, for each dialect, its clocks.
var clocksOf = sync.OnceValue(func() map[string][]*idClock {
	m := map[string][]*idClock{}
	for i := range idClocks {
		for d := range strings.FieldsSeq(idClocks[i].dialects) {
			m[d] = append(m[d], &idClocks[i])
		}
	}
	return m
})

// Precision is the step of a clock, by the name that Hop.IDClock and
// Reading.Clock give: its time and that of an honest date beside it differ by no
// more, and by the seconds that the server took. 0 for a clock that is not known.
func Precision(clock string) time.Duration {
	for i := range idClocks {
		if idClocks[i].name == clock {
			return idClocks[i].precision
		}
	}
	for i := range tokenClocks {
		if tokenClocks[i].Clock == clock {
			return tokenClocks[i].Precision
		}
	}
	return 0
}

// readIDClock reads the clock in the queue id, if the server that wrote the field
// puts one there.
func (h *Hop) readIDClock() {
	if h.ID == "" || h.Confidence == Guess {
		return
	}
	dialect := h.Dialect
	if strings.HasPrefix(h.By.Name, "pps.") {
		dialect = "proofpoint-filter" // The way back from it, "by pps.reinject".
	} else if h.Confidence != Certain && postfixShortID(h.ID) {
		return // Sendmail's and others' shapes hold some of Postfix's ids, too.
	}
	for _, c := range clocksOf()[dialect] {
		shown, ok := c.read(h.ID)
		if !ok {
			continue
		}
		if t, ok := c.resolve(shown, h); ok {
			kept := t
			h.IDTime, h.IDClock = &kept, c.name
		}
		return
	}
}

// resolve is the moment, in UTC, that a clock of the hop shows: where it leaves
// the zone, the day or the year open, the one that comes nearest to the date of
// the field. False where that does not say what is needed.
func (c *idClock) resolve(shown time.Time, h *Hop) (time.Time, bool) {
	switch {
	case c.repeats == RepeatsDaily:
		if h.Time == nil || h.OffsetSeconds == nil {
			return shown, false
		}
		return nearestHour(shown.Hour(), *h.Time, *h.OffsetSeconds), true
	case c.repeats == RepeatsSixty:
		if h.Time != nil {
			return nearestSixty(shown, *h.Time), true
		}
	case c.zone == ClockLocal:
		if h.OffsetSeconds == nil {
			return shown, false
		}
		return shown.Add(-time.Duration(*h.OffsetSeconds) * time.Second), true
	case c.zone == ClockPacific:
		t, twice := fromPacific(shown)
		if twice && h.Time != nil && h.Time.Sub(t) > 30*time.Minute {
			t = t.Add(time.Hour)
		}
		return t, true
	}
	return shown, true
}

// nearestHour is the beginning of an hour of the day, in a zone, such that stamp
// lies nearest to the middle of that hour.
func nearestHour(hour int, stamp time.Time, offset int) time.Time {
	zone := time.Duration(offset) * time.Second
	const day = 24 * time.Hour
	t := stamp.Add(zone).Truncate(day).Add(time.Duration(hour)*time.Hour - zone)
	switch ahead := t.Add(30 * time.Minute).Sub(stamp); {
	case ahead > day/2:
		return t.Add(-day)
	case ahead < -day/2:
		return t.Add(day)
	}
	return t
}

// nearestSixty moves t by multiples of sixty years to the one nearest to stamp.
func nearestSixty(t, stamp time.Time) time.Time {
	for stamp.Year()-t.Year() > 30 {
		t = t.AddDate(60, 0, 0)
	}
	for t.Year()-stamp.Year() > 30 {
		t = t.AddDate(-60, 0, 0)
	}
	return t
}

// ReadID is what each product that is known would mean by a token: a queue id, or
// one of the other tokens that hold a time (see tokenClocks). Nothing when none
// writes a time into a token of this shape. A shape alone proves nothing: see
// Timeless.
func ReadID(id string) []Reading {
	id = strings.TrimSpace(id)
	if len(id) > MaxToken {
		return nil
	}
	token, _ := trimPair(id, Span{}, '<', '>')
	var all []Reading
	for i := range idClocks {
		c := &idClocks[i]
		shown, ok := c.read(token)
		if !ok {
			continue
		}
		if c.zone == ClockPacific {
			shown, _ = fromPacific(shown)
		}
		all = append(all, Reading{c.name, c.product, shown, c.zone, c.repeats, c.precision, c.source})
	}
	return append(all, readTokens(token)...)
}
