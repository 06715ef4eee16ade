package auth

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"runtime"
	"strings"
	"testing"
	"time"
)

// plainBody is RFC 6376 section 3.4 by the letter: the whole body in memory.
func plainBody(relaxed bool, body string) string {
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\n", "\r\n")
	lines := strings.Split(body, "\r\n")
	if relaxed {
		for i, l := range lines {
			l = strings.ReplaceAll(l, "\t", " ")
			for strings.Contains(l, "  ") {
				l = strings.ReplaceAll(l, "  ", " ")
			}
			lines[i] = strings.TrimSuffix(l, " ")
		}
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	out := strings.Join(lines, "\r\n")
	if len(lines) > 0 || !relaxed {
		out += "\r\n"
	}
	return out
}

// checkBody compares the streaming form with the plain one, the body in two pieces.
func checkBody(t *testing.T, body string, cut, limit int) {
	t.Helper()
	cut = min(max(cut, 0), len(body))
	var b bodySums
	for _, canon := range []Canon{Simple, Relaxed} {
		want := plainBody(canon == Relaxed, body)
		n := min(max(limit, 0), len(want))
		b = bodySums{}
		all, part := b.want(canon, crypto.SHA256, -1), b.want(canon, crypto.SHA256, int64(n))
		more, sha1 := b.want(canon, crypto.SHA256, int64(len(want)+1)), b.want(canon, crypto.SHA1, -1)
		b.begin()
		_, _ = b.Write([]byte(body[:cut]))
		_, _ = b.Write([]byte(body[cut:]))
		b.finish()
		whole, beginning := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(want[:n]))
		if !bytes.Equal(all.sum, whole[:]) || !bytes.Equal(part.sum, beginning[:]) || !bytes.Equal(more.sum, whole[:]) || all.size != int64(len(want)) || len(sha1.sum) != 20 {
			t.Errorf("%s: %q in pieces %q, %q: %d octets, want %q", canon, body, body[:cut], body[cut:], all.size, want)
		}
	}
}

func TestCanonBody(t *testing.T) {
	for _, body := range []string{"", "\r\n", "\n", "\r\n\r\n", " \r\n", "a", "a\r\n", "a\n", "a\r\n\r\n\r\n", "a\r\n\r\nb\r\n", "a\r\n\n\r\nb", "a \t b\t\r\n c\r\n", "a\rb\r\n", "a \r b\r\n", "a\r", "a\r\r\n", "\r", " ", "\t\r\n x", "a  b\r\nc\r\nd  \r\n\r\n\r\ne\r\n",
		"one\r\ntwo\r\n\r\n\r\nthree\r\n \r\nfour\r\n\r\n"} {
		for cut := range len(body) + 1 {
			checkBody(t, body, cut, 3)
		}
	}
	checkBody(t, letter(30<<10), 10_000, 20_000)
	checkBody(t, strings.Repeat("word ", 5000)+"\r\n", 3000, 100)
}

func TestCanonHeader(t *testing.T) {
	for _, c := range [][3]string{ // Field, simple, relaxed: RFC 6376 section 3.4.5 and more.
		{"A: X\r\n", "A: X", "a:X"},
		{"B : Y\t\r\n\tZ  \r\n", "B : Y\t\r\n\tZ  ", "b:Y Z"},
		{"A: X\n\n", "A: X", "a:X"},
		{"Sub: a\n b\n\tc\n", "Sub: a\r\n b\r\n\tc", "sub:a b c"},
		{"A:\r\n \r\n b\r\n", "A:\r\n \r\n b", "a:b"},
		{"A:\r\n", "A:", "a:"},
	} {
		m := readMessage(t, c[0], []byte(c[0]+"From: a@example.com\r\n\r\nx\r\n"))
		f := &m.Fields[0]
		if got := string(canonField(nil, Simple, f, f.Value)); got != c[1] {
			t.Errorf("%q: simple %q", c[0], got)
		}
		if got := string(canonField(nil, Relaxed, f, f.Value)); got != c[2] {
			t.Errorf("%q: relaxed %q", c[0], got)
		}
	}
}

const hostileSignature = "v=1; a=rsa-sha256; c=%s; d=example.com; s=%s; h=from%s; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA"

