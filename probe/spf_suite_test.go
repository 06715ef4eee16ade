package probe

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
)

// spfWorld answers from a map, as the zones of the SPF suites have it.
type spfWorld struct {
	answers map[spfQuestion]*dns.Answer
	names   map[string]bool
	fails   map[string]dns.Cause // Of every type that a name has not.
	aliases map[string]string
}

func newSPFWorld() *spfWorld {
	return &spfWorld{map[spfQuestion]*dns.Answer{}, map[string]bool{}, map[string]dns.Cause{}, map[string]string{}}
}

func canonicalName(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }

func (w *spfWorld) add(name string, t dns.Type, r dns.Record) {
	name = canonicalName(name)
	w.names[name] = true
	key := spfQuestion{name, t}
	if w.answers[key] == nil {
		w.answers[key] = &dns.Answer{Name: name, Type: t, Status: dns.Found}
	}
	w.answers[key].Records = append(w.answers[key].Records, r)
}

func (w *spfWorld) Lookup(_ context.Context, name string, t dns.Type) (*dns.Answer, error) {
	asked := canonicalName(name)
	at := asked
	for range 8 {
		if a := w.answers[spfQuestion{at, t}]; a != nil {
			return a, nil
		}
		to, ok := w.aliases[at]
		if !ok {
			if c := w.fails[at]; c != "" {
				return nil, &dns.Error{Name: asked, Type: t, Cause: c}
			}
			status := dns.NXDomain
			if w.names[at] {
				status = dns.NoData
			}
			return &dns.Answer{Name: asked, Type: t, Status: status}, nil
		}
		at = to
	}
	return nil, &dns.Error{Name: asked, Type: t, Cause: dns.AliasLoop}
}

// spfSuiteWorlds reads the zones of a suite, by scenario.
func spfSuiteWorlds(t *testing.T, suite string) map[string]*spfWorld {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(os.Getenv("MAILTRACE_CORPORA"), "spf", suite+"-tests.zones.json"))
	if err != nil {
		t.Skipf("no suite: %v", err)
	}
	var all map[string]map[string][]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	out := map[string]*spfWorld{}
	for scenario, names := range all {
		w := newSPFWorld()
		for name, records := range names {
			w.read(canonicalName(name), records)
		}
		out[scenario] = w
	}
	return out
}

// read takes the records of one name in: those of type SPF stand for TXT where there are
// none of these; "NONE" forbids that.
func (w *spfWorld) read(name string, records []json.RawMessage) {
	w.names[name] = true
	var old []string
	hasTXT := false
	for _, raw := range records {
		var r map[string]any
		if json.Unmarshal(raw, &r) != nil {
			w.fails[name] = dns.Timeout // The word "TIMEOUT".
			continue
		}
		for kind, v := range r {
			text, _ := v.(string)
			switch kind {
			case "TIMEOUT":
				w.fails[name] = dns.Timeout
			case "SERVFAIL":
				w.fails[name] = dns.ServFail
			case "SPF":
				old = append(old, suiteText(v))
			case "TXT":
				if hasTXT = true; text != "NONE" {
					w.add(name, dns.TXT, dns.Record{Text: []byte(suiteText(v))})
				}
			case "A", "AAAA":
				w.add(name, map[string]dns.Type{"A": dns.A, "AAAA": dns.AAAA}[kind], dns.Record{Address: netip.MustParseAddr(text)})
			case "PTR":
				w.add(name, dns.PTR, dns.Record{Target: canonicalName(text)})
			case "CNAME":
				w.aliases[name] = canonicalName(text)
			case "MX":
				mx := v.([]any)
				w.add(name, dns.MX, dns.Record{Priority: uint16(mx[0].(float64)), Target: canonicalName(mx[1].(string))})
			}
		}
	}
	for _, s := range old {
		if !hasTXT {
			w.add(name, dns.TXT, dns.Record{Text: []byte(s)})
		}
	}
}

// suiteText is the strings of a TXT record as one. The file holds octets as the characters
// of Latin-1.
func suiteText(v any) string {
	text, _ := v.(string)
	if list, ok := v.([]any); ok {
		for _, s := range list {
			text += s.(string)
		}
	}
	out := make([]byte, 0, len(text))
	for _, r := range text {
		out = append(out, byte(r))
	}
	return string(out)
}

