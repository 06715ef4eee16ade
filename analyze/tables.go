package analyze

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"iter"
	"strings"
	"sync"
	"time"

	"mailtrace/analyze/domain"
	"mailtrace/received"
	"mailtrace/report"
)

//go:embed data/*.txt
var dataFiles embed.FS

// rows is the lines of a table, without blanks around them: not those that are
// empty or a remark.
func rows(data string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(data) {
			row := strings.TrimSpace(line)
			if row != "" && row[0] != '#' && !yield(row) {
				return
			}
		}
	}
}

// tables is the tables that verdicts rest on, for the report: each with its date
// and its digest, so that a report made with others can be told apart.
var tables = sync.OnceValue(func() []report.Data {
	all := []report.Data{
		{Name: "public suffix list", Version: domain.Version()},
		{Name: "exchange builds", Version: received.ExchangeBuildsVersion()},
	}
	entries, err := dataFiles.ReadDir("data")
	if err != nil {
		panic(err) // The files are part of the program.
	}
	for _, e := range entries {
		data, err := dataFiles.ReadFile("data/" + e.Name())
		name := strings.TrimSuffix(e.Name(), ".txt")
		if err != nil || name == "measured" { // Figures in the documentation of rules: nothing rests on them.
			continue
		}
		sum := sha256.Sum256(data)
		d := report.Data{Name: name, SHA256: hex.EncodeToString(sum[:])}
		if _, rest, ok := bytes.Cut(data, []byte("Date: ")); ok && len(rest) >= len(time.DateOnly) {
			d.Version = string(rest[:len(time.DateOnly)])
		}
		all = append(all, d)
	}
	return all
})
