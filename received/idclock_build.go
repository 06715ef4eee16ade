package received

import (
	_ "embed" // For exchangeBuildData.
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Seen is the days, in UTC, on which something was seen in the world. It may have
// been there a little before and after.
type Seen struct {
	First time.Time // The beginning of the first day.
	Last  time.Time // The end of the last.
}

//go:embed data/exchange-builds.txt
var exchangeBuildData string

// ExchangeBuildsVersion is the date of the table that ExchangeBuild reads.
func ExchangeBuildsVersion() string {
	_, rest, _ := strings.Cut(exchangeBuildData, "\n# Date: ")
	date, _, _ := strings.Cut(rest, ".\n")
	return date
}

// ExchangeBuild tells when hosts of Exchange Online, which write their build in
// the place of a queue id ("15.20.8398.18"), wrote that one. For a build that is
// not in the table, it is the days between those of its neighbours there. False
// for anything else, and for builds older or newer than the table.
//
// It is a coarse calendar: builds rise by about 3.2 a day, and not all hosts get
// them on one day. Exchange on premises counts otherwise (15.1, 15.2) and is not
// in it.
func ExchangeBuild(id string) (Seen, bool) {
	rest, ok := strings.CutPrefix(id, "15.20.")
	if !ok {
		return Seen{}, false
	}
	build, revision, ok := strings.Cut(rest, ".")
	if !ok || len(build) > 5 || len(revision) > 4 || !isDigits(build) || !isDigits(revision) {
		return Seen{}, false
	}
	n, err := strconv.Atoi(build)
	if err != nil {
		return Seen{}, false
	}
	// The first that is not below n.
	all := exchangeBuilds()
	i := sort.Search(len(all), func(i int) bool { return all[i].build >= n })
	switch {
	case i == len(all), i == 0 && all[0].build != n:
		return Seen{}, false
	case all[i].build == n:
		return all[i].seen(), true
	}
	return days(all[i-1].first, all[i].last), true
}

// ExchangeBuildDays is the days for which the table that ExchangeBuild reads is
// known: from the first of the oldest build to the last of any.
func ExchangeBuildDays() Seen {
	all := exchangeBuilds()
	if len(all) == 0 {
		return Seen{}
	}
	last := all[0].last
	for _, b := range all {
		last = max(last, b.last)
	}
	return days(all[0].first, last)
}

// exchangeBuild is a row of the table. Its days are as the table has them,
// "2025-01-31", which sorts as they come; few rows are ever asked for theirs.
type exchangeBuild struct {
	build       int
	first, last string
}

func (b exchangeBuild) seen() Seen { return days(b.first, b.last) }

// days is those days. The test of the table reads each of them, so none is wrong.
func days(first, last string) (s Seen) {
	s.First, _ = time.Parse(time.DateOnly, first)
	s.Last, _ = time.Parse(time.DateOnly, last)
	s.Last = s.Last.AddDate(0, 0, 1)
	return s
}

// exchangeBuilds is the table, by build. A line that is none ends it: the test of
// the table fails then.
var exchangeBuilds = sync.OnceValue(func() []exchangeBuild {
	all := make([]exchangeBuild, 0, strings.Count(exchangeBuildData, "\n"))
	for line := range strings.Lines(exchangeBuildData) {
		if line[0] == '#' {
			continue
		}
		number, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		first, last, ok := strings.Cut(rest, " ")
		build, err := strconv.Atoi(number)
		if !ok || err != nil {
			return all
		}
		all = append(all, exchangeBuild{build, first, last})
	}
	return all
})
