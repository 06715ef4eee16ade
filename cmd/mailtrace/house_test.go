package main

import (
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module     = "mailtrace/"
	repository = "../.."
)

// room is what one package may import.
type room struct {
	ours   string // Packages of this module, by folder.
	others string // Packages or modules of others; a module means all of its packages.

	// noNet forbids whatever opens connections or starts programs: what parses
	// bytes that a stranger wrote shall have no means to act on them.
	noNet bool
}

// house is the import policy of ../shared/design.md, word for word. It changes by
// decision, never to make a build pass. A package that is not in it fails. Tests
// may import what they like.
var house = map[string]room{
	"received":         {noNet: true},
	"report":           {ours: "received"},
	"report/batch":     {ours: "report"},
	"report/text":      {ours: "report received report/batch", others: "github.com/olekukonko/tablewriter github.com/mattn/go-runewidth golang.org/x/term"},
	"analyze/domain":   {others: "golang.org/x/net/publicsuffix golang.org/x/net/idna golang.org/x/text"},
	"analyze/mailbox":  {ours: "report", others: "github.com/emersion/go-message github.com/richardlehane/mscfb golang.org/x/net/html golang.org/x/text", noNet: true},
	"analyze/auth":     {ours: "report probe/dns analyze/domain analyze/mailbox", others: "github.com/emersion/go-msgauth blitiri.com.ar/go/spf"},
	"analyze/bulk":     {ours: "report analyze/domain", noNet: true},
	"analyze":          {ours: "report received probe/dns analyze/domain analyze/mailbox analyze/auth analyze/bulk", others: "golang.org/x/text", noNet: true},
	"probe/dns":        {others: "github.com/miekg/dns"},
	"probe/dns/signed": {others: "github.com/miekg/dns"},
	"probe":            {ours: "report probe/dns analyze/domain analyze/auth analyze/bulk", others: "golang.org/x/crypto golang.org/x/time/rate"},
	"cmd/mailtrace":    {ours: everything, others: "github.com/spf13/cobra github.com/spf13/pflag golang.org/x/term go.yaml.in/yaml github.com/oschwald/maxminddb-golang"},
}

const everything = "*"

// net is what noNet forbids. net/netip and net/mail only parse.
var network = strings.Fields("net net/http net/smtp net/rpc net/textproto crypto/tls os/exec log/syslog plugin")

// blank are the packages that may be imported for their effect alone, with the
// place: embed makes go:embed work, charset teaches go-message its charsets.
var blank = map[string][]string{
	"embed":                                  nil, // Anywhere.
	"github.com/emersion/go-message/charset": {"analyze/mailbox"},
}

// vague are package names that say nothing, and so collect everything.
var vague = strings.Fields("util utils utility common helper helpers misc models model shared base lib")

// TestHouse holds the policy for every system that mailtrace is built for. It
// reads the files itself: what "go list" says is not seen by the test cache.
func TestHouse(t *testing.T) {
	for _, goos := range []string{"linux", "windows", "darwin"} {
		system := build.Default
		system.GOOS = goos
		system.CgoEnabled = false
		packages(t, func(dir string) {
			pkg, err := system.ImportDir(filepath.Join(repository, dir), 0)
			if none := (*build.NoGoError)(nil); errors.As(err, &none) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(pkg.GoFiles) > 0 {
				checkRoom(t, dir, pkg)
			}
		})
	}
}

func checkRoom(t *testing.T, dir string, pkg *build.Package) {
	if slices.Contains(vague, pkg.Name) {
		t.Errorf("package %s: the name says nothing; put what is in it beside its caller", dir)
	}
	r, ok := house[dir]
	if !ok {
		t.Errorf("package %s has no place in the house: the table is in ../shared/design.md and here", dir)
		return
	}
	for _, path := range pkg.Imports {
		switch {
		case strings.HasPrefix(path, module):
			path = strings.TrimPrefix(path, module)
			if r.ours != everything && !slices.Contains(strings.Fields(r.ours), path) {
				t.Errorf("%s must not import %s", dir, path)
			}
		case standard(path):
			if r.noNet && slices.Contains(network, path) {
				t.Errorf("%s must not import %s: it reads what strangers wrote", dir, path)
			}
		case !slices.ContainsFunc(strings.Fields(r.others), func(m string) bool {
			return path == m || strings.HasPrefix(path, m+"/")
		}):
			t.Errorf("%s must not import %s", dir, path)
		}
	}
}

// standard reports whether a path is of the standard library: no dot in its
// first element.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// TestNoHiddenWork finds init functions and imports for effect: what runs before
// main is read by nobody and paid for by every start.
func TestNoHiddenWork(t *testing.T) {
	packages(t, func(dir string) {
		files, err := filepath.Glob(filepath.Join(repository, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if !strings.HasSuffix(name, "_test.go") {
				checkFile(t, dir, name)
			}
		}
	})
}

func checkFile(t *testing.T, dir, name string) {
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			t.Errorf("%s has an init function: make it a value or a call", name)
		}
	}
	for _, imp := range f.Imports {
		path, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if imp.Name == nil || imp.Name.Name != "_" {
			continue
		}
		if places, ok := blank[path]; !ok || places != nil && !slices.Contains(places, dir) {
			t.Errorf("%s imports %s for its effect", name, path)
		}
	}
}

// packages calls f for every folder that may hold Go files.
func packages(t *testing.T, f func(dir string)) {
	err := filepath.WalkDir(repository, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if n := d.Name(); n == "testdata" || strings.HasPrefix(n, ".") && n != "." && n != ".." {
			return fs.SkipDir
		}
		dir, err := filepath.Rel(repository, path)
		if err != nil {
			return err
		}
		f(filepath.ToSlash(dir))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