type spfSuiteCase struct {
	ID, Scenario         string
	HELO, MailFrom, Host string
	Expect               struct{ Result []string }
}

func spfSuiteCases(t *testing.T, suite string) []spfSuiteCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(os.Getenv("MAILTRACE_CORPORA"), "spf", suite+"-tests.jsonl"))
	if err != nil {
		t.Skipf("no suite: %v", err)
	}
	var all []spfSuiteCase
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c spfSuiteCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// TestSPFLintSuites lints every record of the suites, holds what was counted against our
// own evaluation, and against what the suites expect where that can be judged without a
// message: a permerror. Disagreements stand in testdata/spf-lint-argued.txt.
func TestSPFLintSuites(t *testing.T) {
	argued := map[string]string{}
	data, err := os.ReadFile("testdata/spf-lint-argued.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if id, why, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(id, "#") {
			argued[id] = why
		}
	}
	records, judged, compared := 0, 0, 0
	for _, suite := range []string{"rfc7208", "rfc4408", "pyspf", "blitirispf"} {
		worlds := spfSuiteWorlds(t, suite)
		ips := map[string][]netip.Addr{}
		cases := spfSuiteCases(t, suite)
		for _, c := range cases {
			ips[c.Scenario] = append(ips[c.Scenario], netip.MustParseAddr(c.Host))
		}
		for scenario, w := range worlds {
			for q, a := range w.answers {
				if q.qtype != dns.TXT || !slices.ContainsFunc(a.Records, func(r dns.Record) bool { return auth.IsSPF(r.Text) }) {
					continue
				}
				records++
				compared += spfAgrees(t, suite+" "+scenario+" "+q.name, w, q.name, ips[scenario])
			}
		}
		for _, c := range cases {
			_, name, ok := cutLast(c.MailFrom, "@")
			if name = canonicalName(name); !ok || firstForeign(name) >= 0 || !strings.Contains(name, ".") {
				continue
			}
			sight := seeSPF(t.Context(), worlds[c.Scenario], &servers{domain: name})
			if sight.walk == nil {
				t.Fatalf("%s: %s", c.ID, sight.why)
			}
			want := len(c.Expect.Result) == 1 && c.Expect.Result[0] == "permerror"
			may := slices.Contains(c.Expect.Result, "permerror")
			state := sight.walk.root.state
			judged++
			wrong := want && !sight.broken() || !may && (state == spfWrong || state == spfSeveral)
			switch why := argued[c.ID]; {
			case wrong && why == "":
				t.Errorf("%s: the suite says %v; the lint: %s, %+v", c.ID, c.Expect.Result, state, sight.count.stop)
			case !wrong && why != "":
				t.Errorf("%s: argued, and no disagreement", c.ID)
			}
			delete(argued, c.ID)
		}
	}
	for id := range argued {
		t.Errorf("%s: argued, and not in the suites", id)
	}
	t.Logf("%d records linted, %d times compared with an evaluation, %d cases held against the suites", records, compared, judged)
}

// broken tells whether there is something that makes receivers stop with permerror, for some
// address at least.
func (l *spfSight) broken() bool {
	c := l.count
	return c.stop != nil && c.stop.status == auth.PermError || c.eleventh != nil || c.third4 != nil || c.third6 != nil || len(c.crowded) > 0 ||
		slices.ContainsFunc(l.records(spfNone, spfSeveral, spfWrong, spfLoop), func(r *spfRecord) bool { return r.by != nil || r.state != spfNone })
}

// spfAgrees holds what was counted for a name against evaluations of its record, and gives
// how many there were.
func spfAgrees(t *testing.T, id string, w *spfWorld, name string, ips []netip.Addr) int {
	t.Helper()
	s := &servers{domain: name}
	sight := seeSPF(t.Context(), w, s)
	if sight.walk == nil {
		t.Fatalf("%s: %s", id, sight.why)
	}
	sub := &subject{servers: s, spf: sight}
	for i := range checks {
		if c := &checks[i]; strings.HasPrefix(c.ID, "spf.") {
			found, _, err := c.safely(t.Context(), sub)
			if err != nil {
				t.Errorf("%s: %s: %v", id, c.ID, err)
			}
			for _, f := range found {
				if len(f.Evidence) == 0 {
					t.Errorf("%s: %s: no evidence: %s", id, c.ID, f.Text)
				}
			}
		}
	}
	if sight.walk.asked > maxSPFQuestions {
		t.Errorf("%s: %d questions", id, sight.walk.asked)
	}
	if sight.report().Terms == nil {
		t.Errorf("%s: no list", id)
	}
	if !strings.Contains(name, ".") {
		return 0
	}
	n := 0
	for _, ip := range append(ips, netip.MustParseAddr("203.0.113.77"), netip.MustParseAddr("2001:db8:77::1"), netip.MustParseAddr("1.2.3.4")) {
		got := auth.CheckSPF(t.Context(), w, auth.SPFQuery{IP: ip, HELO: "helo.example", MailFrom: "u@" + name, AllowMacros: true})
		if sight.count.cutShort() {
			continue
		}
		n++
		sight.comparePass(t, id, ip, got)
		if ip.Is4() {
			sight.compareEnd(t, id, ip, got)
		}
	}
	return n
}

