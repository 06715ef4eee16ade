package auth

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// anyKey answers every question with a key that made no signature: go-msgauth looks at
// the body only when it has one.
type anyKey struct{ rsa string }

func (k anyKey) Lookup(_ context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	return &dns.Answer{Name: name, Type: qtype, Status: dns.Found, Records: []dns.Record{{Text: []byte(k.rsa)}}, Time: received}, nil
}

// sameWords are the outcomes here that mean the same as what go-msgauth says before it
// looks at a hash. Both refuse, so it is no difference; that it is for one reason is
// held here alone.
var sameWords = map[string]string{
	"hash algorithm too weak":        "weak-hash malformed", // Whether it would hold is told here.
	"domain mismatch":                "identity-foreign",
	"inappropriate key algorithm":    "key-unfit", // The key of the test is of RSA.
	"From field not signed":          "from-unsigned",
	"signature has expired":          "malformed", // A time that is no number of its own: it is not looked at.
	"incompatible signature version": "unsupported malformed",
	"signature missing required tag": "malformed",
	"malformed signature tags":       "malformed",
	"malformed signature":            "malformed",
	"malformed body hash":            "malformed",
	"malformed time":                 "malformed",
	"malformed expiration time":      "malformed",
	"not asked":                      "malformed unsupported",
}

// expiry is x= in a signature. No key is known here, so that it can be taken out: with
// it go-msgauth does not look at the body of an old message.
var expiry = regexp.MustCompile(`(?i)([;\s])x\s*=\s*[0-9]+\s*;`)

