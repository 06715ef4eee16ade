package analyze

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var differsNow = check{
	Rule: report.Rule{
		ID:    "authres.differs-now",
		Title: "Asked now, a check comes to another result than the recipient's server wrote down",
		Max:   report.Info,
		Explain: `The recipient's server wrote down what SPF, DKIM or DMARC came to when the message arrived; mailtrace
asked again now, and one of them passes only in one of the two. Records and keys change with time, and
programs change a message when they store it, so the server's result is the better one for the moment of
arrival. The finding names the cause where it can be told; nothing follows from it for the sender.`,
		Innocent: `The domain changed its record or its key, the recipient's side added a note to the text, somebody
blotted out addresses in the copy, or the two were about different names.`,
		Refs: []string{"RFC 8601 section 2.7", "RFC 7208 section 2.6", "RFC 6376 section 6.1"},
	},
	asks: true,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.lacks(needPlaces) != "" {
			return nil, nil, nil
		}
		var found []report.Finding
		if f, ok := s.spfDiffers(); ok {
			found = append(found, f)
		}
		if f, ok := s.dkimDiffers(); ok {
			found = append(found, f)
		}
		if f, ok := s.dmarcDiffers(len(found) > 0); ok {
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// told is the results of a method that the recipient's side wrote down, of the field
// nearest to the handover: what stands above it may have been checked within.
func (s *subject) told(method string) (k *mark, results []auth.Result) {
	for i := len(s.marks) - 1; i >= 0; i-- {
		k := &s.marks[i]
		if s.origin(k.index, k.server) != report.FromRecipient {
			continue
		}
		if k.results != nil {
			for r := range k.results.All(method) {
				if decided(r.Status) && !(ofHELO(&r) && s.checked.spf.sender.path != "<>") {
					results = append(results, r)
				}
			}
		} else if k.spf != nil && method == "spf" && decided(k.spf.Status) && (k.spf.Identity() != "helo" || s.checked.spf.sender.path == "<>") {
			results = append(results, auth.Result{Method: method, Status: k.spf.Status})
		}
		if len(results) > 0 {
			return k, results
		}
	}
	return nil, nil
}

// ofHELO says whether a result is SPF of the HELO name. Servers write it beside that of
// MAIL FROM (RFC 7208 section 2.3), with which it must not be compared; but for the null
// reverse-path both are of that name.
func ofHELO(r *auth.Result) bool {
	return r.Method == "spf" && r.Prop("smtp", "mailfrom") == "" && r.Prop("smtp", "helo") != ""
}

// decided says whether a status is a result: no failure of the check itself, no word
// that RFC 8601 does not have, and not one of whoever did not look.
func decided(status auth.Status) bool {
	return (status.Defined() || status == "hardfail") && status != auth.TempError
}

// differs begins such a finding.
func (s *subject) differs(k *mark, method string, then, now auth.Status, cause string) report.Finding {
	f := finding(report.Info, report.Ordinary, "line %d, of the recipient's side, says %s=%s; now it is %s: %s", k.field.Line, method, then, now, cause)
	f.Evidence = append(f.Evidence, field(k.field))
	return f
}

func (s *subject) spfDiffers() (report.Finding, bool) {
	c := s.checked.spf.mailFrom
	k, told := s.told("spf")
	if k == nil || c == nil || c.result == nil || s.checked.spf.open != "" || !decided(c.result.Status) {
		return report.Finding{}, false
	}
	then, now := told[0].Status, c.result.Status
	if (then == auth.Pass) == (now == auth.Pass) {
		return report.Finding{}, false
	}
	about := ""
	if k.spf != nil {
		about = domainOf(k.spf.MailFrom())
	} else {
		about = domainOf(k.results.MailFrom())
	}
	cause := fmt.Sprintf("the record of %s, or one that it includes, has been changed since, or one of the two is wrong", c.result.Domain)
	switch {
	case then == auth.Pass && c.result.Problem != "":
		cause = c.result.Problem
	case about != "" && !strings.EqualFold(about, c.result.Domain):
		cause = fmt.Sprintf("that was about %s, and this is about %s", about, c.result.Domain)
	case len(k.addresses) > 0 && !k.says(c.query.IP):
		cause = fmt.Sprintf("that was about the peer %s, and this is about %s", k.addresses[0], c.query.IP)
	}
	f := s.differs(k, "spf", then, now, cause)
	f.Evidence = append(f.Evidence, spfRecord(c.result)...)
	return f, true
}

// spfRecord is the record of the domain that was checked, as evidence.
func spfRecord(r *auth.SPF) []report.Evidence {
	for i := range r.Trace {
		if step := &r.Trace[i]; step.Kind == auth.SPFRecordStep && step.Depth == 0 && step.Term != "" {
			return []report.Evidence{published(step.Domain, "TXT", step.Term)}
		}
	}
	return nil
}

func (s *subject) dkimDiffers() (report.Finding, bool) {
	k, told := s.told("dkim")
	for i := range told {
		name := signerOf(&told[i])
		then := told[i].Status
		for j := range told {
			if told[j].Status == auth.Pass && signerOf(&told[j]) == name {
				then = auth.Pass // Of several signatures of one domain, one is enough.
			}
		}
		var ours *auth.Signature
		open := false
		for j := range s.checked.signatures.DKIM {
			g := &s.checked.signatures.DKIM[j]
			if name != "" && !strings.EqualFold(g.Domain, name) {
				continue
			}
			open = open || g.Status == auth.Undecided || g.Status == auth.TempError
			if ours == nil || g.Status == auth.Pass && ours.Status != auth.Pass {
				ours = g
			}
		}
		if s.checked.signatures.DKIM == nil || open && (ours == nil || ours.Status != auth.Pass) {
			continue
		}
		now := auth.None
		if ours != nil {
			now = ours.Status
		}
		if (then == auth.Pass) == (now == auth.Pass) {
			continue
		}
		f := s.differs(k, "dkim", then, now, s.whyDKIMDiffers(k, then, name, ours))
		if ours != nil {
			f.Evidence = append(f.Evidence, s.signed(ours))
			if ours.Key != nil {
				f.Evidence = append(f.Evidence, published(ours.Key.Name, "TXT", ours.Key.Text))
			}
		}
		return f, true
	}
	return report.Finding{}, false
}

// signerOf is the domain that a result of DKIM is about; "" where it does not say.
func signerOf(r *auth.Result) string {
	if d := domainOf(r.Prop("header", "d")); d != "" {
		return d
	}
	return domainOf(r.Prop("header", "i"))
}

// whyDKIMDiffers tells the cause, as far as it can be told.
func (s *subject) whyDKIMDiffers(k *mark, then auth.Status, name string, ours *auth.Signature) string {
	switch {
	case ours == nil && name == "":
		return "there is no signature in the message any more"
	case ours == nil:
		return fmt.Sprintf("there is no signature of %s in the message any more", name)
	case then == auth.Pass:
		switch ours.Outcome {
		case auth.HeaderChanged, auth.BodyChanged, auth.BothChanged, auth.BodyCut:
			return fmt.Sprintf("what %s signed has been changed after that check, by the recipient's side or when it was stored", ours.Domain)
		case auth.OtherKey, auth.KeyMissing, auth.KeyRevoked, auth.KeyUnusable, auth.KeyUnfit:
			return fmt.Sprintf("the key of %s has been changed or taken away since", ours.Domain)
		case auth.Malformed:
			return fmt.Sprintf("the signature of %s has been changed after that check: %s", orNone(ours.Domain), ours.Reason)
		}
		return fmt.Sprintf("mailtrace does not count the signature of %s: %s", ours.Domain, ours.Reason)
	case ours.Field < k.index:
		return fmt.Sprintf("the signature of %s stands above that line, so it was made afterwards", ours.Domain)
	case then == auth.None:
		return fmt.Sprintf("there is a signature of %s, which was not looked at then", ours.Domain)
	}
	return fmt.Sprintf("the signature of %s holds with the key that is published now; it may not have been there then", ours.Domain)
}

// dmarcDiffers looks at DMARC; below says whether SPF or DKIM, on which it rests,
// differ.
func (s *subject) dmarcDiffers(below bool) (report.Finding, bool) {
	d := s.checked.dmarc
	k, told := s.told("dmarc")
	if k == nil || d == nil || !decided(d.Status()) {
		return report.Finding{}, false
	}
	then, now := told[0].Status, d.Status()
	if (then == auth.Pass) == (now == auth.Pass) {
		return report.Finding{}, false
	}
	about := domainOf(told[0].Prop("header", "from"))
	cause := "the record or what it rests on has been changed since, or one of the two is wrong"
	switch {
	case about != "" && !strings.EqualFold(about, d.Domain):
		cause = fmt.Sprintf("that was about %s, and this is about %s", about, orNone(d.Domain))
	case then == auth.Pass && now == auth.None:
		cause = fmt.Sprintf("%s publishes no record any more", d.Domain)
	case then == auth.None:
		cause = fmt.Sprintf("%s has published its record since", d.RFC9989.PolicyDomain)
	case d.RFC7489.Status == then:
		cause = "receivers that follow RFC 7489 come to that, and this is by RFC 9989, which took its place"
	case below:
		cause = "it rests on SPF and DKIM, which differ too"
	}
	f := s.differs(k, "dmarc", then, now, cause)
	f.Evidence = append(f.Evidence, policyRecord(&d.RFC9989)...)
	return f, true
}

// policyRecord is the record of DMARC, as evidence.
func policyRecord(v *auth.DMARCVerdict) []report.Evidence {
	if v.Record == nil {
		return nil
	}
	return []report.Evidence{published("_dmarc."+v.PolicyDomain, "TXT", v.Record.Text)}
}
