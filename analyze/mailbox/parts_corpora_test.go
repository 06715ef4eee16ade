package mailbox

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAttachedInCorpora takes every message of mails/ apart.
func TestAttachedInCorpora(t *testing.T) {
	dir, rows := index(t)
	inner, limits, repairs, cut := 0, 0, 0, 0
	perDir, kinds := map[string]int{}, map[string]int{}
	for _, r := range rows {
		data, err := os.ReadFile(filepath.Join(dir, r.Path))
		if err != nil {
			t.Fatal(err)
		}
		for w, err := range Split(r.Path, bytes.NewReader(data), int64(len(data))) {
			if err != nil {
				t.Fatal(err)
			}
			for m, err := range w.Messages() {
				if err != nil {
					break
				}
				for _, l := range m.Limits {
					limits++
					t.Logf("%s part %d: limit %s", r.Path, m.Part, l.Text)
				}
				for _, l := range m.Repairs {
					if strings.Contains(l.Text, "the part that begins here") {
						repairs++
						t.Logf("%s part %d line %d: %s", r.Path, m.Part, l.Line, l.Text)
					}
				}
				if m.Part == 0 {
					continue
				}
				inner++
				if strings.Contains(m.FidelityWhy, "without the boundary") {
					cut++
				}
				perDir[filepath.Dir(r.Path)]++
				kinds[fmt.Sprint(m.Carrier.Kind, " ", m.Carrier.ContentType)]++
				t.Logf("%s part %d at %d, %d bytes, %s, %s, %s: %s; %s; %d fields", r.Path, m.Part, m.Offset, m.Size,
					m.Carrier.Kind, m.Carrier.ContentType, m.Fidelity, m.FidelityWhy, m.Carrier.Why, len(m.Fields))
			}
		}
	}
	t.Logf("%d inner, %d limits, %d repairs, %d cut, %v %v", inner, limits, repairs, cut, perDir, kinds)
}

func TestInlineInCorpora(t *testing.T) {
	dir, rows := index(t)
	n := map[string]int{}
	for _, r := range rows {
		data, err := os.ReadFile(filepath.Join(dir, r.Path))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Read(r.Path, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			continue
		}
		if f, ok := m.Inline(); ok {
			n[f.Program]++
			t.Logf("%s (%.60q): %+v", r.Path, m.subject(), f)
		}
	}
	t.Log(n)
}
