package report

import (
	"encoding/base64"
	"math"
	"slices"
	"time"
	"unicode/utf8"
)

// New is an empty report of a kind: every list is there, and empty.
func New(kind Kind) *Report {
	r := (&Report{Schema: Schema, Kind: kind}).complete()
	return &r
}

// NewEvidence is evidence from the header of a message: raw, the bytes of the
// message at offset, in line. Bytes that are not UTF-8 go to TextBase64, because
// JSON can hold no others.
func NewEvidence(line int, offset int64, raw string) Evidence {
	e := Evidence{Source: SourceHeader, Line: line, Offset: offset, Length: len(raw)}
	if utf8.ValidString(raw) {
		e.Text = raw
	} else {
		e.TextBase64 = base64.StdEncoding.EncodeToString([]byte(raw))
	}
	return e
}

// Bytes are the bytes that the evidence points at. Where TextBase64 is not
// base64, as in a report that mailtrace did not write, it is the text itself.
func (e Evidence) Bytes() string {
	if e.TextBase64 == "" {
		return e.Text
	}
	raw, err := base64.StdEncoding.DecodeString(e.TextBase64)
	if err != nil {
		return e.TextBase64
	}
	return string(raw)
}

// complete is a copy of r as it is after it was written as JSON and read again: no
// list is nil, no time or number is beyond what JSON holds. Writing (AppendJSON)
// needs no such copy; TestAppendJSON holds the two to each other.
func (r *Report) complete() Report {
	c := *r
	c.Made, c.DecidedOn.Now = writable(c.Made), writable(c.DecidedOn.Now)
	list(&c.DecidedOn.Settings)
	list(&c.DecidedOn.Data)
	list(&c.Evidence.Containers)
	list(&c.Evidence.Repairs)
	list(&c.Evidence.Limits)
	c.Evidence.Carrier = completeCarrier(c.Evidence.Carrier)
	list(&c.Message.From)
	list(&c.Message.Sender)
	list(&c.Message.ReplyTo)
	list(&c.Message.To)
	list(&c.Message.Cc)
	c.Message.Date = writableOrNil(c.Message.Date)
	c.Path.Hops = completeHops(c.Path.Hops)
	list(&c.Path.Segments)
	c.Path.Boundary = completeBoundary(c.Path.Boundary)
	c.Path.Handover = completeHandover(c.Path.Handover)
	list(&c.Fields)
	c.Auth = completeAuth(c.Auth)
	c.Hosts = completeHosts(c.Hosts)
	c.Policies = completePolicies(c.Policies)
	c.Verdicts = append([]Verdict{}, c.Verdicts...)
	for i := range c.Verdicts {
		list(&c.Verdicts[i].Rules)
	}
	c.NameServers = completeNameServers(c.NameServers)
	if c.Sending != nil {
		s := *c.Sending
		s.RDNS = completeRDNS(s.RDNS)
		c.Sending = &s
	}
	c.Listings = append([]Listing{}, c.Listings...)
	for i := range c.Listings {
		list(&c.Listings[i].Codes)
	}
	c.Requirements = append([]Requirement{}, c.Requirements...)
	for i := range c.Requirements {
		list(&c.Requirements[i].Rules)
	}
	list(&c.Identities)
	list(&c.Envelope.Addresses)
	list(&c.Accounts)
	c.Findings = append([]Finding{}, c.Findings...)
	for i := range c.Findings {
		list(&c.Findings[i].Evidence)
	}
	list(&c.Undecided)
	c.Rules = append([]Rule{}, c.Rules...)
	for i := range c.Rules {
		list(&c.Rules[i].Refs)
	}
	c.DNS = append([]DNS{}, c.DNS...)
	for i := range c.DNS {
		d := &c.DNS[i]
		list(&d.Answers)
		list(&d.Alias)
		d.Time = writableOrNil(d.Time)
	}
	return c
}

func completeHosts(hosts []Host) []Host {
	hosts = append([]Host{}, hosts...)
	for i := range hosts {
		h := &hosts[i]
		list(&h.Alias)
		h.Endpoints = append([]Endpoint{}, h.Endpoints...)
		for k := range h.Endpoints {
			completeEndpoint(&h.Endpoints[k])
		}
	}
	return hosts
}

func completeEndpoint(e *Endpoint) {
	e.RDNS = completeRDNS(e.RDNS)
	e.Time = writableOrNil(e.Time)
	list(&e.Times)
	list(&e.Extensions)
	list(&e.ExtensionsTLS)
	list(&e.Handshakes)
	list(&e.Limits)
	list(&e.Oddities)
	list(&e.Transcript)
	e.Certificates = append([]Certificate{}, e.Certificates...)
	for i := range e.Certificates {
		c := &e.Certificates[i]
		list(&c.Faults)
		list(&c.Names)
		list(&c.Usage)
		list(&c.Built)
		c.NotBefore, c.NotAfter = writable(c.NotBefore), writable(c.NotAfter)
		c.LifetimeLeft = finite(c.LifetimeLeft)
		c.Chain = append([]ChainCertificate{}, c.Chain...)
		for k := range c.Chain {
			l := &c.Chain[k]
			l.NotBefore, l.NotAfter = writable(l.NotBefore), writable(l.NotAfter)
		}
	}
}

