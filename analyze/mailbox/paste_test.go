package mailbox

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the wants of testdata/paste anew")

// TestPaste reads the inputs of testdata/paste and holds what becomes of them: fields
// with their lines, "*" for those that were mended, repairs, and the body.
func TestPaste(t *testing.T) {
	files, err := filepath.Glob("testdata/paste/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := pasted(t, a.Files[0].Data)
			if *update {
				a.Files = []txtar.File{a.Files[0], {Name: "want", Data: []byte(got)}}
				if err := os.WriteFile(name, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(a.Files) != 2 || got != string(a.Files[1].Data) {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

func pasted(t *testing.T, input []byte) string {
	m := read(t, string(input))
	check(t, m, input)
	var b strings.Builder
	for _, f := range m.Fields {
		mark := " "
		if f.Mended {
			mark = "*"
		}
		fmt.Fprintf(&b, "%3d%s %s: %s\n", f.Line, mark, f.Name, f.Text())
	}
	body, _ := io.ReadAll(m.Body())
	fmt.Fprintf(&b, "body %q\n%s: %s\n", body, m.Fidelity, m.FidelityWhy)
	for _, r := range m.Repairs {
		fmt.Fprintf(&b, "repair, line %d: %s\n", r.Line, r.Text)
	}
	return b.String()
}

// TestMendTime holds that hostile text is mended in a time that grows with its size
// only.
func TestMendTime(t *testing.T) {
	// Hundredths of a second on a quiet machine; minutes, were the time quadratic.
	const most, size = 10 * time.Second, MaxMend / 16
	for _, s := range []string{
		"> ", ">Received: from x\n", "Received: from x\n\n", "Received: ", " Received: from (", "a\nReceived: from x\n",
		"Received: x\nx\n", "Received: from x\nby y\n", "X-Spam-Report: x\nx\n\n", "<br", "<pre>Received: from x\n", "<a@b ", "&lt;Received: ",
		"&gt; Received: from\n", "\u00a0\u00a0Received: from x\n", "> Received: from x\nx\n\n\n", "    Received: from x\n\n", "```\n", "X-A: b (",
		"Message-ID: x\n", "h=From: To: ", "\n\n\n ", "From: x\n \n",
		"a<http://a>", "[a](http://", "%<http://a%", "x Received: from ", "[Received: from x\n", `\nSender: x`, "Sender: =3D=3D=3D=\n", "=3D=\n",
		"* Received: from x\n", "**Sender:** x\n", "Sender\tx\n", "Received\tfrom x\n", "1 Received: from x\n",
		"Received: from " + strings.Repeat("x", 85) + "\n" + strings.Repeat("x", 100) + "\n" + strings.Repeat("x", 100) + "\n", strings.Repeat("x", 100) + "\n",
	} {
		for _, front := range []string{"", "<div>Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0000\n"} {
			begin := time.Now()
			input := front + strings.Repeat(s, size/len(s))
			if _, err := Read("x", strings.NewReader(input), int64(len(input))); err != nil && !strings.Contains(err.Error(), "header field") {
				t.Error(err)
			}
			if d := time.Since(begin); d > most {
				t.Errorf("%q behind %q: %s", s, front, d)
			}
		}
	}
}

// TestMendBound holds that what lies behind MaxMend is body, as it stands.
func TestMendBound(t *testing.T) {
	line := "> 0123456789\n"
	rest := strings.Repeat(line, (MaxMend+MaxMend/2)/len(line))
	input := "> Received: from a.example.com by b.example.com; Tue, 24 Nov 2026 10:00:00 +0000\n> From: a@example.com\n>\n" + rest
	m := read(t, input)
	body, err := io.ReadAll(m.Body())
	if err != nil || len(m.Fields) != 2 || !bytes.HasPrefix(body, []byte("0123456789\n")) || !bytes.HasSuffix(body, []byte(line)) {
		t.Errorf("%d fields, body %.40q ... %.40q, %v", len(m.Fields), body, body[len(body)-40:], err)
	}
	if limits(m) != "MaxMend" {
		t.Errorf("limits %q", limits(m))
	}
}
