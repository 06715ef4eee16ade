package report

// Each function here writes the keys of one type of host.go, in its order.

func appendHost(a *appender, h *Host) {
	str(a, "name", h.Name)
	str(a, "unicode", h.Unicode)
	str(a, "role", h.Role)
	numOrNull(a, "preference", h.Preference)
	strs(a, "alias", h.Alias)
	str(a, "status", h.Status)
	str(a, "cause", h.Cause)
	objects(a, "endpoints", h.Endpoints, appendEndpoint)
}

func appendEndpoint(a *appender, e *Endpoint) {
	addr(a, "address", e.Address)
	num(a, "port", e.Port)
	object(a, "rdns", e.RDNS, appendRDNS)
	str(a, "outcome", e.Outcome)
	str(a, "phase", e.Phase)
	str(a, "why", e.Why)
	numOrNull(a, "code", e.Code)
	num(a, "milliseconds", e.Milliseconds)
	objects(a, "times", e.Times, appendStep)
	timeOrNull(a, "time", e.Time)
	str(a, "greeting", e.Greeting)
	str(a, "hello", e.Hello)
	str(a, "hello_name", e.HelloName)
	objects(a, "extensions", e.Extensions, appendExtension)
	objects(a, "extensions_tls", e.ExtensionsTLS, appendExtension)
	object(a, "size", &e.Size, appendSize)
	str(a, "starttls", e.StartTLS)
	object(a, "tls", e.TLS, appendHandshake)
	objects(a, "certificates", e.Certificates, appendCertificate)
	objects(a, "handshakes", e.Handshakes, appendHandshake)
	objects(a, "limits", e.Limits, appendLimit)
	objects(a, "oddities", e.Oddities, appendOddity)
	objects(a, "transcript", e.Transcript, appendExchange)
}

func appendStep(a *appender, s *Step) {
	str(a, "phase", s.Phase)
	num(a, "milliseconds", s.Milliseconds)
}

func appendExtension(a *appender, e *Extension) {
	str(a, "keyword", e.Keyword)
	str(a, "param", e.Param)
	str(a, "meaning", e.Meaning)
}

func appendSize(a *appender, s *Size) {
	str(a, "state", s.State)
	numOrNull(a, "octets", s.Octets)
}

func appendHandshake(a *appender, h *Handshake) {
	str(a, "purpose", h.Purpose)
	str(a, "outcome", h.Outcome)
	str(a, "why", h.Why)
	str(a, "version", h.Version)
	str(a, "cipher", h.Cipher)
	str(a, "group", h.Group)
	numOrNull(a, "key_bits", h.KeyBits)
	boolean(a, "retry", h.Retry)
	str(a, "server_name", h.ServerName)
	boolean(a, "stapled", h.Stapled)
	num(a, "scts", h.SCTs)
}

func appendCertificate(a *appender, c *Certificate) {
	boolOrNull(a, "pkix", c.PKIX)
	strs(a, "faults", c.Faults)
	str(a, "subject", c.Subject)
	str(a, "common_name", c.CommonName)
	strs(a, "names", c.Names)
	num(a, "names_total", c.NamesTotal)
	str(a, "issuer", c.Issuer)
	utc(a, "not_before", c.NotBefore)
	utc(a, "not_after", c.NotAfter)
	numOrNull(a, "days_left", c.DaysLeft)
	floatOrNull(a, "lifetime_left", c.LifetimeLeft)
	str(a, "key", c.Key)
	str(a, "signature", c.Signature)
	strs(a, "usage", c.Usage)
	boolean(a, "must_staple", c.MustStaple)
	num(a, "scts", c.SCTs)
	str(a, "sha256", c.SHA256)
	str(a, "spki_sha256", c.SPKISHA256)
	objects(a, "chain", c.Chain, appendChainCertificate)
	num(a, "chain_total", c.ChainTotal)
	strs(a, "built", c.Built)
	str(a, "why", c.Why)
}

func appendChainCertificate(a *appender, c *ChainCertificate) {
	str(a, "subject", c.Subject)
	str(a, "issuer", c.Issuer)
	utc(a, "not_before", c.NotBefore)
	utc(a, "not_after", c.NotAfter)
	str(a, "key", c.Key)
	str(a, "signature", c.Signature)
	str(a, "sha256", c.SHA256)
}

func appendOddity(a *appender, o *Oddity) {
	str(a, "kind", o.Kind)
	num(a, "line", o.Line)
	str(a, "text", o.Text)
}

func appendExchange(a *appender, e *Exchange) {
	boolean(a, "client", e.Client)
	boolean(a, "tls", e.TLS)
	num(a, "milliseconds", e.Milliseconds)
	str(a, "text", e.Text)
	str(a, "text_base64", e.TextBase64)
	num(a, "cut", e.Cut)
}

func appendCost(a *appender, c *Cost) {
	num(a, "connections", c.Connections)
	num(a, "questions", c.Questions)
	num(a, "fetches", c.Fetches)
	num(a, "milliseconds", c.Milliseconds)
}
