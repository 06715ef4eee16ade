package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// BenchmarkTraceAuth is the whole of "trace --json" on 1,000 messages of 20 KB, each of
// another domain, with SPF over an include, a DKIM signature of RSA-2048 and a DMARC
// record, from a zone in memory: all of them pass, and so all work is done. One
// operation is all 1,000.
func BenchmarkTraceAuth(b *testing.B) {
	noConfig(b)
	dir := b.TempDir()
	zone := filepath.Join(dir, "zone")
	const messages = 1000
	writeSigned(b, dir, zone, messages)
	args := []string{"trace", "--json", "--offline", "--keys", zone, filepath.Join(dir, "mails")}
	var out bytes.Buffer
	if code := run(b.Context(), args, strings.NewReader(""), &out, io.Discard); code != exitOK {
		b.Fatalf("exit code %d", code)
	}
	for _, method := range []string{"spf", "dkim", "dmarc"} {
		if n := strings.Count(out.String(), fmt.Sprintf(`"method":%q,"status":"pass"`, method)); n < messages {
			b.Fatalf("%s passes on %d of %d", method, n, messages)
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent)) // As main does.
	b.ReportAllocs()
	for b.Loop() {
		if code := run(b.Context(), args, strings.NewReader(""), io.Discard, io.Discard); code != exitOK {
			b.Fatalf("exit code %d", code)
		}
	}
	b.ReportMetric(float64(messages*b.N)/b.Elapsed().Seconds(), "messages/s")
}

// writeSigned writes signed messages, and the zone that speaks for them.
func writeSigned(b *testing.B, dir, zone string, messages int) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "mails"), 0o755); err != nil {
		b.Fatal(err)
	}
	var records strings.Builder
	record := base64.StdEncoding.EncodeToString(public)
	records.WriteString("_spf.example.net. TXT \"v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.0/24 -all\"\n")
	for i := range messages {
		domain := fmt.Sprintf("d%d.example", i)
		fmt.Fprintf(&records, "%s. TXT \"v=spf1 mx include:_spf.example.net -all\"\n%[1]s. MX 10 mx.%[1]s.\nmx.%[1]s. A 203.0.113.9\n", domain)
		fmt.Fprintf(&records, "_dmarc.%s. TXT \"v=DMARC1; p=reject\"\ns1._domainkey.%[1]s. TXT \"v=DKIM1; p=%s\" %q\n", domain, record[:200], record[200:])
		if err := os.WriteFile(filepath.Join(dir, "mails", fmt.Sprintf("%04d.eml", i)), signed(b, key, domain), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.WriteFile(zone, []byte(records.String()), 0o644); err != nil {
		b.Fatal(err)
	}
}

// signed is a message of 20 KB. Its fields and lines are such that the relaxed form of
// them is plain to write.
func signed(b *testing.B, key *rsa.PrivateKey, domain string) []byte {
	body := strings.Repeat("The quick brown fox jumps over the lazy dog, and the dog does not mind.\r\n", 270)
	sum := sha256.Sum256([]byte(body))
	fields := [][2]string{
		{"From", "Alice <alice@" + domain + ">"}, {"To", "Bob <bob@example.org>"}, {"Subject", "What is new in November"},
		{"Date", "Fri, 20 Nov 2026 08:31:00 +0000"}, {"Message-ID", "<1@" + domain + ">"},
	}
	h := sha256.New()
	names, header := "", ""
	for _, f := range fields {
		fmt.Fprintf(h, "%s:%s\r\n", strings.ToLower(f[0]), f[1])
		header += f[0] + ": " + f[1] + "\r\n"
		names += ":" + f[0]
	}
	tags := fmt.Sprintf("v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=s1; t=1795163460; h=%s; bh=%s; b=", domain, names[1:], base64.StdEncoding.EncodeToString(sum[:]))
	io.WriteString(h, "dkim-signature:"+tags)
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, h.Sum(nil))
	if err != nil {
		b.Fatal(err)
	}
	route := "Return-Path: <alice@" + domain + ">\r\nDelivered-To: bob@example.org\r\n" +
		"Received: from mx." + domain + " (mx." + domain + " [192.0.2.25])\r\n\tby mx.example.org (Postfix) with ESMTPS id 9F8D43F7C6\r\n\tfor <bob@example.org>; Fri, 20 Nov 2026 08:31:06 +0000 (UTC)\r\n" +
		"Received: from [192.168.1.7] (dyn-9.access.example.net [198.51.100.9])\r\n\tby mx." + domain + " (Postfix) with ESMTPSA id 9F8D43F7C8;\r\n\tFri, 20 Nov 2026 08:31:02 +0000 (UTC)\r\n"
	return []byte(route + "DKIM-Signature: " + tags + base64.StdEncoding.EncodeToString(sig) + "\r\n" + header + "\r\n" + body)
}
