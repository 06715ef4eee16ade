package dns

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/probe/dns/signed"
)

// signedAt is when the tests take place that are not about time.
var signedAt = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// bigTree is the one of signed/testdata, made once: RSA keys take long.
var bigTree = sync.OnceValues(func() (*signed.Tree, error) {
	text, err := os.ReadFile("signed/testdata/tree.zone")
	if err != nil {
		return nil, err
	}
	return signed.New(string(text), signed.Options{Now: signedAt, Addresses: true})
})

// validatorOf asks a tree, and trusts its root.
func validatorOf(tree *signed.Tree, now time.Time) *Validator {
	d := tree.Anchor()
	c := &Client{Servers: []Server{{Address: netip.MustParseAddrPort("127.0.0.1:53")}}, Dial: tree.Dial, Timeout: time.Second, Now: func() time.Time { return now }}
	return &Validator{Client: c, Now: c.Now, Anchors: []Anchor{{d.KeyTag, d.Algorithm, d.DigestType, d.Digest}}}
}

// worthOf is what came of a question, in words.
func worthOf(a *Answer, err error) string {
	var fail *Error
	switch {
	case errors.As(err, &fail) && fail.Secure == Bogus && fail.Cause == ServFail:
		return "bogus"
	case err != nil:
		return err.Error()
	}
	return string(a.Status) + " " + string(a.Secure)
}

// treeQuestions are asked of each domain of the tree.
var treeQuestions = []struct {
	name string
	typ  Type
	want string // Where all is signed.
}{
	{"", MX, "found secure"},
	{"", TXT, "found secure"},
	{"", CAA, "nodata secure"},
	{"mx.", A, "found secure"},
	{"mx.", AAAA, "nodata secure"},
	{"_25._tcp.mx.", TLSA, "found secure"},
	{"_dmarc.", TXT, "found secure"},
	{"www.", A, "found secure"},
	{"www.", AAAA, "nodata secure"},
	{"out.", A, "found secure"},
	{"lost.", A, "nxdomain secure"},
	{"x.y.wild.", TXT, "found secure"},
	{"x.y.wild.", MX, "nodata secure"},
	{"a.moved.", TXT, "found secure"},
	{"a.moved.", A, "nodata secure"},
	{"moved.", TXT, "nodata secure"},
	{"t.", TXT, "nodata secure"},
	{"n.t.", TXT, "nodata secure"},
	{"nowhere.", TXT, "nxdomain secure"},
	{"no.where.", MX, "nxdomain secure"},
	{"sub.", MX, "found insecure"},
	{"sub.", TXT, "nodata insecure"},
	{"nowhere.sub.", A, "nxdomain insecure"},
}

// kindWants are the kinds of domain of which not all is as it should be: what they make of
// a question.
var kindWants = map[string]func(name, want string) string{
	"expired": always("bogus"), "early": always("bogus"), "wrong-key": always("bogus"), "no-rrsig": always("bogus"), "wrong-ds": always("bogus"),
	"no-ds": insecure, "unsigned": insecure, "unknown-algorithm": insecure, "unknown-digest": insecure,
	"keys-refused": func(_, want string) string { return strings.Fields(want)[0] + " unverified" },
	"no-nsec":      noProof, "no-nsec3": noProof,
	"opt-out": func(name, want string) string {
		if wild(name) || strings.HasPrefix(want, "nxdomain") {
			return insecure(name, want)
		}
		return want
	},
	"iterations": func(name, want string) string {
		if wild(name) || !strings.HasPrefix(want, "found") {
			return insecure(name, want)
		}
		return want
	},
}

// wild says whether the answer is made of a wildcard.
func wild(name string) bool { return name == "x.y.wild." || name == "a.moved." }

func always(s string) func(string, string) string { return func(string, string) string { return s } }

func insecure(_, want string) string { return strings.Fields(want)[0] + " insecure" }

func noProof(name, want string) string {
	if strings.HasPrefix(want, "found secure") && !wild(name) {
		return want
	}
	return "bogus"
}

// brokenWants are of the one domain with single sets that are not right.
var brokenWants = map[string]string{
	" TXT": "bogus", " MX": "bogus", "mx. A": "bogus", "_25._tcp.mx. TLSA": "bogus", "_dmarc. TXT": "bogus", "www. A": "bogus", "www. AAAA": "bogus", "x.y.wild. TXT": "bogus", "a.moved. TXT": "bogus",
}

// treeDomains are those of the tree.
func treeDomains(t testing.TB) []string {
	text, err := os.ReadFile("signed/testdata/tree.zone")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "$ORIGIN "); ok {
			all = append(all, strings.TrimSpace(name))
		}
	}
	return all
}

