package probe

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
	"mailtrace/report"
)

// What a report on a message names, that can be followed. Nothing here asks anybody.

// Words of a hop in a report. They are constants of package received, which reads what
// strangers wrote and has no business here.
const (
	certain     = "certain" // Of a boundary: the user, or more than one sign, says so.
	impliesAuth = "auth"    // The peer signed in.
	impliesTLS  = "tls"     // The session was encrypted.
)

// follows takes from a report what can be followed.
func follows(r *report.Report, now time.Time) *followed {
	f := &followed{old: true}
	private := auth.RecipientsOf(r)
	f.takeBorder(r)
	if h := r.Path.Handover; h != nil && h.Time != nil {
		f.at = *h.Time
		f.old = now.Sub(*h.Time) > recently
	}
	f.takeKeys(r, private)
	if f.hop != nil && !f.peer.IsPrivate() && !f.peer.IsLoopback() {
		f.takePeer(private)
	}
	return f
}

// takeKeys takes the keys that signatures name, as far as mailtrace read them.
func (f *followed) takeKeys(r *report.Report, private auth.Recipients) {
	for i := range r.Auth {
		a := &r.Auth[i]
		d := domain.ASCII(a.Domain)
		if a.By != report.ByUs || a.Method != "dkim" || a.Selector == "" || d == "" {
			continue
		}
		name := domain.ASCII(a.Selector + "._domainkey." + d)
		if name == "" || slices.ContainsFunc(f.keys, func(k *followedKey) bool { return k.name == name }) {
			continue
		}
		if len(f.keys) == maxFollowedKeys {
			f.more = true
			return
		}
		f.keys = append(f.keys, &followedKey{domain: d, selector: strings.ToLower(a.Selector), name: name, withheld: private.In(name)})
	}
}

// takeBorder takes the host of the recipient's side that took the message from outside.
func (f *followed) takeBorder(r *report.Report) {
	b, h := r.Path.Boundary, r.Path.Handover
	if b == nil || h == nil {
		f.unknown = "which host of the recipient took the message is not known (--own tells it)"
		return
	}
	i := slices.IndexFunc(r.Path.Hops, func(hop report.Hop) bool { return hop.Number == h.Hop })
	switch {
	case i < 0 || r.Path.Hops[i].Standing != report.Observed:
		f.unknown = "which host took the message is the word of whoever attached it"
		return
	case !h.Address.IsValid() || h.User != "" || slices.Contains(r.Path.Hops[i].Implies, impliesAuth):
		f.unknown = "no server of others handed the message over: a user signed in, or it was written on the recipient's side"
		return
	}
	hop := &r.Path.Hops[i]
	name, err := domainName(hop.By.Name)
	if err != nil || !strings.Contains(name, ".") || numeric(name) || insideOnly(name) != "" {
		f.unknown = "the host that took the message calls itself " + clipped(quoted(hop.By.Name), maxNameShown) + ", which is no name that others know"
		return
	}
	f.hop, f.border, f.peer = hop, name, h.Address.Unmap().WithZone("")
	f.recipient = recipientDomain(r, hop)
	f.certain = b.Confidence == certain && slices.ContainsFunc(r.DecidedOn.Settings, func(s report.Setting) bool {
		return s.Name == "own" || s.Name == "authserv-id"
	})
}

// maxNameShown bounds a name that a message holds, in a sentence.
const maxNameShown = 100

// recipientDomain is the domain for which the recipient's side says that it took the
// message: the line of the border, else another one of that side; "" where none says it.
func recipientDomain(r *report.Report, border *report.Hop) string {
	for _, address := range border.For {
		if d := afterAt(address); d != "" {
			return d
		}
	}
	for i := range r.Envelope.Addresses {
		a := &r.Envelope.Addresses[i]
		if a.Standing != report.Observed || a.Role == report.EnvelopeReturnPath || a.Role == report.EnvelopeFrom {
			continue
		}
		if d := afterAt(a.Address); d != "" {
			return d
		}
	}
	return ""
}

// afterAt is the domain of an address, or "".
func afterAt(address string) string {
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return ""
	}
	d, err := domainName(address[i+1:])
	if err != nil || !strings.Contains(d, ".") || numeric(d) || insideOnly(d) != "" {
		return ""
	}
	return d
}

// takePeer takes the names of the host that handed the message over, for the DNS alone.
func (f *followed) takePeer(private auth.Recipients) {
	for _, n := range []followedName{{what: "PTR", name: f.hop.From.RDNS}, {what: "HELO", name: f.hop.From.HELO}} {
		n.name = domain.ASCII(n.name)
		if n.name == "" || !strings.Contains(n.name, ".") || numeric(n.name) || insideOnly(n.name) != "" ||
			slices.ContainsFunc(f.of, func(o *followedName) bool { return o.name == n.name }) {
			continue
		}
		n.withheld = private.In(n.name)
		f.of = append(f.of, &n)
	}
}

func byQuestion(a, b report.DNS) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type))
}

func sameAnswer(a, b *report.DNS) bool {
	return a.Name == b.Name && a.Type == b.Type && a.Status == b.Status && a.Cause == b.Cause && slices.Equal(a.Answers, b.Answers)
}

// joined is two lists with ", " between their entries, as one.
func joined(a, b string) string {
	var all []string
	for _, list := range []string{a, b} {
		if list != "" {
			all = append(all, strings.Split(list, ", ")...)
		}
	}
	return unique(all)
}
