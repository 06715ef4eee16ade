package auth

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtrace/analyze/mailbox"
)

// TestAutopsyRealMail: the hash of a body needs no key, so what lists did to real mail
// can be searched for. Most of what they did is found.
func TestAutopsyRealMail(t *testing.T) {
	type row struct{ Path string }
	type count struct{ broken, explained int }
	lists := map[string]*count{}
	kinds := map[string]int{}
	var all count
	quick := 0
	var left, shown []string
	for _, r := range jsonLines[row](t, corpora(t, "mails", "index.jsonl")) {
		if !strings.HasPrefix(r.Path, "mails/modern-ham/") {
			continue
		}
		data, err := os.ReadFile(corpora(t, r.Path))
		if err != nil {
			t.Fatal(err)
		}
		m, err := mailbox.Read(r.Path, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			continue
		}
		signatures := Verifier{}.Verify(t.Context(), m, time.Time{}).DKIM
		id, _ := m.Field("List-Id")
		list := id.Text()
		for _, a := range (Verifier{}).Autopsy(m, signatures) {
			if a != nil && a.Body.State == AutopsyExplained {
				quick++
			}
		}
		for i, a := range (Verifier{Thorough: true}).Autopsy(m, signatures) {
			if a == nil || signatures[i].BodyHash.State != HashDiffers {
				continue
			}
			if a.Header.State != AutopsyUnjudged {
				t.Errorf("%s: the header is %s without a key", r.Path, a.Header.State)
			}
			if lists[list] == nil {
				lists[list] = &count{}
			}
			lists[list].broken++
			all.broken++
			if a.Body.State != AutopsyExplained {
				left = append(left, r.Path+" d="+signatures[i].Domain+" "+string(signatures[i].BodyForm))
				continue
			}
			lists[list].explained++
			all.explained++
			kind := ""
			for _, c := range a.Body.Changes {
				kind += " " + string(c.Kind)
			}
			if kinds[kind]++; kinds[kind] == 1 {
				shown = append(shown, r.Path+": "+a.Body.Changes[len(a.Body.Changes)-1].Text)
			}
		}
	}
	for _, list := range slices.Sorted(maps.Keys(lists)) {
		t.Logf("%3d of %3d: %s", lists[list].explained, lists[list].broken, list)
	}
	t.Logf("explained %d of %d, by %v; without a key, in one pass, %d", all.explained, all.broken, kinds, quick)
	for _, s := range shown {
		t.Log(s)
	}
	t.Logf("not explained:\n%s", strings.Join(left, "\n"))
	if all.explained*10 < all.broken*7 {
		t.Errorf("explained %d of %d", all.explained, all.broken)
	}
}
