package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// dkimSight is what was seen of DKIM: keys at names that were tried.
type dkimSight struct {
	domain   string
	usual    bool   // No selector is known: usual names were tried.
	root     lookup // Of _domainkey and the domain, where usual names were to be tried.
	unlikely lookup // Of a name that nobody uses; not asked where the root does not exist.
	tried    []*dkimKey
	why      string // Of a fault of ours.
}

// dkimKey is what stands at one selector.
type dkimKey struct {
	selector, domain string
	source           dkimSource
	lookup
	records []*auth.Key // All, up to auth.MaxKeyRecords.
	key     *auth.Key   // The one that is judged; nil for none.
	why     string      // Of a fault of ours.
}

// dkimSource says where a selector is from.
type dkimSource string

const (
	dkimGiven dkimSource = "given" // The user named it.
	dkimMail  dkimSource = "mail"  // A mail was signed with it.
	dkimUsual dkimSource = "list"  // Many have it.
)

// ofSenders says whether it makes sense to ask what the domain says of the mail that it
// sends: there is such a domain, and it was what the user named.
func (s *servers) ofSenders() bool {
	return s.domain != "" && s.way != wayNamed && (s.mx.answer == nil || s.mx.answer.Status != dns.NXDomain)
}

func lookAtDKIM(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	if !s.ofSenders() {
		return nil
	}
	d := &dkimSight{domain: s.domain}
	wait := inBackground(func() { d.look(ctx, asks, p.Selectors) })
	return func(r *report.Report) {
		d.why = wait()
		s.dkim = d
		r.Policies.DKIM = d.report()
	}
}

// look tries the selectors that are known, or the usual ones.
func (d *dkimSight) look(ctx context.Context, asks dns.Resolver, known []Selector) {
	for _, k := range known {
		source := dkimGiven
		if k.Mail {
			source = dkimMail
		}
		d.add(k.Name, k.Domain, source)
	}
	if d.usual = len(d.tried) == 0; d.usual {
		// Where a name does not exist, nothing below it does (RFC 8020 section 2). "Warning: if
		// there is a chain of CNAME (or DNAME), the name that does not exist is the last of the
		// chain": it proves nothing of this one.
		d.root = ask(ctx, asks, keyLabel[1:]+"."+d.domain, dns.TXT)
		if d.root.err != nil || d.pruned() {
			return
		}
		d.unlikely = ask(ctx, asks, unlikelySelector+keyLabel+"."+d.domain, dns.TXT)
		for _, name := range usualSelectors[:min(len(usualSelectors), MaxSelectors)] {
			d.add(name, "", dkimUsual)
		}
	}
	var wg sync.WaitGroup
	for _, k := range d.tried {
		wg.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					k.why = failedHere(v)
				}
			}()
			k.look(ctx, asks, d.unlikely.answer)
		})
	}
	wg.Wait()
	if d.maybeEverywhere() {
		for _, k := range d.tried {
			if k.key != nil {
				k.key, k.records, k.why = nil, nil, "whether every name has such a record is not known: "+inWords(d.unlikely.err)
			}
		}
	}
}

// maybeEverywhere says that any name may have a record, so that those that were found tell
// nothing: about the one that nobody uses there was no answer, and no other is without one.
func (d *dkimSight) maybeEverywhere() bool {
	return d.unlikely.err != nil && !slices.ContainsFunc(d.tried, func(k *dkimKey) bool { return k.answer != nil && len(k.answer.Records) == 0 })
}

// pruned says that there can be no key: the name above all of them does not exist.
func (d *dkimSight) pruned() bool {
	a := d.root.answer
	return a != nil && a.Status == dns.NXDomain && len(a.Alias) == 0
}