// TestHostile: each costs less than the two seconds that all of them may, and none
// much memory.
func TestHostile(t *testing.T) {
	_, record := rsaKey(t, 1024)
	bits := func(n uint) string {
		modulus := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), n), big.NewInt(1))
		tlv := func(tag byte, c []byte) []byte {
			return append([]byte{tag, 0x82, byte(len(c) >> 8), byte(len(c))}, c...)
		}
		return "p=" + base64.StdEncoding.EncodeToString(tlv(sequence, append(tlv(integer, append([]byte{0}, modulus.Bytes()...)), 2, 3, 1, 0, 1)))
	}
	zone := keys{"s._domainkey.example.com": record, "small._domainkey.example.com": bits(16), "huge._domainkey.example.com": bits(32768),
		"large._domainkey.example.com": bits(8192), "long._domainkey.example.com": "p=" + strings.Repeat("A", 64<<10), "junk._domainkey.example.com": "p=" + strings.Repeat("=", 10_000),
		"many._domainkey.example.com": strings.Repeat(record+"|", 500)}
	one := func(canon, selector, names string) string {
		return "DKIM-Signature: " + fmt.Sprintf(hostileSignature, canon, selector, names) + "\r\n"
	}
	const from = "From: a@example.com\r\n"
	arc := func(sets int, size int) string {
		var b strings.Builder
		for i := sets; i > 0; i-- {
			cv := "pass"
			if i == 1 {
				cv = "none"
			}
			fmt.Fprintf(&b, "ARC-Seal: i=%d; a=rsa-sha256; cv=%s; d=d%d.example.com; s=s; b=AAAA\r\n", i, cv, i)
			fmt.Fprintf(&b, "ARC-Message-Signature: i=%d; a=rsa-sha256; d=m%d.example.com; s=s; l=%d; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n", i, i, i)
			fmt.Fprintf(&b, "ARC-Authentication-Results: i=%d; example.com; spf=pass (%s)\r\n", i, strings.Repeat("x ", size/2))
		}
		return b.String()
	}
	var fields strings.Builder
	for i := range 7_990 {
		fmt.Fprintf(&fields, "x%d: 1\r\n", i%7)
	}
	var all time.Duration
	for _, c := range []struct {
		name, text string
		outcome    Outcome
		questions  int32
	}{
		{"signatures", strings.Repeat(one("simple", "s", ""), 5_000) + from + "\r\nx\r\n", BodyChanged, 1},
		{"names", one("relaxed", "s", strings.Repeat(":x1:x2", 40_000)) + fields.String() + from + "\r\nx\r\n", BodyChanged, 1},
		{"long signature", one("relaxed", "s", strings.Repeat(":x1:x2", 60_000)) + from + "\r\nx\r\n", Malformed, 0},
		{"tags", "DKIM-Signature: " + strings.Repeat("a=b;", 60_000) + "\r\n" + from + "\r\nx\r\n", Malformed, 0},
		{"all header", strings.Repeat(one("relaxed", "s", strings.Repeat(":big", 8)), 20) + strings.Repeat("big: "+strings.Repeat("a \r\n ", 150_000)+"\r\n", 8) + from + "\r\nx\r\n", "", 1},
		{"small key", one("simple", "small", "") + from + "\r\nx\r\n", WeakKey, 1},
		{"huge key", one("simple", "huge", "") + from + "\r\nx\r\n", KeyTooLarge, 1},
		{"large key", one("simple", "large", "") + from + "\r\nx\r\n", KeyTooLarge, 1},
		{"long key", one("simple", "long", "") + from + "\r\nx\r\n", KeyUnusable, 1},
		{"junk key", one("simple", "junk", "") + from + "\r\nx\r\n", KeyUnusable, 1},
		{"many keys", one("simple", "many", "") + from + "\r\nx\r\n", BodyChanged, 1},
		{"blank lines", one("simple", "s", "") + one("relaxed", "s", "") + from + "\r\n" + strings.Repeat("\r\n", 8<<20) + "x\r\n", BodyChanged, 1},
		{"blank lines, LF", one("relaxed", "s", "") + from + "\r\n" + strings.Repeat("\n", 16<<20) + "x\r\n", BodyChanged, 1},
		{"blanks", one("relaxed", "s", "") + from + "\r\n" + strings.Repeat(" \t", 8<<20) + "x\r\n", BodyChanged, 1},
		{"pairs of blanks", one("relaxed", "s", "") + from + "\r\n" + strings.Repeat("x  \r\n", 3<<20) + "x\r\n", BodyChanged, 1},
		{"50 sets", arc(50, 0) + from + "\r\nx\r\n", "", MaxKeys},
		{"50 large sets", arc(50, 30<<10) + from + "\r\nx\r\n", "", MaxKeys},
		{"sets", strings.Repeat("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=example.com; s=s; b=AAAA\r\n", 9_000) + from + "\r\nx\r\n", "", 0},
	} {
		m := readMessage(t, c.name, []byte(c.text))
		// Whatever became of the reading, it is the verifier that is looked at.
		m.Limits, m.Fidelity = nil, ""
		var count *counted
		var before, after runtime.MemStats
		var r Signatures
		took := time.Hour
		for range 3 { // The machine may be busy with other things.
			count = &counted{Resolver: zone}
			runtime.ReadMemStats(&before)
			begin := time.Now()
			r = Verifier{DNS: count}.Verify(t.Context(), m, received)
			runtime.ReadMemStats(&after)
			if took = min(took, time.Since(begin)); took < 100*time.Millisecond {
				break
			}
		}
		all += took
		most := 2 * time.Second
		if testing.Short() { // With the race detector, which makes it ten times as long.
			most = 20 * time.Second
		}
		if took > most {
			t.Errorf("%s: %v", c.name, took)
		}
		mib := (after.TotalAlloc - before.TotalAlloc) >> 20
		if mib > 32 {
			t.Errorf("%s: %d MiB allocated", c.name, mib)
		}
		if n := count.n.Load(); n != c.questions {
			t.Errorf("%s: %d questions", c.name, n)
		}
		if c.outcome != "" && (len(r.DKIM) == 0 || r.DKIM[0].Outcome != c.outcome) {
			t.Errorf("%s: %+v", c.name, r.DKIM)
		}
		if strings.HasPrefix(c.name, "50") && (len(r.ARC.Sets) != 50 || r.ARC.Status != Fail) || c.name == "signatures" && (len(r.DKIM) != MaxSignatures || r.DKIMLeft != 4980) {
			t.Errorf("%s: %d signatures and %d, ARC %s: %s, %d sets", c.name, len(r.DKIM), r.DKIMLeft, r.ARC.Status, r.ARC.Reason, len(r.ARC.Sets))
		}
		t.Logf("%-16s %7d ms, %2d MiB allocated, %d questions", c.name, took.Milliseconds(), mib, count.n.Load())
	}
	t.Logf("%v in all", all)
}
