package report

// Each function here writes the keys of one type of policy.go, in its order.

func appendPolicies(a *appender, p *Policies) {
	object(a, "mta_sts", p.MTASTS, appendMTASTS)
	object(a, "tlsrpt", p.TLSRPT, appendTLSRPT)
	objects(a, "dane", p.DANE, appendDANE)
	objects(a, "caa", p.CAA, appendCAA)
	object(a, "spf", p.SPF, appendSPF)
	object(a, "dkim", p.DKIM, appendDKIM)
	object(a, "dmarc", p.DMARC, appendDMARC)
	object(a, "bimi", p.BIMI, appendBIMI)
}

func appendMTASTS(a *appender, m *MTASTS) {
	str(a, "status", m.Status)
	str(a, "why", m.Why)
	str(a, "record", m.Record)
	str(a, "id", m.ID)
	str(a, "url", m.URL)
	str(a, "outcome", m.Outcome)
	numOrNull(a, "http_status", m.HTTPStatus)
	str(a, "mode", m.Mode)
	numOrNull(a, "max_age", m.MaxAge)
	strs(a, "mx", m.MX)
	strs(a, "unmatched", m.Unmatched)
	strs(a, "unused", m.Unused)
}

func appendTLSRPT(a *appender, t *TLSRPT) {
	str(a, "status", t.Status)
	str(a, "why", t.Why)
	str(a, "record", t.Record)
	strs(a, "rua", t.RUA)
}

func appendDANE(a *appender, d *DANE) {
	str(a, "host", d.Host)
	str(a, "name", d.Name)
	str(a, "status", d.Status)
	str(a, "why", d.Why)
	objects(a, "records", d.Records, appendTLSA)
	objects(a, "results", d.Results, appendDANEResult)
}

func appendTLSA(a *appender, t *TLSA) {
	num(a, "usage", t.Usage)
	num(a, "selector", t.Selector)
	num(a, "matching", t.Matching)
	str(a, "data", t.Data)
	boolean(a, "usable", t.Usable)
}

func appendDANEResult(a *appender, d *DANEResult) {
	addr(a, "address", d.Address)
	num(a, "port", d.Port)
	boolOrNull(a, "match", d.Match)
	numOrNull(a, "record", d.Record)
	numOrNull(a, "depth", d.Depth)
	str(a, "why", d.Why)
}

func appendVerdict(a *appender, v *Verdict) {
	str(a, "sender", v.Sender)
	str(a, "result", v.Result)
	str(a, "host", v.Host)
	addr(a, "address", v.Address)
	str(a, "why", v.Why)
	strs(a, "rules", v.Rules)
}
