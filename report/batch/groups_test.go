package batch

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"mailtrace/report"
)

// groups writes groups as lines: the number of messages, the first of them, and what
// they share, in how many of them.
func groups(reports ...*report.Report) string {
	var b strings.Builder
	s := summary(reports...)
	g := s.Groups()
	for _, group := range g.Groups {
		fmt.Fprint(&b, group.Messages, " ", group.Samples[0].Target, ":")
		for _, share := range group.Shares {
			fmt.Fprint(&b, " ", share.Value, "*", share.Messages)
		}
		b.WriteString("\n")
	}
	for _, o := range g.Outsized {
		fmt.Fprint(&b, "outsized ", o.Value, "*", o.Messages, "\n")
	}
	return b.String()
}

// many are n messages that are made alike.
func many(n int, name string, make func(i int) []func(*report.Report)) []*report.Report {
	var all []*report.Report
	for i := range n {
		all = append(all, message(fmt.Sprint(name, i), make(i)...))
	}
	return all
}

type change = []func(*report.Report)

func TestGroups(t *testing.T) {
	is := func(why, want string, reports ...*report.Report) {
		t.Helper()
		if got := groups(reports...); got != want {
			t.Errorf("%s:\n%swant\n%s", why, got, want)
		}
	}
	host := func(i int) func(*report.Report) { return from(fmt.Sprintf("2001:db8:%x::9", i), "vps.example.net") }
	is("one network", "2 a: 203.0.113.0/24*2\n",
		message("a", from("203.0.113.4", "")), message("b", from("203.0.113.200", "")), message("c", from("198.51.100.1", "")))
	is("an inner address is that of everybody", "",
		message("a", from("10.0.0.4", "")), message("b", from("10.0.0.4", "")), message("c", from("100.64.0.1", "")), message("d", from("100.64.0.1", "")))
	is("one account in many networks", "3 a0: 4711*3\n",
		many(3, "a", func(i int) change { return change{host(i), account("customer number at Example", "4711")} })...)
	is("the keys of one service are not those of another", "",
		message("a", host(1), account("customer number at A", "4711")), message("b", host(2), account("customer number at B", "4711")))
	is("a key that is the same on every Debian", "",
		message("a", host(1), account("Unix user of that script, www-data on Debian", "userid 33")),
		message("b", host(2), account("Unix user of that script, www-data on Debian", "userid 33")))
	is("a key in a line that is false accuses nobody", "",
		message("a", host(1), account("customer number", "1"), func(r *report.Report) { r.Accounts[0].Standing = report.Fictitious }),
		message("b", host(2), account("customer number", "1")))
	is("a signature that was verified", "2 a: example.com*2\n",
		message("a", host(1), signed("a.example.com", "pass")), message("b", host(2), signed("b.example.com", "pass")))
	is("and one that was not, which anybody can write", "",
		message("a", host(1), signed("example.com", "")), message("b", host(2), signed("example.com", "")))
	is("or that is broken", "",
		message("a", host(1), signed("example.com", "fail"), id("<1a.2.X9.Zz1@x>")), message("b", host(2), signed("example.com", "fail"), id("<1a.2.X9.Zz1@x>")))

	const ratware = "<%02d.Q7x%d.ABC.%d@example.com>"
	bot := func(i int) change {
		return change{host(i), id(fmt.Sprintf(ratware, i, i%10, i%10)), written("exim", "qmail")}
	}
	is("two weak signs: a net of bots", "4 bot0: <D2.X4.A3.D1@>*4 exim > qmail*4\n", many(4, "bot", bot)...)
	is("one weak sign", "", message("a", host(1), id("<1a.2.X9.Zz1@x>")), message("b", host(2), id("<1a.2.X9.Zz1@y>")))
	is("a grammar that everybody has", "",
		message("a", host(1), written("postfix"), id("<0a1b2c3d-1234-5678-9abc-0a1b2c3d4e5f@x>")),
		message("b", host(2), written("postfix"), id("<ffffffff-1234-abcd-9abc-0a1b2c3d4e5f@y>")))
}

