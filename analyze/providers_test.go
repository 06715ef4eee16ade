package analyze

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailtrace/analyze/mailbox"
)

// receivers is the messages of testdata/providers, NAME-1.eml and so on, each with
// the address that handed it to the recipient's side. Six each, from six kinds of
// senders, all written for this test in the shape that the receiver has, with
// documentation addresses and names.
var receivers = []struct {
	name      string
	addresses []string
}{
	{"fastmail", []string{"192.0.2.25", "192.0.2.61", "198.51.100.49", "198.51.100.130", "203.0.113.33", "203.0.113.183"}},
	{"gmx", []string{"192.0.2.25", "192.0.2.61", "198.51.100.49", "198.51.100.130", "203.0.113.33", "203.0.113.183"}},
	{"ses", []string{"192.0.2.25", "192.0.2.61", "198.51.100.49", "198.51.100.130", "203.0.113.33", "203.0.113.183"}},
	{"icloud", []string{"192.0.2.25", "192.0.2.61", "198.51.100.49", "198.51.100.130", "203.0.113.33", "203.0.113.183"}},
	// On one host; by an own relay with a public address; by one with a private
	// address; given back by a filter; with Dovecot behind; a peer without a name.
	{"postfix", []string{"192.0.2.25", "192.0.2.61", "198.51.100.49", "198.51.100.130", "203.0.113.33", "203.0.113.201"}},
	// On one host; with Dovecot behind; scanned and handed in again; two Exims; a
	// sender that adds no line; a peer without a name.
	{"exim", []string{"192.0.2.25", "192.0.2.61", "198.51.100.49", "198.51.100.130", "203.0.113.183", "203.0.113.201"}},
	// Behind Postfix, with Dovecot behind in every other.
	{"rspamd", []string{"192.0.2.25", "192.0.2.61", "198.51.100.49", "198.51.100.130", "203.0.113.33", "203.0.113.201"}},
}

// TestProviders finds the handover address without any configuration, as
// TestCorpusHandover does: as the messages are, and with every field taken out that
// names it. A wrong address fails; "undecided" is an honest answer, and counted.
func TestProviders(t *testing.T) {
	for _, receiver := range receivers {
		files, err := filepath.Glob("testdata/providers/" + receiver.name + "-*.eml")
		if err != nil || len(files) != len(receiver.addresses) {
			t.Errorf("%s: %d messages, %d in the table: %v", receiver.name, len(files), len(receiver.addresses), err)
			continue
		}
		slices.Sort(files)
		var right, rightBlind, undecided int
		for i, file := range files {
			eml, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := netip.MustParseAddr(receiver.addresses[i])
			if !strings.Contains(string(eml), want.String()) {
				t.Errorf("%s does not hold %s", file, want)
			}
			m, _ := analysed(t, file, eml)
			for _, how := range []string{"as is", "blind"} {
				data := eml
				if how == "blind" {
					data = blind(eml, m, want)
				}
				switch got := handed(t, file, data); {
				case got == want && how == "blind":
					rightBlind++
				case got == want:
					right++
				case !got.IsValid():
					undecided++
					t.Logf("%s, %s: undecided", file, how)
				default:
					t.Errorf("%s, %s: handed over by %s, want %s", file, how, got, want)
				}
			}
		}
		t.Logf("%-9s %d messages; right as is %d, blind %d; undecided %d", receiver.name, len(files), right, rightBlind, undecided)
	}
}

// handed is the address of the handover, or the zero Addr.
func handed(t *testing.T, name string, eml []byte) netip.Addr {
	t.Helper()
	_, r := analysed(t, name, eml)
	if r.Path.Handover == nil {
		return netip.Addr{}
	}
	return r.Path.Handover.Address
}

// TestProvidersResults holds what a provider with a profile wrote of its checks to
// being taken for the recipient's, and what a filter beside a plain mail server
// wrote to being left open: its place is also where the sender's part begins.
func TestProvidersResults(t *testing.T) {
	for _, receiver := range receivers {
		eml, err := os.ReadFile("testdata/providers/" + receiver.name + "-1.eml")
		if err != nil {
			t.Fatal(err)
		}
		_, r := analysed(t, receiver.name, eml)
		want := "recipient"
		if receiver.name == "rspamd" {
			want = "cannot-tell"
		}
		for _, f := range r.Fields {
			if (f.Name == "Authentication-Results" || f.Name == "Received-SPF" || f.Name == "X-Spamd-Result") && string(f.Origin) != want {
				t.Errorf("%s: %s (line %d) is of %s, want %s", receiver.name, f.Name, f.Line, f.Origin, want)
			}
		}
	}
}

