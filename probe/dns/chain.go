package dns

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// link is the end of the way from the root to a name: the zone that the name is in, and
// its keys. It is not changed once it was made.
type link struct {
	worth        // Insecure: there is no way, and that is proven. Bogus, Unverified: see why.
	zone  string // The deepest that is signed. The rest is there for SecureYes.
	keys  []*dns.DNSKEY
	none  bool // There is no such name, and so none below it.

	kept   time.Time // Until then.
	passed bool      // It says nothing of the name: who asked gave up.
}

// chain gives the link of a name. One that several want is made once.
func (w *validation) chain(ctx context.Context, name string) *link {
	for {
		l, wait := w.begin(name)
		switch {
		case l != nil:
			return l
		case wait == nil:
			return w.make(ctx, name)
		}
		select {
		case <-wait: // Who made it may have given up; then it is our turn.
		case <-ctx.Done():
			return unknown("the keys of "+spell(name), question{name, 0}.gone(ctx))
		}
	}
}

// begin gives what is kept, or what to wait for; with neither, it is on the caller to make
// it.
func (w *validation) begin(name string) (*link, chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l := w.links[name]; l != nil && w.now().Before(l.kept) {
		return l, nil
	}
	wait := w.making[name]
	if wait == nil {
		if w.making == nil {
			w.making = map[string]chan struct{}{}
		}
		w.making[name] = make(chan struct{})
	}
	return nil, wait
}

func (w *validation) make(ctx context.Context, name string) (l *link) {
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if l != nil && !l.passed {
			if w.links == nil || len(w.links) >= maxLinks {
				w.links = map[string]*link{}
			}
			w.links[name] = l
		}
		close(w.making[name])
		delete(w.making, name)
	}()
	if name == "" {
		return w.hold(w.root(ctx))
	}
	above, _ := parent(name)
	up := w.chain(ctx, above)
	if up.secure != SecureYes || up.none {
		return up
	}
	return w.hold(w.cut(ctx, up, name))
}

// hold says until when a link is kept.
func (w *validation) hold(l *link) *link {
	ttl := min(max(l.ttl, minTTL), maxTTL)
	if l.secure == Bogus || l.secure == Unverified {
		ttl = failureTTL
	}
	until := w.now().Add(ttl)
	if l.kept.IsZero() || until.Before(l.kept) {
		l.kept = until
	}
	return l
}

// unknown is a link of which nothing could be found out.
func unknown(what string, fail *Error) *link {
	why := fmt.Sprintf("%s: %s", what, fail.Cause)
	if fail.Err != nil && fail.Cause != Canceled && fail.Cause != Timeout {
		why += ", " + fail.Err.Error()
	}
	passed := fail.Cause == Canceled || fail.Cause == OverLimit || errors.Is(fail.Err, context.DeadlineExceeded)
	return &link{worth: worth{secure: Unverified, why: why}, passed: passed}
}

// root begins with the anchors.
func (w *validation) root(ctx context.Context) *link {
	anchors := w.Anchors
	if anchors == nil {
		anchors = rootAnchors
	}
	var ds []*dns.DS
	for _, a := range anchors {
		ds = append(ds, &dns.DS{KeyTag: a.KeyTag, Algorithm: a.Algorithm, DigestType: a.Digest, Digest: a.Data})
	}
	return w.zoneKeys(ctx, "", ds, maxTTL)
}

