package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// Bounds on what is shown of senders and policies.
const (
	MaxSendersShown = 12 // There are eight kinds.
	MaxAddressesRUA = 4  // Where reports go.
	maxVerdictLines = 3  // Of one reason.
)

// senderNames are the kinds of senders, for a table.
var senderNames = map[report.Sender]string{
	report.SenderOpportunistic: "any (opportunistic)",
	report.SenderPKIX:          "checks certificates",
	report.SenderMTASTS:        "MTA-STS",
	report.SenderDANE:          "DANE",
	report.SenderRequireTLS:    "REQUIRETLS mail",
	report.SenderIPv4:          "IPv4 alone",
	report.SenderIPv6:          "IPv6 alone",
	report.SenderNoTLS:         "without TLS",
}

// deliveryNames are what becomes of mail, for a table.
var deliveryNames = map[report.Delivery]string{
	report.DeliveredVerified:  "delivered, verified",
	report.DeliveredEncrypted: "delivered, encrypted",
	report.DeliveredClear:     "delivered in clear text",
	report.DeliveryDeferred:   "deferred: it waits",
	report.DeliveryBounced:    "bounced: it comes back",
	report.DeliveryUndecided:  "not known",
}

// senderName is a kind of sender, with the mode of the policy where it goes by one.
func (p *probed) senderName(s report.Sender) string {
	name, ok := senderNames[s]
	if !ok {
		return cut(Escape(string(s)), maxShortName)
	}
	m := p.r.Policies.MTASTS
	switch {
	case s != report.SenderMTASTS || m == nil:
	case m.Status == report.PolicyFound:
		name += " (" + cut(Escape(m.Mode), 12) + ")"
	case m.Status == report.PolicyNone:
		name += " (no policy)"
	}
	return name
}

func deliveryName(d report.Delivery) string {
	if name, ok := deliveryNames[d]; ok {
		return name
	}
	return cut(Escape(string(d)), maxShortName)
}

// senders shows what becomes of the mail of each kind of sender, and below it why, where
// it is not as it should be.
func (p *probed) senders() {
	all := p.r.Verdicts
	if len(all) == 0 {
		return
	}
	p.blank()
	p.item(bold, "SENDERS", inputIndent+1, "what happens to their mail, as far as seen from here and without MAIL")
	if v := allAlike(all); v != nil {
		why := v.Why
		if why != "" {
			why = ": " + why + p.decided(v.Rules)
		}
		p.bounded(plain, "", 1, "every kind: "+strings.Replace(deliveryName(v.Result), ": ", ", ", 1)+why, maxVerdictLines)
		return
	}
	shown := all[:min(len(all), MaxSendersShown)]
	rows := p.senderRows(shown)
	var wide [2]int
	for i := range rows {
		wide[0], wide[1] = max(wide[0], width(rows[i].result)), max(wide[1], width(rows[i].host))
	}
	for i := range rows {
		row := &rows[i]
		who := strings.Join(row.who, ", ")
		if p.width < minTable || wide[0]+wide[1] > p.width/2 {
			p.bounded(plain, " -", gridIndent, strings.TrimSpace(row.result+" "+row.host)+": "+who, maxVerdictLines)
			continue
		}
		label, indent := " "+padded(row.result, wide[0]+2), wide[0]+3
		if wide[1] > 0 {
			label, indent = label+row.host, indent+wide[1]+2
		}
		p.bounded(plain, strings.TrimRight(label, " "), indent, who, maxVerdictLines)
	}
	if more := len(all) - len(shown); more > 0 {
		p.item(plain, "", 1, fmt.Sprintf("and %d more (--json shows all)", more))
	}
	p.reasons(shown)
}

// senderRow is the kinds of senders whose mail has one end.
type senderRow struct {
	result, host string
	who          []string
}

// senderRows puts the kinds together whose mail goes the same way.
func (p *probed) senderRows(all []report.Verdict) []senderRow {
	var rows []senderRow
	for i := range all {
		v := &all[i]
		row := senderRow{result: deliveryName(v.Result)}
		if v.Host != "" {
			row.host = cutDomain(Escape(cmp.Or(p.short[v.Host], v.Host)), p.width/2)
		}
		k := slices.IndexFunc(rows, func(r senderRow) bool { return r.result == row.result && r.host == row.host })
		if k < 0 {
			k, rows = len(rows), append(rows, row)
		}
		rows[k].who = append(rows[k].who, strings.ReplaceAll(p.senderName(v.Sender), " ", noBreak))
	}
	return rows
}

// padded is s with blanks up to so many columns.
func padded(s string, columns int) string { return s + strings.Repeat(" ", max(0, columns-width(s))) }