// TestGroupsApart holds that one who is at home in two places does not make them
// one, and that what has most in common is one.
func TestGroupsApart(t *testing.T) {
	var reports []*report.Report
	for i := range 20 {
		net, user := "203.0.113.4", ""
		if i >= 10 {
			net = "198.51.100.4"
		}
		if i >= 8 && i < 12 {
			user = "4711"
		}
		reports = append(reports, message(fmt.Sprintf("m%02d", i), from(net, ""), account("customer number", user)))
	}
	if got, want := groups(reports...), "10 m00: 203.0.113.0/24*10 4711*2\n10 m10: 198.51.100.0/24*10 4711*2\n4 m08: 4711*4 203.0.113.0/24*2 198.51.100.0/24*2\n"; got != want {
		t.Errorf("%swant\n%s", got, want)
	}
	for i := range 3 { // Now most of the user's messages come from the first network.
		reports = append(reports, message(fmt.Sprintf("n%d", i), from("203.0.113.4", ""), account("customer number", "4711")))
	}
	if got, want := groups(reports...), "15 m00: 203.0.113.0/24*13 4711*7 198.51.100.0/24*2\n10 m10: 198.51.100.0/24*10 4711*2\n"; got != want {
		t.Errorf("%swant\n%s", got, want)
	}
}

// TestGroupsProvider holds that a large provider's pool makes no group, that an
// account there does, and that nobody hides behind a provider's name. The addresses
// are of Google's published range, for that is what it is about.
func TestGroupsProvider(t *testing.T) {
	pool := func(more ...func(*report.Report)) func(i int) change {
		return func(i int) change {
			return append(change{from(fmt.Sprintf("209.85.220.%d", i), "mail.google.com"), written("gmail"),
				id("<1a.2.X9.Zz1@mail.gmail.com>"), signed("gmail.com", "pass")}, more...)
		}
	}
	if got := groups(many(50, "g", pool())...); got != "" {
		t.Error("the pool is a group:", got)
	}
	if got, want := groups(many(3, "g", pool(account("project number", "77")))...), "3 g0: 77*3 <h2.D1.X2.X3@>*3 gmail*3\n"; got != want {
		t.Error(got, "want", want)
	}
	if got, want := groups(many(3, "t", pool(signed("acme.onmicrosoft.com", "pass")))...), "3 t0: acme.onmicrosoft.com*3 <h2.D1.X2.X3@>*3 gmail*3\n"; got != want {
		t.Error(got, "want", want)
	}
	liar := func(i int) change {
		return change{from("203.0.113.7", "mail-1.google.com"), func(r *report.Report) { r.Path.Handover.RDNS = "mail-1.google.com" }}
	}
	if got, want := groups(many(3, "l", liar)...), "3 l0: 203.0.113.0/24*3\n"; got != want {
		t.Error("a name that nobody verified hides the network:", got, "want", want)
	}
	unknown := func(i int) change { return change{from("203.0.113.7", ""), confirmed("mail-1.google.com")} }
	if got := groups(many(3, "u", unknown)...); got != "" {
		t.Error("a pool known by its confirmed name is a group:", got)
	}
}

// TestGroupsOutsized holds that what a large part of a large batch shares makes no
// group, and is told.
func TestGroupsOutsized(t *testing.T) {
	list := many(LargeBatch/2, "list", func(i int) change { return change{from("198.51.100.9", "list.example.org")} })
	other := many(LargeBatch/2, "other", func(i int) change {
		c := change{from(fmt.Sprintf("2001:db8:%x::1", i), "")}
		if i < 6 {
			c = append(c, account("customer number", "4711"))
		}
		return c
	})
	if got, want := groups(append(list, other...)...), "6 other0: 4711*6\noutsized 198.51.100.0/24*500\n"; got != want {
		t.Errorf("%swant\n%s", got, want)
	}
	if got, want := groups(append(list[1:], other...)...), "499 list1: 198.51.100.0/24*499\n6 other0: 4711*6\n"; got != want {
		t.Errorf("a small batch: %swant\n%s", got, want)
	}
	account := many(LargeBatch, "a", func(i int) change { return change{account("customer number", "4711")} })
	if got, want := groups(account...), "1000 a0: 4711*1000\n"; got != want {
		t.Errorf("an account: %swant\n%s", got, want)
	}
}

