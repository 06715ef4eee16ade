package main

import (
	"io"
	"strings"
	"testing"
)

// TestSized holds that a file that is cut off while it is read is not taken for one
// that ends there.
func TestSized(t *testing.T) {
	for _, c := range []struct {
		size int64
		want string
		ends bool
	}{
		{0, "", true}, {3, "abc", true}, {6, "abcdef", true}, {7, "abcdef", false},
	} {
		got, err := io.ReadAll(&sized{strings.NewReader("abcdef"), c.size})
		if string(got) != c.want || (err == nil) != c.ends {
			t.Errorf("%d bytes: %q, %v", c.size, got, err)
		}
	}
}
