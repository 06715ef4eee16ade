package auth

import (
	"testing"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

func TestDiscreet(t *testing.T) {
	r := report.New(report.KindTrace)
	r.Message.To = []report.Mailbox{{Address: "alice@example.org"}, {Address: "info@example.org"}, {Address: "j.doe@example.org"}, {Address: "al@example.org"}, {Address: "gustav+news@example.org"}}
	r.Envelope.Addresses = []report.EnvelopeAddress{{Role: report.EnvelopeDeliveredTo, Address: "smith@smith.example"}, {Role: report.EnvelopeFrom, Address: "bounce@example.net"}}
	d := Discreet{dns.Nobody{}, RecipientsOf(r)}
	for _, c := range []struct {
		name  string
		holds bool
	}{
		{"alice._domainkey.example.net", true},
		{"ALICE._domainkey.example.net.", true},
		{"alice.example.org.example.net", true},
		{"c-alice-7.example.net", true},
		{"x.alice=example.org.t.example.net", true},
		{"example-org-alice.example.net", true},
		{"j.doe.example.net", true},
		{"j-doe.example.net", true},
		{"al.example.org.example.net", true},
		{"info.example.org.example.net", true},
		{"gustav.example.net", true},

		{"info.example.net", false}, // Anybody's host.
		{"al.example.net", false},
		{"alicefoods.example.net", false},
		{"_dmarc.example.net", false},
		{"_dmarc.smith.example", false}, // The recipient's own servers are asked.
		{"alice._domainkey.example.org", false},
		{"doe.j.example.net", false},
		{"bounce.example.net", false}, // No recipient.
		{"25.2.0.192.in-addr.arpa", false},
		{"com", false},
	} {
		if got := d.Recipients.In(c.name); got != c.holds {
			t.Errorf("%s: %v", c.name, got)
		}
		_, err := d.Lookup(t.Context(), c.name, dns.TXT)
		if e, ok := err.(*dns.Error); !ok || (e.Cause == dns.Withheld) != c.holds {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
