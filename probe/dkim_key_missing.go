package probe

import (
	"context"

	"mailtrace/report"
)

var dkimKeyMissing = check{
	Rule: report.Rule{
		ID:    "dkim.key-missing",
		Title: "No key stands at a selector that is in use",
		Max:   report.Critical,
		Explain: `Receivers find the key for a DKIM signature by the selector that it names. There is none at this name, so every mail
that is signed with this selector fails DKIM; it may be refused, or go to spam. Publish the key as a TXT record at the
name that was asked for, or let mail be signed with a selector that has one.`,
		Innocent: `The selector of an old mail: keys are taken away some time after they were replaced, as they should be.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 6376 section 6.1.2", "RFC 6376 section 3.6.2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.dkim == nil {
			return nil, nil, nil
		}
		var found []report.Finding
		var open []report.Undecided
		for _, k := range s.dkim.tried {
			switch status, why := k.status(); {
			case k.source == dkimUsual:
			case status == report.PolicyUnknown:
				open = append(open, s.undecided("whether there is a DKIM key %s is not known: %s", k.name(), why))
			case status == report.PolicyNone && k.source == dkimMail:
				f := k.finding(report.Warning, "does not exist, and a mail was signed with it: signatures like that one cannot be verified any more")
				found = append(found, f)
			case status == report.PolicyNone:
				found = append(found, k.finding(report.Critical, "does not exist: mail that is signed with this selector fails DKIM"))
			}
		}
		return found, open, nil
	},
}
