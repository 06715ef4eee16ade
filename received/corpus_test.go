package received

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

type message struct {
	Path, Label string
	Received    int
	Year        int
}

// headerFields cuts the Received fields out of a message; the real reader is in
// analyze/mailbox, which this package does not know.
func headerFields(data []byte) []Field {
	var out []Field
	var cur *strings.Builder
	line := 0
	start := 0
	flush := func() {
		if cur != nil {
			out = append(out, Field{Line: start, Value: cur.String()})
			cur = nil
		}
	}
	for l := range strings.Lines(string(data)) {
		line++
		t := strings.TrimRight(l, "\r\n")
		if t == "" && line > 1 {
			break
		}
		if (t != "" && (t[0] == ' ' || t[0] == '\t')) && cur != nil {
			cur.WriteString(l)
			continue
		}
		flush()
		if len(t) > 9 && strings.EqualFold(t[:9], "received:") {
			cur, start = &strings.Builder{}, line
			cur.WriteString(l[9:])
		}
	}
	flush()
	return out
}

func TestCorpusDialects(t *testing.T) {
	rows := jsonLines[message](t, corpora(t, "mails", "index.jsonl"))
	count := map[string]int{}
	var all, modern, modernNamed, other, otherNamed int
	dump, _ := os.Create("/tmp/generic.txt")
	defer dump.Close()
	for _, m := range rows {
		data, err := os.ReadFile(corpora(t, m.Path))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range headerFields(data) {
			h := Parse(f)
			all++
			count[h.Dialect]++
			flat := strings.Join(strings.Fields(f.Value), " ")
			if year := m.Year; h.Time != nil && h.Time.Year() >= 2015 || h.Time == nil && year >= 2015 {
				modern++
				named := h.Dialect != Generic && h.Dialect != Unknown
				ms := h.Dialect == "m365" || h.Dialect == "exchange" || h.Dialect == "microsoft-smtpsvc"
				if named {
					modernNamed++
				} else {
					fmt.Fprintln(dump, flat)
				}
				if !ms {
					other++
					if named {
						otherNamed++
					}
				}
			}
			low := strings.ToLower(flat)
			if strings.HasPrefix(low, "from ") && h.From.Name == "" && !h.From.Address.IsValid() && h.From.HELO == "" {
				t.Logf("no from: %s", flat)
			}
			if strings.Contains(low, " by ") && h.By.Name == "" {
				t.Logf("no by: %s", flat)
			}
		}
	}
	keys := slices.SortedFunc(maps.Keys(count), func(a, b string) int { return count[b] - count[a] })
	for _, k := range keys {
		t.Logf("%6d %5.2f %% %s", count[k], 100*float64(count[k])/float64(all), k)
	}
	t.Logf("%d fields; 2015 and later: %d of %d named, %.2f %%; not Microsoft's: %d of %d, %.2f %%", all, modernNamed, modern, 100*float64(modernNamed)/float64(modern), otherNamed, other, 100*float64(otherNamed)/float64(other))
}