// TestDifferGoMsgauth compares what both say about the body of every signature in the
// corpora. Keys are not known, so no signature can hold: what go-msgauth says after the
// body is that the signature does not verify.
func TestDifferGoMsgauth(t *testing.T) {
	_, record := rsaKey(t, 2048)
	zone := anyKey{rsa: record}
	type message struct{ Path string }
	counts := map[string]int{}
	example := map[string]string{}
	signatures, bodies, differ := 0, 0, 0
	for _, row := range jsonLines[message](t, corpora(t, "mails", "index.jsonl")) {
		data, err := os.ReadFile(corpora(t, row.Path))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(bytes.ToLower(data), []byte("dkim-signature:")) {
			continue
		}
		if end := bytes.Index(data, []byte("\n\n")); end > 0 || bytes.Contains(data, []byte("\n\r\n")) {
			if crlf := bytes.Index(data, []byte("\n\r\n")); end < 0 || crlf >= 0 && crlf < end {
				end = crlf
			}
			data = slices.Concat(expiry.ReplaceAll(data[:end], []byte("$1")), data[end:])
		}
		m, err := mailbox.Read(row.Path, bytes.NewReader(data), int64(len(data)))
		if err != nil || len(m.Fields) > 2000 || m.HeaderSize > 256<<10 {
			continue
		}
		if m.Fidelity == report.PastedRepaired {
			counts["set aside: "+string(m.Fidelity)]++
			continue
		}
		// What was written anew has a body for both all the same.
		m.Fidelity = report.AsReceived
		ours := Verifier{DNS: zone}.Verify(t.Context(), m, received)
		for i, second := range SecondDKIM(m, &ours) {
			signatures++
			s := &ours.DKIM[i]
			said, want := second.said(), HashUnchecked
			switch said {
			case saidBody:
				want = HashDiffers
			case saidSignature:
				want = HashMatches
			}
			if want != HashUnchecked {
				bodies++
			}
			name := "agree: the body " + string(want)
			if want == HashUnchecked || s.BodyHash.State != want || second.Difference != SameDKIM {
				class := s.dkimClass(m, second)
				name = fmt.Sprintf("%s, here %s: %s", second.Problem, s.Outcome, class)
				if second.Difference == UnexplainedDKIM || class == UnexplainedDKIM && !inWords(sameWords[said], string(s.Outcome)) {
					differ++
					t.Errorf("%s, signature %d: go-msgauth: %+v; here: %s, %s (body %s)", row.Path, i, second, s.Outcome, s.Reason, s.BodyHash.State)
				}
			}
			counts[name]++
			example[name] = row.Path
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%5d %s  %s", counts[name], name, example[name])
	}
	t.Logf("%d signatures, %d with a body that both judged or could, %d that differ without a known reason", signatures, bodies, differ)
}

// TestDifferKnown holds the classes that need a key: each is a good signature that
// go-msgauth refuses, or a bad one that it takes.
func TestDifferKnown(t *testing.T) {
	key, record := rsaKey(t, 1024)
	_, other := rsaKey(t, 1024)
	const base = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from:to:subject:from; bh=; b=; "
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) // Long ago on any clock.
	bare := strings.Replace(plainMail, "see you.", "see \ryou.", 1)
	for _, c := range []struct {
		tags, record, message, said string
		ours                        Status
		class                       DKIMDifference
	}{
		{base, record, plainMail, "", Pass, SameDKIM},
		{base, "t=y; " + record[len("v=DKIM1; "):], plainMail, "", Pass, SameDKIM}, // Only tried out: told in a note.
		{base, "v=DKIM1; p=", plainMail, "key revoked", Undecided, SameDKIM},
		{base + "z=From:Bob=20Smith|x:b=20c", record, plainMail, saidSignature, Pass, ErasedDKIM},
		{base + "i=b=3Dx@example.com", record, plainMail, saidSignature, Pass, ErasedDKIM},
		{base + "i=ida@EXAMPLE.com", record, plainMail, "domain mismatch", Pass, IdentityDKIM},
		{base + "i=example.com", record, plainMail, "domain mismatch", Neutral, SameDKIM},
		{base + "i=mail.example.com", record, plainMail, "", Neutral, IdentityDKIM},
		{base + "x=1577900000", record, plainMail, "signature has expired", Pass, ExpiredDKIM},
		{base + "x=1500000000", record, plainMail, "signature has expired", Policy, SameDKIM},
		{base + "x=" + strings.Repeat("9", 20), record, plainMail, "malformed expiration time", Pass, TimesDKIM},
		{base + "l=24", record, plainMail, "message contains an insecure body length tag", Pass, LengthDKIM},
		{base + "q=dns", record, plainMail, "unsupported public key query method", Pass, MethodDKIM},
		{base + "i=bob@mail.example.com", "t=s; " + record[len("v=DKIM1; "):], plainMail, "", PermError, StrictDKIM},
		{base, strings.Replace(record, "AQ", "\tAQ", 1), plainMail, "key syntax error", Pass, KeyBlanksDKIM},
		{base, record + ";;", plainMail, "", PermError, TagListDKIM},
		{base, other + "|" + record, plainMail, "multiple TXT records found for key", Pass, RecordsDKIM},
		{strings.Replace(base, "h=from", "h=dkim-signature:from", 1), record, plainMail, saidSignature, Pass, OwnFieldDKIM},
		{base, record, bare, saidBody, Pass, BareCRDKIM},
	} {
		m := readMessage(t, c.tags, []byte(handSign(t, key, c.message, c.tags)))
		ours := Verifier{DNS: keys{"s1._domainkey.example.com": c.record}}.Verify(t.Context(), m, at)
		second := SecondDKIM(m, &ours)[0]
		if second.said() != c.said || ours.DKIM[0].Status != c.ours || second.Difference != c.class {
			t.Errorf("%s, key %q: go-msgauth %+v, want %q and class %q; ours %s: %s", c.tags, c.record, second, c.said, c.class, ours.DKIM[0].Status, ours.DKIM[0].Reason)
		}
	}
}

