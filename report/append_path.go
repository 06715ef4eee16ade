package report

import "mailtrace/received"

// Each function here writes the keys of one type of report.go or of package
// received, in its order.

func appendPath(a *appender, p *Path) {
	objects(a, "hops", p.Hops, appendHop)
	objects(a, "segments", p.Segments, appendSegment)
	object(a, "boundary", p.Boundary, appendBoundary)
	object(a, "handover", p.Handover, appendHandover)
}

func appendHop(a *appender, h *Hop) {
	num(a, "number", h.Number)
	str(a, "standing", h.Standing)
	appendReceived(a, &h.Hop)
	numOrNull(a, "hangs_on", h.HangsOn)
	str(a, "link", h.Link)
	floatOrNull(a, "delay_seconds", h.DelaySeconds)
	floatOrNull(a, "clock_offset_seconds", h.ClockOffsetSeconds)
	str(a, "clock_offset_basis", h.ClockOffsetBasis)
}

// appendReceived writes the keys of received.Hop among those of the Hop around it.
func appendReceived(a *appender, h *received.Hop) {
	num(a, "line", h.Line)
	str(a, "kind", h.Kind)
	object(a, "from", &h.From, appendFrom)
	object(a, "by", &h.By, appendBy)
	str(a, "via", h.Via)
	str(a, "with", h.With)
	strs(a, "implies", h.Implies)
	object(a, "tls", h.TLS, appendTLS)
	str(a, "user", h.User)
	str(a, "id", h.ID)
	timeOrNull(a, "id_time", h.IDTime)
	str(a, "id_clock", h.IDClock)
	strs(a, "for", h.For)
	str(a, "envelope_from", h.EnvelopeFrom)
	timeOrNull(a, "time", h.Time)
	str(a, "time_text", h.TimeText)
	numOrNull(a, "offset_seconds", h.OffsetSeconds)
	str(a, "zone", h.Zone)
	strs(a, "comments", h.Comments)
	strs(a, "unparsed", h.Unparsed)
	strs(a, "oddities", h.Oddities)
	str(a, "dialect", h.Dialect)
	str(a, "confidence", h.Confidence)
	str(a, "raw", h.Raw)
}

func appendFrom(a *appender, f *received.From) {
	str(a, "name", f.Name)
	str(a, "helo", f.HELO)
	str(a, "rdns", f.RDNS)
	str(a, "rdns_status", f.RDNSStatus)
	addr(a, "address", f.Address)
	str(a, "address_text", f.AddressText)
	numOrNull(a, "port", f.Port)
	str(a, "ident", f.Ident)
}

func appendBy(a *appender, b *received.By) {
	str(a, "name", b.Name)
	addr(a, "address", b.Address)
	str(a, "product", b.Product)
	str(a, "version", b.Version)
}

func appendTLS(a *appender, t *received.TLS) {
	str(a, "version", t.Version)
	str(a, "cipher", t.Cipher)
	numOrNull(a, "bits", t.Bits)
	boolOrNull(a, "client_verified", t.ClientVerified)
	str(a, "client_certificate", t.ClientCertificate)
}

func appendSegment(a *appender, s *Segment) {
	str(a, "kind", s.Kind)
	num(a, "first", s.First)
	num(a, "last", s.Last)
	str(a, "why", s.Why)
}

func appendBoundary(a *appender, b *Boundary) {
	num(a, "hop", b.Hop)
	str(a, "confidence", b.Confidence)
	objects(a, "basis", b.Basis, appendBasis)
	objects(a, "alternatives", b.Alternatives, appendAlternative)
}

func appendBasis(a *appender, b *Basis) {
	str(a, "why", b.Why)
	num(a, "line", b.Line)
}

func appendAlternative(a *appender, v *Alternative) {
	str(a, "through", v.Through)
	num(a, "hop", v.Hop)
	object(a, "handover", &v.Handover, appendHandover)
}

func appendHandover(a *appender, h *Handover) {
	num(a, "hop", h.Hop)
	addr(a, "address", h.Address)
	str(a, "helo", h.HELO)
	str(a, "rdns", h.RDNS)
	str(a, "by", h.By)
	timeOrNull(a, "time", h.Time)
	object(a, "tls", h.TLS, appendTLS)
	str(a, "user", h.User)
	str(a, "envelope_from", h.EnvelopeFrom)
}
