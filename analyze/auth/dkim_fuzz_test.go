package auth

import (
	"bytes"
	"crypto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtrace/analyze/mailbox"
)

// FuzzTagList: the tags stand in the list where it says, each once, and a list
// without a fault is made of them.
func FuzzTagList(f *testing.F) {
	for _, s := range []string{"", "a=b", "v=1; a=rsa-sha256;\r\n\tb = ab\r\n cd ;", "a=b;;", ";", "a=1; a=2", "=", "a b=c", "z=b=c|d=e; b=x", "1a=b", "a=\x00", "ü=b", "a=ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, fault := parseTagList(s)
		seen := map[string]bool{}
		end := -1
		for _, tag := range list {
			if seen[tag.Name] || !tagName(tag.Name) || tag.start <= end || tag.end < tag.start || trimBlanks(s[tag.start:tag.end]) != tag.Value {
				t.Fatalf("%q: %+v", s, list)
			}
			seen[tag.Name], end = true, tag.end
			if strings.IndexByte(tag.Value, ';') >= 0 || list.value(tag.Name) != tag.Value {
				t.Errorf("%q: %+v", s, tag)
			}
		}
		if fault == "" && strings.Count(s, ";") > len(list) || len(list) > maxTags {
			t.Errorf("%q: %d tags", s, len(list))
		}
	})
}

// FuzzKeyRecord: a record is a key, withdrawn, or has a fault; and no signature makes
// trouble.
func FuzzKeyRecord(f *testing.F) {
	_, record := rsaKey(f, 1024)
	for _, s := range []string{record, "", "v=DKIM1; p=", "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "v=spf1 -all", `v=DKIM1\; p=x`, "p=MAA=", "p=MAYCAQMCAQM=", "t=y:s; s=email:*; h=sha1:sha256; n=x; p=MAYCAQ8CAQM="} {
		f.Add([]byte(s), []byte("signature"))
	}
	sum := make([]byte, 32)
	f.Fuzz(func(t *testing.T, record, sig []byte) {
		k := ParseKey("s._domainkey.example.com", record)
		usable := k.rsa != nil || k.ed25519 != nil
		if n := btoi(usable) + btoi(k.Revoked) + btoi(k.Fault != ""); n != 1 {
			t.Fatalf("%q: %+v", record, k)
		}
		s := &Signature{keyType: "rsa", hashName: "sha256", Domain: "example.com"}
		if rank, why := k.rank(s); rank == 3 && why == "" {
			t.Errorf("%q: unfit without a reason", record)
		}
		if usable {
			k.verify(crypto.SHA256, sum, sig)
		}
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// FuzzDKIM: whatever the message, every signature has a status and a reason, its
// numbers are within the message, and the body is hashed as the RFC has it.
func FuzzDKIM(f *testing.F) {
	key, record := rsaKey(f, 1024)
	f.Add([]byte(handSign(f, key, plainMail, "v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=s1; h=from:to; l=5; bh=; b=;")))
	f.Add([]byte("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=example.com; s=s1; b=AAAA\nARC-Message-Signature: i=1; a=rsa-sha256; d=example.com; s=s1; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\nARC-Authentication-Results: i=1; example.com; none\nFrom: a@example.com\n\nx  y\n\n"))
	for _, dir := range []string{"dkim/misc-inline", "dkim/opendkim", "arc/validation"} {
		files, _ := filepath.Glob(filepath.Join(os.Getenv("MAILTRACE_CORPORA"), dir, "*.eml"))
		for _, file := range files[:min(len(files), 10)] {
			if data, err := os.ReadFile(file); err == nil && os.Getenv("MAILTRACE_CORPORA") != "" {
				f.Add(data)
			}
		}
	}
	v := Verifier{DNS: keys{"s1._domainkey.example.com": record, "dummy._domainkey.example.org": record}}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 64<<10 {
			return
		}
		m, err := mailbox.Read("fuzz", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		r := v.Verify(t.Context(), m, received)
		again := v.Verify(t.Context(), m, time.Time{})
		if r.DKIM == nil || r.ARC.Sets == nil || r.ARC.Faults == nil || len(r.DKIM) != len(again.DKIM) || (r.ARC.Status == None) != (r.ARC.Reason == "") {
			t.Fatalf("%+v", r)
		}
		for i := range r.DKIM {
			checkSignature(t, m, &r.DKIM[i])
		}
		for _, set := range r.ARC.Sets {
			for _, s := range []*Signature{set.Seal, set.Signature} {
				if s != nil {
					checkSignature(t, m, s)
				}
			}
		}
		body := string(data[len(data)/2:])
		checkBody(t, body, len(body)/3, len(body)/4)
	})
}

func checkSignature(t *testing.T, m *mailbox.Message, s *Signature) {
	t.Helper()
	if s.Status == "" || s.Outcome == "" || s.Reason == "" || s.BodyHash.State == "" || s.HeaderHash.State == "" || s.Appended > s.BodySize {
		t.Errorf("%+v", s)
	}
	if len(s.Covered) > len(m.Fields) {
		t.Errorf("%d fields of %d", len(s.Covered), len(m.Fields))
	}
	for _, i := range s.Covered {
		if i == s.Field {
			t.Errorf("it signs itself")
		}
	}
	if s.Status == Pass && s.HeaderHash.State != HashMatches {
		t.Errorf("passes without a header")
	}
}