// add is one more name to be tried.
func (d *dkimSight) add(selector, of string, source dkimSource) {
	if of == "" {
		of = d.domain
	}
	if ascii := selectorName(selector); ascii != "" {
		selector = ascii
	}
	if ascii := domain.ASCII(of); ascii != "" {
		of = ascii
	}
	have := slices.ContainsFunc(d.tried, func(k *dkimKey) bool { return k.selector == selector && k.domain == of })
	if !have && len(d.tried) < MaxSelectors {
		d.tried = append(d.tried, &dkimKey{selector: selector, domain: of, source: source})
	}
}

// look asks for the key. everywhere is what any name has, nil for nothing.
func (k *dkimKey) look(ctx context.Context, asks dns.Resolver, everywhere *dns.Answer) {
	k.lookup = ask(ctx, asks, k.selector+keyLabel+"."+k.domain, dns.TXT)
	if k.answer == nil || len(k.answer.Records) == 0 {
		return
	}
	if k.source == dkimUsual && everywhere != nil && sameTexts(k.answer, everywhere) {
		return // It says nothing of this name.
	}
	for _, r := range k.answer.Records[:min(len(k.answer.Records), auth.MaxKeyRecords)] {
		key := auth.ParseKey(k.answer.Name, r.Text)
		if k.source == dkimUsual && !strings.Contains(key.Text, "p=") && !strings.HasPrefix(key.Text, "v=DKIM1") {
			continue // Something else that stands at every name.
		}
		k.records = append(k.records, key)
	}
	for _, better := range [...]func(*auth.Key) bool{
		func(key *auth.Key) bool { return key.Fault == "" && !key.Revoked },
		func(key *auth.Key) bool { return key.Revoked },
		func(*auth.Key) bool { return true },
	} {
		if i := slices.IndexFunc(k.records, better); i >= 0 {
			k.key = k.records[i]
			return
		}
	}
}

// sameTexts says whether two answers have the same TXT records.
func sameTexts(a, b *dns.Answer) bool {
	texts := func(a *dns.Answer) []string {
		all := make([]string, len(a.Records))
		for i := range a.Records {
			all[i] = string(a.Records[i].Text)
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(texts(a), texts(b))
}

// status says what a receiver makes of the selector.
func (k *dkimKey) status() (report.PolicyStatus, string) {
	switch {
	case k.why != "":
		return report.PolicyUnknown, k.why
	case k.err != nil:
		return report.PolicyUnknown, inWords(k.err)
	case k.key == nil:
		return report.PolicyNone, ""
	case k.key.Revoked:
		return report.PolicyInvalid, "it is revoked: p= is empty"
	case k.key.Fault != "":
		return report.PolicyInvalid, "the record " + k.key.Fault
	case !k.forMail():
		return report.PolicyInvalid, "it is not for mail"
	case k.sha1Only():
		return report.PolicyInvalid, "it allows SHA-1 alone, which nobody may use any more"
	case k.key.Type == "rsa" && k.key.Bits < auth.MinKeyBits:
		return report.PolicyInvalid, fmt.Sprintf("RSA of %d bits is too short to count", k.key.Bits)
	}
	return report.PolicyFound, ""
}

// forMail says whether signatures of mail may use the key (RFC 6376 section 3.6.1, s=).
func (k *dkimKey) forMail() bool {
	return k.key.Services == nil || slices.Contains(k.key.Services, "*") || slices.Contains(k.key.Services, "email")
}

// sha1Only says that the key allows a hash that must not be used, and not the one that must
// (RFC 8301 section 3.1).
func (k *dkimKey) sha1Only() bool {
	return slices.Contains(k.key.Hashes, "sha1") && !slices.Contains(k.key.Hashes, "sha256")
}

// there are the keys that can be judged.
func (d *dkimSight) there() []*dkimKey {
	if d == nil {
		return nil
	}
	var all []*dkimKey
	for _, k := range d.tried {
		if k.key != nil {
			all = append(all, k)
		}
	}
	return all
}

// sound are the keys that have nothing wrong that ends it: their properties can be judged.
func (d *dkimSight) sound() []*dkimKey {
	return slices.DeleteFunc(d.there(), func(k *dkimKey) bool { return k.key.Fault != "" || k.key.Revoked })
}
