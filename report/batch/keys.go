package batch

import (
	"slices"
	"strings"

	"mailtrace/report"
)

// Bounds on what is taken from one report to group it by.
const (
	MaxKeysOfOne = 24  // Keys; the first of each kind come first.
	MaxOfOneKind = 6   // Keys of one kind.
	MaxKey       = 500 // Bytes of a key; a longer one is left out.
	MaxDialects  = 6   // Hops whose dialects are one key.
)

// Sharing is what messages can share.
type Sharing string

const (
	ShareAccount  Sharing = "account"            // A key by which an operator finds the customer: report.Account.
	ShareNetwork  Sharing = "handover network"   // The /24 or /48 of the peer that handed the message over.
	ShareDKIM     Sharing = "DKIM domain"        // Organisation that signed. (The selector is not in a report.)
	ShareGrammar  Sharing = "Message-ID grammar" // See grammar.
	ShareDialects Sharing = "dialects"           // Of the lines of the sender's side, the oldest first.
	ShareFrom     Sharing = "From"               // Organisation that shows as the sender.
	ShareList     Sharing = "mailing list"       // List-Id.
)

// strength is what it takes for messages that share a key to be a group.
type strength uint8

const (
	describes strength = iota // Makes no group, and is told of one.
	weak                      // Two of them make a group.
	strong                    // Makes a group.
)

// fact is one key of a report.
type fact struct {
	sharing  Sharing
	strength strength
	what     string // What an account key is.
	value    string
}

// facts appends to all, which is empty, the keys of a report that was handed over from
// the pool of provider, or from none.
func facts(all []fact, r *report.Report, provider string) []fact {
	add := func(f fact) {
		if f.value == "" || len(f.value)+len(f.what) > MaxKey || len(all) == MaxKeysOfOne || slices.Contains(all, f) {
			return
		}
		of := 0
		for i := range all {
			if all[i].sharing == f.sharing {
				of++
			}
		}
		if of < MaxOfOneKind {
			all = append(all, f)
		}
	}
	for i := range r.Accounts {
		if a := &r.Accounts[i]; a.Standing != report.Fictitious && a.Standing != report.Inconsistent {
			add(fact{ShareAccount, accountStrength(a), a.What, a.Key})
		}
	}
	if h := r.Path.Handover; h != nil && provider == "" && public(h.Address) {
		if network := networkOf(h.Address); network.IsValid() {
			add(fact{ShareNetwork, strong, "", network.String()})
		}
	}
	for i := range r.Identities {
		switch d := &r.Identities[i]; d.Role {
		case report.IdentityDKIM:
			add(dkimFact(r, d))
		case report.IdentityFrom:
			add(fact{ShareFrom, describes, "", d.Organisation})
		case report.IdentityList:
			add(fact{ShareList, describes, "", d.Domain})
		}
	}
	// How a large provider's own programs write is the same for all its customers.
	writing := weak
	if provider != "" {
		writing = describes
	}
	if g := grammar(r.Message.MessageID); g != "" && !commonGrammars()[g] {
		add(fact{ShareGrammar, writing, "", g})
	}
	add(fact{ShareDialects, writing, "", dialects(r)})
	return all
}

// accountStrength tells the keys that hold by themselves from those that are the
// same on many hosts: user 33 is the web server on every Debian.
func accountStrength(a *report.Account) strength {
	host := strings.Contains(a.What, ".") || strings.ContainsAny(a.Key, "@./")
	switch {
	case strings.HasPrefix(a.What, "PHP script") && !strings.Contains(a.Key, "/"),
		strings.HasPrefix(a.What, "program of the web server"): // A common program has a common name.
		return weak
	case strings.HasPrefix(a.What, "Unix user"), strings.HasPrefix(a.What, "the account that"):
		if !host || strings.Contains(a.What, " localhost") {
			return weak
		}
	}
	return strong
}

// dkimFact is the domain of a signature. It is a claim until somebody whose word
// counts has verified it, and then it is worth little: two who write the same domain
// into their mail need not know each other.
func dkimFact(r *report.Report, d *report.Identity) fact {
	f := fact{sharing: ShareDKIM, strength: weak, value: d.Organisation}
	switch provider, tenant := table().ofName(d.Domain); {
	case provider != "" && !tenant:
		return fact{}
	case tenant, f.value == "":
		f.value = d.Domain
	}
	for i := range r.Auth {
		a := &r.Auth[i]
		if a.Method != "dkim" || a.By != report.ByUs && a.By != report.ByRecipient || !strings.EqualFold(a.Domain, d.Domain) {
			continue
		}
		if a.Status == "pass" {
			f.strength = strong
			return f
		}
		f.strength = describes
	}
	return f
}

// dialects is how the lines of the sender's side are written. Who forges lines with
// one program forges them in one way, so those that are disproved count.
func dialects(r *report.Report) string {
	if r.Path.Boundary == nil {
		return ""
	}
	var names []string
	known := false
	for i := range r.Path.Hops {
		h := &r.Path.Hops[i]
		if h.Number >= r.Path.Boundary.Hop || len(names) == MaxDialects {
			break
		}
		names = append(names, h.Dialect)
		known = known || h.Dialect != "unknown" && h.Dialect != "generic"
	}
	if !known && len(names) < 2 {
		return ""
	}
	return strings.Join(names, " > ")
}
