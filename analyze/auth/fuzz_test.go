package auth

import (
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"mailtrace/analyze/mailbox"
)

// seeds are the fields of testdata and, where there are corpora, of their sample.
func seeds(f *testing.F, spf bool) {
	for _, file := range []string{"testdata/results.txt", "testdata/receivedspf.txt"} {
		for _, block := range cases(f, file) {
			if _, name, value, _ := cut(block); name != "" && (name == "Received-SPF") == spf {
				f.Add(value)
			}
		}
	}
	mails, _ := filepath.Glob(filepath.Join(os.Getenv("MAILTRACE_CORPORA"), "sample", "*.eml"))
	for _, file := range mails {
		r, err := os.Open(file)
		if err != nil {
			continue
		}
		if m, err := mailbox.Read(file, r, 0); err == nil {
			for _, field := range m.Fields {
				if spf && field.Is("Received-SPF") || !spf && strings.HasSuffix(strings.ToLower(field.Name), "authentication-results") {
					f.Add(field.Value)
				}
			}
		}
		r.Close()
	}
}

// bare is s without what unfolding and unquoting take away.
func bare(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i]; c > ' ' && c != '"' && c != '\\' && c != 127 {
			out = append(out, c)
		}
	}
	return string(out)
}

// read is what a parser may have read of the value.
func read(value string) string {
	value = value[:min(len(value), MaxField)]
	if s := strings.TrimLeft(value, " \t\r\n"); strings.HasPrefix(s, "=?") {
		value = mailbox.Field{Value: value}.Text()
	}
	return bare(value)
}

// within tells whether the letters of part stand in whole in their order.
func within(whole, part string) bool {
	for i := range len(part) {
		n := strings.IndexByte(whole, part[i])
		if n < 0 {
			return false
		}
		whole = whole[n+1:]
	}
	return true
}

// FuzzParseResults: whatever the field, its lists are there and bounded, what they
// hold stands in the field, and what has no fault is read the same when it is
// written anew.
func FuzzParseResults(f *testing.F) {
	seeds(f, false)
	f.Fuzz(func(t *testing.T, value string) {
		r := ParseResults(value)
		if r.Results == nil || r.Comments == nil || r.Faults == nil || len(r.Results) > MaxResults || len(r.Faults) >= maxFaults {
			t.Fatalf("lists: %+v", r)
		}
		whole := read(value)
		low := lower(whole)
		holds := func(part string) {
			if !strings.Contains(whole, bare(part)) {
				t.Errorf("%q is not in the field", part)
			}
		}
		props, comments := 0, len(r.Comments)
		holds(r.AuthServID)
		for _, c := range r.Comments {
			holds(c)
		}
		for _, res := range r.Results {
			if res.Props == nil || res.Comments == nil || !keyword(res.Method) || !keyword(string(res.Status)) {
				t.Errorf("incomplete: %+v", res)
			}
			if res.Method != lower(res.Method) || !within(low, res.Method+"="+string(res.Status)) && !within(low, res.Method+"/"+res.Version+"="+string(res.Status)) {
				t.Errorf("%s=%s is not in the field", res.Method, res.Status)
			}
			holds(res.Reason)
			for _, p := range res.Props {
				props++
				holds(p.Value)
				if !within(low, bare(p.Name)) || !within(low, bare(p.Type)) {
					t.Errorf("%+v is not in the field", p)
				}
			}
			for _, c := range res.Comments {
				comments++
				holds(c)
			}
		}
		if props > MaxProps || comments > MaxComments {
			t.Errorf("%d properties, %d comments", props, comments)
		}
		if a := r.Address(); a.IsValid() != (len(r.Addresses()) == 1) || a.Is4In6() || a.Zone() != "" {
			t.Errorf("address %v of %v", a, r.Addresses())
		}
		r.MailFrom()
		r.HELO()
		if len(r.Faults) == 0 {
			again := ParseResults(rewrite(r))
			if !reflect.DeepEqual(strip(r), strip(again)) {
				t.Errorf("%q\nfirst %+v\nagain %+v", rewrite(r), r, again)
			}
		}
	})
}

// strip takes out what rewrite does not write: comments.
func strip(r Results) Results {
	r.Comments = []string{}
	for i := range r.Results {
		r.Results[i].Comments = []string{}
	}
	return r
}

// rewrite writes results as RFC 8601 has them.
func rewrite(r Results) string {
	quote := func(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }
	out := quote(r.AuthServID) + " " + r.Version
	if r.Instance > 0 {
		out = "i=" + strconv.Itoa(r.Instance) + "; " + out
	}
	if r.None {
		return out + "; none"
	}
	for _, res := range r.Results {
		out += "; " + res.Method
		if res.Version != "" {
			out += "/" + res.Version
		}
		out += "=" + string(res.Status)
		if res.Reason != "" {
			out += " reason=" + quote(res.Reason)
		}
		for _, p := range res.Props {
			out += " " + p.key() + "=" + quote(p.Value)
		}
	}
	return out
}

// FuzzParseReceivedSPF: as FuzzParseResults.
func FuzzParseReceivedSPF(f *testing.F) {
	seeds(f, true)
	f.Fuzz(func(t *testing.T, value string) {
		s := ParseReceivedSPF(value)
		if s.Pairs == nil || s.Comments == nil || s.Faults == nil || len(s.Pairs) > MaxProps || len(s.Comments) > MaxComments || len(s.Faults) >= maxFaults {
			t.Fatalf("lists: %+v", s)
		}
		whole := read(value)
		low := lower(whole)
		if s.Status == "" && len(s.Faults) == 0 || !strings.Contains(low, string(s.Status)) {
			t.Errorf("result %q", s.Status)
		}
		for _, p := range s.Pairs {
			if !strings.Contains(whole, bare(p.Value)) || !within(low, bare(p.Key)) {
				t.Errorf("%+v is not in the field", p)
			}
		}
		for _, c := range s.Comments {
			if !strings.Contains(whole, bare(c)) {
				t.Errorf("%q is not in the field", c)
			}
		}
		if a := s.Address(); a.IsValid() != (len(s.Addresses()) == 1) || a.Is4In6() || a.Zone() != "" {
			t.Errorf("address %v of %v", a, s.Addresses())
		}
		s.Receiver()
		s.MailFrom()
	})
}
