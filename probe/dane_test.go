package probe

import (
	"bufio"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mailtrace/probe/dns"
)

// Results of X509_verify_cert in the suite of OpenSSL.
const (
	verifyOK       = 0
	verifyNoIssuer = 20
	verifyNoName   = 62
	verifyNoMatch  = 65
)

// TestDANESuite runs the suite of OpenSSL. Records of the usages PKIX-TA and PKIX-EE are
// none for mail (RFC 7672 section 3.1.3): there the result has to be "unusable".
func TestDANESuite(t *testing.T) {
	dir := os.Getenv("MAILTRACE_CORPORA")
	if dir == "" {
		t.Skip("MAILTRACE_CORPORA is not set")
	}
	f, err := os.Open(filepath.Join(dir, "tlsa/openssl-danetest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	right, pkix, all := 0, 0, 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c daneCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		all++
		records, onlyPKIX := c.records(t)
		got := daneVerify(records, c.chain(t), []string{"example.com"}, time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC))
		want := map[int]daneOutcome{verifyOK: daneMatch, verifyNoName: daneNoName, verifyNoMatch: daneNoMatch, verifyNoIssuer: daneNoChain}[c.Expect.VerifyResult]
		depth := c.Expect.MatchDepth
		if onlyPKIX {
			want, depth = daneUnusable, -1
			pkix++
		}
		if why := arguedDANE[c.ID]; why != "" {
			t.Logf("%s: %s at depth %d: %s", c.ID, got.outcome, got.depth, why)
		} else if got.outcome != want || got.depth != depth {
			t.Errorf("%s: %s at depth %d, want %s at %d", c.ID, got.outcome, got.depth, want, depth)
			continue
		}
		right++
	}
	t.Logf("%d of %d, %d of them of usages that are none for mail", right, all, pkix)
}

// arguedDANE are lines of the suite that we do not follow, with the reason.
var arguedDANE = map[string]string{
	"danetest-054": "the names of a certificate do not count with DANE-EE (RFC 7672 section 3.2.1); OpenSSL counts them unless it is told not to",
}

type daneCase struct {
	ID   string
	TLSA []struct {
		Usage    uint8
		Selector uint8
		Matching uint8 `json:"matching_type"`
		Data     string
	}
	ChainPEM []string `json:"chain_pem"`
	Expect   struct {
		VerifyResult int `json:"verify_result"`
		MatchDepth   int `json:"match_depth"`
	}
}

func (c *daneCase) records(t *testing.T) (all []dns.TLSARecord, onlyPKIX bool) {
	onlyPKIX = true
	for _, r := range c.TLSA {
		data, err := hex.DecodeString(r.Data)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, dns.TLSARecord{Usage: r.Usage, Selector: r.Selector, Matching: r.Matching, Data: data})
		onlyPKIX = onlyPKIX && (r.Usage == danePKIXTA || r.Usage == danePKIXEE)
	}
	return all, onlyPKIX
}

func (c *daneCase) chain(t *testing.T) []*x509.Certificate {
	var all []*x509.Certificate
	for _, text := range c.ChainPEM {
		block, _ := pem.Decode([]byte(text))
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		all = append(all, cert)
	}
	return all
}