// TestDifferUnexplained: what is in no class is a finding, in each direction.
func TestDifferUnexplained(t *testing.T) {
	key, record := rsaKey(t, 1024)
	const tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from:to:subject:from; bh=; b=;"
	m := readMessage(t, "plain", []byte(handSign(t, key, plainMail, tags)))
	for _, c := range []struct {
		ours   Status
		body   HashState
		theirs DKIMSecond
		want   DKIMDifference
	}{
		{Pass, HashMatches, DKIMSecond{Status: Pass}, SameDKIM},
		{Fail, HashMatches, DKIMSecond{Status: Fail, Problem: saidSignature + ": x"}, SameDKIM},
		{Policy, HashMatches, DKIMSecond{Status: PermError, Problem: "signature has expired"}, SameDKIM},
		{Undecided, HashUnchecked, DKIMSecond{Status: PermError, Problem: "no key for signature"}, SameDKIM},
		{Pass, HashMatches, DKIMSecond{Status: Fail, Problem: saidSignature + ": x"}, UnexplainedDKIM},
		{Pass, HashMatches, DKIMSecond{Status: PermError, Problem: "signature has expired"}, UnexplainedDKIM}, // It has no x=.
		{Pass, HashMatches, DKIMSecond{Status: TempError, Problem: "key unavailable: x"}, UnexplainedDKIM},
		{Fail, HashDiffers, DKIMSecond{Status: TempError, Problem: "key unavailable: x"}, UnexplainedDKIM},
		{Fail, HashDiffers, DKIMSecond{Status: Pass}, UnexplainedDKIM},
		{Undecided, HashMatches, DKIMSecond{Status: Pass}, UnexplainedDKIM},
		{Fail, HashMatches, DKIMSecond{Status: Fail, Problem: saidBody}, UnexplainedDKIM},
		{Fail, HashDiffers, DKIMSecond{Status: Fail, Problem: saidSignature + ": x"}, UnexplainedDKIM},
	} {
		s := Verifier{DNS: keys{"s1._domainkey.example.com": record}}.Verify(t.Context(), m, received).DKIM[0]
		s.Status, s.BodyHash.State = c.ours, c.body
		if got := s.difference(m, c.theirs); got != c.want {
			t.Errorf("%s, body %s, and go-msgauth %+v: %q, want %q", c.ours, c.body, c.theirs, got, c.want)
		}
	}
}

// countedKeys counts the questions.
type countedKeys struct {
	keys
	asked atomic.Int32
}

func (k *countedKeys) Lookup(ctx context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	k.asked.Add(1)
	return k.keys.Lookup(ctx, name, qtype)
}

