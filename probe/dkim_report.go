package probe

import (
	"fmt"
	"strings"

	"mailtrace/report"
)

// report is what stands in the report.
func (d *dkimSight) report() *report.DKIM {
	r := &report.DKIM{Status: report.PolicyUnknown, Why: d.why}
	found, failed := 0, 0
	for _, k := range d.tried {
		r.Tried = append(r.Tried, k.selector)
		status, _ := k.status()
		if status == report.PolicyFound {
			found++
		}
		if status == report.PolicyUnknown {
			failed++
		}
		if k.key != nil || k.source != dkimUsual || status == report.PolicyUnknown {
			r.Keys = append(r.Keys, k.report())
		}
	}
	switch {
	case d.why != "":
	case d.pruned():
		r.Status, r.Why = report.PolicyNone, "there is no name _domainkey, below which all keys stand"
	case d.usual && d.root.err != nil:
		r.Why = inWords(d.root.err)
	case found > 0:
		r.Status = report.PolicyFound
	case len(d.there()) > 0 && failed > 0:
		r.Why = "no key that was found can be used"
	case len(d.there()) > 0:
		r.Status, r.Why = report.PolicyInvalid, "no key that was found can be used"
	default:
		r.Why = "no key stands at the names that were tried, and nobody can list the others"
	}
	if failed > 0 {
		r.Why = strings.TrimPrefix(r.Why+fmt.Sprintf("; of %d of the names nothing is known", failed), "; ")
	}
	return r
}

func (k *dkimKey) report() report.DKIMKey {
	r := report.DKIMKey{Selector: k.selector, Domain: k.domain, Source: string(k.source)}
	r.Status, r.Why = k.status()
	if k.key == nil {
		return r
	}
	r.Record, r.Type = clipped(k.key.Text, maxRecord), clipped(k.key.Type, maxShown)
	r.Revoked, r.Test = k.key.Revoked, k.key.Test
	if bits := k.key.Bits; bits > 0 {
		r.Bits = &bits
	}
	return r
}

// by is the severity for a key that is known to be used, or for one that was found at a
// usual name, and may have been left behind.
func (k *dkimKey) by(used, left report.Severity) report.Severity {
	if k.source == dkimUsual {
		return left
	}
	return used
}

// finding is one about the key. The format begins behind its name.
func (k *dkimKey) finding(severity report.Severity, format string, args ...any) report.Finding {
	return report.Finding{
		Severity: severity, Text: fmt.Sprintf("the DKIM key %s ", k.name()) + fmt.Sprintf(format, args...),
		Evidence: clippedEvidence(k.evidence()),
	}
}

// name is the key, for a text.
func (k *dkimKey) name() string {
	return fmt.Sprintf("%s of %s", shortened(k.selector), spelled(k.domain))
}

// clippedEvidence bounds the text of each.
func clippedEvidence(evidence []report.Evidence) []report.Evidence {
	for i := range evidence {
		e := &evidence[i]
		e.Text = clipped(e.Text, maxRecord)
		e.Length = len(e.Text)
	}
	return evidence
}
