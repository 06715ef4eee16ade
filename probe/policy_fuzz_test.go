package probe

import (
	"strings"
	"testing"
)

// FuzzSTSPolicy holds what is read of a policy to what RFC 8461 section 3.2 lets stand
// there, and to the bounds.
func FuzzSTSPolicy(f *testing.F) {
	f.Add([]byte(stsText))
	f.Add([]byte(strings.ReplaceAll(stsText, "\n", "\r\n")))
	f.Add([]byte("version: STSv1\nmode: none\nmax_age: 0\n"))
	f.Add([]byte("version:STSv1\nmode:testing\nmax_age:99999999999\nmx:*.a\nx-y: \xff\n"))
	f.Add([]byte("<!DOCTYPE html>\n<html>"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := parseSTSPolicy(body)
		if (p == nil) != (err != nil) {
			t.Fatalf("%v and %v", p, err)
		}
		file := fetched{body: body}
		if n := len(file.lines("mx")); n == 0 || n > maxPolicyLines {
			t.Errorf("%d lines", n)
		}
		isPage(body)
		if err != nil {
			if len(err.Error()) > 20*maxShown {
				t.Errorf("an error of %d octets", len(err.Error()))
			}
			return
		}
		if p.mode != stsEnforce && p.mode != stsTesting && p.mode != stsNone || p.maxAge < 0 || p.maxAge > maxAge || len(p.mx) > maxPolicyMX {
			t.Errorf("%+v", p)
		}
		for _, pattern := range p.mx {
			host := strings.Replace(pattern, "*.", "a.", 1)
			if !stsMatches(pattern, host) || stsMatches(pattern, "b.c."+host) || strings.ToLower(pattern) != pattern {
				t.Errorf("pattern %q, host %q", pattern, host)
			}
		}
	})
}

// FuzzPolicyRecord reads any text as the records of MTA-STS and of TLS reporting.
func FuzzPolicyRecord(f *testing.F) {
	for _, s := range []string{
		"v=STSv1; id=1", "v=STSv1;id=20261101T000000Z;", "v=STSv1 ; a=b; id=1", "v=STSv1", "v=stsv1; id=1", "v=STSv1; id=1; id=2;;",
		"v=TLSRPTv1; rua=mailto:a@example.org", "v=TLSRPTv1;rua=https://example.org/a?b=c , mailto:a@b", "v=TLSRPTv1; rua=mailto:a@b!10m", "v=TLSRPTv1; rua=,",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := parseSTSRecord(text); err == nil {
			if r.id == "" || len(r.id) > 32 || strings.ContainsFunc(r.id, func(c rune) bool { return c > 0x7f || !alnum(byte(c)) }) {
				t.Errorf("id %q", r.id)
			}
		} else if len(err.Error()) > 20*maxShown {
			t.Errorf("an error of %d octets", len(err.Error()))
		}
		r, err := parseRPTRecord(text)
		if (r == nil) != (err != nil) {
			t.Fatalf("%v and %v", r, err)
		}
		if err != nil {
			return
		}
		for _, uri := range r.rua {
			if low := strings.ToLower(uri); !strings.HasPrefix(low, "mailto:") && !strings.HasPrefix(low, "https:") || strings.ContainsAny(uri, ",!; ") {
				t.Errorf("rua %q", uri)
			}
		}
	})
}
