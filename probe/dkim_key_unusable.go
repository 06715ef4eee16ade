package probe

import (
	"context"

	"mailtrace/report"
)

var dkimKeyUnusable = check{
	Rule: report.Rule{
		ID:    "dkim.key-unusable",
		Title: "A DKIM key cannot be used",
		Max:   report.Critical,
		Explain: `The record at this selector is damaged or no key at all, so that receivers cannot verify a signature with it: such mail
fails DKIM, and may be refused or go to spam. The usual causes are a key that was cut off at 255 characters, blanks or
quotation marks that were pasted with it, and backslashes of a zone file. Publish the key again, as the program that
made it wrote it.`,
		Innocent: `A record for another purpose at a name that happens to be a usual one.`,
		Measured: notMeasured + " The reader of keys is the one that verifies the signatures of the corpora.",
		Refs:     []string{"RFC 6376 section 3.6.1", "RFC 6376 section 6.1.2", "RFC 8463 section 4.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, k := range s.dkim.there() {
			if k.key.Fault == "" {
				continue
			}
			effect := "mail that is signed with it fails DKIM"
			if k.source == dkimUsual {
				effect = "if mail is signed with it, it fails DKIM"
			}
			found = append(found, k.finding(k.by(report.Critical, report.Warning), "cannot be used: the record %s; %s", clipped(k.key.Fault, maxShown), effect))
		}
		return found, nil, nil
	},
}
