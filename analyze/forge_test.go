package analyze

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

// honest is the messages of testdata/honest, each with the address that handed it
// to the recipient's side. One kind of receiver or of way each; all written for
// this test, with documentation addresses and names.
var honest = map[string]string{
	"microsoft365": "192.0.2.25", "gmail": "192.0.2.61", "fastmail": "198.51.100.130", "gmx": "192.0.2.25",
	"ses": "198.51.100.49", "icloud": "192.0.2.25", "proton": "192.0.2.61", "yahoo": "192.0.2.25", "zoho": "192.0.2.61",
	"postfix": "198.51.100.49", "exim": "198.51.100.130", "postfix-rspamd": "192.0.2.25", "postfix-amavis-dovecot": "192.0.2.61",
	"sendmail": "192.0.2.25", "qmail": "192.0.2.25", "exchange": "192.0.2.25", "mailman": "198.51.100.20",
	"forward-srs": "198.51.100.44", "fetchmail": "192.0.2.25", "mimecast": "198.51.100.86", "proofpoint": "198.51.100.107",
	"exim-local-sender": "203.0.113.33", "gmail-from-ses": "203.0.113.183",
}

// victim is what a forger knows of the one he writes to: everything, for he can
// send himself a mail there first.
type victim struct {
	by, id  string // The recipient's host at the boundary, and its authserv-id.
	address string // His own, which that host will write down.
	line    string // The line that such a host writes.
}

// forgery is one way to write what did not happen.
type forgery struct {
	name   string
	breaks string              // The rule that disproves it; "" where nothing can, or none is sought.
	write  func(victim) string // Header fields, each with its line end.
}

const forgedDate = "Fri, 20 Nov 2026 08:29:00 +0000"