// TestSecondDKIMSeveral: each signature for itself, in their order, also one that signs
// the other; and nobody is asked again.
func TestSecondDKIMSeveral(t *testing.T) {
	key, record := rsaKey(t, 1024)
	const tags = "v=1; a=rsa-sha256; c=simple/simple; d=example.com; s=S1; h=from:to:subject:from; bh=; b=;"
	text := handSign(t, key, plainMail, tags)
	text = handSign(t, key, text, strings.Replace(tags, "h=", "h=dkim-signature:", 1))
	text = "DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=s1; h=from; bh=x; b=x\r\n" + text
	text = handSign(t, key, text, strings.Replace(tags, "s=S1", "s=slow", 1))
	m := readMessage(t, "several", []byte(text))
	zone := &countedKeys{keys: keys{"s1._domainkey.example.com": record, "slow._domainkey.example.com": "!timeout"}}
	ours := Verifier{DNS: zone}.Verify(t.Context(), m, received)
	before := zone.asked.Load()
	var got []string
	for i, second := range SecondDKIM(m, &ours) {
		got = append(got, fmt.Sprintf("%s/%s %s", ours.DKIM[i].Status, second.Status, second.Difference))
	}
	if want := []string{"temperror/temperror ", "neutral/undecided ", "pass/pass ", "pass/pass "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if asked := zone.asked.Load(); asked != before {
		t.Errorf("%d questions more", asked-before)
	}
}

// TestSecondDKIMRefuses holds the bounds: what is beyond is not asked, and soon.
func TestSecondDKIMRefuses(t *testing.T) {
	key, record := rsaKey(t, 1024)
	const tags = "v=1; a=rsa-sha256; c=simple/simple; d=example.com; s=s1; h=from:to:subject:from; bh=; b=;"
	header, body, _ := strings.Cut(plainMail, "\r\n\r\n")
	head := func(more string) string { return header + "\r\n" + more + "\r\n" + body }
	for _, c := range []struct{ name, message, tags, why string }{
		{"fields", head(strings.Repeat("X: y\r\n", 2000)), tags, "header is too large"},
		{"header", head("X: " + strings.Repeat(strings.Repeat("y", 70)+"\r\n ", 4000) + "z\r\n"), tags, "header is too large"},
		{"folds", head("X: y\r\n" + strings.Repeat(" y\r\n", 50_000)), tags, "too much work"},
		{"names", plainMail, strings.Replace(tags, "h=", "h="+strings.Repeat("x:", 200), 1), "too many fields"},
		{"body", plainMail + strings.Repeat("0123456789\r\n", 1_500_000), tags, "body is too large"},
		{"blank lines", plainMail + strings.Repeat("\r\n", 33_000) + "end\r\n", tags, "too many blank lines"},
	} {
		m := readMessage(t, c.name, []byte(handSign(t, key, c.message, c.tags)))
		ours := Verifier{DNS: keys{"s1._domainkey.example.com": record}}.Verify(t.Context(), m, received)
		second := SecondDKIM(m, &ours)[0]
		if second.Status != Undecided || second.Difference != SameDKIM || !strings.HasPrefix(second.Problem, "not asked: ") || !strings.Contains(second.Problem, c.why) {
			t.Errorf("%s: %+v, want %q; ours %s", c.name, second, c.why, ours.DKIM[0].Status)
		}
	}
	m := readMessage(t, "anew", []byte(handSign(t, key, plainMail, tags)))
	ours := Verifier{DNS: keys{"s1._domainkey.example.com": record}}.Verify(t.Context(), m, received)
	m.Fidelity = report.Reserialised
	if second := SecondDKIM(m, &ours)[0]; second.Status != Undecided || second.Problem == "" {
		t.Errorf("written anew: %+v", second)
	}
}

// TestSecondDKIMPanic: one in the library is no end of ours.
func TestSecondDKIMPanic(t *testing.T) {
	key, record := rsaKey(t, 1024)
	m := readMessage(t, "plain", []byte(handSign(t, key, plainMail, "v=1; a=rsa-sha256; d=example.com; s=s1; h=from; bh=; b=;")))
	ours := Verifier{DNS: keys{"s1._domainkey.example.com": record}}.Verify(t.Context(), m, received)
	w := newSecondDKIM(m, &ours)
	w.keys["s1._domainkey.example.com"] = &keyAnswer{} // Neither an answer nor an error.
	if second := w.judge(&ours.DKIM[0]); second.Status != Undecided || second.Difference != NoVerdictDKIM {
		t.Errorf("%+v", second)
	}
}

// BenchmarkSecondDKIM is BenchmarkDKIM for the second opinion.
func BenchmarkSecondDKIM(b *testing.B) {
	key, record := rsaKey(b, 2048)
	text := sign(b, letter(20<<10), msgauth.SignOptions{Signer: key, HeaderCanonicalization: "relaxed", BodyCanonicalization: "relaxed"})
	m := readMessage(b, "letter", []byte(text))
	first := Verifier{DNS: keys{"s1._domainkey.example.com": record}}.Verify(b.Context(), m, received)
	b.ReportAllocs()
	for range b.N {
		if s := SecondDKIM(m, &first)[0]; s.Status != Pass || s.Difference != SameDKIM {
			b.Fatal(s)
		}
	}
}
