package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/miekg/dns"
)

// nameServer answers on 127.0.0.1 by UDP, and counts the questions.
func nameServer(t *testing.T, records map[string]string) (address string, asked *atomic.Int64) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = new(atomic.Int64)
	started := make(chan struct{})
	server := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(started) }}
	server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		asked.Add(1)
		m := new(dns.Msg).SetReply(q)
		m.RecursionAvailable = true
		m.Rcode = dns.RcodeNameError
		switch text := records[q.Question[0].Name]; {
		case text == "SERVFAIL":
			m.Rcode = dns.RcodeServerFailure
		case text != "" && q.Question[0].Qtype == dns.TypeTXT:
			rr, err := dns.NewRR(q.Question[0].Name + " 300 TXT \"" + text + "\"")
			if err != nil {
				t.Error(err)
			}
			m.Rcode, m.Answer = dns.RcodeSuccess, []dns.RR{rr}
		}
		_ = w.WriteMsg(m)
	})
	go func() { _ = server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = server.Shutdown() })
	return conn.LocalAddr().String(), asked
}

// traced runs "trace" with what the test says of the network.
func traced(t *testing.T, want int, args ...string) (out, errOut string) {
	t.Helper()
	noConfig(t)
	t.Setenv("MAILTRACE_OFFLINE", "")
	var o, e bytes.Buffer
	if code := run(t.Context(), append([]string{"trace", "--now", goldenNow}, args...), strings.NewReader(""), &o, &e); code != want {
		t.Fatalf("%v: exit code %d, not %d\n%s", args, code, want, &e)
	}
	return o.String(), e.String()
}

const forged = repository + "/testdata/forged.eml"

// TestResolver asks a server, records what it says, and makes the same report again
// without it.
func TestResolver(t *testing.T) {
	address, asked := nameServer(t, map[string]string{"example.com.": "v=spf1 -all", "_dmarc.example.com.": "SERVFAIL"})
	recording := filepath.Join(t.TempDir(), "a.dns")
	out, errOut := traced(t, exitOK, "--json", "--resolver", address, "--dns-record", recording, forged)
	for _, want := range []string{`"method":"spf","status":"fail"`, `"resolver":"` + address + `"`, `"cause":"servfail"`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
	if errOut != "" || asked.Load() == 0 {
		t.Errorf("%d questions, %q", asked.Load(), errOut)
	}
	before := asked.Load()
	again, errOut := traced(t, exitOK, "--json", "--resolver", address, "--offline", "--dns-replay", recording, forged)
	if again != out || errOut != "" {
		t.Errorf("replayed: %s%s", firstDifference([]byte(out), []byte(again)), errOut)
	}
	if _, errOut = traced(t, exitOK, "--json", "--resolver", address, "--offline", forged); errOut != "" {
		t.Error(errOut)
	}
	if asked.Load() != before {
		t.Errorf("offline, %d questions were asked", asked.Load()-before)
	}
}

// TestDeadNetwork holds that a server which never answers costs a run some seconds, not
// each message of it; that it is told once, beside the reports; and that all of it is
// the same when it is replayed.
func TestDeadNetwork(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0") // Somebody holds the port and says nothing.
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	message, err := os.ReadFile(forged)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var mailbox bytes.Buffer
	const messages = 300
	for i := range messages {
		// Another domain each time, so that no question is asked twice.
		domain := "d" + strings.Repeat("x", i%50) + strings.Repeat("y", i/50) + ".example.com"
		mailbox.WriteString("From ida@example.org Fri Nov 20 08:14:22 2026\n")
		mailbox.Write(bytes.ReplaceAll(message, []byte("example.com"), []byte(domain)))
		mailbox.WriteString("\n\n")
	}
	file, recording := filepath.Join(dir, "m.mbox"), filepath.Join(dir, "a.dns")
	if err := os.WriteFile(file, mailbox.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	out, errOut := traced(t, exitOK, "--json", "--resolver", conn.LocalAddr().String(), "--dns-record", recording, file)
	took := time.Since(began)
	t.Logf("%d messages took %s", messages, took)
	if took > 12*time.Second {
		t.Errorf("%d messages took %s", messages, took)
	}
	if strings.Count(out, "\n") != messages || !strings.Contains(out, `"status":"temperror"`) || !strings.Contains(out, `"cause":"timeout"`) {
		t.Errorf("the reports do not say that nobody answered: %.2000s", out)
	}
	if strings.Count(errOut, "no DNS server answers (") != 1 || !strings.Contains(errOut, "hint: --offline asks nobody") {
		t.Errorf("it says %q", errOut)
	}
	again, errOut := traced(t, exitOK, "--json", "--dns-replay", recording, file)
	if again != out || errOut != "" {
		t.Errorf("replayed: %s%s", firstDifference([]byte(out), []byte(again)), errOut)
	}
}

// TestKeysOfThen holds that a key that the user hands in is the one of the message's
// time, which one that the DNS has years later need not be.
func TestKeysOfThen(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	var signed bytes.Buffer
	message := "From: a@example.com\r\nTo: b@example.org\r\nSubject: Lunch\r\n\r\nToday?\r\n"
	err = dkim.Sign(&signed, strings.NewReader(message), &dkim.SignOptions{Domain: "example.com", Selector: "s1", Signer: private})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, zone := filepath.Join(dir, "m.eml"), filepath.Join(dir, "zone")
	received := "Received: from mail.example.com (mail.example.com [203.0.113.45])\r\n\tby mx.example.org (Postfix) with ESMTPS id 4jW7R2C8Qlz5vHm\r\n" +
		"\tfor <b@example.org>; Mon, 20 Nov 2023 08:14:22 +0000 (UTC)\r\n"
	key := "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	address, _ := nameServer(t, map[string]string{"s1._domainkey.example.com.": key})
	for _, test := range []struct{ subject, keys, dns string }{
		{"Subject: Lunch", "pass", "pass"},
		{"Subject: Dinner", "fail", "undecided"}, // Another field, or another key: the DNS of today cannot tell.
	} {
		text := received + strings.Replace(signed.String(), "Subject: Lunch", test.subject, 1)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(zone, []byte("s1._domainkey.example.com. TXT \""+key+"\"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for status, args := range map[string][]string{
			"keys " + test.keys: {"--offline", "--keys", zone},
			"dns " + test.dns:   {"--resolver", address},
		} {
			_, want, _ := strings.Cut(status, " ")
			if out, _ := traced(t, exitOK, append(args, "--json", file)...); !strings.Contains(out, `"method":"dkim","status":"`+want+`"`) {
				t.Errorf("%s, %s: not so in %s", test.subject, status, out)
			}
		}
	}
}
