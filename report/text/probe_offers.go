package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

// inForce are the extensions that count: those inside TLS where there is TLS.
func inForce(e *report.Endpoint) []report.Extension {
	if encrypted(e) {
		return e.ExtensionsTLS
	}
	return e.Extensions
}

// offered is the extensions that count but for SIZE, without regard to their order.
func offered(e *report.Endpoint) string {
	var words []string
	for _, x := range inForce(e) {
		if x.Keyword != "SIZE" {
			words = append(words, x.Keyword+" "+x.Param)
		}
	}
	slices.Sort(words)
	return strings.Join(words, "\n")
}

// extensions shows what the servers offer, a line for those that offer the same, and says
// whether it, or what stands above it, was a line that needs no blank one below. So short
// things stand together.
func (p *probed) extensions(below bool) bool {
	groups := p.alike(func(e *report.Endpoint) string {
		if !takes(e) {
			return ""
		}
		return fmt.Sprintf("%s\n%v\n%s", offered(e), encrypted(e), sizeCell(e.Size))
	})
	if len(groups) == 0 {
		return below
	}
	if !below {
		p.blank()
	}
	if len(groups) == 1 {
		p.bounded(bold, "EXTENSIONS", inputIndent+4, extensionsText(groups[0].e), MaxTextLines+2)
		return true
	}
	p.item(bold, "EXTENSIONS", inputIndent+4, "that count: inside TLS where there is TLS")
	for i, g := range groups {
		if i == MaxExtensionGroups {
			p.item(plain, "", 1, fmt.Sprintf("and %d more lists (--json shows all)", len(groups)-i))
			break
		}
		p.bounded(plain, " -", gridIndent, p.whole(g.places, takes)+": "+extensionsText(g.e), MaxTextLines+2)
	}
	return true
}

// extensionsText is what one server offers.
func extensionsText(e *report.Endpoint) string {
	text := words(e)
	if s := largest(e.Size); s != "" {
		text += "; " + s
	}
	return text
}

// whole is told without the addresses where all of a host belong to it, of those that
// may.
func (p *probed) whole(places []place, may func(*report.Endpoint) bool) string {
	short := make([]place, len(places))
	for i, at := range places {
		short[i] = at
		n := 0
		for k := range p.r.Hosts {
			if h := &p.r.Hosts[k]; h.Name == at.host {
				for j := range h.Endpoints {
					if may(&h.Endpoints[j]) {
						n++
					}
				}
			}
		}
		if n == len(at.addresses) {
			short[i].addresses = nil
		}
		if p.cut { // The page says in what the names end.
			short[i].host = cmp.Or(p.short[at.host], at.host)
		}
	}
	return p.told(short)
}

func words(e *report.Endpoint) string {
	var list []string
	for _, x := range inForce(e) {
		w := x.Keyword
		if x.Param != "" {
			w += " " + x.Param
		}
		list = append(list, strings.ReplaceAll(Escape(w), " ", noBreak))
	}
	text := strings.Join(list, ", ")
	switch {
	case e.Hello == report.HelloHELO:
		return "none: it answered HELO alone"
	case text == "":
		text = "none"
	}
	if !encrypted(e) {
		text += " (no TLS)"
	}
	return text
}

// largest says how large an attachment may be: base64 makes lines of 78 octets, with
// the line end, of 57 (RFC 2045 section 6.8).
func largest(z report.Size) string {
	const line, octetsOf = 78, 57
	if z.State != report.SizeLimit || z.Octets == nil || *z.Octets < line {
		return ""
	}
	return "attachments up to " + strings.ReplaceAll(octets(*z.Octets/line*octetsOf), " ", noBreak)
}

// likeEndpoints are endpoints that have something in common, which the first one shows.
type likeEndpoints struct {
	e      *report.Endpoint
	places []place
}

// alike groups the endpoints for which key is not "" by it.
func (p *probed) alike(key func(*report.Endpoint) string) []likeEndpoints {
	var groups []likeEndpoints
	at := map[string]int{}
	for i := range p.r.Hosts {
		h := &p.r.Hosts[i]
		for k := range h.Endpoints {
			e := &h.Endpoints[k]
			key := key(e)
			if key == "" {
				continue
			}
			n, ok := at[key]
			if !ok {
				n = len(groups)
				at[key], groups = n, append(groups, likeEndpoints{e: e})
			}
			groups[n].places = addPlace(groups[n].places, h.Name, where(e.Address.IsValid(), e.Address.String(), &e.Port))
		}
	}
	return groups
}

