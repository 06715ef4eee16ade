package report

// Each function here writes the keys of one type of records.go, in its order.

func appendSPF(a *appender, s *SPF) {
	str(a, "status", s.Status)
	str(a, "why", s.Why)
	str(a, "record", s.Record)
	str(a, "default", s.Default)
	numOrNull(a, "lookups", s.Lookups)
	numOrNull(a, "void", s.Void)
	numOrNull(a, "answer", s.Answer)
	numOrNull(a, "ipv4", s.IPv4)
	numOrNull(a, "ipv6", s.IPv6)
	objects(a, "terms", s.Terms, appendSPFTerm)
}

func appendSPFTerm(a *appender, t *SPFTerm) {
	num(a, "depth", t.Depth)
	str(a, "domain", t.Domain)
	str(a, "term", t.Term)
	numOrNull(a, "lookups", t.Lookups)
	str(a, "status", t.Status)
	str(a, "why", t.Why)
}

func appendDKIM(a *appender, d *DKIM) {
	str(a, "status", d.Status)
	str(a, "why", d.Why)
	strs(a, "tried", d.Tried)
	objects(a, "keys", d.Keys, appendDKIMKey)
}

func appendDKIMKey(a *appender, k *DKIMKey) {
	str(a, "selector", k.Selector)
	str(a, "domain", k.Domain)
	str(a, "source", k.Source)
	str(a, "status", k.Status)
	str(a, "why", k.Why)
	str(a, "record", k.Record)
	str(a, "type", k.Type)
	numOrNull(a, "bits", k.Bits)
	boolean(a, "revoked", k.Revoked)
	boolean(a, "test", k.Test)
}

func appendDMARC(a *appender, d *DMARC) {
	str(a, "status", d.Status)
	str(a, "why", d.Why)
	str(a, "record", d.Record)
	str(a, "domain", d.Domain)
	str(a, "organisation", d.Organisation)
	objects(a, "steps", d.Steps, appendDMARCStep)
	objects(a, "policies", d.Policies, appendDMARCPolicy)
	objects(a, "targets", d.Targets, appendDMARCTarget)
}

func appendDMARCStep(a *appender, s *DMARCStep) {
	str(a, "name", s.Name)
	str(a, "status", s.Status)
	str(a, "record", s.Record)
	str(a, "why", s.Why)
}

func appendDMARCPolicy(a *appender, p *DMARCPolicy) {
	str(a, "for", p.For)
	str(a, "rules", p.Rules)
	str(a, "tag", p.Tag)
	str(a, "policy", p.Policy)
	str(a, "applied", p.Applied)
}

func appendDMARCTarget(a *appender, t *DMARCTarget) {
	str(a, "tag", t.Tag)
	str(a, "uri", t.URI)
	str(a, "domain", t.Domain)
	boolOrNull(a, "authorised", t.Authorised)
	str(a, "why", t.Why)
}

func appendBIMI(a *appender, b *BIMI) {
	str(a, "status", b.Status)
	str(a, "why", b.Why)
	str(a, "record", b.Record)
	str(a, "location", b.Location)
	str(a, "evidence", b.Evidence)
}

func appendCAA(a *appender, c *CAA) {
	str(a, "name", c.Name)
	str(a, "found", c.Found)
	str(a, "status", c.Status)
	str(a, "why", c.Why)
	strs(a, "issue", c.Issue)
}
