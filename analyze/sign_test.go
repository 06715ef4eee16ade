package analyze

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var sign = flag.Bool("sign", false, "make the signatures with s=test in testdata/*.txtar anew")

// testKey signs the messages of the archives. It is no secret: testKeyRecord is what a
// zone publishes at test._domainkey.
var testKey = func() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("mailtrace: the key of the archives"))
	return ed25519.NewKeyFromSeed(seed[:])
}()

func testKeyRecord() string {
	return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(testKey.Public().(ed25519.PublicKey))
}

// TestSigned holds the messages of the archives to their signatures: each with s=test
// in simple form is as the key makes it. Whoever edits such a message runs the test
// with -sign. A signature that shall not hold has another selector.
func TestSigned(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		differs := false
		for i := range archive.Files {
			f := &archive.Files[i]
			if strings.HasSuffix(f.Name, ".zone") && strings.Contains(string(f.Data), "test._domainkey") && !strings.Contains(string(f.Data), testKeyRecord()) {
				t.Errorf("%s: %s has another key at test._domainkey than %s", name, f.Name, testKeyRecord())
			}
			if !strings.HasSuffix(f.Name, ".eml") {
				continue
			}
			signed := signAnew(string(f.Data))
			if signed == string(f.Data) {
				continue
			}
			differs = true
			if f.Data = []byte(signed); !*sign {
				t.Errorf("%s: %s is not as it was signed; go test ./analyze -run Signed -sign signs it", name, f.Name)
			}
		}
		if differs && *sign {
			if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var (
	fieldEnd  = regexp.MustCompile(`\n[^ \t]`)
	testTag   = regexp.MustCompile(`[\s;]s=test;`)
	namesTag  = regexp.MustCompile(`[\s;]h=([^;]*)`)
	lengthTag = regexp.MustCompile(`[\s;]l=([0-9]+)`)
	hashTag   = regexp.MustCompile(`([\s;]bh=)[^;\n]*`)
	dataTag   = regexp.MustCompile(`([\s;]b=)[^;\n]*`)
)

// signAnew makes the signatures with s=test of a message, whose lines end in LF. The
// form is simple: RFC 6376 sections 3.4.1 and 3.4.3.
func signAnew(message string) string {
	if !testTag.MatchString(message) {
		return message
	}
	header, body, _ := strings.Cut(message, "\n\n")
	fields := splitFields(header + "\n")
	body = strings.TrimRight(body, "\n") + "\n"
	body = strings.ReplaceAll(body, "\n", "\r\n")
	for i, f := range fields {
		if !strings.HasPrefix(f, "DKIM-Signature:") || !testTag.MatchString(f) {
			continue
		}
		part := body
		if l := lengthTag.FindStringSubmatch(f); l != nil {
			n, _ := strconv.Atoi(l[1])
			part = body[:min(n, len(body))]
		}
		bh := sha256.Sum256([]byte(part))
		f = hashTag.ReplaceAllString(f, "${1}"+base64.StdEncoding.EncodeToString(bh[:]))
		f = dataTag.ReplaceAllString(f, "${1}")
		text := strings.Join(pickFields(fields, namesTag.FindStringSubmatch(f)[1], i), "") + strings.TrimSuffix(f, "\n")
		sum := sha256.Sum256([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
		fields[i] = dataTag.ReplaceAllString(f, "${1}"+base64.StdEncoding.EncodeToString(ed25519.Sign(testKey, sum[:])))
	}
	_, rest, _ := strings.Cut(message, "\n\n")
	return strings.Join(fields, "") + "\n" + rest
}

func splitFields(header string) []string {
	var fields []string
	for {
		end := fieldEnd.FindStringIndex(header)
		if end == nil {
			return append(fields, header)
		}
		fields = append(fields, header[:end[0]+1])
		header = header[end[0]+1:]
	}
}

// pickFields is the fields that h= stands for, the lowest first: RFC 6376 section
// 5.4.2.
func pickFields(fields []string, names string, self int) []string {
	var picked []string
	used := map[int]bool{self: true}
	for name := range strings.SplitSeq(names, ":") {
		for i := len(fields) - 1; i >= 0; i-- {
			key, _, _ := strings.Cut(fields[i], ":")
			if !used[i] && strings.EqualFold(key, strings.TrimSpace(name)) {
				used[i] = true
				picked = append(picked, fields[i])
				break
			}
		}
	}
	return picked
}
