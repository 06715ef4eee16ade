package probe

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// timeToMatch bounds how long certificates of one report are matched against TLSA records;
// it is looked at before each. Honest ones take a millisecond.
const timeToMatch = 5 * time.Second

// daneSeen is how one certificate of an endpoint does by the records.
type daneSeen struct {
	place
	at     int      // Which of its certificates.
	chain  [][]byte // As it was sent.
	failed string   // Why it could not be matched; "" where it was.
	daneResult
}

// matchDANE holds what the servers sent against the records. The visits are those of all
// endpoints, in the order of the report.
func (s *subject) matchDANE(visits []visited) {
	began := time.Now()
	for i := range s.hosts {
		n := len(s.hosts[i].Endpoints)
		own := visits[:n]
		visits = visits[n:]
		for _, d := range s.dane {
			if d.host != &s.servers.hosts[i] || len(d.tlsa) == 0 {
				continue
			}
			for k := range own {
				p := place{&s.hosts[i], &s.hosts[i].Endpoints[k]}
				if p.Port != int(d.port) {
					continue
				}
				for at := range min(len(own[k].chains), len(p.Certificates)) {
					d.seen = append(d.seen, s.matchOne(d, daneSeen{place: p, at: at, chain: own[k].chains[at]}, began))
				}
			}
		}
	}
}

// matchOne matches one chain, unless the same one was matched at another address.
func (s *subject) matchOne(d *daneSight, seen daneSeen, began time.Time) (matched daneSeen) {
	for i := range d.seen {
		if slices.EqualFunc(d.seen[i].chain, seen.chain, bytes.Equal) {
			seen.daneResult, seen.failed = d.seen[i].daneResult, d.seen[i].failed
			return seen
		}
	}
	if time.Since(began) > timeToMatch {
		seen.failed = "matching took too long, and was given up"
		return seen
	}
	defer func() {
		if v := recover(); v != nil {
			matched = seen
			matched.failed = fmt.Sprintf("matching failed: %v", v)
		}
	}()
	sent := make([]*x509.Certificate, 0, len(seen.chain))
	for _, der := range seen.chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			seen.failed = "a certificate that was sent cannot be read: " + err.Error()
			return seen
		}
		sent = append(sent, c)
	}
	seen.daneResult = daneVerify(d.records(), sent, s.daneNames(d), s.now)
	if c := &seen.Certificates[seen.at]; seen.outcome != daneMatch && c.ChainTotal >= maxCertificates && !d.keysOnly(seen.usable) {
		seen.failed = fmt.Sprintf("the server sent %d certificates, and the authority of a record may be among those that were not looked at", c.ChainTotal+1)
	}
	return seen
}

// daneNames are those that a certificate may have where a record names an authority: the
// TLSA base domain, the domain, and what the domain is an alias for (RFC 7672 section
// 3.2.2).
func (s *subject) daneNames(d *daneSight) []string {
	names := []string{d.base, s.domain}
	if d.takesMail() && s.mxSecure() != dns.Insecure {
		names = append(names, s.canonical())
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (d *daneSight) records() []dns.TLSARecord {
	all := make([]dns.TLSARecord, len(d.tlsa))
	for i := range d.tlsa {
		all[i] = d.tlsa[i].TLSA
	}
	return all
}

// keysOnly says whether none of some records names an authority.
func (d *daneSight) keysOnly(which []int) bool {
	return !slices.ContainsFunc(which, func(i int) bool { return d.tlsa[i].TLSA.Usage == daneTA })
}

// usable are the records that a sender can use, those that a stronger digest hides too.
func (d *daneSight) usable() []int {
	var all []int
	for i := range d.tlsa {
		if daneUsable(&d.tlsa[i].TLSA) {
			all = append(all, i)
		}
	}
	return all
}

// report is the sight as the report has it.
func (d *daneSight) report() report.DANE {
	r := report.DANE{Host: d.host.Name, Name: d.owner, Status: d.status(), Why: d.why, Records: []report.TLSA{}, Results: []report.DANEResult{}}
	for i := range d.tlsa {
		t := &d.tlsa[i].TLSA
		r.Records = append(r.Records, report.TLSA{
			Usage: int(t.Usage), Selector: int(t.Selector), Matching: int(t.Matching), Data: hex.EncodeToString(t.Data), Usable: daneUsable(t),
		})
	}
	for i := range d.seen {
		seen := &d.seen[i]
		result := report.DANEResult{Address: seen.Address, Port: seen.Port, Why: seen.why(d)}
		if seen.failed == "" && seen.outcome != daneUnusable {
			match := seen.outcome == daneMatch
			result.Match = &match
			if match {
				record, depth := seen.record, seen.depth
				result.Record, result.Depth = &record, &depth
			}
		}
		r.Results = append(r.Results, result)
	}
	return r
}

func (d *daneSight) status() report.DANEStatus {
	switch {
	case d.fail != nil && d.trust >= trustServer:
		return report.DANEFailed
	case d.fail != nil || d.trust == trustUnverified:
		return report.DANEUnverified
	case d.answer == nil:
		return report.DANENone
	case d.trust != trustDomain:
		return report.DANEInsecure
	case len(d.usable()) == 0:
		return report.DANEUnusable
	}
	return report.DANEUsable
}

// whyNoMatch says why a certificate does not match, by what came of matching. A TLS report
// tells the cases apart by these words.
var whyNoMatch = map[daneOutcome]string{
	daneUnusable: "no record can be used for mail",
	daneNoMatch:  "no record is of it, nor of what was sent with it",
	daneNoName:   "an authority that a record names issued it, and it has none of the names that count",
	daneNoChain:  "an authority that a record names was sent, and does not prove it, or not now",
}

// why says why a certificate does not match; "" where it does.
func (seen *daneSeen) why(d *daneSight) string {
	why := whyNoMatch[seen.outcome]
	if seen.failed != "" {
		why = seen.failed
	}
	if why != "" && len(seen.Certificates) > 1 {
		why = fmt.Sprintf("%s: %s", seen.kindText(&seen.Certificates[seen.at]), why)
	}
	return why
}