// strangers is routes that a stranger wrote so that the boundary would go down into
// them; want is the line of the boundary, 0 where there is none.
var strangers = []struct {
	name, header string
	want         int
}{
	{"behind a translator of addresses, the peer chooses the name that his next line goes on from", `Return-Path: <a@bank.example>
Received: from gw.bank.example (unknown [172.17.0.1]) by mx.example.org (Postfix) with ESMTPS id 9F8D43F7D1; Fri, 20 Nov 2026 08:29:00 +0000 (UTC)
Received: from core.bank.example (core.bank.example [203.0.113.66]) by gw.bank.example (Postfix) with ESMTPS id 9F8D43F7D2; Fri, 20 Nov 2026 08:28:00 +0000 (UTC)
`, 2},
	{"a reverse name of the recipient's domain that nobody looked up forwards", `Return-Path: <a@bank.example>
Received: from mx2.example.org (203.0.113.66) by mx.example.org with SMTP; 20 Nov 2026 08:29:00 -0000
Received: from core.bank.example (203.0.113.67) by mx2.example.org with SMTP; 20 Nov 2026 08:28:00 -0000
`, 2},
	{"a form on the recipient's web server that lets fields through", `Delivered-To: anton@example.org
Received: by www.example.org (Postfix, from userid 33) id 9F8D43F7D1; Fri, 20 Nov 2026 08:29:00 +0000 (UTC)
Received: from core.bank.example (core.bank.example [203.0.113.66]) by relay.bank.example (Postfix) with ESMTPS id 9F8D43F7D2; Fri, 20 Nov 2026 08:28:00 +0000 (UTC)
`, 2},
	{"a host in a computing cloud is no host of Fastmail", `Received: from relay.bank.example (relay.bank.example [203.0.113.66]) by ip-172-31-3-47.eu-west-1.compute.internal (Postfix) with ESMTP id 9F8D43F7D1; Fri, 20 Nov 2026 08:29:00 +0000 (UTC)
`, 0},
	{"a filter that takes mail from outside", `Delivered-To: anton@example.org
Received: from relay.bank.example ([203.0.113.66]) by mx.example.org (amavis, port 10024) with ESMTP id r6yoYFJScFDb; Fri, 20 Nov 2026 08:29:00 +0000 (UTC)
Received: from core.bank.example (core.bank.example [203.0.113.67]) by relay.bank.example (Postfix) with ESMTPS id 9F8D43F7D2; Fri, 20 Nov 2026 08:28:00 +0000 (UTC)
`, 2},
	{"a peer that calls itself a host of Microsoft's, at its edge", `Received: from AS1PR05MB9002.eurprd05.prod.outlook.com (203.0.113.66) by AM4PEPF00025F9A.mail.protection.outlook.com (10.167.16.9) with Microsoft SMTP Server id 15.20.10312.6 via Frontend Transport; Fri, 20 Nov 2026 08:29:00 +0000
Received: from core.bank.example (203.0.113.67) by AS1PR05MB9002.eurprd05.prod.outlook.com (2001:db8::7) with Microsoft SMTP Server id 15.20.10312.6; Fri, 20 Nov 2026 08:28:00 +0000
`, 1},
	{"results that the sender wrote under a route of his own, where the provider wrote none", `Received: from relay.bank.example (relay.bank.example [203.0.113.66]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP id s08vnjngg8o82cpus2084722eiate3c6ig885f01 for a@example.org; Fri, 20 Nov 2026 08:29:00 +0000 (UTC)
Received: from core.bank.example (core.bank.example [203.0.113.67]) by relay.bank.example (Postfix) with ESMTPS id 9F8D43F7D2; Fri, 20 Nov 2026 08:28:00 +0000 (UTC)
Authentication-Results: amazonses.com; spf=pass smtp.mailfrom=bank.example
`, 1},
	{"an address that the sender's field of Microsoft's names", `Received: from relay.bank.example (203.0.113.66) by AM4PEPF00025F9A.mail.protection.outlook.com (10.167.16.9) with Microsoft SMTP Server id 15.20.10312.6 via Frontend Transport; Fri, 20 Nov 2026 08:29:00 +0000
Received: from core.bank.example (core.bank.example [203.0.113.67]) by relay.bank.example (Postfix) with ESMTPS id 9F8D43F7D2; Fri, 20 Nov 2026 08:28:00 +0000 (UTC)
X-Sender-IP: 203.0.113.67
`, 1},
}

func TestStrangers(t *testing.T) {
	for _, c := range strangers {
		_, r := analysed(t, c.name, []byte(c.header+"From: a@bank.example\n\n"))
		got := 0
		if r.Path.Boundary != nil {
			got = r.Path.Hops[r.Path.Boundary.Hop-1].Line
		}
		if got != c.want {
			t.Errorf("%s: the boundary is line %d, want %d", c.name, got, c.want)
		}
		for _, f := range r.Fields {
			if (f.Name == "X-Sender-IP" || f.Name == "Authentication-Results") && f.Origin == "recipient" {
				t.Errorf("%s: %s is taken for the recipient's", c.name, f.Name)
			}
		}
	}
}

// TestAuthServID: an authserv-id that the user names settles whose the host is that
// stands beside its results, but not when a sender wrote them further down.
func TestAuthServID(t *testing.T) {
	const own = "Received: from relay.bank.example (relay.bank.example [203.0.113.66]) by mx1.example.org (Postfix) with ESMTPS id 9F8D43F7D2; Fri, 20 Nov 2026 08:28:00 +0000 (UTC)\n"
	const results = "Authentication-Results: auth.example.org; spf=pass smtp.mailfrom=bank.example\n"
	const other = "Received: from x.bank.example (x.bank.example [203.0.113.67]) by mx.example.net (Postfix) with ESMTPS id 9F8D43F7D3; Fri, 20 Nov 2026 08:28:00 +0000 (UTC)\n"
	for _, c := range []struct {
		header, id string
		decided    bool
	}{
		{results + own, "auth.example.org", true},
		{own + results, "auth.example.org", true},
		{results + own, "auth.example.com", false},
		{other + own + results, "auth.example.org", false},
		{results + other, "auth.example.org", false},
	} {
		m, err := mailbox.Read("x", strings.NewReader(c.header+"From: a@bank.example\n\n"), 0)
		if err != nil {
			t.Fatal(err)
		}
		r := (&Analyzer{Now: clock, AuthServIDs: []string{c.id}}).Message(t.Context(), m)
		if (r.Path.Boundary != nil) != c.decided {
			t.Errorf("--authserv-id %s on\n%sboundary %+v", c.id, c.header, r.Path.Boundary)
		}
	}
}