var forgeries = []forgery{
	{"invented hop", "", func(victim) string {
		return "Received: from core.bank.example ([203.0.113.66]) by relay.bank.example with ESMTP; " + forgedDate + "\n"
	}},
	{"invented chain that goes on to the peer", "", func(v victim) string {
		return "Received: from relay.bank.example (relay.bank.example [203.0.113.66])\n\tby unknown (Postfix) with ESMTPS id 9F8D43F7C6; Fri, 20 Nov 2026 08:29:00 +0000 (UTC)\n" +
			"Received: from core.bank.example ([203.0.113.67]) by relay.bank.example with ESMTP; " + forgedDate + "\n"
	}},
	{"spliced chain of another message", "", func(victim) string {
		return "Received: from mail.example.com (mail.example.com [192.0.2.25])\n\tby fwd.example.net (Postfix) with ESMTPS id 9F8D43F7C7\n\tfor <eve@fwd.example.net>; Fri, 20 Nov 2026 07:01:00 +0000 (UTC)\n" +
			"Received: from [192.168.1.7] (dyn-9.access.example.net [198.51.100.9])\n\tby mail.example.com (Postfix) with ESMTPSA id 9F8D43F7C8; Fri, 20 Nov 2026 07:00:58 +0000 (UTC)\n"
	}},
	{"wrong product shape", "received.product-shape", func(victim) string {
		return "Received: from pc7 (helo=pc7.bank.example [203.0.113.66]) by relay.bank.example (Postfix) with ESMTP id 9F8D43F7C9; " + forgedDate + "\n"
	}},
	{"copied hop, date shifted", "received.queue-id-clock", func(victim) string {
		// The id is of 20 Nov 2026 08:31, the stamp of two days before.
		return "Received: from mail.example.com (mail.example.com [192.0.2.25])\n\tby relay.bank.example with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384\n\t(Exim 4.98)\n\t(envelope-from <a@bank.example>)\n\tid 1xUK1O-000000001Kq-2Zx8\n\tfor b@example.org;\n\tWed, 18 Nov 2026 08:31:02 +0000\n"
	}},
	{"impossible clock", "received.queue-id-clock", func(victim) string {
		return "Received: from pc7.bank.example ([203.0.113.66] helo=pc7.bank.example)\n\tby relay.bank.example with esmtp (Exim 4.96)\n\tid 1h00gG-0004kQ-7T; " + forgedDate + "\n"
	}},
	{"date in the address slot", "received.address-impossible", func(victim) string {
		return "Received: from unknown (HELO relay.bank.example) (" + forgedDate + ")\n\tby mx.bank.example with QMQP; " + forgedDate + "\n"
	}},
	{"address beyond 255", "received.address-impossible", func(victim) string {
		return "Received: from a.bank.example (a.bank.example [203.0.113.300])\n\tby mx.bank.example with SMTP; " + forgedDate + "\n"
	}},
	{"day that is none", "received.date-impossible", func(victim) string {
		return "Received: from a.bank.example (a.bank.example [203.0.113.66])\n\tby mx.bank.example with SMTP; 31 Feb 2026 08:29:00 +0000\n"
	}},
	{"wrong weekday", "received.weekday-wrong", func(victim) string {
		return "Received: from a.bank.example (a.bank.example [203.0.113.66])\n\tby mx.bank.example with SMTP; Mon, 20 Nov 2026 08:29:00 +0000\n"
	}},
	{"the recipient's own line, with his address", "", func(v victim) string { return v.line }},
	{"by the recipient's host, private peer of its name", "", func(v victim) string {
		return "Received: from " + v.by + " (" + v.by + " [10.0.0.9])\n\tby " + v.by + " (Postfix) with ESMTP id 9F8D43F7D1; Fri, 20 Nov 2026 08:29:00 +0000 (UTC)\n" +
			"Received: from core.bank.example (core.bank.example [203.0.113.66])\n\tby " + v.by + " (Postfix) with ESMTPS id 9F8D43F7D2; Fri, 20 Nov 2026 08:28:00 +0000 (UTC)\n"
	}},
	{"Return-Path and Delivered-To brought along", "", func(v victim) string {
		return "Return-Path: <service@bank.example>\nDelivered-To: anton@example.org\nReceived: from core.bank.example (core.bank.example [203.0.113.66])\n\tby " + v.by + " (Postfix) with ESMTPS id 9F8D43F7D3; Fri, 20 Nov 2026 08:28:00 +0000 (UTC)\n"
	}},
	{"results under the recipient's id", "", func(v victim) string {
		return "Authentication-Results: " + v.id + "; spf=pass smtp.mailfrom=bank.example;\n dkim=pass header.d=bank.example; dmarc=pass header.from=bank.example\n"
	}},
	{"the same, with his own address", "", func(v victim) string {
		return "Authentication-Results: " + v.id + ";\n spf=pass (domain of bank.example designates " + v.address + " as permitted sender) smtp.mailfrom=bank.example;\n iprev=pass smtp.remote-ip=" + v.address + ";\n dmarc=pass header.from=bank.example\nReceived-SPF: pass (domain of bank.example designates " + v.address + " as permitted sender) client-ip=" + v.address + "; receiver=" + v.id + "\n"
	}},
	{"one method each", "", func(v victim) string {
		var b strings.Builder
		for _, m := range []string{"arc", "dmarc", "dkim", "spf", "bimi"} {
			fmt.Fprintf(&b, "Authentication-Results: %s; %s=pass header.from=bank.example\n", v.id, m)
		}
		return b.String()
	}},
	{"Microsoft's marks", "", func(v victim) string {
		return "Authentication-Results: spf=pass (sender IP is " + v.address + ")\n smtp.mailfrom=bank.example; dmarc=pass action=none header.from=bank.example;compauth=pass reason=100\nX-Forefront-Antispam-Report: CIP:203.0.113.66;CTRY:DE;SCL:-1;SFV:NSPM;CAT:NONE;\n"
	}},
	{"a Gmail line and marks below it", "", func(v victim) string {
		return "Received: from core.bank.example (core.bank.example. [203.0.113.66])\n        by mx.google.com with ESMTPS id 4fb4d7f45d1cf-645363c0f0dsi1204417a12.112.2026.11.20.00.29.00\n        for <anton@gmail.com>; Fri, 20 Nov 2026 00:29:00 -0800 (PST)\n" +
			"Authentication-Results: mx.google.com;\n       spf=pass (google.com: domain of bank.example designates " + v.address + " as permitted sender) smtp.mailfrom=bank.example;\n       dmarc=pass header.from=bank.example\n"
	}},
}

