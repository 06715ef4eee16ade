package report

// Each function here writes the keys of one type of report.go, in its order.

func appendReport(a *appender, r *Report) {
	str(a, "schema", r.Schema)
	str(a, "kind", r.Kind)
	str(a, "target", r.Target)
	utc(a, "made", r.Made)
	str(a, "error", r.Error)
	object(a, "decided_on", &r.DecidedOn, appendDecidedOn)
	object(a, "evidence", &r.Evidence, appendSource)
	object(a, "message", &r.Message, appendMessage)
	object(a, "path", &r.Path, appendPath)
	objects(a, "fields", r.Fields, appendField)
	objects(a, "auth", r.Auth, appendAuth)
	objects(a, "hosts", r.Hosts, appendHost)
	object(a, "cost", &r.Cost, appendCost)
	object(a, "policies", &r.Policies, appendPolicies)
	objects(a, "verdicts", r.Verdicts, appendVerdict)
	objects(a, "name_servers", r.NameServers, appendNameServer)
	object(a, "sending", r.Sending, appendSending)
	objects(a, "listings", r.Listings, appendListing)
	objects(a, "requirements", r.Requirements, appendRequirement)
	objects(a, "identities", r.Identities, appendIdentity)
	object(a, "envelope", &r.Envelope, appendEnvelope)
	objects(a, "accounts", r.Accounts, appendAccount)
	objects(a, "findings", r.Findings, appendFinding)
	objects(a, "undecided", r.Undecided, appendUndecided)
	objects(a, "rules", r.Rules, appendRule)
	objects(a, "dns", r.DNS, appendDNS)
}

func appendDecidedOn(a *appender, d *DecidedOn) {
	str(a, "version", d.Version)
	objects(a, "settings", d.Settings, appendSetting)
	objects(a, "data", d.Data, appendData)
	utc(a, "now", d.Now)
	object(a, "observer", &d.Observer, appendObserver)
}

func appendObserver(a *appender, o *Observer) {
	str(a, "address", o.Address)
	str(a, "helo", o.HELO)
	str(a, "resolver", o.Resolver)
}

func appendSetting(a *appender, s *Setting) {
	str(a, "name", s.Name)
	str(a, "value", s.Value)
}

func appendData(a *appender, d *Data) {
	str(a, "name", d.Name)
	str(a, "version", d.Version)
	str(a, "sha256", d.SHA256)
}

func appendSource(a *appender, s *Source) {
	str(a, "name", s.Name)
	str(a, "sha256", s.SHA256)
	num(a, "size", s.Size)
	str(a, "input_sha256", s.InputSHA256)
	numOrNull(a, "input_size", s.InputSize)
	strs(a, "containers", s.Containers)
	num(a, "offset", s.Offset)
	num(a, "part", s.Part)
	str(a, "fidelity", s.Fidelity)
	str(a, "fidelity_why", s.FidelityWhy)
	objects(a, "repairs", s.Repairs, appendRepair)
	objects(a, "limits", s.Limits, appendLimit)
	object(a, "carrier", s.Carrier, appendCarrier)
}

func appendCarrier(a *appender, c *Carrier) {
	str(a, "kind", c.Kind)
	num(a, "part", c.Part)
	str(a, "sha256", c.SHA256)
	str(a, "content_type", c.ContentType)
	objects(a, "from", c.From, appendMailbox)
	str(a, "subject", c.Subject)
	str(a, "mailer", c.Mailer)
	str(a, "why", c.Why)
}

func appendRepair(a *appender, r *Repair) {
	num(a, "line", r.Line)
	str(a, "text", r.Text)
}

func appendLimit(a *appender, l *Limit) {
	str(a, "name", l.Name)
	num(a, "value", l.Value)
	str(a, "text", l.Text)
}

func appendMessage(a *appender, m *Message) {
	objects(a, "from", m.From, appendMailbox)
	objects(a, "sender", m.Sender, appendMailbox)
	objects(a, "reply_to", m.ReplyTo, appendMailbox)
	objects(a, "to", m.To, appendMailbox)
	objects(a, "cc", m.Cc, appendMailbox)
	str(a, "subject", m.Subject)
	str(a, "message_id", m.MessageID)
	timeOrNull(a, "date", m.Date)
	str(a, "date_text", m.DateText)
	str(a, "return_path", m.ReturnPath)
}

