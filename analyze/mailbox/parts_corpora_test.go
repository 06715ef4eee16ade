package mailbox

import (
	"fmt"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtrace/report"
)

// TestPartsOfCorpora takes every message of mails/ apart, with -v with what became
// of it. The number of attached messages is argued against
//
//	grep -rhaiE '^content-type: *(message/(rfc822|global)|(text|message)/rfc822-headers)'
//
// which finds 289 lines: 5 parts of these hold no message (they are noted), 2 stand
// behind delimiters that someone who made the mail anonymous changed, 1 is in a
// text/plain; and 5 messages of digests have no such line. That makes 286; the other
// 62 are returned in the text of bounces by Exim (28), qmail (22) and others.
func TestPartsOfCorpora(t *testing.T) {
	dir, rows := index(t)
	kinds := map[report.CarrierKind]int{}
	folders, inline := map[string]int{}, map[string]int{}
	inner, types, flawed, noted := 0, 0, 0, 0
	for _, r := range rows {
		data, err := os.ReadFile(filepath.Join(dir, r.Path))
		if err != nil {
			t.Fatal(err)
		}
		all := apart(t, rawOf(data, 1000), data)
		if len(all) == 0 {
			continue // TestCorpora tells why.
		}
		m := all[0]
		same, differ := compareTypes(t, m)
		types, flawed = types+same, flawed+differ
		if f, ok := m.Inline(); ok {
			inline[f.Program]++
			t.Logf("%s (%.60q): %+v", r.Path, m.subject(), f)
		}
		for _, l := range m.Repairs {
			if strings.Contains(l.Text, "the part that begins here") {
				noted++
				t.Logf("%s: line %d: %s", r.Path, l.Line, l.Text)
			}
		}
		if len(all) == 1 {
			continue
		}
		inner += len(all) - 1
		folders[strings.Split(r.Path, "/")[1]] += len(all) - 1
		t.Logf("%s\n%s", r.Path, describe(all[1:], true))
		for _, m := range all[1:] {
			kinds[m.Carrier.Kind]++
		}
	}
	t.Logf("%d messages: %d attached to them; %v; %v; %d parts that are none", len(rows), inner, kinds, folders, noted)
	t.Logf("inline: %v", inline)
	t.Logf("%d types are read as the library does, %d it cannot read", types, flawed)
	if got, want := fmt.Sprint(inner, kinds, noted), "348 map[abuse-report:8 attachment:20 bounce:307 digest:5 forward:8] 5"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// compareTypes holds the types of a message against the library, where that can read
// them.
func compareTypes(t *testing.T, m *Message) (same, flawed int) {
	for f := range m.All("Content-Type") {
		name, params, err := mime.ParseMediaType(strings.ReplaceAll(f.Value, "\n", ""))
		if err != nil {
			flawed++
			continue
		}
		same++
		got := parseMediaType(f.Value)
		if got.name != name {
			t.Errorf("%q: got %q", f.Value, got.name)
		}
		for k, v := range params {
			if g := got.get(k); g != strings.TrimSpace(v) && g != v {
				t.Errorf("%q: got %s=%q, want %q", f.Value, k, g, v)
			}
		}
	}
	return same, flawed
}