// read analyses a message by an analyzer that was told nothing.
func analysed(t *testing.T, name string, eml []byte) (*mailbox.Message, *report.Report) {
	t.Helper()
	m, err := mailbox.Read(name, bytes.NewReader(eml), int64(len(eml)))
	if err != nil {
		t.Fatal(err)
	}
	return m, (&Analyzer{Now: clock}).Message(t.Context(), m)
}

// broughtAt is where what the sender brought begins and where its route ends, as
// offsets: an author's fields follow his route, and the recipient's come before.
func broughtAt(m *mailbox.Message, boundary int) (top, bottom int) {
	for _, f := range m.Fields {
		author := f.Is("From") || f.Is("List-Id")
		if (f.Line > boundary && f.Is("Received") || author) && top == 0 {
			top = int(f.Offset)
		}
		if f.Is("From") {
			return top, int(f.Offset)
		}
	}
	return top, top
}

// aim is what the forger knows, taken from the honest message.
func aim(m *mailbox.Message, r *report.Report) victim {
	v := victim{by: r.Path.Handover.By, address: r.Path.Handover.Address.String(), id: r.Path.Handover.By}
	for _, k := range marks(m) {
		if k.server != "" && k.results != nil {
			v.id = k.server
			break
		}
	}
	v.line = "Received: " + strings.TrimSpace(r.Path.Hops[r.Path.Boundary.Hop-1].Raw) + "\n"
	return v
}

// forged is one forged message held to what must be true of it.
type forged struct {
	honest, forgery string
	from, to        int // Lines that the forger wrote.
}

