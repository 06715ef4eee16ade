package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var smtpIdentity = check{
	Rule: report.Rule{
		ID:    "smtp.identity",
		Title: "The server goes by several names",
		Max:   report.Info,
		Explain: `A server has a name in the DNS, says a name in its greeting, and again in its answer to EHLO; and its address has a
name (PTR) too. Here they are not the same. Mail comes in all the same: senders must not refuse for that. It matters when
the server also sends mail, where receivers compare names, and for certificates, which must be for the name in the DNS.`,
		Innocent: `One server with many names, a farm of servers behind one name, or a filter of another company.`,
		Measured: notMeasured + " It rests on comparing the names.",
		Refs:     []string{"RFC 5321 section 2.3.5", "RFC 5321 section 4.1.4", "RFC 5321 section 4.3.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		var others, reverse []place
		var names, ptrs []string
		for p := range s.places() {
			greets, answers := strings.TrimSuffix(firstWord(p.Greeting), "."), strings.TrimSuffix(p.HelloName, ".")
			if !p.heard() || greets == "" || answers == "" || !domainOrLiteral(greets) || !domainOrLiteral(answers) {
				continue // smtp.greeting-syntax has what is no name.
			}
			ptr := s.rdns.of(p.Address)
			switch {
			case !strings.EqualFold(greets, answers):
				t.find(p, report.Info, s.identities(p, greets, answers), "the server greets as %s and answers %s as %s", quoted(greets), p.Hello, quoted(answers))
			case !strings.EqualFold(greets, p.host.Name) && !strings.EqualFold(greets, p.host.Unicode):
				others, names = append(others, p), with(names, greets)
			case ptr != nil && ptr.iprev.Status == auth.Pass && !ptr.called(greets):
				reverse, ptrs = append(reverse, p), with(ptrs, ptr.iprev.Name)
			}
		}
		// The servers of a farm have a name each: one finding for all of them.
		for _, p := range others {
			greets := strings.TrimSuffix(firstWord(p.Greeting), ".")
			t.find(p, report.Info, s.identities(p, greets, greets), "the server calls itself otherwise than the DNS does: %s", firstOf(names, quoted))
		}
		for _, p := range reverse {
			greets := strings.TrimSuffix(firstWord(p.Greeting), ".")
			t.find(p, report.Info, s.identities(p, greets, greets), "the address of the server has another name (PTR) than the server: %s", firstOf(ptrs, quoted))
		}
		return t.all()
	},
}

// with is names with one more, in lower case, if it is not among them.
func with(names []string, name string) []string {
	if name = strings.ToLower(name); slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// identities is the names of a server beside each other, which of them agree, and the lines
// in which it says them.
func (s *subject) identities(p place, greets, answers string) []report.Evidence {
	type named struct{ by, name string }
	all := []named{{"DNS", p.host.Name}, {"greeting", greets}, {string(p.Hello), answers}}
	ptr := "PTR not known"
	switch seen := s.rdns.of(p.Address); {
	case seen == nil || seen.ptr.answer == nil:
	case len(seen.ptr.answer.Records) == 0:
		ptr = "no PTR"
	case seen.called(p.host.Name):
		all, ptr = append(all, named{"PTR", p.host.Name}), ""
	case seen.called(greets):
		all, ptr = append(all, named{"PTR", strings.ToLower(greets)}), ""
	default:
		all, ptr = append(all, named{"PTR", seen.ptr.answer.Records[0].Target}), ""
	}
	var cells, agree []string
	for i, n := range all {
		cells = append(cells, n.by+" "+clipped(n.name, maxQuoted))
		if slices.ContainsFunc(all, func(o named) bool { return o.by != n.by && strings.EqualFold(o.name, n.name) }) {
			agree = append(agree, all[i].by)
		}
	}
	if ptr != "" {
		cells = append(cells, ptr)
	}
	text := fmt.Sprintf("%s port %d: %s; ", p.Address, p.Port, strings.Join(cells, ", "))
	switch {
	case len(agree) == 4 && !strings.EqualFold(greets, answers):
		text += "two and two agree"
	case len(agree) > 0:
		text += "the same: " + enumerated(agree)
	default:
		text += "no two are the same"
	}
	matrix := report.NewEvidence(0, 0, text)
	matrix.Source = report.SourceSMTP
	return append([]report.Evidence{matrix}, p.naming()...)
}

// naming is the lines in which a server says its name.
func (p place) naming() []report.Evidence {
	tls := p.Port == implicitPort
	greeting, _ := p.replied(tls, "")
	answer, _ := p.replied(tls, string(p.Hello))
	return append(greeting[:1:1], answer[0])
}