// cutShort tells whether a bound of ours was reached.
func (c *spfCount) cutShort() bool {
	return slices.ContainsFunc(c.maybe, func(t *spfTerm) bool { return t.cut })
}

func (l *spfSight) comparePass(t *testing.T, id string, ip netip.Addr, got *auth.SPF) {
	t.Helper()
	space := l.v6
	if ip.Is4() {
		space = l.v4
	}
	p, _ := ip.Prefix(ip.BitLen())
	x, ok := spanOf(p, ip.Is4())
	if !ok {
		return
	}
	has := space.pass.has(x.low)
	switch {
	case got.Status == auth.Pass && !has && len(space.open) == 0:
		t.Errorf("%s: %s passes by %s, and is not counted", id, ip, got.Matched)
	case has && ip.Is4() && len(space.open) == 0 && (got.Status == auth.Fail || got.Status == auth.SoftFail || got.Status == auth.Neutral):
		t.Errorf("%s: %s is counted, and gets %s by %s", id, ip, got.Status, got.Matched)
	}
}

func (l *spfSight) compareEnd(t *testing.T, id string, ip netip.Addr, got *auth.SPF) {
	t.Helper()
	c := l.count
	if l.walk.root.state == spfNone {
		if got.Status != auth.None {
			t.Errorf("%s: %s gets %s, and there is no record", id, ip, got.Status)
		}
		return
	}
	matched := got.Matched != "" && !strings.HasSuffix(strings.ToLower(got.Matched), "all")
	switch {
	case matched || l.inside(ip):
	case c.stop != nil && c.stop.status == auth.PermError && got.Status != auth.PermError && !c.perhaps():
		t.Errorf("%s: %s gets %s by %q, and not permerror: %s", id, ip, got.Status, got.Matched, c.stop.why)
	case c.stop != nil && c.stop.status == auth.TempError && got.Status != auth.TempError && !c.perhaps():
		t.Errorf("%s: %s gets %s, and not temperror: %s", id, ip, got.Status, c.stop.why)
	case c.stop == nil && !c.perhaps() && (got.Status != c.ends):
		t.Errorf("%s: %s gets %s by %q (%s), and not %s", id, ip, got.Status, got.Matched, got.Problem, c.ends)
	case c.stop == nil && !c.perhaps() && !c.open && c.ends != auth.Pass && (got.Lookups != c.asks || got.Void != c.void4):
		t.Errorf("%s: %d look-ups, %d void; counted were %d, %d", id, got.Lookups, got.Void, c.asks, c.void4)
	}
}

// perhaps tells whether a term may match by what hangs on the message.
func (c *spfCount) perhaps() bool {
	return slices.ContainsFunc(c.maybe, func(t *spfTerm) bool { return t.to.Message || t.Mechanism == auth.MechPTR })
}

// inside tells whether a term of the tree names the address, whatever that means.
func (l *spfSight) inside(ip netip.Addr) bool {
	hit := false
	l.walk.root.each(func(t *spfTerm) {
		if t.Mechanism == auth.MechAll || t.dead != "" {
			return
		}
		if t.Network.IsValid() {
			hit = hit || t.Network.Contains(ip)
			return
		}
		if t.below != nil {
			return
		}
		p, _ := ip.Prefix(32)
		x, _ := spanOf(p, true)
		s := &spfSpace{}
		for _, y := range s.addresses(t, true) {
			hit = hit || y.low <= x.low && x.low <= y.high
		}
	})
	return hit
}
