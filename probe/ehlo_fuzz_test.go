package probe

import (
	"strings"
	"testing"

	"mailtrace/report"
)

// FuzzEHLO: whatever a server offers, there is one extension for each line with text
// at most, no octet is made up, and a limit is one.
func FuzzEHLO(f *testing.F) {
	f.Add("SIZE 52428800\nSTARTTLS\nAUTH PLAIN LOGIN\nAUTH=PLAIN LOGIN\nLIMITS RCPTMAX=50 MAILMAX=5\nSMTPUTF8")
	f.Add("XXXXXXXA\n-\nSIZE\nSIZE 99999999999999999999\nsize 0")
	f.Add("\x1b]0;owned\a\n\xff\xfe SIZE\n \t \n=\n==")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		all := parseEHLO(lines)
		if len(all) > len(lines) {
			t.Fatalf("%d extensions of %d lines", len(all), len(lines))
		}
		for _, e := range all {
			if e.Keyword == "" && e.Param == "" {
				t.Fatal("an extension of nothing")
			}
			if strings.ContainsAny(e.Keyword, " \t=") || !strings.Contains(upper(text), e.Keyword) || !strings.Contains(text, e.Param) {
				t.Fatalf("%q %q is not of %q", e.Keyword, e.Param, text)
			}
		}
		size := sizeOf(all)
		if (size.State == report.SizeLimit) != (size.Octets != nil) || size.Octets != nil && *size.Octets <= 0 {
			t.Fatalf("%+v", size)
		}
	})
}
