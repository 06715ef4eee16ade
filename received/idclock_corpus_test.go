package received

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// clockCount is how a clock did on the fields of the corpora.
type clockCount struct {
	lines, agreed, argued, undated int
	altered                        int // Of those argued, because somebody changed the whole set.
}

// TestCorpusIDClocks reads the clock in the queue id of every Received field of
// the corpora and compares it with the date of the field: at most its precision
// and a minute apart. What differs is listed; testdata/idclock/argued.txt holds
// the reasons of those that are known.
func TestCorpusIDClocks(t *testing.T) {
	rows := jsonLines[message](t, corpora(t, "mails", "index.jsonl"))
	argued := arguedClocks(t)
	counts := map[string]*clockCount{}
	for _, m := range rows {
		data, err := os.ReadFile(corpora(t, m.Path))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range headerFields(data) {
			h := Parse(f)
			if h.IDTime == nil {
				continue
			}
			if names := timelessName.FindString(f.Value); timeless[h.Dialect] || names != "" {
				t.Errorf("%s:%d: %s writes no time into %s", m.Path, f.Line, h.Dialect, h.ID)
			}
			c := counts[h.IDClock]
			if c == nil {
				c = &clockCount{}
				counts[h.IDClock] = c
			}
			c.add(t, argued, fmt.Sprintf("%s:%d", m.Path, f.Line), h)
		}
	}
	t.Logf("%-17s %6s %6s %7s %6s %7s %7s", "clock", "lines", "agree", "differ", "argued", "altered", "%")
	for i := range idClocks {
		c, name := counts[idClocks[i].name], idClocks[i].name
		if c == nil {
			t.Logf("%-17s none", name)
			continue
		}
		rest := c.lines - c.argued
		share := 100 * float64(c.agreed) / float64(max(rest, 1))
		t.Logf("%-17s %6d %6d %7d %6d %7d %7.2f  (and %d without date or zone)", name, c.lines, c.agreed, rest-c.agreed, c.argued, c.altered, share, c.undated)
		if c.lines >= 20 && share < 99.9 {
			t.Errorf("%s agrees in %.2f %%, less than 99.9", name, share)
		}
	}
	for key := range argued {
		if strings.HasSuffix(key, "/:") {
			continue
		}
		t.Errorf("%s: argued in testdata/idclock/argued.txt, and no disagreement", key)
	}
}

func (c *clockCount) add(t *testing.T, argued map[string]string, key string, h Hop) {
	if h.Time == nil || h.OffsetSeconds == nil {
		c.undated++
		return
	}
	c.lines++
	apart := h.IDTime.Sub(*h.Time)
	if apart.Abs() <= Precision(h.IDClock)+time.Minute {
		c.agreed++
		return
	}
	reason, known := argued[key]
	set, _, _ := strings.Cut(strings.TrimPrefix(key, "mails/"), "/")
	switch folder, altered := argued["mails/"+set+"/:"]; {
	case known:
		c.argued++
		delete(argued, key)
	case altered:
		c.argued++
		c.altered++
		reason = folder
	default:
		reason = "not argued"
	}
	t.Logf("%s: %s %s, %s: id says %s, stamp %s: %v apart: %s", key, h.Dialect, h.Confidence, h.ID,
		h.IDTime.Format(time.DateTime), h.Time.Format(time.DateTime), apart.Round(time.Second), reason)
}

// timelessName finds the products whose ids hold no time by what the field says of
// its writer, whatever dialect it was taken for. (Not by web.de: in 2002 it ran Exim.)
var timelessName = regexp.MustCompile(`\bby [^;]*\((Nemesis|OpenSMTPD|Haraka|Dovecot|amavis|Cyrus)|\bby \S+\.(kundenserver\.de|perfora\.net|gmx\.(net|com|de)) `)

// timeless are the dialects whose ids hold no time.
var timeless = map[string]bool{
	"nemesis": true, "opensmtpd": true, "haraka": true, "dovecot": true, "amavis": true, "cyrus": true,
	Generic: true, Unknown: true,
}

