package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"mailtrace/analyze/domain"
)

// listed reads a list from standard input.
func listed(t testing.TB, text []byte) []probeJob {
	t.Helper()
	l := &nameList{console: &console{in: bytes.NewReader(text)}, args: []string{stdin}}
	var all []probeJob
	for j := range l.jobs(t.Context()) {
		all = append(all, j)
	}
	return all
}

func TestNameList(t *testing.T) {
	for text, want := range map[string]string{
		"a.example\nb.example\n":                  "a.example b.example",
		"\ufeffa.example\r\nB.example.\r\n":       "a.example b.example", // As Windows writes it.
		"a.example # ours\n#b.example\n\n":        "a.example",
		"a.example\nA.EXAMPLE.\na.example":        "a.example", // No line end at the end.
		"bücher.example\nxn--bcher-kva.example":   "bücher.example",
		"a.example b.example":                     "!a.example b.example", // Two in a line.
		"a b\na b\nc.example":                     "!a b c.example",
		"":                                        "!-",
		"# nothing":                               "!-",
		strings.Repeat("a", 9000) + "\nb.example": "!" + strings.Repeat("a", 100) + "… b.example",
		"a.example" + strings.Repeat(" ", 9000) + "\nb.example":    "!a.example b.example", // What stood behind it is not known.
		"# " + strings.Repeat("words ", 9000) + "\nb.example":      "b.example",
		"a.example # " + strings.Repeat("x", 9000) + "\nb.example": "a.example b.example",
		"a\x00b.example": "!a\x00b.example",
	} {
		var got []string
		for _, j := range listed(t, []byte(text)) {
			name := j.name
			if j.err != nil {
				name = "!" + name
			}
			got = append(got, name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%.60q: %.200q, not %.200q", text, got, want)
		}
	}
}

func FuzzNameList(f *testing.F) {
	for _, s := range []string{"a.example\n", "\ufeffa.example # x\r\n\r\nb.example", "a@b.example\nhttp://[::1]:80/\n[::1]\n1.2.3.4:5", "\xff\xfe\n#", "-\n--x\n."} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		jobs := listed(t, text)
		if len(jobs) == 0 || len(jobs) > bytes.Count(text, []byte("\n"))+1 {
			t.Fatalf("%d jobs", len(jobs))
		}
		seen := map[string]bool{}
		for _, j := range jobs {
			switch {
			case j.err == nil && (domain.ASCII(j.name) == "" || strings.HasPrefix(j.name, "-")):
				t.Errorf("%q is no domain", j.name)
			case j.err == nil && seen[domain.ASCII(j.name)]:
				t.Errorf("%q comes twice", j.name)
			case j.err != nil && (utf8.RuneCountInString(j.err.Error()) > 1000 || len(j.hint) > 1000):
				t.Errorf("%q: %v, %q", j.name, j.err, j.hint)
			}
			seen[domain.ASCII(j.name)] = j.err == nil
		}
	})
}