func completePolicies(p Policies) Policies {
	if p.MTASTS != nil {
		m := *p.MTASTS
		list(&m.MX)
		list(&m.Unmatched)
		list(&m.Unused)
		p.MTASTS = &m
	}
	if p.TLSRPT != nil {
		t := *p.TLSRPT
		list(&t.RUA)
		p.TLSRPT = &t
	}
	p.DANE = append([]DANE{}, p.DANE...)
	for i := range p.DANE {
		list(&p.DANE[i].Records)
		list(&p.DANE[i].Results)
	}
	p.CAA = append([]CAA{}, p.CAA...)
	for i := range p.CAA {
		list(&p.CAA[i].Issue)
	}
	if p.SPF != nil {
		s := *p.SPF
		list(&s.Terms)
		p.SPF = &s
	}
	if p.DKIM != nil {
		d := *p.DKIM
		list(&d.Tried)
		list(&d.Keys)
		p.DKIM = &d
	}
	if p.DMARC != nil {
		d := *p.DMARC
		list(&d.Steps)
		list(&d.Policies)
		list(&d.Targets)
		p.DMARC = &d
	}
	return p
}

func completeRDNS(r *RDNS) *RDNS {
	if r == nil {
		return nil
	}
	c := *r
	list(&c.Names)
	return &c
}

func completeNameServers(servers []NameServer) []NameServer {
	servers = append([]NameServer{}, servers...)
	for i := range servers {
		s := &servers[i]
		s.Answers = append([]ServerAnswer{}, s.Answers...)
		for k := range s.Answers {
			list(&s.Answers[k].Answers)
		}
	}
	return servers
}

func completeAuth(auth []Auth) []Auth {
	auth = append([]Auth{}, auth...)
	for i := range auth {
		a := &auth[i]
		list(&a.Trace)
		a.Changes = append([]Change{}, a.Changes...)
		for k := range a.Changes {
			list(&a.Changes[k].Links)
		}
	}
	return auth
}

func completeCarrier(k *Carrier) *Carrier {
	if k == nil {
		return nil
	}
	c := *k
	list(&c.From)
	return &c
}

func completeBoundary(b *Boundary) *Boundary {
	if b == nil {
		return nil
	}
	c := *b
	list(&c.Basis)
	c.Alternatives = append([]Alternative{}, c.Alternatives...)
	for i := range c.Alternatives {
		h := &c.Alternatives[i].Handover
		h.Time = writableOrNil(h.Time)
	}
	return &c
}

func completeHandover(h *Handover) *Handover {
	if h == nil {
		return nil
	}
	c := *h
	c.Time = writableOrNil(c.Time)
	return &c
}

func completeHops(hops []Hop) []Hop {
	if !slices.ContainsFunc(hops, incomplete) {
		list(&hops)
		return hops
	}
	hops = append([]Hop{}, hops...)
	for i := range hops {
		h := &hops[i]
		list(&h.Implies)
		list(&h.For)
		list(&h.Comments)
		list(&h.Unparsed)
		list(&h.Oddities)
		h.Time, h.IDTime = writableOrNil(h.Time), writableOrNil(h.IDTime)
		h.DelaySeconds = finite(h.DelaySeconds)
		h.ClockOffsetSeconds = finite(h.ClockOffsetSeconds)
	}
	return hops
}

// incomplete says whether completeHops has to change a hop. Hops are large, and
// those that package received makes are complete.
func incomplete(h Hop) bool {
	return h.Implies == nil || h.For == nil || h.Comments == nil || h.Unparsed == nil || h.Oddities == nil ||
		h.Time != writableOrNil(h.Time) || h.IDTime != writableOrNil(h.IDTime) || h.DelaySeconds != finite(h.DelaySeconds) ||
		h.ClockOffsetSeconds != finite(h.ClockOffsetSeconds)
}

func list[T any](s *[]T) {
	if *s == nil {
		*s = []T{}
	}
}

// writable is t in UTC where RFC 3339 can write it (years 0 to 9999), else the
// zero time: a date that no calendar has must not cost the whole report.
func writable(t time.Time) time.Time {
	if t = t.UTC(); !inRange(t) {
		return time.Time{}
	}
	return t
}

// inRange says whether RFC 3339 can write the year of t.
func inRange(t time.Time) bool {
	y := t.Year()
	return 0 <= y && y <= 9999
}

// writableOrNil is t where RFC 3339 can write it in UTC and in the zone that t is in,
// whose offset has to be less than a day, else nil.
func writableOrNil(t *time.Time) *time.Time {
	if t == nil || !inRange(t.UTC()) {
		return nil
	}
	if t.Location() == time.UTC {
		return t
	}
	const day = 24 * 60 * 60
	if _, offset := t.Zone(); !inRange(*t) || offset <= -day || offset >= day {
		return nil
	}
	return t
}

func finite(f *float64) *float64 {
	if f == nil || math.IsNaN(*f) || math.IsInf(*f, 0) {
		return nil
	}
	return f
}
