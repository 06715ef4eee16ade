// Package bulk knows what large mailbox providers require of those that send mail to them.
//
// Since 2024 Google and Yahoo, and since 2025 Microsoft, publish what mail has to fulfil
// to be taken, more of it for who sends much. The list is a table of data/, each row with
// where it is from. This package holds what was seen of a message, or of a domain, against
// it: a requirement is met, or missed, or it cannot be seen from here. It asks nobody, and
// it does not know whether somebody sends much: who does, does.
//
// That a requirement is met says nothing about what the provider does with the mail.
package bulk

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"mailtrace/report"
)

// ID says what is looked at.
type ID string

const (
	SPFOrDKIM            ID = "spf-or-dkim"
	SPF                  ID = "spf"       // It is set up.
	DKIM                 ID = "dkim"      // It is set up.
	SPFPass              ID = "spf-pass"  // The mail passes it.
	DKIMPass             ID = "dkim-pass" // The mail passes it.
	DMARCRecord          ID = "dmarc-record"
	DMARCAlignment       ID = "dmarc-alignment"
	ForwardReverseDNS    ID = "forward-reverse-dns"
	TLS                  ID = "tls"
	OneClickUnsubscribe  ID = "one-click-unsubscribe"
	UnsubscribeLink      ID = "unsubscribe-link"
	UnsubscribeInTwoDays ID = "unsubscribe-in-two-days"
	MessageID            ID = "message-id"
	OneFrom              ID = "one-from"
	NoGmailFrom          ID = "no-gmail-from"
	ARC                  ID = "arc"
	ListID               ID = "list-id"
	DKIMKeySize          ID = "dkim-key-size"
	SpamRate             ID = "spam-rate"
)

// Truth is a truth value that may not be known.
type Truth int

const (
	Unknown Truth = iota
	No
	Yes
)

// Of is a truth value that is known.
func Of(b bool) Truth {
	if b {
		return Yes
	}
	return No
}

// Fact is what was seen of one thing.
type Fact struct {
	State Truth
	Why   string   // What was seen, or why it was not.
	Rules []string // Of the findings that it rests on.
}

// Facts is what was seen. What is not in it was not looked at. SPFOrDKIM need not be: it
// follows from SPFPass and DKIMPass, or, of a domain, from SPF and DKIM.
type Facts map[ID]Fact

// Judge holds facts against the table: the requirements in its order.
func Judge(facts Facts) []report.Requirement {
	rows := table().rows
	all := make([]report.Requirement, 0, len(rows))
	for _, row := range rows {
		f := facts.of(row.id)
		all = append(all, report.Requirement{
			Provider: row.provider, ID: string(row.id), Text: row.text, Bulk: row.bulk,
			Status: words[f.State], Why: f.Why, Source: table().sources[row.provider], Rules: append([]string{}, f.Rules...),
		})
	}
	return all
}

var words = map[Truth]report.RequirementStatus{
	Yes: report.RequirementMet, No: report.RequirementMissed, Unknown: report.RequirementUnseen,
}

// unseen says of what nobody but the provider, or the sender, can see why that is.
var unseen = map[ID]string{
	SpamRate:             "only the provider counts what its users report; it tells the sender (Postmaster Tools, Sender Hub)",
	UnsubscribeInTwoDays: "what becomes of a request to leave is not seen in a mail",
	UnsubscribeLink:      "whether a link in the text can be seen, and is one for leaving, takes a reader",
}

// of is the fact for an ID.
func (f Facts) of(id ID) Fact {
	if fact, ok := f[id]; ok {
		return fact
	}
	if id == SPFOrDKIM {
		return f.either()
	}
	if why := unseen[id]; why != "" {
		return Fact{Why: why}
	}
	return Fact{Why: "it was not looked at"}
}

// either joins what is known of SPF and of DKIM. One that holds is enough; that both fail
// has to be known of both.
func (f Facts) either() Fact {
	a, b := f.of(SPF), f.of(DKIM)
	switch {
	case a.State == Yes:
		return a
	case b.State == Yes:
		return b
	case a.State == No && b.State == Unknown:
		return Fact{Why: a.Why + "; " + b.Why}
	case a.State == Unknown && b.State == No:
		return Fact{Why: a.Why + "; " + b.Why}
	}
	return Fact{State: a.State, Why: a.Why + "; " + b.Why, Rules: append(append([]string{}, a.Rules...), b.Rules...)}
}

//go:embed data/requirements.txt
var data string

// Data is the table, for a report that was decided on it.
func Data() report.Data {
	sum := sha256.Sum256([]byte(data))
	return report.Data{Name: "bulk requirements", Version: table().date, SHA256: hex.EncodeToString(sum[:])}
}

// requirements is the table, read.
type requirements struct {
	date    string
	sources map[string]string // Provider → link.
	rows    []row
}

type row struct {
	provider string
	bulk     bool
	id       ID
	from     string // On what we know it: "copy", "told", "memory".
	text     string
}

// table is read once. A fault in it is one of the program: a test reads it.
var table = sync.OnceValue(func() *requirements {
	t, err := parse(data)
	if err != nil {
		panic(err)
	}
	return t
})

// parse reads a table.
func parse(text string) (*requirements, error) {
	t := &requirements{sources: map[string]string{}}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if date, ok := strings.CutPrefix(line, "# Date: "); ok {
			t.date = date
		}
		if line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line, "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case len(cells) == 3 && cells[0] == "source":
			t.sources[cells[1]] = cells[2]
		case len(cells) == 5 && (cells[1] == "all" || cells[1] == "bulk") && t.sources[cells[0]] != "":
			t.rows = append(t.rows, row{provider: cells[0], bulk: cells[1] == "bulk", id: ID(cells[2]), from: cells[3], text: cells[4]})
		default:
			return nil, fmt.Errorf("the table of requirements: line %d cannot be read: %s", n, line)
		}
	}
	return t, nil
}
