package text

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// theirs says whether a result is one that the recipient's side wrote down. Of a
// message that is attached to another one that is somebody's word, which has to be
// told beside it.
func theirs(a *report.Auth) bool { return a.By == report.ByRecipient || a.By == report.ByAttested }

func is(a *report.Auth, status string) bool { return strings.EqualFold(string(a.Status), status) }

// decided says whether somebody came to a result, good or bad: who was not answered,
// or did not ask, checked nothing.
func decided(a *report.Auth) bool { return !is(a, "undecided") && !is(a, "temperror") }

// isHELO says whether a result of SPF is on the name in HELO.
func isHELO(a *report.Auth) bool {
	return strings.EqualFold(a.Method, "spf") && strings.EqualFold(a.Property, "smtp.helo")
}

// vouches says whether a result names a domain that stands behind the message.
func vouches(a *report.Auth) bool {
	switch strings.ToLower(a.Method) {
	case "spf":
		if a.By == report.ByUs && isHELO(a) {
			return false // Of a host, and of no sender; for the null reverse-path MAIL FROM has it too.
		}
	case "dkim", "dmarc":
	default:
		return false
	}
	return (a.By == report.ByUs || theirs(a)) && is(a, "pass") && a.Domain != ""
}

// inPart says whether a signature holds, and there is something that it does not cover.
func inPart(a *report.Auth) bool { return ourDKIM(a) && is(a, "pass") && a.Outcome == "verified-part" }

// forShown is what speaks for the domain that the reader sees, and what does not.
type forShown struct {
	theirs, ours []string     // Methods that passed for it, by whose check.
	part         bool         // A signature of it covers only a part, and no other check of ours passed.
	against      []string     // Methods that we checked for it without success.
	failed       []string     // Methods that failed for it in the recipient's checks, and passed there for no other result.
	gainsaid     bool         // The recipient's side found that it is not of that domain.
	added        *report.Auth // A signature of it that is proven to hold without what was done since.
	other        bool         // A signature of it is over another text, and nothing explains that.
	checked      bool         // Somebody looked, and came to a result.
	open         []*report.Auth
}

// speaksFor sorts the results by what they say of the domain that the reader sees.
func (t *trace) speaksFor() forShown {
	var f forShown
	add := func(list *[]string, method string) {
		if !slices.Contains(*list, method) {
			*list = append(*list, method)
		}
	}
	whole, ours, negative := false, false, false
	for i := range t.r.Auth {
		a := &t.r.Auth[i]
		method, aligned := strings.ToUpper(a.Method), a.Aligned != nil && *a.Aligned
		switch {
		case theirs(a):
			f.checked = f.checked || decided(a)
			switch {
			case !aligned && (a.Aligned != nil || method != "DMARC"):
			case vouches(a) && aligned:
				add(&f.theirs, method)
			case (is(a, "fail") || is(a, "softfail")) && slices.Contains([]string{"SPF", "DKIM", "DMARC"}, method):
				add(&f.failed, method)
			}
		case a.By != report.ByUs || isHELO(a) || !slices.Contains(Explained, strings.ToLower(a.Method)) || method == "ARC":
		case aligned && undone(a) && f.added == nil:
			f.added = a
			add(&f.against, method)
			ours = true
		case !decided(a), keyless(a):
			if a.Aligned == nil || aligned { // Whatever it would be, another domain says nothing of this one.
				f.open = append(f.open, a)
			}
		case vouches(a) && aligned && inPart(a):
			f.part = true
		case vouches(a) && aligned:
			add(&f.ours, method)
			whole = whole || method != "DMARC"
		default:
			ours = true
			negative = negative || method == "DMARC" && is(a, "fail")
			if aligned && !is(a, "none") {
				add(&f.against, method)
			}
			f.other = f.other || aligned && ourDKIM(a) && is(a, "fail") && changed(a) && len(a.Changes) == 0 && !strings.Contains(a.Reason, "whatever its key")
		}
	}
	if f.part && !whole {
		f.ours = nil // What DMARC rests on is that signature.
	} else {
		f.part = false
	}
	f.checked = f.checked || negative || ours && len(f.open) == 0
	f.against = slices.DeleteFunc(f.against, func(m string) bool { return slices.Contains(f.ours, m) })
	f.failed = slices.DeleteFunc(f.failed, func(m string) bool { return slices.Contains(f.theirs, m) })
	f.gainsaid = slices.Contains(f.failed, "DMARC") || len(f.failed) > 0 && len(f.theirs) == 0
	if f.part || slices.Contains(f.ours, "DKIM") {
		f.added, f.other = nil, false // Another signature of that domain holds.
	}
	return f
}

