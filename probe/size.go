package probe

import (
	"strconv"

	"mailtrace/report"
)

// sizeOf is what an answer to EHLO says of how large a message may be (RFC 1870
// section 3). Where SIZE stands several times the first one counts.
func sizeOf(all []report.Extension) report.Size {
	e := firstSize(all)
	if e == nil {
		return report.Size{State: report.SizeAbsent}
	}
	if e.Param == "" {
		return report.Size{State: report.SizeUnstated}
	}
	n, ok := octets(e.Param)
	switch {
	case !ok:
		return report.Size{State: report.SizeInvalid}
	case n == 0:
		return report.Size{State: report.SizeUnlimited}
	}
	return report.Size{State: report.SizeLimit, Octets: &n}
}

// firstSize is the first SIZE, in its right form or as "SIZE=10240000".
func firstSize(all []report.Extension) *report.Extension {
	for i := range all {
		if all[i].Keyword == "SIZE" {
			return &all[i]
		}
	}
	return nil
}

// octets reads a number of octets, "size-param ::= [1*DIGIT]". One that does not fit 63 bits
// is none: no message is that large, and senders that read it into 64 bits would see
// a negative one.
func octets(s string) (int64, bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
