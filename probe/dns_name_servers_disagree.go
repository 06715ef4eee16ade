package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var nameServersDisagree = check{
	Rule: report.Rule{
		ID:    "dns.name-servers-disagree",
		Title: "The name servers of the domain do not say the same",
		Max:   report.Warning,
		Explain: `Resolvers ask any of the name servers of a domain, and these give different answers about its mail: which one a
sender works with is chance. So mail arrives, or passes a check, at some times and not at others. Ask again in an hour: a
change spreads over the servers in minutes. If they still differ, look at the transfer of the zone to the older ones, which
have the smaller serial number.`,
		Innocent: `The zone was changed a few minutes ago, and a secondary server has not fetched it yet. Some providers make the
serial number at each server by itself.`,
		Measured: notMeasured + " It rests on asking each server by itself.",
		Refs:     []string{"RFC 1034 section 4.3.5", "RFC 1912 section 2.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		v := s.ns
		if v == nil {
			return nil, nil, nil
		}
		if v.zone == "" {
			if v.why == "" {
				return nil, nil, nil
			}
			return nil, []report.Undecided{{Why: v.why}}, nil
		}
		questions := serverQuestions(v.zone, s.domain)
		serials := v.opinions(0, questions[0])
		if answered := len(v.answered()); answered < 2 && (len(v.places) > 1 || v.left > 0) {
			return nil, []report.Undecided{{Why: "the name servers of " + spelled(v.zone) + " could not be compared: of those that were asked, " + counted(int64(answered), "address", "addresses") + " answered"}}, nil
		}
		var found []report.Finding
		for i, q := range questions[1:] {
			all := v.opinions(i+1, q)
			if len(all) < 2 {
				continue
			}
			f := s.finding(report.Warning, "the name servers of %s do not say the same about %s %s: %s", spelled(v.zone), q.typ, q.name, toldOf(all))
			for k := range all {
				f.Evidence = append(f.Evidence, all[k].evidence()...)
			}
			f.Evidence = f.Evidence[:min(len(f.Evidence), maxRecordsShown)]
			if len(serials) > 1 {
				f.Text += "; their serial numbers differ too: " + toldOf(serials)
			}
			found = append(found, f)
		}
		if len(found) == 0 && len(serials) > 1 {
			f := s.finding(report.Info, "the name servers of %s have different serial numbers, and say the same about mail: %s", spelled(v.zone), toldOf(serials))
			for k := range serials {
				f.Evidence = append(f.Evidence, serials[k].evidence()...)
			}
			f.Evidence = f.Evidence[:min(len(f.Evidence), maxRecordsShown)]
			found = append(found, f)
		}
		var undecided []report.Undecided
		if v.left > 0 {
			undecided = append(undecided, report.Undecided{Why: counted(int64(v.left), "more name server was", "more name servers were") + " not asked"})
		}
		return found, append(undecided, v.gaps(questions)...), nil
	},
}

// answered are the places that hold the zone and say so.
func (v *nameServerSight) answered() []*serverPlace {
	var all []*serverPlace
	for _, e := range v.places {
		if e.status == serverAnswered {
			all = append(all, e)
		}
	}
	return all
}

// gaps are the questions that a server left open which answered others.
func (v *nameServerSight) gaps(questions []serverQuestion) []report.Undecided {
	var undecided []report.Undecided
	for i, q := range questions[1:] {
		var open []*serverPlace
		var first *dns.Error
		for _, e := range v.answered() {
			if i+1 < len(e.said) && e.said[i+1].err != nil {
				if open = append(open, e); first == nil {
					first = e.said[i+1].err
				}
			}
		}
		if len(open) > 0 {
			undecided = append(undecided, report.Undecided{Why: "what " + firstOf(open, (*serverPlace).at) + " " + one(len(open), "says", "say") + " about " + q.typ.String() + " " + q.name + " is not known: " + serverWords(first)})
		}
	}
	return undecided
}