// shows says whether anything speaks for the domain that the reader sees, and the
// sentence about that; "" where nothing is to be said. It names whose check it is, and
// never says that the mail is good.
func (t *trace) shows() (speaks bool, words string) {
	domain := t.fromDomain()
	if domain == "" {
		return false, ""
	}
	f, shown := t.speaksFor(), cutDomain(t.defang(domain), t.width)
	passed, h := len(f.theirs)+len(f.ours) > 0, t.r.Path.Handover
	switch {
	case passed && t.attached():
		return t.attachedShows(&f, shown)
	case passed:
		return !f.gainsaid, t.passedAs(&f, shown)
	case f.part:
		return false, fmt.Sprintf("%s signed only the beginning of this mail; what stands behind it can be from anyone.", shown)
	case f.added != nil:
		return false, t.signedBefore(f.added, shown)
	case f.other:
		return false, otherText(shown)
	case t.r.Path.Boundary == nil && (!f.checked || t.attached()):
		return false, ""
	case f.checked:
		return false, "Nothing here shows that " + shown + " sent this mail" + f.which() + "."
	case len(f.against) > 0:
		return false, "Nothing here shows that " + shown + " sent this mail" + f.which() + t.whyOpen(&f) + "."
	case h != nil && (strings.EqualFold(h.RDNS, domain) || strings.HasSuffix(strings.ToLower(h.RDNS), "."+strings.ToLower(domain))):
		return false, fmt.Sprintf("No check says whether %s sent this mail (the recipient's side wrote down none%s); the host that handed it over bears a name of that domain.", shown, t.whyOpen(&f))
	}
	return false, "Whether " + shown + " sent this mail cannot be told: the recipient's side wrote down no check of it" + t.whyOpen(&f) + "."
}

// passedAs says by whose checks the message is of the domain shown.
func (t *trace) passedAs(f *forShown, shown string) string {
	list := func(methods []string) string { return "(" + strings.Join(methods, ", ") + ")" }
	var s string
	early := f.failed
	if !f.gainsaid {
		early = slices.DeleteFunc(slices.Clone(early), func(m string) bool { return !slices.Contains(f.ours, m) })
	}
	switch {
	case len(early) > 0:
		s = "When it arrived, the recipient's server found that " + and(early) + " failed"
		if len(f.theirs) > 0 {
			s += ", though it passed as mail of " + shown + " " + list(f.theirs)
		}
		if len(f.ours) > 0 {
			s += ". Checked now, it passes as mail of " + shown + " " + list(f.ours) + "; the first counts for the moment of arrival"
		}
		s += " (see CHECKS)."
		if !f.gainsaid {
			s += " Mail from a stolen account there passes too."
		}
	case len(f.ours) == 0:
		s = "In the recipient's checks it passed as mail of " + shown + " " + list(f.theirs)
	case len(f.theirs) == 0:
		s = "Checked now, it passes as mail of " + shown + " " + list(f.ours)
	case slices.Equal(slices.Sorted(slices.Values(f.ours)), slices.Sorted(slices.Values(f.theirs))):
		s = "In the recipient's checks and checked now it passes as mail of " + shown + " " + list(f.ours)
	default:
		s = fmt.Sprintf("In the recipient's checks %s and checked now %s it passes as mail of %s", list(f.theirs), list(f.ours), shown)
	}
	if len(early) == 0 {
		s += "; so does mail from a stolen account there."
	}
	switch {
	case f.part:
		s += " " + shown + " signed only the beginning of this mail; what stands behind it can be from anyone."
	case f.added != nil:
		s += " " + t.signedBefore(f.added, shown)
	case len(f.against) > 0:
		do := "does"
		if len(f.against) > 1 {
			do = "do"
		}
		s += fmt.Sprintf(" Checked now, %s %s not pass (see CHECKS)", and(f.against), do)
		if f.other && slices.Contains(f.against, "DKIM") {
			s += ": the text is not the one that " + shown + " signed, and no known change (footer, tag, other encoding) explains it"
		}
		s += "."
	}
	return s
}

// attachedShows is shows for a message that is attached to another one. A signature
// that holds is the signer's word, whoever attached it; all else is the attacher's.
func (t *trace) attachedShows(f *forShown, shown string) (bool, string) {
	if slices.Contains(f.ours, "DKIM") {
		return true, fmt.Sprintf("Checked now, it bears a signature of %s that holds (DKIM), whoever attached it; so does mail from a stolen account there, and what is not signed is the word of whoever attached it.", shown)
	}
	methods := f.theirs
	if len(methods) == 0 {
		methods = f.ours
	}
	return false, fmt.Sprintf("If whoever attached it changed nothing, it passed the recipient's checks as mail of %s (%s); such a copy can be made up by anyone.", shown, strings.Join(methods, ", "))
}

// whyOpen says why no check of ours says anything either.
func (t *trace) whyOpen(f *forShown) string {
	switch {
	case len(f.open) == 0:
		return ""
	case slices.ContainsFunc(f.open, notAsked):
		return ", and now " + and(unaskedOf(f.open)) + " could not be checked: the DNS was not asked" + t.offline()
	case t.unasked():
		return ", and the DNS was not asked" + t.offline()
	case slices.ContainsFunc(f.open, func(a *report.Auth) bool { return is(a, "temperror") }):
		return ", and the DNS did not answer (see CHECKS)"
	}
	return ", and checked now it is open (see CHECKS)"
}

// vouched names those who stand behind the message without being the domain that
// the reader sees.
func (t *trace) vouched() {
	if speaks, _ := t.shows(); speaks {
		return
	}
	var names []string
	for i := range t.r.Auth {
		a := &t.r.Auth[i]
		if !vouches(a) || a.Aligned == nil || *a.Aligned {
			continue
		}
		how := strings.ToUpper(a.Method)
		if inPart(a) {
			how += ", only the beginning"
		}
		if name := fmt.Sprintf("%s (%s)", cutDomain(t.defang(a.Domain), t.width), how); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0:
		return
	case len(names) > 3:
		names = append(names[:3], "others")
	}
	last := names[len(names)-1]
	if len(names) > 1 {
		last = strings.Join(names[:len(names)-1], ", ") + " and " + last
	}
	t.bounded(plain, " vouched by", factIndent, last+": not the domain that the reader sees, for which this says nothing", 4)
}
