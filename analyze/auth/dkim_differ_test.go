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
	"testing"

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

// classes are the ways in which go-msgauth v0.7.0 is known to differ, by its error and
// our outcomes: ../shared/reference/libraries.md, section A1.
var classes = []struct{ said, ours, why string }{
	{"body hash did not verify", "no body", "it takes what has no body for a message with an empty one"},
	{"message contains an insecure body length tag", "other-key verified-part body-cut body-changed", "it takes no l= at all"},
	{"domain mismatch", "other-key body-changed", "it compares i= by case"},
	{"domain mismatch", "identity-foreign", "the same"},
	{"hash algorithm too weak", "weak-hash malformed", "the same; whether it would hold is told here"},
	{"inappropriate key algorithm", "key-unfit", "the same: the key of the test is of RSA"},
	{"unsupported public key query method", "other-key body-changed", "it takes only q=dns/txt as it is written"},
	{"From field not signed", "from-unsigned", "the same"},
	{"signature has expired", "malformed", "a time that is no number of its own: it is not looked at"},
	{"incompatible signature version", "unsupported malformed", "the same"},
	{"signature missing required tag", "malformed", "the same"},
	{"malformed signature tags", "malformed", "the same"},
	{"malformed signature", "malformed", "the same"},
	{"malformed body hash", "malformed", "the same"},
	{"malformed time", "malformed", "the same"},
	{"malformed expiration time", "malformed", "the same"},
}

// differClass finds the reason for a difference.
func differClass(m *mailbox.Message, said string, s *Signature) (why string, ok bool) {
	outcome := string(s.Outcome)
	if s.Outcome == InputAltered {
		outcome = string(s.was)
	}
	if m.Fidelity == report.HeadersOnly && s.BodyHash.State == HashUnchecked {
		outcome += " no body"
	}
	for _, c := range classes {
		if c.said == said && (inWords(c.ours, string(s.Outcome)) || inWords(c.ours, outcome) || c.ours == "no body" && strings.HasSuffix(outcome, " no body")) {
			return outcome + ": " + c.why, true
		}
	}
	return outcome, false
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
		ours := Verifier{DNS: zone}.Verify(t.Context(), m, received)
		if len(ours.DKIM) == 0 || m.Fidelity == report.PastedRepaired {
			counts["set aside: "+string(m.Fidelity)] += len(ours.DKIM)
			continue
		}
		theirs, err := msgauth.VerifyWithOptions(bytes.NewReader(data), &msgauth.VerifyOptions{
			LookupTXT: func(string) ([]string, error) { return []string{record}, nil }, MaxVerifications: MaxSignatures,
		})
		if err != nil || len(theirs) != len(ours.DKIM) {
			counts[fmt.Sprintf("go-msgauth cannot read the message: %v", err)]++
			continue
		}
		for i, s := range ours.DKIM {
			signatures++
			said := ""
			if theirs[i].Err != nil {
				said = strings.TrimPrefix(theirs[i].Err.Error(), "dkim: ")
			}
			said, _, _ = strings.Cut(said, ": ")
			want := HashUnchecked
			switch said {
			case "body hash did not verify":
				want = HashDiffers
			case "signature did not verify":
				want = HashMatches
			}
			if want != HashUnchecked {
				bodies++
			}
			if want != HashUnchecked && s.BodyHash.State == want {
				counts["agree: the body "+string(want)]++
				continue
			}
			why, known := differClass(m, said, &s)
			if !known {
				differ++
				t.Errorf("%s, signature %d: go-msgauth: %v; here: %s, %s (body %s)", row.Path, i, theirs[i].Err, s.Outcome, s.Reason, s.BodyHash.State)
			}
			name := said + ", here " + why
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
	const base = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from:to:subject:from; bh=; b=; "
	for _, c := range []struct {
		tags, record, theirs string
		ours                 Status
	}{
		{base + "z=From:Bob=20Smith|x:b=20c", record, "signature did not verify", Pass},
		{base + "i=b=3Dx@example.com", record, "signature did not verify", Pass},
		{base + "i=ida@EXAMPLE.com", record, "domain mismatch", Pass},
		{base + "x=1700000000", record, "signature has expired", Policy},
		{base + "l=24", record, "insecure body length", Pass},
		{base + "q=dns", record, "unsupported public key query method", Pass},
		{base + "i=bob@mail.example.com", "t=s; " + record[len("v=DKIM1; "):], "", PermError},
		{base, strings.Replace(record, "AQ", "\tAQ", 1), "illegal base64", Pass},
	} {
		text := handSign(t, key, plainMail, c.tags)
		ours := Verifier{DNS: keys{"s1._domainkey.example.com": c.record}}.Verify(t.Context(), readMessage(t, c.tags, []byte(text)), received).DKIM[0]
		theirs, err := msgauth.VerifyWithOptions(strings.NewReader(text), &msgauth.VerifyOptions{LookupTXT: func(string) ([]string, error) { return []string{c.record}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprint(theirs[0].Err)
		if c.theirs == "" && theirs[0].Err != nil || !strings.Contains(said, c.theirs) || ours.Status != c.ours {
			t.Errorf("%s: go-msgauth %s, want %s; ours %s: %s", c.tags, said, c.theirs, ours.Status, ours.Reason)
		}
	}
}
