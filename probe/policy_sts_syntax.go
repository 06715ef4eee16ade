package probe

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"mailtrace/report"
)

var stsSyntax = check{
	Rule: report.Rule{
		ID:    "policy.sts-syntax",
		Title: "The policy of MTA-STS is wrong",
		Max:   report.Warning,
		Explain: `The policy is a text of lines "name: value": version, mode, max_age, and an mx for each server. Where one of them is
missing or wrong, senders throw the whole policy away and act as if there was none: mail goes as before, without
protection. A max_age of more than a year is cut by some, and throws the policy away for others. Put the line right and change the id of the TXT record, so that senders fetch the policy again.`,
		Innocent: `A web server that answers every address with a page of its own.`,
		Measured: notMeasured + " The reader of policies passes the test suites of mox and chasquid.",
		Refs:     []string{"RFC 8461 section 3.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.policies == nil {
			return nil, nil, nil
		}
		l := s.policies.sts
		if p := l.policy; p != nil && p.stated > maxAge {
			f := s.finding(report.Warning, "max_age of the MTA-STS policy is %d, and the largest value is %d (a year): some senders take it for that, and others throw the policy away", p.stated, maxAge)
			f.Evidence = l.file.lines("max_age")
			return []report.Finding{f}, nil, nil
		}
		if l.file == nil || l.file.outcome != report.OutcomeOK || l.policy != nil {
			return nil, nil, nil
		}
		what := l.said.Why
		if isPage(l.file.body) {
			what = "what came is a web page"
		}
		f := s.finding(report.Warning, "MTA-STS of %s is not in force: %s; senders act as if there was none", spelled(s.domain), what)
		f.Evidence = append(l.file.evidence(), l.file.lines("")...)
		return []report.Finding{f}, nil, nil
	},
}

// isPage says whether a file is a page of the web.
func isPage(body []byte) bool {
	start := strings.ToLower(string(bytes.TrimSpace(body[:min(len(body), 1024)])))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// lines are those of a policy that begin with a name and ":", as evidence, or, without
// one, the first of all.
func (f *fetched) lines(name string) []report.Evidence {
	var all []report.Evidence
	for i, line := range bytes.Split(f.body, []byte("\n")) {
		text := strings.ToValidUTF8(string(bytes.TrimRight(line, "\r")), "?")
		if name != "" && !strings.HasPrefix(text, name+":") || text == "" {
			continue
		}
		if len(all) == maxPolicyLines {
			break
		}
		text = clipped(text, maxShown)
		all = append(all, report.Evidence{Source: report.SourcePolicy, Line: i + 1, Text: text, Length: len(text)})
	}
	if len(all) == 0 {
		text := fmt.Sprintf("the policy has %d octets and no such line", len(f.body))
		all = append(all, report.Evidence{Source: report.SourcePolicy, Text: text, Length: len(text)})
	}
	return all
}

// maxPolicyLines is how many lines of a policy a finding shows.
const maxPolicyLines = 6
