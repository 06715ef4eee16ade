package probe

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

const (
	maxTargets       = 2 * auth.MaxDMARCURIs // That are told of.
	maxTargetsAsked  = 10                    // Domains that are asked whether they agreed.
	reportPermission = "._report._dmarc."    // RFC 7489 section 7.1.
)

// dmarcTarget is an address that reports shall go to.
type dmarcTarget struct {
	tag, uri string
	domain   string // Of it; "" where it cannot be read.
	mail     bool   // A mailbox: receivers report by mail alone.
	inside   bool   // Of the same organisation: it need not agree.
	beyond   bool   // Not asked, there are too many.
	lookup
}

// lookForTargets asks the domains that reports shall go to whether they agreed. The name that
// is asked for is made of the domain whose record it is (RFC 7489 section 7.1).
func (d *dmarcSight) lookForTargets(ctx context.Context, asks dns.Resolver) {
	record, at := d.effective()
	if record == nil {
		return
	}
	for _, list := range [...]struct {
		tag  string
		uris []auth.DMARCURI
	}{{"rua", record.RUA}, {"ruf", record.RUF}} {
		for _, u := range list.uris {
			if len(d.targets) < maxTargets {
				d.targets = append(d.targets, newTarget(list.tag, u.URI))
			}
		}
	}
	asked := map[string][]*dmarcTarget{}
	for _, t := range d.targets {
		t.inside = d.ours(t.domain) || t.domain == d.own.RFC9989.Organisation
		switch _, known := asked[t.domain]; {
		case !t.mail || t.domain == "" || t.inside:
		case known || len(asked) < maxTargetsAsked:
			asked[t.domain] = append(asked[t.domain], t)
		default:
			t.beyond = true
		}
	}
	var wg sync.WaitGroup
	for to, targets := range asked {
		wg.Go(func() {
			l := ask(ctx, asks, at+reportPermission+to, dns.TXT)
			for _, t := range targets {
				t.lookup = l
			}
		})
	}
	wg.Wait()
}

// newTarget reads an address.
func newTarget(tag, uri string) *dmarcTarget {
	t := &dmarcTarget{tag: tag, uri: uri}
	scheme, rest, _ := strings.Cut(uri, ":")
	if t.mail = strings.EqualFold(scheme, "mailto"); t.mail {
		rest, _, _ = strings.Cut(rest, "?")
		if local, host, ok := cutLast(rest, "@"); ok && local != "" {
			t.domain = domain.ASCII(host)
		}
	} else if u, err := url.Parse(uri); err == nil {
		t.domain = domain.ASCII(u.Hostname())
	}
	return t
}

// authorised says whether reports may go there; nil where that is not known.
func (t *dmarcTarget) authorised() (*bool, string) {
	yes, no := true, false
	switch {
	case !t.mail:
		return nil, "receivers send reports by mail alone"
	case t.domain == "":
		return nil, "there is no domain in it"
	case t.inside:
		return &yes, ""
	case t.beyond:
		return nil, "it was not asked: there are too many"
	case t.err != nil:
		return nil, inWords(t.err)
	case t.answer == nil:
		return nil, "it was not asked"
	}
	for _, r := range t.answer.Records {
		if auth.ParseDMARC(string(r.Text)) != nil {
			return &yes, ""
		}
	}
	return &no, "there is no record at " + t.answer.Name
}

func (t *dmarcTarget) report() report.DMARCTarget {
	r := report.DMARCTarget{Tag: t.tag, URI: clipped(t.uri, maxRecord), Domain: t.domain}
	r.Authorised, r.Why = t.authorised()
	return r
}
