package received

import "strings"

// resolve decides which name is which, and fills the hop.
func (p *parser) resolve(d *dialect) {
	h, q := p.hop, &p.peer
	f := &h.From
	e, nameIsAddress := readAddress(f.Name)
	named := q.addr.IsValid() || q.text != ""
	if nameIsAddress && !named {
		q.setAddress(p, e, f.Name, h.Spans.From.Offset)
	}
	f.Address, f.AddressText, h.Spans.Address = q.addr, q.text, q.addrSpan
	f.Ident = q.ident
	if q.port >= 0 {
		port := uint16(q.port)
		f.Port, h.Spans.Port = &port, q.portSpan
	}
	switch p.order(d) {
	case heloFirst:
		f.RDNS, h.Spans.RDNS = q.inner, q.innerSpan
		if !nameIsAddress || named || f.Name[0] == '[' {
			f.HELO, h.Spans.HELO = f.Name, h.Spans.From
		}
	case heloOnly:
		if !nameIsAddress || named || f.Name[0] == '[' {
			f.HELO, h.Spans.HELO = f.Name, h.Spans.From
		}
	case rdnsFirst, rdnsOnly:
		if !nameIsAddress && !noName(f.Name) {
			f.RDNS, h.Spans.RDNS = strings.TrimSuffix(f.Name, "."), h.Spans.From
		} else if q.status == "" {
			q.status = RDNSNone
		}
		if q.inner != "" {
			f.HELO, h.Spans.HELO = q.inner, q.innerSpan
		} else if (f.RDNS != "" || nameIsAddress && f.Name[0] == '[') && p.order(d) == rdnsFirst {
			f.HELO, h.Spans.HELO = f.Name, h.Spans.From
		}
	}
	if q.heloSet {
		f.HELO, h.Spans.HELO = q.helo, q.heloSpan
	}
	f.RDNSStatus = p.rdnsStatus(d)
}

// noName says whether a server wrote name because it found none.
func noName(name string) bool {
	return equalFold(name, "unknown") || name == "nodnsquery" || name == "no.name.available" || name == "no-data"
}

// rdnsStatus says what the field says about the reverse name.
func (p *parser) rdnsStatus(d *dialect) RDNSStatus {
	f, q := &p.hop.From, &p.peer
	switch {
	case d.order == nameOnly && !f.Address.IsValid():
		return RDNSUnset
	case f.RDNS != "" && q.status == RDNSForged:
		return RDNSForged
	case f.RDNS != "":
		return RDNSRecorded
	case q.status != "":
		return q.status
	case !f.Address.IsValid():
		return RDNSUnset
	case d.noName != "":
		return d.noName
	}
	return RDNSNotRecorded
}

// order is the meaning of the names; where the dialect leaves it open, a HELO
// that is called so shows that the name in front of it is the reverse name.
func (p *parser) order(d *dialect) order {
	if d.order != byShape {
		return d.order
	}
	if p.peer.heloSet && p.hop.From.Name != "" {
		return rdnsFirst
	}
	return heloFirst
}
