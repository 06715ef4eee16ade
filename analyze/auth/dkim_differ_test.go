package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// anyKey answers every question with keys that made no signature: go-msgauth looks at
// the body only when it has one.
type anyKey struct{ rsa, ed25519 string }

func (k anyKey) Lookup(_ context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	return &dns.Answer{Name: name, Type: qtype, Status: dns.Found, Records: []dns.Record{{Text: []byte(k.rsa)}}, Time: received}, nil
}

// classes are the ways in which go-msgauth v0.7.0 is known to differ, by its error and
// our outcome: ../shared/reference/libraries.md, section A1. An empty error is a pass.
var classes = map[string]string{
	"signature has expired":                         "it looks at the wall clock, and at nothing else then",
	"message contains an insecure body length tag":  "it takes no l= at all",
	"domain mismatch":                               "it compares i= by case",
	"body hash did not verify/body-missing":         "it takes what has no body for a message with an empty one",
	"body hash did not verify/input-altered":        "it knows nothing of how the input came here",
	"verification error/input-altered":              "it knows nothing of how the input came here",
	"body hash did not verify/body-cut":             "of l= it only says that it is there",
	"hash algorithm too weak":                       "rsa-sha1: the same, and whether it would hold is told here",
	"unsupported public key query method":           "it takes only q=dns/txt as it is written",
	"malformed signature tags":                      "other words for the same",
	"incompatible signature version":                "other words for the same",
	"signature missing required tag":                "other words for the same",
	"From field not signed":                         "other words for the same",
	"inappropriate key algorithm":                   "the key of the test is of RSA",
	"unsupported hash algorithm":                    "other words for the same",
	"malformed algorithm name":                      "other words for the same",
	"malformed body hash":                           "other words for the same",
	"malformed signature":                           "other words for the same",
	"malformed time":                                "other words for the same",
	"malformed expiration time":                     "other words for the same",
	"unsupported body canonicalization algorithm":   "other words for the same",
	"unsupported header canonicalization algorithm": "other words for the same",
	"malformed header canonicalization algorithm":   "other words for the same",
	"body hash did not verify/malformed":            "it takes a bh= of another length for one that differs",
	"body hash did not verify/from-unsigned":        "",
}

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
			key := said + "/" + string(s.Outcome)
			why, known := classes[said]
			if !known {
				why, known = classes[key]
			}
			if !known {
				differ++
				t.Errorf("%s, signature %d: go-msgauth: %v; here: %s, %s (body %s)", row.Path, i, theirs[i].Err, s.Outcome, s.Reason, s.BodyHash.State)
			}
			name := said + ": " + why
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
		{base, strings.Replace(record, "p=", "p=\t", 1), "illegal base64", Pass},
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
	_ = base64.StdEncoding
}
