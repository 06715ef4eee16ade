package mailbox

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
)

// MaxTree is how many directories deep a tree is read.
const MaxTree = 64

// Tree lists the files of a directory tree that may be messages or hold some, by
// their names in fsys, each directory in order: numbers first (MH names its messages
// by them), by their value, then all others by their bytes.
//
// In a Maildir these are the files in new and cur, and those of the folders in it
// (Maildir++ names them ".Folder"): what is in tmp is not delivered yet, and what lies
// beside are indexes of servers. Elsewhere they are all regular files whose names do
// not begin with a dot. Links to directories are not followed: they may lead in
// circles.
//
// An error is a *fs.PathError, or about too deep a tree; the name is then that of
// the directory, or of the file, that is left out.
func Tree(fsys fs.FS) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		t := tree{fsys, yield}
		t.walk(".", 0)
	}
}

type tree struct {
	fsys  fs.FS
	yield func(string, error) bool
}

// walk lists what is in a directory. It returns false when no more is asked for.
func (t *tree) walk(dir string, depth int) bool {
	if depth > MaxTree {
		return t.yield(dir, fmt.Errorf("more than %d directories deep", MaxTree))
	}
	list, err := readDir(t.fsys, dir)
	if err != nil {
		if !t.yield(dir, err) {
			return false
		}
	}
	maildir := isMaildir(list)
	for _, e := range list {
		name := path.Join(dir, e.name)
		ok := true
		switch {
		case maildir && (e.name == "cur" || e.name == "tmp" || e.name == "new"):
			if e.name == "cur" {
				ok = t.maildir(dir)
			}
		case e.mode.IsDir():
			if !strings.HasPrefix(e.name, ".") || t.isFolder(name) {
				ok = t.walk(name, depth+1)
			}
		case !maildir && isMessageName(e.name):
			ok = t.file(name, e.mode)
		}
		if !ok {
			return false
		}
	}
	return true
}

// file lists what is no directory, if it is a regular file.
func (t *tree) file(name string, mode fs.FileMode) bool {
	if mode&fs.ModeSymlink != 0 {
		info, err := fs.Stat(t.fsys, name)
		if err != nil {
			return t.yield(name, err)
		}
		mode = info.Mode()
	}
	return !mode.IsRegular() || t.yield(name, nil)
}

// isFolder says whether a directory with a dot is a folder of a Maildir++.
func (t *tree) isFolder(dir string) bool {
	for _, sub := range []string{"cur", "new"} {
		if info, err := fs.Stat(t.fsys, path.Join(dir, sub)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// entry is what is kept of a directory entry: a mailbox may have a million.
type entry struct {
	name string
	mode fs.FileMode
}

func isMaildir(list []entry) bool {
	n := 0
	for _, e := range list {
		if e.mode.IsDir() && (e.name == "cur" || e.name == "new") {
			n++
		}
	}
	return n == 2
}

// readDir returns what is in a directory, in order. With an error comes what was
// read before it.
func readDir(fsys fs.FS, dir string) ([]entry, error) {
	f, err := fsys.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: dir, Err: fs.ErrInvalid}
	}
	var list []entry
	for {
		const batch = 1000
		some, err := d.ReadDir(batch)
		for _, e := range some {
			list = append(list, entry{e.Name(), e.Type()})
		}
		if err != nil || len(some) == 0 {
			slices.SortFunc(list, func(a, b entry) int { return compareNames(a.name, b.name) })
			if err == io.EOF {
				err = nil
			}
			return list, err
		}
	}
}

// compareNames puts numbers first, by value.
func compareNames(a, b string) int {
	x, y := number(a), number(b)
	switch {
	case x != "" && y == "":
		return -1
	case x == "" && y != "":
		return 1
	case x != "" && len(x) != len(y):
		return len(x) - len(y)
	case x != y:
		return strings.Compare(x, y)
	}
	return strings.Compare(a, b)
}

// number is a name that is a number, without zeros in front; "" for all others.
func number(name string) string {
	for _, c := range []byte(name) {
		if !isDigit(c) {
			return ""
		}
	}
	if n := strings.TrimLeft(name, "0"); n != "" || name == "" {
		return n
	}
	return "0"
}

// isMessageName says whether a file of that name may be, or hold, messages. What is
// left out are the indexes and settings that mail programs put beside them.
func isMessageName(name string) bool {
	switch {
	case strings.HasPrefix(name, "."), // .DS_Store, .qmail, .mh_sequences
		strings.HasPrefix(name, "dovecot.index"),
		strings.HasPrefix(name, "courierimap"), // courierimapuiddb, courierimaphieracl
		strings.HasSuffix(name, ".msf"):        // Thunderbird's indexes of mboxes
		return false
	}
	switch name {
	case "dovecot-uidlist", "dovecot-keywords", "dovecot-uidvalidity", "maildirfolder", "maildirsize", "subscriptions",
		"msgFilterRules.dat", "Thumbs.db", "desktop.ini":
		return false
	}
	return true
}
