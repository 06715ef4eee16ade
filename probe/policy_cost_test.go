package probe

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// slowStep is how long the servers of these tests think at each step.
const slowStep = 300 * time.Millisecond

const (
	slowZone = "$DNSSEC secure\nexample.org. MX 10 mx1.example.org.\nmx1.example.org. A 192.0.2.10\n_25._tcp.mx1.example.org. TLSA 3 1 1 @server\n" +
		"_mta-sts.example.org. TXT \"v=STSv1; id=1\"\nmta-sts.example.org. A 192.0.2.80\n_smtp._tls.example.org. TXT \"v=TLSRPTv1; rua=mailto:a@example.org\"\n" +
		"example.org. TXT \"v=spf1 a:mx1.example.org -all\"\n_dmarc.example.org. TXT \"v=DMARC1; p=none\"\n"
	slowMail   = "@ 192.0.2.10:25\nD: good ecdsa\n"
	slowPolicy = "@ 192.0.2.80:443\nP: 200 text/plain\n| version: STSv1\n| mode: enforce\n| max_age: 604800\n| mx: mx1.example.org\n"
)

// slowly is a Dial to servers that think before they let us connect, and before each answer:
// so long where the port is that of the key.
func slowly(dial func(context.Context, netip.AddrPort) (net.Conn, error), steps map[uint16]time.Duration) func(context.Context, netip.AddrPort) (net.Conn, error) {
	return func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
		step := steps[to.Port()]
		if !sleep(ctx, step) {
			return nil, ctx.Err()
		}
		conn, err := dial(ctx, to)
		if err != nil {
			return nil, err
		}
		return &thinking{Conn: conn, step: step, turn: true}, nil
	}
}

// thinking is a connection to a server that thinks before it answers.
type thinking struct {
	net.Conn
	step time.Duration
	mu   sync.Mutex
	turn bool // It is its turn, and it has not begun.
}

func (c *thinking) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.turn = true
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *thinking) Read(b []byte) (int, error) {
	c.mu.Lock()
	turn := c.turn
	c.turn = false
	c.mu.Unlock()
	if turn {
		time.Sleep(c.step)
	}
	return c.Conn.Read(b)
}

// sluggish answers after a while.
type sluggish struct {
	dns.Resolver
	step time.Duration
}

func (u sluggish) Lookup(ctx context.Context, name string, t dns.Type) (*dns.Answer, error) {
	if !sleep(ctx, u.step) {
		return nil, &dns.Error{Name: name, Type: t, Cause: dns.Canceled, Err: ctx.Err()}
	}
	return u.Resolver.Lookup(ctx, name, t)
}

// slowProbe probes example.org and says how long that took.
func slowProbe(t testing.TB, script string, mail, web, asking time.Duration, options ...string) (*report.Report, time.Duration) {
	t.Helper()
	text, _ := fillTLSA(t, slowZone)
	d := parseDialogs(t, authority(), script, text)
	p := testProber(t, d, text, clock(), options)
	zone, err := dns.ParseZone(text)
	if err != nil {
		t.Fatal(err)
	}
	p.DNS = func() *dns.Recorder { return &dns.Recorder{Resolver: sluggish{zone, asking}} }
	p.Dial = slowly(d.dial, map[uint16]time.Duration{smtpPort: mail, fetchPort: web})
	began := time.Now()
	r := p.Domain(t.Context(), "example.org")
	return r, time.Since(began)
}

// besides is how many times the slower of the two a probe takes that talks to the mail
// server and looks at the policies.
func besides(t testing.TB, mail, web, asking time.Duration) float64 {
	t.Helper()
	alone, smtp := slowProbe(t, slowMail, mail, web, asking, "no-policies")
	_, policies := slowProbe(t, slowPolicy, 0, web, asking) // Nobody listens at the mail server.
	both, all := slowProbe(t, slowMail+slowPolicy, mail, web, asking)
	ratio := all.Seconds() / max(smtp, policies).Seconds()
	t.Logf("steps of %s, %s and %s: mail alone %s, policies alone %s, both %s: %.3f", mail, web, asking, smtp, policies, all, ratio)
	if alone.Cost.Fetches != 0 || both.Cost.Fetches != 1 || both.Cost.Connections != alone.Cost.Connections {
		t.Errorf("%d fetches without policies, %d with; %d and %d connections", alone.Cost.Fetches, both.Cost.Fetches, alone.Cost.Connections, both.Cost.Connections)
	}
	if both.Policies.MTASTS.Status != report.PolicyFound || both.Policies.DANE[0].Status != report.DANEUsable {
		t.Errorf("%+v", both.Policies)
	}
	return ratio
}

// TestPoliciesCost: policies are looked at beside the conversation, and make a probe no
// longer than 1.15 times the slower of the two. It takes no time here: what is computed
// meanwhile is not in it, see BenchmarkPolicies.
func TestPoliciesCost(t *testing.T) {
	for _, c := range [][3]time.Duration{
		{slowStep, slowStep, 0}, {slowStep, slowStep, slowStep}, {slowStep, 10 * slowStep, slowStep}, {10 * slowStep, slowStep, slowStep},
	} {
		synctest.Test(t, func(t *testing.T) {
			if ratio := besides(t, c[0], c[1], c[2]); ratio > 1.15 {
				t.Errorf("%.3f times the slower", ratio)
			}
			synctest.Wait()
		})
	}
}

// TestPoliciesAnnounced: the questions that are asked for MTA-STS, TLS reporting and DANE
// are those that the plan announces.
func TestPoliciesAnnounced(t *testing.T) {
	var alone, both *report.Report
	synctest.Test(t, func(t *testing.T) {
		alone, _ = slowProbe(t, slowMail, 0, 0, 0, "no-policies")
		both, _ = slowProbe(t, slowMail+slowPolicy, 0, 0, 0)
		synctest.Wait()
	})
	var asked []string
	for _, q := range both.DNS {
		was := slices.ContainsFunc(alone.DNS, func(d report.DNS) bool { return d.Name == q.Name && d.Type == q.Type })
		if of := strings.TrimSuffix(q.Name, "example.org"); !was && (of == "_mta-sts." || of == "mta-sts." || of == "_smtp._tls." || strings.HasPrefix(of, "_25._tcp.")) {
			asked = append(asked, q.Type+" "+strings.Replace(q.Name, "mx1.example.org", "its name", 1))
		}
	}
	if len(asked) != 5 {
		t.Errorf("asked %q", asked)
	}
	for _, q := range asked {
		if !slices.ContainsFunc((&Prober{}).Plan([]string{"example.org"}), func(s PlanStep) bool { return s.Kind == PlanQuestion && s.Text == q }) {
			t.Errorf("%s is not announced", q)
		}
	}
}

// BenchmarkPolicies is TestPoliciesCost in time that is spent.
func BenchmarkPolicies(b *testing.B) {
	sum := 0.0
	for b.Loop() {
		sum += besides(b, slowStep, slowStep, 0)
	}
	ratio := sum / float64(b.N)
	b.ReportMetric(ratio, "x-of-slower")
	if ratio > 1.15 {
		b.Errorf("%.3f times the slower", ratio)
	}
}
