package domain

import (
	"strings"
	"testing"
)

func TestASCII(t *testing.T) {
	for name, want := range map[string]string{
		"Example.COM.":                 "example.com",
		"bücher.example":               "xn--bcher-kva.example",
		"b\xfccher.example":            "", // Latin-1.
		"":                             "",
		"...":                          "",
		strings.Repeat("ü.", 600):      "",
		strings.Repeat("ü", 70) + ".x": "",
	} {
		if got := ASCII(name); got != want {
			t.Errorf("%.40q: %q, want %q", name, got, want)
		}
	}
}
