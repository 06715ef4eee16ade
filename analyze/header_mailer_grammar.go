package analyze

import (
	"context"
	_ "embed"
	"strings"
	"sync"

	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

//go:embed data/mua.txt
var muaData string

// mua is a mail program, and how it writes what it writes.
type mua struct {
	name       string
	mailer, id *pattern
}

// grammars is the table of data/mua.txt: the programs, and the forms of servers.
var grammars = sync.OnceValue(func() (g struct {
	programs []mua
	servers  []*pattern
}) {
	for line := range rows(muaData) {
		row := strings.Split(line, "\t")
		switch {
		case row[0] == "program" && len(row) == 4:
			g.programs = append(g.programs, mua{row[1], newPattern(row[2]), newPattern(row[3])})
		case row[0] == "server" && len(row) == 3:
			g.servers = append(g.servers, newPattern(row[2]))
		default:
			panic("mail program data: " + line)
		}
	}
	return g
})

var headerMailerGrammar = check{
	Rule: report.Rule{
		ID:    "header.mailer-grammar",
		Title: "The Message-ID is not one that the mail program named in the message writes",
		Max:   report.Warning,
		Explain: `Every mail program numbers its messages (Message-ID) in a way of its own. This message says that a
well-known program wrote it, but its number has the form of none of that program's versions, nor
that of a server that gives numbers. Spam programs borrow the name of a well-known program like
this. Conclude nothing from the program that is named; go by the host that handed the message over
("came from").`,
		Innocent: `A gateway or list manager that gave the message a new number in a form that is not known
here, or a plug-in that does.`,
		Refs: []string{"RFC 5322 section 3.6.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		id, ok := s.message.Field("Message-ID")
		if !ok {
			return nil, nil, nil
		}
		value := strings.TrimSpace(id.Value)
		for _, name := range [...]string{"X-Mailer", "User-Agent"} {
			f, ok := s.message.Field(name)
			if !ok {
				continue
			}
			program, ok := programOf(f)
			if !ok || program.id.MatchString(value) || s.replaced(value) {
				continue
			}
			found := finding(report.Warning, report.Strong, "%s says %s, which never writes a Message-ID like %s", f.Name, program.name, value)
			found.Evidence = append(found.Evidence, field(f), field(id))
			return []report.Finding{found}, nil, nil
		}
		return nil, nil, nil
	},
}

func programOf(f mailbox.Field) (mua, bool) {
	text := f.Text()
	for _, p := range grammars().programs {
		if p.mailer.MatchString(text) {
			return p, true
		}
	}
	return mua{}, false
}

// replaced says whether a server gave the message its Message-ID: the form is that
// of one, or the id holds the queue id of a hop, or ends in the name of the host
// that wrote a hop.
func (s *subject) replaced(id string) bool {
	for _, form := range grammars().servers {
		if form.MatchString(id) {
			return true
		}
	}
	_, host, _ := cutLast(strings.Trim(id, "<>"), '@')
	for i := range s.hops {
		h := &s.hops[i]
		if len(h.ID) >= 6 && strings.Contains(id, h.ID) || host != "" && strings.EqualFold(h.By.Name, host) {
			return true
		}
	}
	return false
}
