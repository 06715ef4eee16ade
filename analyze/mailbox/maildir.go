package mailbox

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// maildir lists the messages of a Maildir.
func (t *tree) maildir(dir string) bool {
	d := t.deliveries(dir)
	for _, sub := range []struct {
		name string
		list []entry
		err  error
	}{{"cur", d.seen, d.errCur}, {"new", d.fresh, d.errNew}} {
		if sub.err != nil && !t.yield(path.Join(dir, sub.name), sub.err) {
			return false
		}
		for _, e := range sub.list {
			if isMessageName(e.name) && !e.mode.IsDir() && !t.file(path.Join(dir, sub.name, e.name), e.mode) {
				return false
			}
		}
	}
	return true
}

// deliveries is what is in the directories of a Maildir.
type deliveries struct {
	fresh, seen    []entry // In new and in cur.
	errNew, errCur error
}

// deliveries lists a Maildir. While it is read, messages move from new to cur: new is
// listed first, so that none is missed, and what is in both was moved in between. And
// flags change: readdir may leave out what is renamed meanwhile, or give it under both
// names. So what changed while it was listed is listed again.
func (t *tree) deliveries(dir string) deliveries {
	const again = 3 // It may change all the time.
	var d deliveries
	for i := range again {
		before := t.changed(dir)
		var l deliveries
		l.fresh, l.errNew = readDir(t.fsys, path.Join(dir, "new"))
		l.seen, l.errCur = readDir(t.fsys, path.Join(dir, "cur"))
		still := before == t.changed(dir)
		if i == 0 && still {
			l.fresh = l.notMoved()
			return l
		}
		d = d.and(l)
		if still {
			break
		}
	}
	return d
}

// notMoved is what is in new alone.
func (d deliveries) notMoved() []entry {
	if len(d.fresh) == 0 {
		return nil
	}
	moved := make(map[string]bool, len(d.seen))
	for _, e := range d.seen {
		moved[unique(e.name)] = true
	}
	return slices.DeleteFunc(d.fresh, func(e entry) bool { return moved[unique(e.name)] })
}

// and adds what another listing has, each message once.
func (d deliveries) and(l deliveries) deliveries {
	known := make(map[string]bool, len(l.seen)+len(l.fresh))
	once := func(e entry) bool {
		name := unique(e.name)
		twice := known[name]
		known[name] = true
		return twice
	}
	sum := deliveries{errNew: l.errNew, errCur: l.errCur}
	// The newest names first: under these they are found at once.
	sum.seen = slices.DeleteFunc(slices.Concat(l.seen, d.seen), once)
	sum.fresh = slices.DeleteFunc(slices.Concat(l.fresh, d.fresh), once)
	if len(d.seen)+len(d.fresh) > 0 {
		byName := func(a, b entry) int { return compareNames(a.name, b.name) }
		slices.SortFunc(sum.seen, byName)
		slices.SortFunc(sum.fresh, byName)
	}
	return sum
}

// changed is when a message last came, went or got another name.
func (t *tree) changed(dir string) (at [2]time.Time) {
	for i, sub := range [...]string{"new", "cur"} {
		if info, err := fs.Stat(t.fsys, path.Join(dir, sub)); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}

// unique is the part of a file name in a Maildir that stays the same when the flags
// change. QUIRK: where ":" cannot stand in names, programs write "!2," or ";2,".
func unique(name string) string {
	for _, info := range []string{":2,", "!2,", ";2,"} {
		if i := strings.LastIndex(name, info); i > 0 {
			return name[:i]
		}
	}
	return name
}

// Moved finds messages of Maildirs that are not there any more under the name that
// Tree gave: mail programs move them from new to cur, and change the flags in their
// names. It remembers the last directory that it had to list, since whoever moves
// one message moves many. One goroutine may use it.
type Moved struct {
	FS fs.FS

	dir   string            // Of a Maildir, that was listed.
	names map[string]string // By what stays the same of them.
}

// Find is the name that a message has now.
func (m *Moved) Find(name string) (string, bool) {
	sub, base := path.Split(name)
	dir := path.Dir(strings.TrimSuffix(sub, "/"))
	if s := path.Base(sub); s != "cur" && s != "new" {
		return "", false
	}
	base = unique(base)
	// To list the directory takes long when it is large.
	for _, flags := range []string{"", "S", "RS", "FS", "T", "ST"} {
		try := path.Join(dir, "cur", base+":2,"+flags)
		if _, err := fs.Stat(m.FS, try); err == nil {
			return try, true
		}
	}
	if m.dir == dir {
		if known, ok := m.names[base]; ok {
			if _, err := fs.Stat(m.FS, known); err == nil {
				return known, true
			}
		}
	}
	m.list(dir)
	found, ok := m.names[base]
	return found, ok
}

// list remembers what is in a Maildir. New is listed first, as Tree does.
func (m *Moved) list(dir string) {
	m.dir, m.names = dir, map[string]string{}
	for _, sub := range []string{"new", "cur"} {
		list, _ := readDir(m.FS, path.Join(dir, sub)) // What is not found is told by its own name.
		for _, e := range list {
			if !e.mode.IsDir() {
				m.names[unique(e.name)] = path.Join(dir, sub, e.name)
			}
		}
	}
}
