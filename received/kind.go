package received

// kind says what happened at a hop, as far as its field alone tells; the path
// knows more.
func (p *parser) kind(d *dialect) Kind {
	h := p.hop
	switch {
	case d.kind != "":
		return d.kind
	case p.implies&isFetch != 0:
		return Fetch
	case p.implies&isLMTP != 0:
		return Delivery
	case p.implies&isLocal != 0 && (!h.From.Address.IsValid() || h.From.Address.IsLoopback()):
		return Local
	case h.By.Name == "" && !p.seen[fromClause]:
		return Note
	case p.implies&isHTTP != 0:
		if h.User != "" || h.From.Address.IsValid() {
			return Submission
		}
		return Gateway
	case h.From.Address.IsLoopback():
		return Local
	}
	return Relay
}