// TestValidateTree asks everything of every domain.
func TestValidateTree(t *testing.T) {
	tree, err := bigTree()
	if err != nil {
		t.Fatal(err)
	}
	v := validatorOf(tree, signedAt)
	domains := treeDomains(t)
	for _, domain := range domains {
		kind, _, _ := strings.Cut(domain, ".")
		for _, q := range treeQuestions {
			want := q.want
			if f := kindWants[kind]; f != nil {
				want = f(q.name, want)
			}
			if w, ok := brokenWants[q.name+" "+q.typ.String()]; ok && kind == "broken" {
				want = w
			}
			if kind == "out" {
				want = q.want
			}
			a, err := v.Lookup(t.Context(), q.name+domain, q.typ)
			if got := worthOf(a, err); got != want {
				t.Errorf("%s%s %s: %s, want %s (%v, %+v)", q.name, domain, q.typ, got, want, err, a)
			}
			if a != nil && (a.Secure == SecureYes) != (a.Why == "" && !a.Expires.IsZero()) {
				t.Errorf("%s%s %s: %s, %q, %s", q.name, domain, q.typ, a.Secure, a.Why, a.Expires)
			}
		}
	}
	if len(domains) < 60 {
		t.Errorf("%d domains", len(domains))
	}
	t.Logf("%d domains in %d zones, %d questions each", len(domains), tree.Zones(), len(treeQuestions))
}

// TestValidate has cases of their own: what is said, and what is not.
func TestValidate(t *testing.T) {
	const good = "example.org A 192.0.2.1\nexample.org MX 10 mx.example.org\n*.w.example.org TXT w\n"
	for _, test := range []struct {
		name, text string
		question   string
		now        time.Duration // Later than the tree.
		want, why  string
	}{
		{"good", good, "example.org A", 0, "found secure", ""},
		{"expired zone", good, "example.org A", 15 * 24 * time.Hour, "bogus", "DNSKEY expired at 2026-12-09T12:00:00Z"},
		{"clock is wrong", good, "example.org A", -8 * 24 * time.Hour, "bogus", "is not valid before 2026-11-18T12:00:00Z"},
		{"one expired", good + "example.org BREAK expired A", "example.org A", 0, "bogus", "the signature over example.org A expired at 2026-11-24T12:00:00Z"},
		{"one early", good + "example.org BREAK not-yet-valid A", "example.org A", 0, "bogus", "the signature over example.org A is not valid before 2026-11-26T12:00:00Z"},
		{"no signature", good + "example.org BREAK no-rrsig A", "example.org A", 0, "bogus", "example.org A has no signature, and the zone example.org is signed"},
		{"another key", good + "example.org BREAK wrong-key A", "example.org A", 0, "bogus", "that the zone example.org does not have"},
		{"not its signature", good + "example.org BREAK garbage A", "example.org A", 0, "bogus", "the signature over example.org A is not that of the key"},
		{"no proof", good + "example.org BREAK garbage AAAA", "example.org AAAA", 0, "bogus", "that there is no example.org AAAA has no proof"},
		{"wrong DS", "$ZONE org\n$ZONE example.org wrong-ds\n" + good, "example.org A", 0, "bogus", "none of the keys of example.org is one that its DS records name"},
		{"keys do not come", "$ZONE org\n$ZONE example.org keys=timeout\n" + good, "example.org A", 0, "found unverified", "the keys of example.org: timeout"},
		{"keys fail", "$ZONE org\n$ZONE example.org keys=servfail\n" + good, "example.org A", 0, "found unverified", "the keys of example.org: servfail"},
		{"absent, keys fail", "$ZONE org\n$ZONE example.org keys=servfail\n" + good, "example.org AAAA", 0, "nodata unverified", "the keys of example.org: servfail"},
		{"keys of the root", "$ZONE . keys=refused\n" + good, "example.org A", 0, "found unverified", "the keys of .: refused"},
		{"no signatures at all", "$ZONE . no-rrsig\n" + good, "example.org A", 0, "found unverified", "gives no signatures, so that nothing can be validated"},
		{"unsigned", "$ZONE org\n$ZONE example.org unsigned\n" + good, "example.org A", 0, "found insecure", "the zone example.org is not signed"},
		{"unsigned top", "$ZONE org unsigned\n$ZONE example.org\n" + good, "example.org A", 0, "found insecure", "the zone org is not signed"},
		{"unknown algorithm", "$ZONE org\n$ZONE example.org unknown-algorithm\n" + good, "example.org A", 0, "found insecure", "in ways that are not known here"},
		{"iterations", "$ZONE org\n$ZONE example.org nsec3 iterations=101\n" + good, "example.org AAAA", 0, "nodata insecure", "more iterations"},
		{"just not too many", "$ZONE org\n$ZONE example.org nsec3 iterations=100\n" + good, "example.org AAAA", 0, "nodata secure", ""},
		{"opt-out", "$ZONE org nsec3 optout\n" + good, "nowhere.org A", 0, "nxdomain insecure", "opt-out"},
		{"the answer times out", good + "example.org FAIL timeout A", "example.org A", 0, "look up example.org A: timeout (127.0.0.1:53)", ""},
		{"the answer fails", good + "example.org FAIL servfail A", "example.org A", 0, "look up example.org A: servfail (127.0.0.1:53)", ""},
		{"noise", good + "example.org FAIL malformed A", "example.org A", 0, "look up example.org A: malformed (127.0.0.1:53): the message has fewer records than it says", ""},
		{"alias into what is not signed", good + "a.example.org CNAME example.net\n$DNSSEC insecure\nexample.net A 192.0.2.2", "a.example.org A", 0, "found insecure", "the zone example.net is not signed"},
		{"alias into what is bogus", good + "a.example.org CNAME example.net\nexample.net A 192.0.2.2\nexample.net FAIL bogus A", "a.example.org A", 0, "bogus", "the signature over example.net A"},
		{"alias loop", "a.example.org CNAME b.example.org\nb.example.org CNAME a.example.org", "a.example.org A", 0, "look up a.example.org A: alias-loop (127.0.0.1:53): no end after 16 aliases", ""},
		{"the root", good, ". NS", 0, "found secure", ""},
		{"odd octets", `a\.b\000c.example.org A 192.0.2.1`, `A\.b\000c.example.org A`, 0, "found secure", ""},
		{"a wildcard itself", good, "*.w.example.org TXT", 0, "found secure", ""},
		{"its children", good, "a.b.w.example.org TXT", 0, "found secure", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tree, err := signed.New(test.text, signed.Options{Now: signedAt})
				if err != nil {
					t.Fatal(err)
				}
				v := validatorOf(tree, signedAt.Add(test.now))
				name, typ, _ := strings.Cut(test.question, " ")
				kind, _ := ParseType(typ)
				a, err := v.Lookup(t.Context(), name, kind)
				why := fmt.Sprint(err)
				if a != nil {
					why = a.Why
				}
				if got := worthOf(a, err); got != test.want || !strings.Contains(why, test.why) {
					t.Errorf("%s (%s), want %s (%s)", got, why, test.want, test.why)
				}
				if again, err := v.Lookup(t.Context(), name, kind); worthOf(again, err) != test.want {
					t.Errorf("once more: %s", worthOf(again, err))
				}
			})
		})
	}
}

