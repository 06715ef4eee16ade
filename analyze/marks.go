package analyze

import (
	"net/netip"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/mailbox"
)

// mark is a field in which a receiver may have written down what it saw of the
// peer: its own name, the address.
type mark struct {
	index     int // In message.Fields.
	field     mailbox.Field
	server    string       // The host that says so, where it does.
	addresses []netip.Addr // That the field names as the peer's.
	results   *auth.Results
	spf       *auth.ReceivedSPF
}

// marks reads the marks of the message, the topmost first.
func marks(m *mailbox.Message) []mark {
	var all []mark
	for i, f := range m.Fields {
		k := mark{index: i, field: f}
		switch {
		case f.Is("Authentication-Results"):
			r := auth.ParseResults(f.Value)
			k.results, k.server, k.addresses = &r, r.AuthServID, r.Addresses()
		case f.Is("Received-SPF"):
			s := auth.ParseReceivedSPF(f.Value)
			k.spf, k.server, k.addresses = &s, s.Receiver(), s.Addresses()
		case f.Is("X-Sender-IP"), f.Is("X-SES-Source-IP"):
			k.add(strings.TrimSpace(f.Value))
		case f.Is("X-Forefront-Antispam-Report"):
			if _, rest, ok := strings.Cut(f.Value, "CIP:"); ok {
				address, _, _ := strings.Cut(rest, ";")
				k.add(address)
			}
		case f.Is("X-Barracuda-Connect"):
			if _, rest, ok := strings.Cut(f.Value, "["); ok {
				address, _, _ := strings.Cut(rest, "]")
				k.add(address)
			}
		default:
			continue
		}
		all = append(all, k)
	}
	return all
}

func (k *mark) add(text string) {
	if a, err := netip.ParseAddr(strings.TrimSpace(text)); err == nil {
		k.addresses = append(k.addresses, a.Unmap())
	}
}

// says whether the mark names an address as the peer's.
func (k *mark) says(a netip.Addr) bool {
	for _, have := range k.addresses {
		if have.Unmap() == a.WithZone("") {
			return true
		}
	}
	return false
}

// recipients says whether the field at an index was written on the recipient's
// side: above the line of the boundary everything was. Below it counts only what a
// provider is known to put there, directly under its line and under its name: an
// attacker knows the name of your server, and his own address.
func (s *subject) recipients(b *boundary, index int, server string) bool {
	if b.at < 0 {
		return false
	}
	if index < s.index[b.at] {
		return true
	}
	p := b.provider
	if p == nil {
		return false
	}
	f := s.message.Fields[index]
	if s.anywhere(b, index) {
		return s.last(f.Name) == index && s.behind(p.behind, index)
	}
	if p.behind != "" && begins(f.Key, []string{p.behind}) {
		return true // The provider takes such fields out of what comes in.
	}
	return p.below && contains(p.writes, f.Key) && s.under(b, index, p.between) &&
		(!f.Is("Authentication-Results") || anyHost(p.results, server)) && s.alone(b, index)
}

// anywhere says whether a field below the boundary is one that the provider puts
// where it likes.
func (s *subject) anywhere(b *boundary, index int) bool {
	return b.provider != nil && index > s.index[b.at] && contains(b.provider.marks, s.message.Fields[index].Key)
}

// behind says whether a field that begins so stands before the one at an index, or
// none is asked for.
func (s *subject) behind(prefix string, index int) bool {
	if prefix == "" {
		return true
	}
	for _, f := range s.message.Fields[:index] {
		if len(f.Name) >= len(prefix) && strings.EqualFold(f.Name[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}

// under says whether nothing but what receivers write together stands between the
// line of the boundary and the field.
func (s *subject) under(b *boundary, index int, between []string) bool {
	for i := s.index[b.at] + 1; i < index; i++ {
		f := s.message.Fields[i]
		if !resultField(f) && !begins(f.Key, between) {
			return false
		}
	}
	return true
}

// alone says whether the field is the first of its kind under the boundary. The
// provider writes each kind once, and before anything that came with the message:
// a second one is a copy. Where it writes a field for each method, a kind is a
// method, and one that it always writes.
func (s *subject) alone(b *boundary, index int) bool {
	name := s.message.Fields[index].Name
	method := s.method(index)
	split := len(b.provider.split) > 0 && method != ""
	if split && !contains(b.provider.split, method) {
		return false
	}
	for i := s.index[b.at] + 1; i < index; i++ {
		if s.message.Fields[i].Is(name) && (!split || s.method(i) == method) {
			return false
		}
	}
	return true
}

// method is the one method that an Authentication-Results has results of, or "".
func (s *subject) method(index int) string {
	for i := range s.marks {
		if k := &s.marks[i]; k.index == index && k.results != nil && len(k.results.Results) == 1 {
			return k.results.Results[0].Method
		}
	}
	return ""
}

// perhaps says whether the place of a field leaves open who wrote it: one of those
// that a provider puts anywhere, without what shows that it did; or directly under the line of the boundary, where programs beside the recipient's mail server
// (OpenDKIM, rspamd) write, and where what came with the message begins.
func (s *subject) perhaps(b *boundary, index int, server string) bool {
	if s.anywhere(b, index) && s.last(s.message.Fields[index].Name) == index {
		return true
	}
	if b.provider != nil || index < s.index[b.at] || !s.under(b, index, filterFields) {
		return false
	}
	f := s.message.Fields[index]
	by := s.hops[b.at].By.Name
	if f.Is("Authentication-Results") {
		return strings.EqualFold(server, by) || s.org(by) != "" && s.house(server) == s.house(by)
	}
	return f.Is("Received-SPF") || begins(f.Key, filterFields)
}

// filterFields is how fields begin that filters beside a mail server write.
var filterFields = []string{"x-rspamd-", "x-spam-", "x-spamd-", "x-virus-"}

func begins(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// resultField says whether a field is one of those that receivers write together.
func resultField(f mailbox.Field) bool {
	return f.Is("Authentication-Results") || f.Is("Received-SPF") || f.Is("Return-Path") ||
		begins(f.Key, []string{"arc-", "x-ses-", "x-google-", "x-zohomail-"})
}

// last is the index of the lowest field of that name.
func (s *subject) last(name string) int {
	at := -1
	for i, f := range s.message.Fields {
		if f.Is(name) {
			at = i
		}
	}
	return at
}