// allAlike is the verdict that all kinds of senders have: where nobody's mail arrives, a
// table says the same in each row. Nil when they differ, or mail arrives.
func allAlike(all []report.Verdict) *report.Verdict {
	v := &all[0]
	for i := range all {
		if o := &all[i]; o.Result != v.Result || o.Why != v.Why || o.Host != "" {
			return nil
		}
	}
	return v
}

// reasons says why mail is not delivered with TLS, each reason once.
func (p *probed) reasons(all []report.Verdict) {
	var whys []string
	who, decide := map[string][]string{}, map[string]string{}
	for i := range all {
		v := &all[i]
		if v.Result == report.DeliveredVerified || v.Result == report.DeliveredEncrypted || v.Sender == report.SenderNoTLS && v.Result == report.DeliveredClear || v.Why == "" {
			continue
		}
		why := strings.TrimPrefix(v.Why, "no policy: ") // The table says so.
		if who[why] == nil {
			whys = append(whys, why)
		}
		who[why] = append(who[why], p.kind(v.Sender))
		decide[why] = p.decided(v.Rules)
	}
	for _, why := range whys {
		p.bounded(plain, " -", gridIndent, p.kinds(who[why], all)+": "+why+decide[why], maxVerdictLines)
	}
}

// kind is the name of a kind of senders in a sentence.
func (p *probed) kind(s report.Sender) string {
	if name, ok := senderNames[s]; ok {
		return name
	}
	return p.senderName(s)
}

// kinds names kinds of senders, or those that are left where it is most of them.
func (p *probed) kinds(names []string, all []report.Verdict) string {
	var others []string
	for i := range all {
		if name := p.kind(all[i].Sender); !slices.Contains(names, name) {
			others = append(others, name)
		}
	}
	switch {
	case len(names) < 3 || len(others) >= len(names):
		return strings.Join(names, ", ")
	case len(others) == 0:
		return "all"
	}
	return "all but " + enumerate(others)
}

// decided names the rules that decide, behind the reason.
func (p *probed) decided(rules []string) string {
	if len(rules) == 0 {
		return ""
	}
	var ids []string
	for _, id := range rules[:min(len(rules), MaxRulesTold)] {
		ids = append(ids, cut(Escape(id), p.width))
	}
	if more := len(rules) - len(ids); more > 0 {
		ids = append(ids, fmt.Sprintf("%d more", more))
	}
	return " [" + strings.Join(ids, ", ") + "]"
}

// experience is the first sentences of the answer: what becomes of mail, by the verdicts.
// Where that is not known, or no server answers, the servers tell more.
func (p *probed) experience() string {
	if p.upto(func(s *server) bool { return s.takes > 0 }) == 0 {
		return ""
	}
	text := ""
	switch p.result(report.SenderOpportunistic) {
	case report.DeliveredVerified, report.DeliveredEncrypted:
		text = "Mail arrives, encrypted"
	case report.DeliveredClear:
		text = "Mail arrives in clear text"
	case report.DeliveryDeferred:
		text = "Mail does not arrive: it waits at the senders"
	case report.DeliveryBounced:
		text = "Mail does not arrive: it comes back to its senders"
	default:
		return ""
	}
	if !p.arrives(report.SenderOpportunistic) {
		return text + ". "
	}
	var waits, open []string
	for _, s := range [...]report.Sender{report.SenderMTASTS, report.SenderDANE} {
		switch p.result(s) {
		case report.DeliveryDeferred, report.DeliveryBounced:
			waits = append(waits, senderNames[s])
		case report.DeliveryUndecided:
			open = append(open, senderNames[s])
		}
	}
	if len(waits) > 0 {
		text += ", but not from senders that honour " + enumerate(waits) + ": they keep it waiting"
	}
	if len(open) > 0 && p.unseenPolicies() == "" {
		text += "; of senders that honour " + enumerate(open) + " it is not known"
	}
	return text + ". "
}

func (p *probed) result(s report.Sender) report.Delivery {
	i := slices.IndexFunc(p.r.Verdicts, func(v report.Verdict) bool { return v.Sender == s })
	if i < 0 {
		return ""
	}
	return p.r.Verdicts[i].Result
}

func (p *probed) arrives(s report.Sender) bool {
	d := p.result(s)
	return d == report.DeliveredVerified || d == report.DeliveredEncrypted || d == report.DeliveredClear
}

// unseenPolicies names the policies that were not looked at.
func (p *probed) unseenPolicies() string {
	var unseen []string
	if p.r.Policies.MTASTS == nil {
		unseen = append(unseen, "MTA-STS")
	}
	if len(p.r.Policies.DANE) == 0 {
		unseen = append(unseen, "DANE")
	}
	return enumerate(unseen)
}

// unseenDuty says that it is not known who has to check certificates.
func (p *probed) unseenDuty() string {
	unseen := p.unseenPolicies()
	if unseen == "" {
		return ""
	}
	return ". Whether they have to (" + strings.ReplaceAll(unseen, " and", ",") + ") was not looked at"
}
