package probe

import (
	"fmt"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
)

// ofSenders are the questions for what the domain says of the mail that it sends: SPF, DKIM, DMARC
// and BIMI.
func (l *planner) ofSenders(p *Prober, name string) {
	if p.NoPolicies {
		return
	}
	l.spf(name)
	l.selectors(p.Selectors, name)
	for _, asked := range auth.DMARCNames(name) {
		l.question("", "TXT "+asked)
	}
	l.question("if the DMARC policy is that of a name above, and another one is for names that do not exist", "A "+name)
	l.question(fmt.Sprintf("for each foreign domain that DMARC reports go to, %d at most", maxTargetsAsked), "TXT "+name+reportPermission+"its name")
	l.question("", "TXT "+bimiName+name)
	if org := domain.Org(name); org != "" && org != name {
		l.question("if there is no BIMI record", "TXT "+bimiName+org)
	}
}

// selectors are the questions for DKIM keys.
func (l *planner) selectors(known []Selector, name string) {
	d := &dkimSight{domain: name}
	for _, k := range known {
		d.add(k.Name, k.Domain, dkimGiven)
	}
	for _, k := range d.tried {
		l.question("", "TXT "+k.selector+keyLabel+"."+k.domain)
	}
	if len(d.tried) > 0 {
		return
	}
	l.question("", "TXT "+keyLabel[1:]+"."+name)
	l.question("if that name exists", fmt.Sprintf("TXT of at most %d usual selectors, and of one that nobody uses, below %s.%s", MaxSelectors, keyLabel[1:], name))
}

// caa are the questions for CAA records.
func (l *planner) caa(p *Prober, when, name string) {
	if !p.NoPolicies {
		l.question(when, fmt.Sprintf("CAA %s, and the names above until one has such records (%d names at most)", name, maxCAAQuestions))
	}
}
