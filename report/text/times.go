package text

import (
	"fmt"
	"math"
	"time"

	"mailtrace/report"
)

// duration is d in its one or two largest units: "26 s", "3 min 5 s", "2 d 4 h".
func duration(d time.Duration) string {
	if d < 0 {
		return "-" + duration(-max(d, -math.MaxInt64)) // The smallest Duration has no opposite.
	}
	units := [...]struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	d = d.Round(time.Second)
	for i, u := range units {
		n := d / u.size
		if n == 0 && u.name != "s" {
			continue
		}
		s := fmt.Sprintf("%d %s", n, u.name)
		if i+1 < len(units) {
			if rest := d % u.size / units[i+1].size; rest > 0 {
				s += fmt.Sprintf(" %d %s", rest, units[i+1].name)
			}
		}
		return s
	}
	return ""
}

// delay is the delay of a hop with its sign: "+1 s", "-26 s", "0 s", and minutes
// without seconds, to keep the column narrow. A "~" before it says that a clock
// was corrected.
func delay(h *report.Hop, corrected bool) string {
	if h.DelaySeconds == nil {
		return "-"
	}
	// A Duration holds 292 years; a date that a message made up may be further off.
	const most = math.MaxInt64/float64(time.Second) - 1
	seconds := min(max(*h.DelaySeconds, -most), most)
	d := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	if d.Abs() >= 2*time.Minute {
		d = d.Round(time.Minute)
	}
	s := duration(d)
	if d.Abs() < 2*time.Minute {
		s = fmt.Sprintf("%d s", d/time.Second)
	}
	if d > 0 {
		s = "+" + s
	}
	if corrected {
		s = "~" + s
	}
	return s
}
