package probe

import (
	"slices"

	"mailtrace/report"
)

// copyEndpoint is an endpoint that has nothing in common with another one: what is done to
// the one never shows in the other.
func copyEndpoint(e *report.Endpoint) report.Endpoint {
	c := *e
	c.Code, c.Time, c.Size.Octets = copyOf(e.Code), copyOf(e.Time), copyOf(e.Size.Octets)
	if c.RDNS = copyOf(e.RDNS); c.RDNS != nil {
		c.RDNS.Names = slices.Clone(e.RDNS.Names)
	}
	c.Times = slices.Clone(e.Times)
	c.Extensions, c.ExtensionsTLS = slices.Clone(e.Extensions), slices.Clone(e.ExtensionsTLS)
	if e.TLS != nil {
		h := copyHandshake(*e.TLS)
		c.TLS = &h
	}
	c.Handshakes = slices.Clone(e.Handshakes)
	for i, h := range c.Handshakes {
		c.Handshakes[i] = copyHandshake(h)
	}
	c.Certificates = slices.Clone(e.Certificates)
	for i := range c.Certificates {
		copyCertificate(&c.Certificates[i])
	}
	c.Limits, c.Oddities, c.Transcript = slices.Clone(e.Limits), slices.Clone(e.Oddities), slices.Clone(e.Transcript)
	return c
}

func copyHandshake(h report.Handshake) report.Handshake {
	h.KeyBits = copyOf(h.KeyBits)
	return h
}

// copyCertificate gives c its own of whatever it points at.
func copyCertificate(c *report.Certificate) {
	c.PKIX, c.DaysLeft, c.LifetimeLeft = copyOf(c.PKIX), copyOf(c.DaysLeft), copyOf(c.LifetimeLeft)
	c.Faults, c.Names, c.Usage = slices.Clone(c.Faults), slices.Clone(c.Names), slices.Clone(c.Usage)
	c.Chain, c.Built = slices.Clone(c.Chain), slices.Clone(c.Built)
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// What weigh takes a value of its kind for, in bytes: its fields, and text of the usual
// length.
const (
	weightEndpoint    = 1024
	weightExtension   = 96
	weightCertificate = 1536
	weightLine        = 64 // And its text.
)

// weigh estimates how many bytes of memory a visit holds. Whatever can be many, or long
// because a server wanted it so, counts.
func weigh(v *visited) int {
	e := &v.endpoint
	n := weightEndpoint + len(e.Greeting) + len(e.Why)
	n += weightExtension * (len(e.Extensions) + len(e.ExtensionsTLS) + len(e.Handshakes) + len(e.Oddities) + len(e.Limits))
	for _, all := range [...][]report.Extension{e.Extensions, e.ExtensionsTLS} {
		for i := range all {
			n += len(all[i].Keyword) + len(all[i].Param)
		}
	}
	for i := range e.Oddities {
		n += len(e.Oddities[i].Text)
	}
	for i := range e.Certificates {
		c := &e.Certificates[i]
		n += weightCertificate * (1 + len(c.Chain))
		for _, name := range c.Names {
			n += weightLine + len(name)
		}
	}
	for i := range e.Transcript {
		n += weightLine + len(e.Transcript[i].Text) + len(e.Transcript[i].TextBase64)
	}
	for _, chain := range v.chains {
		for _, der := range chain {
			n += weightLine + len(der)
		}
	}
	return n
}