// TestForgeries forges on top of every honest message, in every way, above and
// below the honest sender's route. No honest hop may become fictitious, every
// forged one must that breaks a rule which disproves hops; boundary and handover do
// not move, and no forged result becomes the recipient's.
func TestForgeries(t *testing.T) {
	have := map[string]bool{}
	for _, r := range Rules() {
		have[r.ID] = true
	}
	names, err := filepath.Glob("testdata/honest/*.eml")
	if err != nil || len(names) != len(honest) {
		t.Fatalf("%d messages, %d in the table: %v", len(names), len(honest), err)
	}
	table := map[string]map[string]int{} // Forgery, rule: how often it disproved a forged hop.
	for _, file := range names {
		name := strings.TrimSuffix(filepath.Base(file), ".eml")
		eml, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, r := analysed(t, name, eml)
		if r.Path.Handover == nil || r.Path.Handover.Address.String() != honest[name] {
			t.Errorf("%s: handover %+v, want %s", name, r.Path.Handover, honest[name])
			continue
		}
		unblemished(t, name, r)
		top, bottom := broughtAt(m, r.Path.Hops[r.Path.Boundary.Hop-1].Line)
		for _, f := range forgeries {
			if table[f.name] == nil {
				table[f.name] = map[string]int{}
			}
			text := f.write(aim(m, r))
			for where, at := range map[string]int{"above": top, "below": bottom} {
				line := 1 + lines(string(eml[:at]))
				c := forged{name, f.name + ", " + where, line, line + lines(text)}
				_, got := analysed(t, name, []byte(string(eml[:at])+text+string(eml[at:])))
				c.hold(t, r, got)
				c.tell(t, got, table[f.name], f.breaks, have[f.breaks])
			}
		}
	}
	for _, f := range forgeries {
		t.Logf("%-50s breaks %-28s disproved in %d messages (two places each) by %v", f.name, or(f.breaks, "-"), len(names), table[f.name])
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// unblemished holds an honest message: nothing of it is disproved or doubted.
func unblemished(t *testing.T, name string, r *report.Report) {
	t.Helper()
	for _, h := range r.Path.Hops {
		if h.Standing == report.Fictitious || h.Standing == report.Inconsistent {
			t.Errorf("%s: the honest hop %d (line %d) is %s", name, h.Number, h.Line, h.Standing)
		}
	}
	for _, f := range r.Findings {
		if f.Weight == report.Proof {
			t.Errorf("%s: %s: %s", name, f.Rule, f.Text)
		}
	}
}

// hold compares a forged message with the honest one that it was made of.
func (c forged) hold(t *testing.T, was, got *report.Report) {
	t.Helper()
	if got.Path.Boundary == nil || got.Path.Handover == nil {
		t.Errorf("%s: %s: no boundary any more", c.honest, c.forgery)
		return
	}
	if a, b := was.Path.Handover.Address, got.Path.Handover.Address; a != b {
		t.Errorf("%s: %s: the handover moved from %s to %s: %+v", c.honest, c.forgery, a, b, got.Path.Boundary.Basis)
	}
	if a, b := was.Path.Hops[was.Path.Boundary.Hop-1].Line, got.Path.Hops[got.Path.Boundary.Hop-1].Line; a != b {
		t.Errorf("%s: %s: the boundary moved from line %d to line %d", c.honest, c.forgery, a, b)
	}
	for _, h := range got.Path.Hops {
		own := h.Line >= c.from && h.Line < c.to
		if !own && h.Standing == report.Fictitious {
			t.Errorf("%s: %s: the honest hop %d (line %d) is fictitious", c.honest, c.forgery, h.Number, h.Line)
		}
		if own && (h.Standing == report.Observed || h.Standing == report.Attested) {
			t.Errorf("%s: %s: the forged hop %d (line %d) is %s", c.honest, c.forgery, h.Number, h.Line, h.Standing)
		}
	}
	for _, f := range got.Fields {
		if f.Line >= c.from && f.Line < c.to && f.Origin == report.FromRecipient {
			t.Errorf("%s: %s: the forged %s (line %d) is taken for the recipient's", c.honest, c.forgery, f.Name, f.Line)
		}
	}
}

// tell counts which rules disproved forged hops, and holds the forgery to the rule
// that it breaks.
func (c forged) tell(t *testing.T, got *report.Report, counts map[string]int, breaks string, have bool) {
	t.Helper()
	caught := false
	for _, f := range got.Findings {
		if f.Hop == nil || f.Disproves != report.DisprovesHop {
			continue
		}
		h := got.Path.Hops[*f.Hop-1]
		if h.Line < c.from || h.Line >= c.to {
			continue
		}
		counts[f.Rule]++
		caught = caught || f.Rule == breaks
		if h.Standing != report.Fictitious {
			t.Errorf("%s: %s: %s disproves hop %d, which is %s", c.honest, c.forgery, f.Rule, h.Number, h.Standing)
		}
	}
	if have && !caught {
		t.Errorf("%s: %s: %s does not speak", c.honest, c.forgery, breaks)
	}
}

// TestPeerWithTheRecipientsName: the peer may call itself what it likes, and where
// the server does not look whether a reverse name leads back, that one too.
func TestPeerWithTheRecipientsName(t *testing.T) {
	for name, address := range honest {
		eml, err := os.ReadFile("testdata/honest/" + name + ".eml")
		if err != nil {
			t.Fatal(err)
		}
		m, r := analysed(t, name, eml)
		if r.Path.Handover == nil {
			continue // TestForgeries says so.
		}
		hop := &r.Path.Hops[r.Path.Boundary.Hop-1]
		f := m.Fields[0]
		for _, have := range m.Fields {
			if have.Line == hop.Line {
				f = have
			}
		}
		raw := f.Value
		for _, old := range []string{hop.From.HELO, hop.From.Name} {
			if old != "" && old != address && (old != hop.From.RDNS || strings.Count(raw, old) == 1 && hop.Dialect == "qmail") {
				raw = strings.Replace(raw, old, hop.By.Name, 1)
			}
		}
		lie := "Received: from core.bank.example (core.bank.example [203.0.113.66])\n\tby " + hop.By.Name + " (Postfix) with ESMTPS id 9F8D43F7D2; Fri, 20 Nov 2026 08:28:00 +0000 (UTC)\n"
		at := int(f.Offset)
		text := string(eml[:at]) + "Received:" + raw + "\n" + string(eml[at+f.Length:])
		m2, _ := analysed(t, name, []byte(text))
		top, _ := broughtAt(m2, hop.Line)
		_, got := analysed(t, name, []byte(text[:top]+lie+text[top:]))
		if h := got.Path.Handover; h == nil || h.Address.String() != address {
			t.Errorf("%s: the peer calls itself %s and writes a line of that host; handover %+v, want %s", name, hop.By.Name, h, address)
		}
	}
}
