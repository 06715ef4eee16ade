package probe

import (
	"context"
	"fmt"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

var dkimSelectorGone = check{
	Rule: report.Rule{
		ID:    "dkim.selector-gone",
		Title: "The key that a signature of the mail names is not in the DNS now",
		Max:   report.Warning,
		Explain: `A signature (DKIM) names the place of its key. Nothing that can be used stands there today, so whoever gets the mail
now, or checks it again, cannot verify it. For a mail of the last days tell the domain: its other mail fails too. For an
older one it says nothing: look at what the recipient's side wrote down when it came.`,
		Innocent: `Keys are changed from time to time, and old ones are taken away, or published for everybody to see that they count no
more.`,
		Measured: notMeasured + " It rests on the answer of the DNS.",
		Refs:     []string{"RFC 6376 section 3.6.2", "RFC 6376 section 3.6.1", "RFC 6376 section 6.1.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		var open []report.Undecided
		for _, k := range s.follow.keys {
			if why := k.open(); why != "" {
				open = append(open, report.Undecided{Why: why})
				continue
			}
			wrong := k.wrong()
			if wrong == "" {
				continue
			}
			f := s.finding(s.follow.aged(report.Warning), "the key of %s (%s), which a signature of the mail names, %s", clipped(spelled(k.domain), maxNameShown), clipped(quoted(k.selector), maxNameShown), wrong)
			f.Evidence = k.found.evidence()
			for i := range f.Evidence {
				f.Evidence[i].Text = clipped(f.Evidence[i].Text, maxKeyShown)
				f.Evidence[i].Length = len(f.Evidence[i].Bytes())
			}
			found = append(found, f)
		}
		if s.follow.more {
			open = append(open, report.Undecided{Why: fmt.Sprintf("the mail names more keys than the %d that were asked for", maxFollowedKeys)})
		}
		return found, open, nil
	},
}

// maxKeyShown is how many octets of a key's record evidence repeats.
const maxKeyShown = 1000

// open says why it is not known whether there is a key, or "".
func (k *followedKey) open() string {
	switch {
	case k.withheld:
		return fmt.Sprintf("the key at %s was not asked for: its name holds what stands before the @ of a recipient", clipped(k.name, maxNameShown))
	case k.found.err != nil:
		return fmt.Sprintf("whether there is a key at %s is not known: %s", clipped(k.name, maxNameShown), inWords(k.found.err))
	}
	return ""
}

// wrong says what is wrong with what stands there, or "": one key that can be used is
// enough.
func (k *followedKey) wrong() string {
	a := k.found.answer
	if a == nil || a.Status != dns.Found || len(a.Records) == 0 {
		return "is not in the DNS"
	}
	wrong := ""
	for i := range a.Records[:min(len(a.Records), auth.MaxKeyRecords)] {
		switch key := auth.ParseKey(k.name, a.Records[i].Text); {
		case key.Revoked:
			wrong = "was revoked (p= is empty)"
		case key.Fault != "":
			wrong = "cannot be used: it " + key.Fault
		default:
			return ""
		}
	}
	return wrong
}
