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
