package analyze

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailtrace/analyze/mailbox"
)

// truth is the address that the receiver of a message recorded for its peer, and
// which provider the receiver is; "" when no receiver is known to have done so.
// It is taken from headers alone, never from the path.
func truth(m *mailbox.Message) (provider string, address netip.Addr) {
	top, ok := m.Field("Received")
	if !ok {
		return "", address
	}
	for _, k := range marks(m) {
		if len(k.addresses) == 0 {
			continue
		}
		microsoft := k.results != nil && k.results.AuthServID == "" && strings.Contains(k.field.Value, "sender IP is") || k.field.Is("X-Sender-IP")
		switch {
		case microsoft && strings.Contains(strings.ToLower(top.Value), ".outlook.com"):
			return "Microsoft 365", k.addresses[0].Unmap()
		case k.server == "mx.google.com" && strings.Contains(top.Value, "by 2002:"):
			return "Gmail", k.addresses[0].Unmap()
		}
	}
	return "", address
}

// blind takes out every field, Received apart, that names the address.
func blind(data []byte, m *mailbox.Message, address netip.Addr) []byte {
	out := slices.Clone(data)
	for _, f := range slices.Backward(m.Fields) {
		name := strings.ToLower(f.Name)
		mark := strings.Contains(f.Value, address.String()) || strings.HasPrefix(name, "arc-") || strings.Contains(name, "authentication-results") || name == "received-spf"
		if !f.Is("Received") && mark {
			out = slices.Delete(out, int(f.Offset), int(f.Offset)+f.Length)
		}
	}
	return out
}

// TestCorpusHandover finds the handover address without any configuration, on the
// messages whose receiver wrote it down: once as they are, once with every field
// taken out that names it.
func TestCorpusHandover(t *testing.T) {
	dir, rows := corpus(t)
	type score struct{ messages, right, rightBlind, undecided int }
	scores := map[string]*score{}
	a := &Analyzer{Now: clock}
	for _, row := range rows {
		data, err := os.ReadFile(filepath.Join(dir, row.Path))
		if err != nil {
			t.Fatal(err)
		}
		m, err := mailbox.Read(row.Path, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			continue
		}
		provider, want := truth(m)
		if provider == "" {
			continue
		}
		if scores[provider] == nil {
			scores[provider] = &score{}
		}
		s := scores[provider]
		s.messages++
		handed := func(m *mailbox.Message) string {
			if h := a.Message(t.Context(), m).Path.Handover; h != nil {
				return h.Address.String()
			}
			return "undecided"
		}
		if got := handed(m); got == want.String() {
			s.right++
		} else {
			t.Logf("%s: %s as is: %s, want %s", row.Path, provider, got, want)
		}
		masked := blind(data, m, want)
		m, err = mailbox.Read(row.Path, bytes.NewReader(masked), int64(len(masked)))
		if err != nil {
			t.Fatal(err)
		}
		switch got := handed(m); got {
		case want.String():
			s.rightBlind++
		case "undecided":
			s.undecided++
		default:
			t.Logf("%s: %s blind: %s, want %s", row.Path, provider, got, want)
		}
	}
	for provider, s := range scores {
		share := func(n int) string { return fmt.Sprintf("%d, %.2f %%", n, 100*float64(n)/float64(s.messages)) }
		t.Logf("%s: %d messages; right as is: %s; right blind: %s; blind undecided: %d", provider, s.messages, share(s.right), share(s.rightBlind), s.undecided)
	}
}
