package mailbox

import (
	"io/fs"
	"testing"
	"testing/fstest"
	"time"
)

// moving is a Maildir in which flags change while cur is listed: readdir gives one
// message under both names, and leaves out another.
type moving struct{ opened int }

func (m *moving) Open(name string) (fs.File, error) {
	tree := files("m/new/d", "m/new/c", "m/cur/a:2,", "m/cur/a:2,S", "m/cur/c:2,")
	at := time.Unix(1, 0)
	if name == "m/cur" {
		m.opened++ // To ask for its time, then to list it.
	}
	if m.opened > 2 {
		tree, at = files("m/new/", "m/cur/a:2,S", "m/cur/b:2,S", "m/cur/c:2,S", "m/cur/d:2,S"), time.Unix(2, 0)
	}
	tree["m/cur"] = &fstest.MapFile{Mode: fs.ModeDir | 0o700, ModTime: at}
	return tree.Open(name)
}

func TestDeliveries(t *testing.T) {
	walk := tree{fsys: &moving{}}
	d := walk.deliveries("m")
	got := ""
	for _, e := range append(d.seen, d.fresh...) {
		got += e.name + "|"
	}
	if want := "a:2,S|b:2,S|c:2,S|d:2,S|"; got != want || d.errNew != nil || d.errCur != nil {
		t.Errorf("got %s, want %s (%v, %v)", got, want, d.errNew, d.errCur)
	}
}