// encryption shows how TLS went, and the certificates, a paragraph for those that are
// the same.
func (p *probed) encryption(below bool) {
	groups := p.alike(func(e *report.Endpoint) string {
		if e.TLS == nil || !encrypted(e) && len(e.Certificates) == 0 {
			return ""
		}
		return handshake(e.TLS) + "\n" + tried(e.Handshakes) + "\n" + strings.Join(p.certificates(e.Certificates), "\n")
	})
	if len(groups) == 0 {
		return
	}
	if !below {
		p.blank()
	}
	one := handshake(groups[0].e.TLS)
	for _, g := range groups {
		if handshake(g.e.TLS) != one || len(g.e.Certificates) == 0 {
			one = ""
		}
	}
	p.item(bold, "TLS", inputIndent+4, one)
	for i, g := range groups {
		if i == MaxTLSGroups {
			p.item(plain, "", 1, fmt.Sprintf("and %d more ways (--json shows all)", len(groups)-i))
			break
		}
		p.handshakes(&g, one != "")
	}
}

// handshakes shows what some addresses have in common: how TLS went, where that was not
// said of all, and their certificates.
func (p *probed) handshakes(g *likeEndpoints, said bool) {
	certificates := p.certificates(g.e.Certificates)
	at := p.whole(g.places, takes) + ": "
	if !said {
		p.bounded(plain, " -", gridIndent, at+handshake(g.e.TLS), 4)
	} else {
		p.bounded(plain, " -", gridIndent, at+certificates[0], 4)
		certificates = certificates[1:]
	}
	for _, text := range certificates {
		p.bounded(plain, "", gridIndent, text, 4)
	}
	if text := tried(g.e.Handshakes); text != "" {
		p.bounded(plain, "", gridIndent, text, MaxTextLines+2)
	}
}

// certificates describes those that can be told apart in a sentence.
func (p *probed) certificates(list []report.Certificate) []string {
	var texts []string
	for i := range list {
		if text := described(&list[i]); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
		if len(texts) > MaxCertificatesShown {
			texts[MaxCertificatesShown] = "and more certificates (--json shows all)"
			break
		}
	}
	return texts
}

// handshake is what was agreed on.
func handshake(h *report.Handshake) string {
	var parts []string
	for _, s := range [...]string{h.Version, h.Cipher, h.Group} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if h.Stapled {
		parts = append(parts, "OCSP stapled")
	}
	if len(parts) == 0 {
		return h.Why
	}
	return strings.Join(parts, ", ")
}

// described is a certificate in a sentence. Of one that passes for the name of the host
// there is less to say.
func described(c *report.Certificate) string {
	if c.PKIX != nil && *c.PKIX && len(c.Faults) == 0 {
		return c.Key + " from " + authority(c.Issuer) + ", until " + c.NotAfter.UTC().Format(time.DateOnly)
	}
	text := "certificate " + c.Subject + ", " + c.Key + ", from " + c.Issuer + ", " + c.NotBefore.UTC().Format(time.DateOnly) + " to " + c.NotAfter.UTC().Format(time.DateOnly)
	names := c.Names
	more := max(c.NamesTotal, len(names)) - MaxNamesTold
	if more > 0 {
		names = names[:min(len(names), MaxNamesTold)]
	}
	if len(names) > 0 {
		text += "; for " + strings.Join(names, ", ")
	}
	if more > 0 {
		text += fmt.Sprintf(" and %s more names", thousands(int64(more)))
	}
	return text
}

// authority is the name and the organisation in the name of an issuer; all of it where
// that is written in another way.
func authority(issuer string) string {
	common, organisation := "", ""
	for part := range strings.SplitSeq(issuer, ",") {
		kind, value, _ := strings.Cut(part, "=")
		switch {
		case strings.ContainsAny(part, `\"+`):
			return issuer
		case kind == "CN":
			common = value
		case kind == "O":
			organisation = value
		}
	}
	switch {
	case common == "" && organisation == "":
		return issuer
	case organisation == "", organisation == common:
		return common
	case common == "":
		return organisation
	}
	return common + " (" + organisation + ")"
}

// tried is how the further handshakes of --tls full ended.
func tried(list []report.Handshake) string {
	var words [3][]string
	for _, h := range list {
		at := 1
		switch h.Outcome {
		case report.OutcomeOK:
			at = 0
		case report.OutcomeUntried, report.OutcomeTimeout, report.OutcomeDeferred, report.OutcomeNoRoute, report.OutcomeRefused:
			at = 2
		}
		words[at] = append(words[at], h.Purpose)
	}
	var parts []string
	for i, label := range [...]string{"accepts: ", "does not accept: ", "could not be told: "} {
		if len(words[i]) > 0 {
			parts = append(parts, label+strings.Join(words[i], "; "))
		}
	}
	return strings.Join(parts, ". ")
}
