package analyze

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/report"
)

var identitySeveralFrom = check{
	Rule: report.Rule{
		ID:    "identity.several-from",
		Title: "The message names more than one author",
		Max:   report.Warning,
		Explain: `A message may have several authors in one From field, and must then name in Sender the one who
sent it; it never has two From fields. Mail programs often show only one of the authors, and
filters may check another one. Look at all of them in the report, and do not take the one that
your mail program shows for the sender until you have asked another way.`,
		Innocent: `A home-made program that adds a From field, a comma in a name that was not quoted, or really
several authors who sent something together.`,
		Refs: []string{"RFC 5322 section 3.6.2", "RFC 7489 section 6.6.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		fields, boxes := 0, []report.Mailbox{}
		orgs := map[string]bool{}
		var evidence []report.Evidence
		for f := range s.message.All("From") {
			fields++
			if len(evidence) < 5 {
				evidence = append(evidence, field(f))
			}
			for _, m := range s.book.of(f) {
				m.Address = strings.TrimSuffix(m.Address, ".")
				if strings.Contains(m.Address, "@") && isHost(domainOf(m.Address)) && !hasMailbox(boxes, m.Address) {
					boxes = append(boxes, m)
					orgs[s.house(domainOf(m.Address))] = true
				}
			}
		}
		if len(boxes) < 2 {
			return nil, nil, nil
		}
		_, sender := s.message.Field("Sender")
		severity, weight := report.Info, report.Ordinary
		how := fmt.Sprintf("in %d From fields", fields)
		if fields == 1 {
			how = "in one From field"
		}
		if len(orgs) > 1 && (fields > 1 || !sender) {
			severity, weight = report.Warning, report.Strong
		}
		f := finding(severity, weight, "%d addresses stand %s: %s", len(boxes), how, addressList(boxes))
		f.Evidence = evidence
		return []report.Finding{f}, nil, nil
	},
}

func hasMailbox(list []report.Mailbox, address string) bool {
	for _, m := range list {
		if strings.EqualFold(m.Address, address) {
			return true
		}
	}
	return false
}

// addressList is the first addresses of a list.
func addressList(list []report.Mailbox) string {
	const most = 3
	var all []string
	for _, m := range list[:min(len(list), most)] {
		all = append(all, m.Address)
	}
	text := strings.Join(all, ", ")
	if len(list) > most {
		text += fmt.Sprintf(" and %d more", len(list)-most)
	}
	return text
}