func TestGroupsSame(t *testing.T) {
	make := func() Groups {
		var s Summary
		for i := range 500 {
			s.Add(message(fmt.Sprint(i), from(fmt.Sprintf("2001:db8:%x::1", i%37), ""), account("customer number", fmt.Sprint(i%41)), signed(fmt.Sprintf("d%d.example", i%13), "pass")))
		}
		return s.Groups()
	}
	want := make()
	for range 5 {
		if got := make(); !reflect.DeepEqual(got, want) {
			t.Fatal("the same reports give other groups")
		}
	}
	if want.Grouped != 500 {
		t.Error(want.Grouped, "messages are in groups")
	}
}

func TestGrammar(t *testing.T) {
	is := func(id, want string) {
		t.Helper()
		if got := grammar(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	is("<3D6A12F4.1060602.x@example.org>", "<H8.D7.a1@>")
	is("<0a1b2c3d-1234-abcd-9abc-0a1b2c3d4e5f@example.org>", "<h8-h4-h4-h4-h12@>") // Digits or letters only, by chance.
	is("<0A1B2C3D-1234-ABCD-9ABC-123456789012@example.org>", "<H8-H4-H4-H4-H12@>")
	is("<001801db7e9c$76c288a0$64479900$@example.org>", "<h12$h8$h8$@>")
	is("<20261120081422.12345.qmail@example.org>", "<D14.D5.a5@>")
	is("<cafe.BEEF.Zz9@x>", "<a4.A4.X3@>")
	is("<a.b@x@y>", "<a1.a1@a1@>")
	is("<12345@example.org>", "") // Says nothing.
	is("<a.b@example.org>", "")
	is("", "")
	is("<>", "")
	is("@", "")
	is("<a.b.c\x1b@x>", "")
	is("<é.b.c@x>", "")
	is("<"+strings.Repeat("a.", 200)+"@x>", "")
}

func TestTables(t *testing.T) {
	tab := table() // It panics where a row is wrong.
	if len(tab.nets) < 100 || len(tab.names) < 50 {
		t.Error(len(tab.nets), len(tab.names))
	}
	for _, n := range tab.nets {
		if n.Masked() != n.Prefix {
			t.Errorf("%s is no network", n.Prefix)
		}
	}
	for g := range commonGrammars() {
		if !strings.HasPrefix(g, "<") || !strings.HasSuffix(g, "@>") {
			t.Errorf("%q is no grammar", g)
		}
	}
	name := func(n, want string, tenant bool) {
		t.Helper()
		if got, is := tab.ofName(n); got != want || is != tenant {
			t.Errorf("%s: %s, %v", n, got, is)
		}
	}
	name("mail-1.Google.com.", "Google", false)
	name("notgoogle.com", "", false)
	name("google.com.example.org", "", false)
	name("onmicrosoft.com", "Microsoft", false)
	name("acme.onmicrosoft.com", "Microsoft", true)
	name("", "", false)
	name("com", "", false)
}

// FuzzGrammar holds that a grammar is short, can be shown, and does not depend on
// what stands behind the "@".
func FuzzGrammar(f *testing.F) {
	for _, id := range []string{"<3D6A12F4.1060602.x@example.org>", "<0a1b2c3d-1234-abcd-9abc-0a1b2c3d4e5f@example.org>", "<cafe$$-1-.@@>", "", "<é\xff.a.b@x>"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		g := grammar(id)
		if len(g) > 4*MaxMessageID {
			t.Error("too long")
		}
		for i := range len(g) {
			if g[i] <= ' ' || g[i] > '~' {
				t.Errorf("%q", g)
			}
		}
		if at := strings.LastIndexByte(id, '@'); g != "" && at >= 0 && grammar(id[:at]+"@x") != g {
			t.Errorf("%q: %s, elsewhere %s", id, g, grammar(id[:at]+"@x"))
		}
	})
}
