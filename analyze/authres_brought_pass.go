package analyze

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var broughtPass = check{
	Rule: report.Rule{
		ID:    "authres.brought-pass",
		Title: "The message brought along a pass that the recipient's own check did not give",
		Max:   report.Warning,
		Explain: `The recipient's server checks whether a message comes from the domain that it names (SPF, DKIM,
DMARC) and writes the result into it. This message has a second result, which it brought along:
anybody can write that, and it says pass where the recipient's own check did not. Believe only the
recipient's own result, in the table CHECKS. A program that reads the wrong one shows such a
message as checked, so do not trust it because of that.`,
		Innocent: `The message was forwarded: it passed where it was checked before, and forwarding spoils SPF, and
DKIM where the text was changed. Then the result names a host of the route.`,
		Refs: []string{"RFC 8601 section 5", "RFC 8601 section 7.1"},
	},
	needs: needPlaces,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		brought, passed := s.broughtResults(), false
		for _, method := range [...]string{"spf", "dkim", "dmarc"} {
			own, result, clear := s.ownResult(method)
			for i := range brought {
				k := &brought[i]
				if !passes(k, method) {
					continue
				}
				passed = true
				if !clear {
					continue
				}
				severity, weight := report.Warning, report.Strong
				if s.onRoute(k) {
					severity, weight = report.Info, report.Ordinary
				}
				found = append(found, report.Finding{
					Severity: severity, Weight: weight, Evidence: []report.Evidence{field(k.field), field(own.field)},
					Text: fmt.Sprintf("line %d, which came with the message, says %s=pass%s; line %d, of the recipient's own side, says %s=%s",
						k.field.Line, method, written(k.server), own.field.Line, method, result),
				})
				break
			}
		}
		if passed && s.boundary.at < 0 {
			return nil, []report.Undecided{{Why: "where the recipient's side begins is not known, so nobody can say whose results these are; --own tells it"}}, nil
		}
		return found, nil, nil
	},
}

func written(server string) string {
	if server == "" {
		return ""
	}
	return " by the word of " + server
}

// broughtResults is the fields of results that came with the message; all of them
// as long as the boundary is not known. QUIRK: Microsoft 365 renames those that come
// with a message.
func (s *subject) broughtResults() []mark {
	var all []mark
	for i := range s.marks {
		k := s.marks[i]
		if (k.results != nil || k.spf != nil) && (s.boundary.at < 0 || s.origin(k.index, k.server) == report.Brought) {
			all = append(all, k)
		}
	}
	for i, f := range s.message.Fields {
		if f.Is("Authentication-Results-Original") {
			r := auth.ParseResults(f.Value)
			all = append(all, mark{index: i, field: f, server: r.AuthServID, addresses: r.Addresses(), results: &r})
		}
	}
	return all
}

// passes says whether a field of results says that a method passed.
func passes(k *mark, method string) bool {
	if k.spf != nil {
		return method == "spf" && strings.EqualFold(string(k.spf.Status), "pass")
	}
	for r := range k.results.All(method) {
		if r.Status == "pass" {
			return true
		}
	}
	return false
}

// ownResult is what the recipient's side found with a method, where it is a clear
// no: fail, or nothing there to check. A pass anywhere, and a failure of the check
// itself, is none.
func (s *subject) ownResult(method string) (own *mark, result auth.Status, clear bool) {
	for i := range s.marks {
		k := &s.marks[i]
		if s.origin(k.index, k.server) != report.FromRecipient {
			continue
		}
		var all []auth.Status
		if k.results != nil {
			for r := range k.results.All(method) {
				all = append(all, r.Status)
			}
		} else if k.spf != nil && method == "spf" {
			all = append(all, k.spf.Status)
		}
		for _, status := range all {
			switch strings.ToLower(string(status)) {
			case "fail", "hardfail", "softfail", "none":
				if own == nil {
					own, result, clear = k, status, true
				}
			default:
				return nil, "", false
			}
		}
	}
	return own, result, clear
}

// onRoute says whether a host of the route may have written a field: one below the
// boundary, reached without a break, of the house that the field names or with the
// peer that it names; or the peer at the boundary itself, as far as the recipient's
// side checked who that is.
func (s *subject) onRoute(k *mark) bool {
	org := s.house(k.server)
	f := &s.hops[s.boundary.at].From
	if org != "" && verified(f) && s.house(f.RDNS) == org {
		return true
	}
	for i := s.boundary.at - 1; i >= 0 && s.goesOn(i+1); i-- {
		h := &s.hops[i]
		if org != "" && s.house(h.By.Name) == org || h.From.Address.IsValid() && k.says(h.From.Address) {
			return true
		}
	}
	return false
}