// cut finds out whether there is a zone at a name right below one whose zone is known: a
// DS record is there, or it is proven that there is none (RFC 4035 section 5.2).
func (w *validation) cut(ctx context.Context, up *link, name string) *link {
	p, fail := w.ask(ctx, question{name, Type(dns.TypeDS)})
	if fail != nil {
		return unknown("the DS records of "+spell(name), fail)
	}
	if s := p.answer[setKey{name, dns.TypeDS}]; s != nil {
		got, sig := w.verify(s, up)
		if got.secure == SecureYes && expanded(name, sig) {
			got = bogus("%s is made of a wildcard", s)
		}
		if got.secure != SecureYes {
			return &link{worth: got}
		}
		var ds []*dns.DS
		for _, rr := range s.records {
			ds = append(ds, rr.(*dns.DS))
		}
		return w.zoneKeys(ctx, name, ds, got.ttl)
	}
	inside := *up // It is a name as others of the zone.
	if s := p.answer[setKey{name, dns.TypeCNAME}]; s != nil {
		if target, err := canonical(s.records[0].(*dns.CNAME).Target); err == nil && len(s.signatures) == 0 {
			s = cmp.Or(p.synthesized(name, target), s)
		}
		got, sig := w.verify(s, up)
		if got.secure == SecureYes && expanded(s.name, sig) {
			// Without that, a wildcard would hide every zone below this one.
			got = both(got, w.noCloser(p, up, s.name, int(sig.Labels)))
		}
		if got.secure != SecureYes {
			return &link{worth: got}
		}
		inside.ttl = got.ttl
		return &inside
	}
	got := w.absent(p, up, name, dns.TypeDS)
	switch {
	case got.secure == Bogus:
		got.why = fmt.Sprintf("whether %s is signed is not proven: %s", spell(name), got.why)
		return &link{worth: got}
	case got.secure == Insecure:
		return &link{worth: got}
	case got.delegated:
		return &link{worth: worth{secure: Insecure, why: "the zone " + spell(name) + " is not signed", ttl: got.ttl}}
	}
	inside.ttl, inside.none = got.ttl, p.nxdomain
	return &inside
}

// zoneKeys fetches the keys of a zone: those that DS records name sign the others.
func (w *validation) zoneKeys(ctx context.Context, zone string, ds []*dns.DS, ttl time.Duration) *link {
	ds = usableDS(ds)
	if len(ds) == 0 {
		return &link{worth: worth{secure: Insecure, ttl: ttl, why: "the zone " + spell(zone) + " is signed in ways that are not known here"}}
	}
	p, fail := w.ask(ctx, question{zone, Type(dns.TypeDNSKEY)})
	if fail != nil {
		return unknown("the keys of "+spell(zone), fail)
	}
	s := p.answer[setKey{zone, dns.TypeDNSKEY}]
	switch {
	case zone == "" && (s == nil || len(s.signatures) == 0):
		// Whoever lets no signature through, of the root neither, lets nobody validate.
		return &link{worth: worth{secure: Unverified, why: "the resolver " + p.server.String() + " gives no signatures, so that nothing can be validated"}}
	case s == nil:
		return &link{worth: bogus("the zone %s has no keys, and DS records name some", spell(zone))}
	}
	var all, named []*dns.DNSKEY
	for _, rr := range s.records[:min(len(s.records), maxKeys)] {
		k := rr.(*dns.DNSKEY)
		if k.Flags&dns.ZONE == 0 || k.Flags&dns.REVOKE != 0 || k.Protocol != 3 || !slices.Contains(algorithms, k.Algorithm) {
			continue
		}
		all = append(all, k)
		if slices.ContainsFunc(ds, func(d *dns.DS) bool { return names(d, k) }) {
			named = append(named, k)
		}
	}
	if len(named) == 0 {
		if zone == "" {
			return &link{worth: bogus("none of the keys of the root is one that is trusted here")}
		}
		return &link{worth: bogus("none of the keys of %s is one that its DS records name", spell(zone))}
	}
	got, _ := w.verify(s, &link{zone: zone, keys: named})
	got.ttl = min(ttl, got.ttl)
	if got.secure != SecureYes {
		return &link{worth: got}
	}
	return &link{worth: got, zone: zone, keys: all}
}

// usableDS are those whose algorithm and digest are known; SHA-1 counts where there is
// nothing better (RFC 4509 section 3).
func usableDS(ds []*dns.DS) []*dns.DS {
	usable := slices.DeleteFunc(slices.Clone(ds), func(d *dns.DS) bool {
		return !slices.Contains(algorithms, d.Algorithm) || !slices.Contains(digests, d.DigestType)
	})
	better := slices.DeleteFunc(slices.Clone(usable), func(d *dns.DS) bool { return d.DigestType == dns.SHA1 })
	if len(better) > 0 {
		usable = better
	}
	return usable[:min(len(usable), maxDigests)] // Whoever is on the path can put those first that are not known.
}

// names says whether a DS record is of a key.
func names(d *dns.DS, k *dns.DNSKEY) bool {
	if d.KeyTag != k.KeyTag() || d.Algorithm != k.Algorithm {
		return false
	}
	made := k.ToDS(d.DigestType)
	if made == nil {
		return false
	}
	_, err := hex.DecodeString(d.Digest)
	return err == nil && strings.EqualFold(made.Digest, d.Digest)
}
