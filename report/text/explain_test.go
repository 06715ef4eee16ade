package text

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"mailtrace/report"
)

// explained is what Explain shows of a report, held to the promises of every page.
func explained(t testing.TB, r *report.Report, method string, style Style) string {
	t.Helper()
	var b bytes.Buffer
	if err := Explain(&b, r, method, style); err != nil {
		t.Fatal(err)
	}
	check(t, b.String(), style)
	return b.String()
}

// TestExplain shows each check of a few reports whole.
func TestExplain(t *testing.T) {
	for _, name := range []string{"checks-now", "checks-offline", "checks-dns-failed", "checks-attached", "checks-hostile", "simple"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile("testdata/" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			r, err := report.Read(data)
			if err != nil {
				t.Fatal(err)
			}
			var page strings.Builder
			for _, method := range Explained {
				page.WriteString("$ --explain " + method + "\n" + explained(t, r, method, Style{}))
				for _, columns := range []int{1, 40, 53, 100} {
					explained(t, r, method, Style{Width: columns, Color: true, NoDefang: true})
				}
			}
			golden(t, "testdata/"+name+".explain.txt", page.String())
		})
	}
}

// TestHostileExplain explains reports in which every string is hostile, but the words
// by which a result is found.
func TestHostileExplain(t *testing.T) {
	for _, s := range hostile {
		for _, number := range []int64{0, 1, -1, 1 << 40} {
			r := new(report.Report)
			fill(reflect.ValueOf(r).Elem(), s, number)
			for i, by := range []report.AuthBy{report.ByUs, report.ByRecipient} {
				r.Auth[i].Method, r.Auth[i].By = "dkim", by
			}
			for _, status := range []report.Status{"fail", "pass", "undecided", report.Status(s)} {
				r.Auth[0].Status = status
				for _, style := range []Style{{}, {Width: 44}, {Color: true, NoDefang: true}} {
					show(t, r, style)
					explained(t, r, "dkim", style)
				}
			}
		}
	}
}

// TestForgedLines holds that no text of a message begins a line as the page's own
// headings do.
func TestForgedLines(t *testing.T) {
	data, err := os.ReadFile("testdata/checks-hostile.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]int{}
	for _, page := range []string{show(t, r, Style{}), explained(t, r, "dkim", Style{}), explained(t, r, "spf", Style{})} {
		for line := range strings.Lines(page) {
			if word, _, _ := strings.Cut(line, " "); word != "" && word != "\n" {
				headings[strings.TrimSpace(word)]++
			}
		}
	}
	want := map[string]int{"input": 1, "ANSWER": 1, "ROUTE": 1, "CHECKS": 1, "NEXT": 1, "EXPLAIN": 2, "CLAIMS": 2, "DNS": 2}
	if !reflect.DeepEqual(headings, want) {
		t.Errorf("headings %v, want %v", headings, want)
	}
}
