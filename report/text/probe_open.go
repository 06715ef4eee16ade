package text

import (
	"fmt"
	"slices"
	"strings"
)

// cause is why something was not judged: one reason, and all that it holds for.
type cause struct {
	why            string
	rules          []string
	places, others []place
}

// causes are the reasons, each once.
func (p *probed) causes() []cause {
	var causes []cause
	at := map[string]int{}
	for _, u := range p.r.Undecided {
		same := but(u.Why, u.Host, u.Address.String())
		i, ok := at[same]
		if !ok {
			i = len(causes)
			at[same], causes = i, append(causes, cause{why: u.Why})
		}
		c := &causes[i]
		if !slices.Contains(c.rules, u.Rule) {
			c.rules = append(c.rules, u.Rule)
		}
		place := where(u.Address.IsValid(), u.Address.String(), u.Port)
		if u.Why == c.why {
			c.places = addPlace(c.places, u.Host, place)
		} else {
			c.others = addPlace(c.others, u.Host, place)
		}
	}
	return causes
}

// notJudged says what could not be told, by cause: silence about it would look like a
// pass. What is never looked at belongs to it. It says whether that is a single line.
func (p *probed) notJudged() (short bool) {
	left := p.leftOut()
	switch {
	case len(p.r.Undecided) == 0 && left == "":
		return false
	case len(p.r.Undecided) == 0:
		p.blank()
		p.bounded(bold, "NOT JUDGED", inputIndent+4, left, maxVerdictLines)
		return true
	}
	p.blank()
	p.item(bold, "NOT JUDGED", 0, "")
	causes := p.causes()
	for i, c := range causes {
		if i == MaxCausesShown {
			p.item(plain, "", detailIndent, fmt.Sprintf("and for %d more causes (--json shows all)", len(causes)-i))
			break
		}
		text := c.why
		if at := p.told(untold(c.places, text)); at != "" {
			text = places(at, text)
		}
		if len(c.others) > 0 {
			text += "; the same at " + p.told(c.others)
		}
		rules := c.rules
		more := ""
		if n := len(rules) - MaxRulesTold; n > 1 {
			rules, more = rules[:MaxRulesTold], fmt.Sprintf(" and %d more", n)
		}
		for i := range rules {
			rules[i] = cut(Escape(rules[i]), p.width)
		}
		p.bounded(plain, " ?", detailIndent-2, text+" ("+strings.Join(rules, ", ")+more+")", MaxTextLines)
	}
	if left != "" {
		p.item(plain, " ?", detailIndent-2, "Not looked at: "+left)
	}
	return false
}

// leftOut says what is never looked at, or was not; "" where that goes without saying.
func (p *probed) leftOut() string {
	if p.r.Sending != nil {
		return "the mail itself, its DKIM signatures, and what receivers remember of the address"
	}
	if !p.judged() || len(p.mail)+len(p.users) == 0 {
		return ""
	}
	text := "recipients, greylisting, what is refused only when mail comes"
	if unseen := p.unseenPolicies(); unseen != "" {
		text += "; " + unseen
	}
	return text
}
