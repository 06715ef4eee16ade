package mailbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// files makes a tree of names; those that end in "/" are directories, in "@" named
// pipes.
func files(names ...string) fstest.MapFS {
	tree := fstest.MapFS{}
	for _, name := range names {
		f := &fstest.MapFile{}
		if strings.HasSuffix(name, "/") {
			f.Mode = fs.ModeDir | 0o700
		}
		if strings.HasSuffix(name, "@") {
			f.Mode = fs.ModeNamedPipe
		}
		tree[strings.TrimRight(name, "/@")] = f
	}
	return tree
}

// list joins what Tree lists; "!" is an error.
func list(t *testing.T, fsys fs.FS) string {
	t.Helper()
	var names []string
	for name, err := range Tree(fsys) {
		if err != nil {
			name = "!" + name
		}
		names = append(names, name)
	}
	return strings.Join(names, "|")
}

func TestTree(t *testing.T) {
	for _, c := range []struct{ name, files, want string }{
		{"files", "b.eml a.eml .hidden .git/config sub/c.eml fifo@ empty/", "a.eml|b.eml|sub/c.eml"},
		{"Maildir", "cur/a:2,S new/b tmp/c maildirfolder .qmail dovecot-uidlist dovecot.index.log courierimapuiddb cur/dovecot.index cur/.x", "cur/a:2,S|new/b"},
		{"Maildir++", "cur/ new/ tmp/ .Sent/cur/a .Sent/new/ .Sent/tmp/b .Sent.Old/cur/ .Sent.Old/new/c .Sent.Old/maildirfolder .notes/d", ".Sent/cur/a|.Sent.Old/new/c"},
		{"folders without dots (dovecot LAYOUT=fs)", "cur/a new/ Sent/cur/b Sent/new/", "Sent/cur/b|cur/a"},
		{"directories in cur", "cur/a/b cur/c new/", "cur/c"},
		{"two Maildirs", "ida/Maildir/cur/a ida/Maildir/new/ bob/Maildir/new/b bob/Maildir/cur/", "bob/Maildir/new/b|ida/Maildir/cur/a"},
		{"no Maildir: new is missing", "cur/a tmp/b", "cur/a|tmp/b"},
		{"moved in between", "cur/a:2,S new/a new/b", "cur/a:2,S|new/b"},
		{"MH", "inbox/10 inbox/9 inbox/100 inbox/007 inbox/07 inbox/.mh_sequences inbox/1a inbox/sub/1", "inbox/007|inbox/07|inbox/9|inbox/10|inbox/100|inbox/1a|inbox/sub/1"},
		{"Thunderbird", "Inbox Inbox.msf Inbox.sbd/Old Inbox.sbd/Old.msf msgFilterRules.dat", "Inbox|Inbox.sbd/Old"},
		{"nothing", "", ""},
		{"deep", strings.Repeat("d/", MaxTree) + "a " + strings.Repeat("d/", MaxTree+1) + "b", strings.Repeat("d/", MaxTree) + "a|!" + strings.TrimSuffix(strings.Repeat("d/", MaxTree+1), "/")},
	} {
		if got := list(t, files(strings.Fields(c.files)...)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	for range Tree(files("a", "b/cur/c", "b/new/d")) {
		break
	}
}

// TestTreeLinks is about links in a real directory.
func TestTreeLinks(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "sub"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "sub", "a.eml"), nil, 0o600))
	for name, target := range map[string]string{"circle": "..", "b.eml": "a.eml", "gone": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, "sub", name)); err != nil {
			t.Skip(err)
		}
	}
	if got, want := list(t, os.DirFS(dir)), "sub/a.eml|sub/b.eml|!sub/gone"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// broken is a tree with a directory that cannot be read.
type broken struct{ fstest.MapFS }

func (b broken) Open(name string) (fs.File, error) {
	if name == "b" || name == "m/new" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return b.MapFS.Open(name)
}

func TestTreeErrors(t *testing.T) {
	tree := broken{files("a", "b/x", "c", "m/cur/d", "m/new/e")}
	if got, want := list(t, tree), "a|!b|c|m/cur/d|!m/new"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for name, err := range Tree(tree) {
		if err != nil && !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMoved(t *testing.T) {
	tree := files("m/cur/a:2,S", "m/cur/b!2,RS", "m/cur/c;2,PT", "m/new/d", "m/cur/e:2,abc", "m/cur/f/", "x/a:2,S")
	moved := Moved{FS: tree}
	for name, want := range map[string]string{
		"m/new/a":      "m/cur/a:2,S",
		"m/cur/a:2,":   "m/cur/a:2,S",
		"m/new/b":      "m/cur/b!2,RS",
		"m/cur/c;2,":   "m/cur/c;2,PT",
		"m/cur/d:2,S":  "m/new/d",
		"m/new/e":      "m/cur/e:2,abc",
		"m/new/f":      "",
		"m/new/gone":   "",
		"x/a":          "",
		"a":            "",
		"none/new/a":   "",
		"m/cur/ab:2,S": "",
	} {
		if got, ok := moved.Find(name); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, want %q", name, got, ok, want)
		}
	}
	m := Moved{FS: files("cur/a:2,S", "new/")}
	if got, ok := m.Find("new/a"); got != "cur/a:2,S" || !ok {
		t.Error(got, ok)
	}
}