func appendMailbox(a *appender, m *Mailbox) {
	str(a, "name", m.Name)
	str(a, "address", m.Address)
	str(a, "raw", m.Raw)
}

func appendField(a *appender, f *Field) {
	str(a, "name", f.Name)
	num(a, "line", f.Line)
	str(a, "origin", f.Origin)
	str(a, "meaning", f.Meaning)
}

func appendAuth(a *appender, r *Auth) {
	str(a, "method", r.Method)
	str(a, "status", r.Status)
	str(a, "outcome", r.Outcome)
	str(a, "domain", r.Domain)
	str(a, "identity", r.Identity)
	str(a, "property", r.Property)
	str(a, "selector", r.Selector)
	boolOrNull(a, "aligned", r.Aligned)
	str(a, "by", r.By)
	str(a, "server", r.Server)
	str(a, "reason", r.Reason)
	num(a, "line", r.Line)
	strs(a, "trace", r.Trace)
	objects(a, "changes", r.Changes, appendChange)
}

func appendChange(a *appender, c *Change) {
	str(a, "kind", c.Kind)
	str(a, "text", c.Text)
	str(a, "field", c.Field)
	str(a, "added", c.Added)
	strs(a, "links", c.Links)
	num(a, "line", c.Line)
	boolean(a, "proven", c.Proven)
}

func appendDNS(a *appender, d *DNS) {
	str(a, "name", d.Name)
	str(a, "type", d.Type)
	str(a, "status", d.Status)
	str(a, "cause", d.Cause)
	strs(a, "answers", d.Answers)
	strs(a, "alias", d.Alias)
	str(a, "secure", d.Secure)
	str(a, "server", d.Server)
	timeOrNull(a, "time", d.Time)
}

func appendIdentity(a *appender, i *Identity) {
	str(a, "role", i.Role)
	str(a, "address", i.Address)
	str(a, "domain", i.Domain)
	str(a, "organisation", i.Organisation)
	boolOrNull(a, "same_as_from", i.SameAsFrom)
	num(a, "line", i.Line)
}

func appendEnvelope(a *appender, e *Envelope) {
	objects(a, "addresses", e.Addresses, appendEnvelopeAddress)
	boolOrNull(a, "addressed", e.Addressed)
	str(a, "way", e.Way)
	str(a, "why", e.Why)
}

func appendEnvelopeAddress(a *appender, e *EnvelopeAddress) {
	str(a, "role", e.Role)
	str(a, "address", e.Address)
	num(a, "line", e.Line)
	numOrNull(a, "hop", e.Hop)
	str(a, "standing", e.Standing)
	str(a, "form", e.Form)
	str(a, "decoded", e.Decoded)
	str(a, "meaning", e.Meaning)
}

func appendAccount(a *appender, c *Account) {
	str(a, "what", c.What)
	str(a, "key", c.Key)
	str(a, "field", c.Field)
	num(a, "line", c.Line)
	numOrNull(a, "hop", c.Hop)
	str(a, "standing", c.Standing)
}

func appendFinding(a *appender, f *Finding) {
	str(a, "rule", f.Rule)
	str(a, "severity", f.Severity)
	str(a, "weight", f.Weight)
	str(a, "disproves", f.Disproves)
	str(a, "text", f.Text)
	numOrNull(a, "hop", f.Hop)
	str(a, "host", f.Host)
	addr(a, "address", f.Address)
	numOrNull(a, "port", f.Port)
	objects(a, "evidence", f.Evidence, appendEvidence)
}

func appendEvidence(a *appender, e *Evidence) {
	str(a, "source", e.Source)
	num(a, "line", e.Line)
	num(a, "offset", e.Offset)
	num(a, "length", e.Length)
	str(a, "text", e.Text)
	str(a, "text_base64", e.TextBase64)
}

func appendUndecided(a *appender, u *Undecided) {
	str(a, "rule", u.Rule)
	str(a, "why", u.Why)
	numOrNull(a, "hop", u.Hop)
	str(a, "host", u.Host)
	addr(a, "address", u.Address)
	numOrNull(a, "port", u.Port)
}

func appendRule(a *appender, r *Rule) {
	str(a, "id", r.ID)
	str(a, "title", r.Title)
	str(a, "max", r.Max)
	str(a, "explain", r.Explain)
	str(a, "innocent", r.Innocent)
	str(a, "measured", r.Measured)
	strs(a, "refs", r.Refs)
}
