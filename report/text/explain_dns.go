package text

import (
	"fmt"
	"strings"

	"mailtrace/report"
)

// concerns says whether a question was asked for a method.
func concerns(name, method string) bool {
	name = strings.ToLower(name)
	key, policy := strings.Contains(name, "._domainkey."), strings.HasPrefix(name, "_dmarc.")
	switch method {
	case "dkim", "arc":
		return key
	case "dmarc":
		return policy
	}
	return !key && !policy
}

// answers shows what the DNS said to the questions that concern a method.
func (t *trace) answers(method string) {
	t.blank()
	shown, left := 0, 0
	for i := range t.r.DNS {
		d := &t.r.DNS[i]
		if !concerns(d.Name, method) {
			continue
		}
		if shown == MaxDNSShown {
			left++
			continue
		}
		if shown++; shown == 1 {
			t.item(bold, "DNS", inputIndent, "what it rests on")
		}
		t.question(d)
	}
	switch {
	case shown == 0 && len(t.r.DNS) == 0:
		t.item(bold, "DNS", inputIndent, "was not asked"+t.offline())
	case shown == 0:
		t.item(bold, "DNS", inputIndent, "was not asked for this")
	case left > 0:
		t.item(plain, "", 1, fmt.Sprintf("and %d more (--json shows all)", left))
	}
}

// question shows one question and its answer.
func (t *trace) question(d *report.DNS) {
	s := cut(t.defang(d.Name), 3*t.width) + " " + cut(Escape(d.Type), 12) + ": " + cut(Escape(d.Status), 20)
	if d.Cause != "" {
		s += " (" + cut(t.defang(d.Cause), 40) + ")"
	}
	said := "said by"
	if d.Status == "failed" {
		said = "asked was"
	} else if d.Secure != "" {
		s += ", DNSSEC: " + cut(Escape(d.Secure), 20)
	}
	if d.Server != "" {
		s += ", " + said + " " + cut(t.defang(d.Server), t.width)
	}
	if d.Time != nil {
		s += ", " + when(d.Time)
	}
	t.bounded(plain, " -", 3, s, 5)
	for i, alias := range d.Alias {
		if i == MaxAnswersShown {
			t.item(plain, "", stepIndent, fmt.Sprintf("and %d more aliases (--json shows all)", len(d.Alias)-i))
			break
		}
		t.bounded(plain, "    >", stepIndent+1, "alias "+t.defang(alias), 2)
	}
	for i, answer := range d.Answers {
		if i == MaxAnswersShown {
			t.item(plain, "", stepIndent, fmt.Sprintf("and %d more answers (--json shows all)", len(d.Answers)-i))
			break
		}
		t.bounded(plain, "    |", stepIndent+1, t.defang(answer), 5)
	}
}
