package probe

import (
	"mailtrace/report"
)

// followChecks are the checks of Follow, in the order in which a report lists their
// findings. They stand behind those on the message itself.
var followChecks = []check{
	dkimSelectorGone,
	dnsBorderNotMX,
	dnsSenderNameMoved,
	tlsBorderDiffers,
	smtpBorderNameDiffers,
}

// onHop is a finding about the line of the border; evidence has to follow.
func (f *followed) onHop(severity report.Severity, format string, args ...any) report.Finding {
	found := (&servers{}).finding(severity, format, args...)
	found.Hop = &f.hop.Number
	return found
}

// open is an undecided about the line of the border, where there is one.
func (f *followed) open(why string) []report.Undecided {
	u := report.Undecided{Why: why}
	if f.hop != nil {
		u.Hop = &f.hop.Number
	}
	return []report.Undecided{u}
}

// silent says why what the border says of itself is not known, or "".
func (f *followed) silent() string {
	switch {
	case f.talk == nil && f.alone != "":
		return f.alone
	case f.talk == nil:
		return "nobody was connected to"
	case !f.talk.heard():
		why := f.talk.Why
		if why == "" {
			why = string(f.talk.Outcome)
		}
		return "the conversation with " + f.border + " ended before it said what it is: " + why
	}
	return ""
}

// aged is severe for what came lately, and info for what came long ago: then things may
// have changed in good order.
func (f *followed) aged(severe report.Severity) report.Severity {
	if f.old {
		return report.Info
	}
	return severe
}
