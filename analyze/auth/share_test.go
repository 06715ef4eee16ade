package auth

import (
	"regexp"
	"strings"
	"testing"

	"mailtrace/analyze/mailbox"
)

// TestCorpusShare counts the fields of all messages whose method, result and
// properties are all read, against what a few regular expressions find in the text
// without its comments. Issue 5 wants 99.5 % of them.
func TestCorpusShare(t *testing.T) {
	fields, whole, shown := 0, 0, 0
	for _, f := range corpusFields(t, 1) {
		fields++
		lost := lostOf(f)
		if len(lost) == 0 {
			whole++
		} else if shown++; shown <= 20 {
			t.Logf("%s: %q: lost %q", f.mail, f.value, lost)
		}
	}
	share := 100 * float64(whole) / float64(fields)
	t.Logf("%d of %d fields, %.2f %%", whole, fields, share)
	if share < 99.5 {
		t.Errorf("%.2f %%, want 99.5 %%", share)
	}
}

// lostOf are the results and properties that stand in a field and were not read.
func lostOf(f recorded) (lost []string) {
	text := mailbox.Field{Value: f.value}.Text()
	if f.spf() {
		s := ParseReceivedSPF(f.value)
		word := regexp.MustCompile(`^\s*([A-Za-z]+)`).FindStringSubmatch(text)
		if word == nil || string(s.Status) != strings.ToLower(word[1]) {
			lost = append(lost, "result")
		}
		for _, m := range regexp.MustCompile(`(?:^|[;\s])(client-ip|envelope-from|helo|receiver|identity)=("[^"]*"|[^;\s()]+)`).FindAllStringSubmatch(uncomment(text), -1) {
			if s.Value(m[1]) == "" && strings.Trim(m[2], `"<>`) != "" {
				lost = append(lost, m[0])
			}
		}
		return lost
	}
	r := ParseResults(f.value)
	plain := uncomment(text)
	read := map[string]bool{}
	for _, res := range r.Results {
		read[res.Method+"="+string(res.Status)] = true
		for _, p := range res.Props {
			read[p.key()+"="+strings.ToLower(strings.Trim(p.Value, `<>"`))] = true
		}
	}
	for _, m := range regexp.MustCompile(`(?i)(?:^|[;\s])(spf|dkim|dmarc|arc|iprev|auth|dkim-adsp|sender-id|domainkeys|compauth|bimi|x-[a-z-]+)\s*=\s*([a-z]+)`).FindAllStringSubmatch(plain, -1) {
		if key := strings.ToLower(m[1] + "=" + m[2]); !read[key] {
			lost = append(lost, key)
		}
	}
	for _, m := range regexp.MustCompile(`(?i)(?:^|[;\s])((?:smtp|header|policy|body)\.[a-z-]+)\s*=\s*("[^"]*"|[^;\s"]+)`).FindAllStringSubmatch(plain, -1) {
		if key := strings.ToLower(m[1] + "=" + strings.Trim(m[2], `<>"`)); !read[key] {
			lost = append(lost, key)
		}
	}
	if len(r.Results) == 0 && !r.None {
		lost = append(lost, "no result")
	}
	return lost
}

// uncomment takes comments out, nested ones too.
func uncomment(s string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && depth == 0:
			quoted = !quoted
			b.WriteByte(c)
		case c == '(' && !quoted:
			depth++
		case c == ')' && !quoted && depth > 0:
			depth--
			b.WriteByte(' ')
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}
