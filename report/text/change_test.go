package text

import (
	"strings"
	"testing"

	"mailtrace/report"
)

// TestUnquoted leaves out of a sentence what is printed below it, and nothing else.
func TestUnquoted(t *testing.T) {
	long := strings.Repeat("word ", 100)
	for _, c := range []struct{ text, added, want string }{
		{"signed without this line before it: «Pay now». Nobody vouches for it.", "Pay\n now\n", "signed without this line before it. Nobody vouches for it."},
		{"signed without this line before it: «a» b: «c». Who?", "a» b: «c", "signed without this line before it. Who?"},
		{"signed without these lines: «" + long[:240] + "…». Who?", long, "signed without these lines. Who?"},
		{"signed the Subject without «[a]»: it was «Hello».", "[a]", "signed the Subject without «[a]»: it was «Hello»."},
		{"was: «x». Then: «…». Who?", "y", "was: «x». Then: «…». Who?"},
		{"no quotation", "y", "no quotation"},
		{"nothing was added: «».", "", "nothing was added: «»."},
	} {
		if got := unquoted(&report.Change{Text: c.text, Added: c.added}); got != c.want {
			t.Errorf("%q without %q is %q, want %q", c.text, c.added, got, c.want)
		}
	}
}