// arguedClocks is the reasons in testdata/idclock/argued.txt by path:line.
func arguedClocks(t *testing.T) map[string]string {
	data, err := os.ReadFile("testdata/idclock/argued.txt")
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, reason, ok := strings.Cut(line, " ")
		if !ok || !strings.Contains(key, ":") {
			t.Fatalf("argued.txt: %q is not a place and a reason", line)
		}
		reasons[key] = reason
	}
	return reasons
}

// TestCorpusTokenClocks counts how the clocks in other fields than Received agree
// with the Date of the message or with the oldest of its hops, and how the builds
// of Exchange Online do with the dates of their hops.
func TestCorpusTokenClocks(t *testing.T) {
	rows := jsonLines[message](t, corpora(t, "mails", "index.jsonl"))
	var ses, outgoing, index, answers, zimbra, build tally
	for _, m := range rows {
		data, err := os.ReadFile(corpora(t, m.Path))
		if err != nil {
			t.Fatal(err)
		}
		var date stamp
		_, dated := readDate(headerField(data, "Date"), &date)
		for _, f := range headerFields(data) {
			h := Parse(f)
			if seen, ok := ExchangeBuild(h.ID); ok && h.Dialect == "m365" && h.Time != nil {
				const month = 30 * 24 * time.Hour
				good := h.Time.After(seen.First.Add(-4*month)) && h.Time.Before(seen.Last.Add(4*month))
				build.add(t, good, m.Path, h.ID, *h.Time)
			}
			if h.Time != nil {
				date.time, dated = *h.Time, true // The oldest hop is the last.
			}
		}
		if !dated || strings.Contains(m.Path, "sisimai") {
			continue
		}
		if at, ok := SESMessageID(headerField(data, "Message-ID")); ok {
			ses.add(t, at.Sub(date.time).Abs() < time.Hour, m.Path, at.String(), date.time)
		}
		if out, ok := ParseSESOutgoing(headerField(data, "X-SES-Outgoing")); ok {
			outgoing.add(t, date.time.Sub(out.Day) > -time.Hour && date.time.Sub(out.Day) < 25*time.Hour, m.Path, out.Day.String(), date.time)
		}
		if v := headerField(data, "Thread-Index"); v != "" {
			i, err := ParseThreadIndex(v)
			good := err == nil && (i.Answers > 0 || i.Begun.Sub(date.time).Abs() < 24*time.Hour)
			mailer := headerField(data, "X-Mailer")
			switch {
			case strings.HasPrefix(mailer, "Zimbra"):
				zimbra.add(t, good, m.Path, fmt.Sprint(err), date.time)
			case i.Answers > 0:
				answers.add(t, good, m.Path, fmt.Sprint(err), date.time)
			default:
				index.add(t, good, m.Path, fmt.Sprint(i, err, " ", mailer), date.time)
			}
		}
	}
	t.Logf("SES Message-ID %v, X-SES-Outgoing %v, Thread-Index of new messages %v, of answers %v, of Zimbra %v; build of Exchange Online within 120 days %v", ses, outgoing, index, answers, zimbra, build)
	if build.good*1000 < build.all*999 {
		t.Errorf("builds of Exchange Online agree in less than 99.9 %%")
	}
}

// tally is how many of all are as they should be.
type tally struct{ good, all int }

func (c tally) String() string { return fmt.Sprintf("%d of %d", c.good, c.all) }

func (c *tally) add(t *testing.T, good bool, path, token string, date time.Time) {
	c.all++
	if good {
		c.good++
		return
	}
	t.Logf("%s: %s, date %s", path, token, date.Format(time.DateTime))
}

// headerField is the first field of a name, unfolded.
func headerField(data []byte, name string) string {
	var value strings.Builder
	inside := false
	for l := range strings.Lines(string(data)) {
		t := strings.TrimRight(l, "\r\n")
		switch {
		case t == "":
			return value.String()
		case t[0] == ' ' || t[0] == '\t':
			if inside {
				value.WriteString(t)
			}
		case inside:
			return value.String()
		default:
			n, v, _ := strings.Cut(t, ":")
			if inside = strings.EqualFold(n, name); inside {
				value.WriteString(strings.TrimSpace(v))
			}
		}
	}
	return value.String()
}
