package analyze

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// TestRequirements runs testdata/requirements.txtar: messages (name.eml), the DNS that they
// see (name.zone; without one nobody is asked), and what is said of each requirement, one
// line for those who ask for the same (name.want).
func TestRequirements(t *testing.T) {
	const name = "testdata/requirements.txtar"
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range archived(t, archive) {
		a := Analyzer{Version: "test", Now: clock, Requirements: true}
		if c.zone != nil {
			zone, err := dns.ParseZone(string(c.zone.Data))
			if err != nil {
				t.Fatal(err)
			}
			zone.Time = clock()
			a.DNS = func(string) (DNS, error) { return &dns.Recorder{Resolver: zone}, nil }
		}
		r := traceBy(t, &a, c.eml.Name, c.eml.Data)
		got := requirementLines(r.Requirements)
		if d := r.DecidedOn.Data; d[len(d)-1].Name != "bulk requirements" {
			t.Errorf("%s: the table is not named", c.eml.Name)
		}
		if *update {
			c.want.Data = got
		} else if !bytes.Equal(got, c.want.Data) {
			t.Errorf("%s:\n%s\nwant:\n%s", c.eml.Name, got, c.want.Data)
		}
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := trace(t, "none.eml", archive.Files[0].Data)
	if len(r.Requirements) > 0 || len(r.DecidedOn.Data) != len(tables()) {
		t.Error("requirements that nobody wanted")
	}
}

func requirementLines(all []report.Requirement) []byte {
	var b bytes.Buffer
	seen := map[string]bool{}
	for _, r := range all {
		line := fmt.Sprintf("%s %s: %s\n", r.Status, r.ID, r.Why)
		if !seen[line] && r.Provider != "" && strings.HasPrefix(r.Source, "https://") {
			b.WriteString(line)
		}
		seen[line] = true
	}
	return b.Bytes()
}
