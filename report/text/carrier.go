package text

import (
	"mailtrace/report"
)

// attached says whether the message came inside of another one, so that nothing in
// it was seen by anyone but whoever attached it.
func (t *trace) attached() bool {
	return t.r.Evidence.Carrier != nil && len(t.standing(report.Observed)) == 0
}

var carrierWords = map[report.CarrierKind]string{
	report.CarrierForward:     "a message that forwards it",
	report.CarrierBounce:      "a report that it could not be delivered",
	report.CarrierAbuseReport: "a complaint about it",
	report.CarrierDigest:      "a digest of a mailing list",
	report.CarrierAttachment:  "another message",
}

// carrier says in what the message came, and whose word that makes of it.
func (t *trace) carrier() {
	c := t.r.Evidence.Carrier
	if c == nil {
		return
	}
	s, ok := carrierWords[c.Kind]
	if !ok {
		s = carrierWords[report.CarrierAttachment]
	}
	if len(c.From) > 0 {
		s += "; attached by " + t.mailboxes(c.From)
	}
	if c.Subject != "" {
		s += ", subject " + cut(t.defang(c.Subject), t.width)
	}
	if t.attached() {
		s += ". Whoever attached it can have changed it: all below is their word"
	} else {
		s += ". It is taken for unchanged (--trust-carrier)"
	}
	t.bounded(plain, " came in", factIndent, s, MaxTextLines)
}
