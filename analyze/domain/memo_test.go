package domain

import (
	"fmt"
	"testing"
)

// TestMemo asks for more names than a Memo remembers, again and again.
func TestMemo(t *testing.T) {
	var m Memo
	for range 3 {
		for i := range 2*memoSize + 1 {
			name := fmt.Sprintf("mx%d.example%d.co.uk", i, i)
			if got, want := m.Org(name), Org(name); got != want {
				t.Fatalf("%s: %q, want %q", name, got, want)
			}
		}
		if got := m.Org(""); got != "" {
			t.Errorf("no name gives %q", got)
		}
	}
}
