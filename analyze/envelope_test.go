package analyze

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"mailtrace/report"
)

// TestWho runs testdata/envelope.who.txtar: what a report says of envelope,
// identities and accounts.
func TestWho(t *testing.T) {
	const name = "testdata/envelope.who.txtar"
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		eml, want := &archive.Files[i], &archive.Files[i+1]
		got := who(trace(t, eml.Name, eml.Data))
		if *update {
			want.Data = got
		} else if !bytes.Equal(got, want.Data) {
			t.Errorf("%s:\n%s\nwant:\n%s", eml.Name, got, want.Data)
		}
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func who(r *report.Report) []byte {
	var b bytes.Buffer
	for _, id := range r.Identities {
		same := "not known"
		if id.SameAsFrom != nil {
			same = fmt.Sprint(*id.SameAsFrom)
		}
		fmt.Fprintf(&b, "identity line %d: %s %q %s, organisation %q, same: %s\n", id.Line, id.Role, id.Address, id.Domain, id.Organisation, same)
	}
	for _, a := range r.Envelope.Addresses {
		fmt.Fprintf(&b, "envelope line %d: %s %s, standing %q", a.Line, a.Role, a.Address, a.Standing)
		if a.Form != "" {
			fmt.Fprintf(&b, ", %s %q: %s", a.Form, a.Decoded, a.Meaning)
		}
		b.WriteString("\n")
	}
	addressed := "not known"
	if r.Envelope.Addressed != nil {
		addressed = fmt.Sprint(*r.Envelope.Addressed)
	}
	fmt.Fprintf(&b, "addressed: %s, way %q: %s\n", addressed, r.Envelope.Way, r.Envelope.Why)
	for _, a := range r.Accounts {
		fmt.Fprintf(&b, "account line %d, %s, standing %q: %s: %s\n", a.Line, a.Field, a.Standing, a.What, a.Key)
	}
	return b.Bytes()
}

// TestHonestMailers: the honest messages that SpamAssassin once took for forged
// say nothing here.
func TestHonestMailers(t *testing.T) {
	dir, _ := corpus(t)
	files, err := filepath.Glob(filepath.Join(dir, "mails/spamassassin-tests/t.rules/*/fp*.eml"))
	if err != nil || len(files) == 0 {
		t.Skip("no such messages in the corpora")
	}
	for _, file := range files {
		for _, f := range traceFile(t, file).Findings {
			if (strings.HasPrefix(f.Rule, "header.") || strings.HasPrefix(f.Rule, "identity.")) && f.Weight != report.Ordinary {
				t.Errorf("%s: %s: %s", filepath.Base(file), f.Rule, f.Text)
			}
		}
	}
}
