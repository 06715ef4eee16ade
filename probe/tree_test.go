package probe

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/tools/txtar"

	"mailtrace/probe/dns"
	zones "mailtrace/probe/dns/signed"
)

// treeAreas are those of the rules whose archives are served as signed trees.
var treeAreas = []string{"dns.", "policy.", "spf.", "dkim.", "dmarc."}

// treeStyles are how the zones of a case are signed, in turns.
var treeStyles = []string{"", "nsec3", "nsec3 salt=c0ffee iterations=5", "ed25519", "p384"}

// treeReason is why a case cannot be: zones.New and dns say so in these words.
var treeReasons = []struct{ text, reason string }{
	{`is secure and in or below`, "what is below a zone that is not signed cannot be secure: there the archive has a word for it, the DNS has not"},
	{`fail in the way "network"`, "that no server can be reached is not for a server to say"},
	{`what is not signed cannot be bogus`, "what is not signed cannot be bogus"},
}

// overTree is a prober's DNS that validates what a signed tree answers.
func overTree(tree *zones.Tree, now time.Time) func() *dns.Recorder {
	anchor := tree.Anchor()
	clock := func() time.Time { return now }
	v := &dns.Validator{
		Client:  &dns.Client{Servers: []dns.Server{{Address: netip.MustParseAddrPort("127.0.0.1:53")}}, Dial: tree.Dial, Now: clock, Timeout: 10 * time.Millisecond},
		Now:     clock,
		Anchors: []dns.Anchor{{KeyTag: anchor.KeyTag, Algorithm: anchor.Algorithm, Digest: anchor.DigestType, Data: anchor.Digest}},
	}
	return func() *dns.Recorder { return &dns.Recorder{Resolver: &dns.Cache{Resolver: v, Now: clock}} }
}

// whyBogus is what a Validator says and a zone does not know.
var whyBogus = regexp.MustCompile(`the DNSSEC signatures of the answer are wrong \([^)]*\)`)

// ofZone makes the words of a report over a tree those of one over a zone.
func ofZone(got []byte) []byte {
	got = bytes.ReplaceAll(got, []byte("asked at 127.0.0.1"), []byte("asked at zone"))
	return whyBogus.ReplaceAll(got, []byte("the DNSSEC signatures of the answer are wrong"))
}

// TestTreeArchives serves the zone of every case of every archive of rules about the DNS as
// a signed tree, and validates: the rule says the same. Where the zone says nothing of
// DNSSEC, rules of DANE are given keys that cannot be had, and all others what is signed.
func TestTreeArchives(t *testing.T) {
	if testing.Short() {
		t.Skip("all archives")
	}
	cases, explained, skipped := 0, 0, map[string]int{}
	for _, rule := range Rules() {
		if !slices.ContainsFunc(treeAreas, func(area string) bool { return strings.HasPrefix(rule.ID, area) }) {
			continue
		}
		archive, err := txtar.ParseFile(filepath.Join("testdata", rule.ID+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range archived(t, archive) {
			name := rule.ID + "/" + strings.TrimSuffix(c.zone.Name, ".zone")
			t.Run(name, func(t *testing.T) {
				cases++
				o := zones.Options{Region: "secure", Style: treeStyles[i%len(treeStyles)]}
				if strings.HasPrefix(rule.ID, "policy.dane") {
					o.Region = "unverified"
				}
				got, reason := c.overTree(t, rule.ID, o)
				explained += len(whyBogus.FindAll(got, -1))
				got = ofZone(got)
				if reason != "" {
					skipped[reason]++
					t.Skip(reason)
				}
				if want := c.want.Data; !bytes.Equal(got, want) {
					t.Errorf("over a signed tree:\n%s\nwant:\n%s", got, want)
				}
			})
		}
	}
	if explained == 0 {
		t.Error("of no answer that is bogus it is said why")
	}
	for reason, n := range skipped {
		t.Logf("%d of %d cases cannot be: %s", n, cases, reason)
	}
}

// overTree gives what the rule says over a signed tree, or why there can be none.
func (c *archivedCase) overTree(t *testing.T, rule string, o zones.Options) (got []byte, reason string) {
	text, _ := fillTLSA(t, string(c.zone.Data))
	o.Now = clock()
	for line := range strings.Lines(text) {
		if s, ok := strings.CutPrefix(strings.TrimSpace(line), "; now "); ok {
			var err error
			if o.Now, err = time.Parse(time.RFC3339, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	tree, err := zones.New(text, o)
	if err != nil {
		for _, r := range treeReasons {
			if strings.Contains(err.Error(), r.text) {
				return nil, r.reason
			}
		}
		t.Fatal(err)
	}
	c.dns = overTree(tree, o.Now)
	r := c.probe(t)
	return []byte(c.named.Replace(string(says(r, rule)))), ""
}

// TestTreeDomains probes every domain of the one big tree.
func TestTreeDomains(t *testing.T) {
	text, origins := bigTreeText(t)
	now := clock()
	tree, err := zones.New(text, zones.Options{Now: now, Addresses: true})
	if err != nil {
		t.Fatal(err)
	}
	answers := overTree(tree, now)
	told := map[string]int{}
	for _, domain := range origins {
		synctest.Test(t, func(t *testing.T) {
			p := testProber(t, parseDialogs(t, authority(), "", ""), "", now, nil)
			p.DNS = answers
			p.NoPolicies = true
			r := p.Domain(t.Context(), strings.TrimSuffix(domain, "."))
			synctest.Wait()
			valid(t, r)
			kind, _, _ := strings.Cut(domain, ".")
			secure := map[dns.Secure]int{}
			for _, e := range r.DNS {
				if e.Name == strings.TrimSuffix(domain, ".") && e.Type == "MX" {
					secure[dns.Secure(e.Secure)]++
				}
			}
			got := fmt.Sprint(secure)
			if want := fmt.Sprint(map[dns.Secure]int{treeSecure(kind): 1}); got != want {
				t.Errorf("%s: MX is %s, want %s", domain, got, want)
			}
			told[got]++
		})
	}
	if len(origins) < 60 {
		t.Errorf("%d domains", len(origins))
	}
	t.Logf("%d domains in %d zones: %v", len(origins), tree.Zones(), told)
}

// treeSecure is what the MX records of a kind of domain are worth.
func treeSecure(kind string) dns.Secure {
	switch kind {
	case "expired", "early", "wrong-key", "no-rrsig", "wrong-ds", "broken":
		return dns.Bogus
	case "no-ds", "unsigned", "unknown-algorithm", "unknown-digest":
		return dns.Insecure
	case "keys-refused":
		return dns.Unverified
	}
	return dns.SecureYes
}

// bigTreeText is the text of the big tree, and its domains.
func bigTreeText(t testing.TB) (string, []string) {
	t.Helper()
	text, err := os.ReadFile("dns/signed/testdata/tree.zone")
	if err != nil {
		t.Fatal(err)
	}
	var origins []string
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "$ORIGIN "); ok {
			origins = append(origins, strings.TrimSpace(name))
		}
	}
	return string(text), origins
}