// TestWrongAnchor: who trusts another root believes nothing.
func TestWrongAnchor(t *testing.T) {
	tree, err := signed.New("example.org A 192.0.2.1", signed.Options{Now: signedAt})
	if err != nil {
		t.Fatal(err)
	}
	v := validatorOf(tree, signedAt)
	v.Anchors = nil
	_, err = v.Lookup(t.Context(), "example.org", A)
	if worthOf(nil, err) != "bogus" || !strings.Contains(err.Error(), "none of the keys of the root") {
		t.Error(err)
	}
}

// TestExpires: the signature that ends first counts, and an answer is not kept longer.
func TestExpires(t *testing.T) {
	tree, err := signed.New(`
a.example.org CNAME b.example.org
$DNSSEC secure 2026-11-20T00:00:00Z 2026-11-25T12:00:30Z
b.example.org A 192.0.2.1
`, signed.Options{Now: signedAt})
	if err != nil {
		t.Fatal(err)
	}
	a, err := validatorOf(tree, signedAt).Lookup(t.Context(), "a.example.org", A)
	if err != nil || a.Expires.Format(time.RFC3339) != "2026-11-25T12:00:30Z" || a.Signed.Format(time.RFC3339) != "2026-11-20T00:00:00Z" || a.TTL != 30*time.Second {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestValidateTogether: many want the same keys, which are fetched once, and one who gives
// up costs the others nothing.
func TestValidateTogether(t *testing.T) {
	tree, err := bigTree()
	if err != nil {
		t.Fatal(err)
	}
	v := validatorOf(tree, signedAt)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			ctx := t.Context()
			if i%10 == 0 {
				ctx = gone
			}
			a, err := v.Lookup(ctx, "mx.plain.example.org", A)
			if got := worthOf(a, err); ctx != gone && got != "found secure" {
				t.Error(got, err, a)
			}
		})
	}
	wg.Wait()
}
