package probe

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// probeDANE probes example.org in a zone whose TLSA records have names for data.
func probeDANE(t *testing.T, zone, script string, set func(*Prober)) *report.Report {
	t.Helper()
	var r *report.Report
	zone, _ = fillTLSA(t, zone)
	d := parseDialogs(t, authority(), script, zone)
	synctest.Test(t, func(t *testing.T) {
		p := testProber(t, d, zone, clock(), nil)
		if set != nil {
			set(p)
		}
		r = p.Domain(t.Context(), "example.org")
		synctest.Wait()
	})
	for _, fault := range d.faults {
		t.Error(fault)
	}
	valid(t, r)
	return r
}

// daneText is what a report says of DANE, short: host, where the records are, the status,
// how many records, and of each result the address, whether and how it matched.
func daneText(r *report.Report) string {
	var all []string
	for _, d := range r.Policies.DANE {
		s := fmt.Sprintf("%s %s %s %d", d.Host, strings.TrimPrefix(d.Name, "_25._tcp."), d.Status, len(d.Records))
		for _, m := range d.Results {
			switch {
			case m.Match == nil:
				s += fmt.Sprintf(" %s=?", m.Address)
			case !*m.Match:
				s += fmt.Sprintf(" %s=no", m.Address)
			default:
				s += fmt.Sprintf(" %s=%d/%d", m.Address, *m.Record, *m.Depth)
			}
			if (m.Why == "") != (m.Match != nil && *m.Match) {
				s += " why: " + m.Why
			}
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}

// TestDANEStatus: what the DNS says, and what the report says of it.
func TestDANEStatus(t *testing.T) {
	const (
		mx    = "example.org. MX 10 mx.example.org.\n"
		host  = "mx.example.org. A 192.0.2.10\n"
		good  = "_25._tcp.mx.example.org. TLSA 3 1 1 @server\n"
		alias = "mx.example.org. CNAME host.example.net.\n"
		there = "host.example.net. A 192.0.2.10\n"
		over  = "_25._tcp.host.example.net. TLSA 3 1 1 @server\n"
		yes   = "$DNSSEC secure\n"
		no    = "$DNSSEC insecure\n"
	)
	for _, c := range []struct{ zone, want, why string }{
		{yes + mx + host + good, "mx.example.org mx.example.org usable 1 192.0.2.10=0/0", ""},
		{yes + mx + host, "mx.example.org mx.example.org none 0", ""},
		{mx + host + good, "mx.example.org mx.example.org unverified 1 192.0.2.10=0/0", "the DNS answers could not be verified"},
		{mx + host, "mx.example.org mx.example.org none 0", "whether that there are no records is signed could not be verified"},
		{no + mx + host + good, "mx.example.org mx.example.org none 0", "its address is not signed by DNSSEC, so that senders do not ask for TLSA records"},
		{no + mx + yes + host + good, "mx.example.org mx.example.org insecure 1 192.0.2.10=0/0", "the MX records are not signed by DNSSEC: they can be forged, and DANE does not protect the domain"},
		{yes + mx + host + no + "x.example. TLSA 3 1 1 @server\n" + yes + "_25._tcp.mx.example.org. CNAME x.example.\n", "mx.example.org mx.example.org insecure 1 192.0.2.10=0/0", "the TLSA records are not signed by DNSSEC, and do not count"},
		{yes + mx + host + "_25._tcp.mx.example.org. TLSA 1 1 1 @server\n", "mx.example.org mx.example.org unusable 1 192.0.2.10=?", ""},
		{yes + mx + host + "_25._tcp.mx.example.org. FAIL bogus\n", "mx.example.org mx.example.org failed 0", "the DNSSEC signatures of the answer are wrong, asked at zone"},
		{yes + mx + host + "_25._tcp.mx.example.org. FAIL timeout\n", "mx.example.org mx.example.org failed 0", "the DNS did not answer in time, asked at zone"},
		{yes + mx + host + "_25._tcp.mx.example.org. FAIL network\n", "mx.example.org mx.example.org unverified 0", "no DNS server could be reached, asked at zone"},
		{mx + host + "_25._tcp.mx.example.org. FAIL servfail\n", "mx.example.org mx.example.org unverified 0", "the DNS servers of the name failed (SERVFAIL), asked at zone"},
		{yes + mx + "mx.example.org. FAIL bogus\n", "mx.example.org mx.example.org failed 0", "the DNSSEC signatures of the answer are wrong, asked at zone"},
		{yes + mx + "mx.example.org. TXT x\n", "mx.example.org mx.example.org none 0", "it has no address, and TLSA records are not asked for"},
		// RFC 7672 section 2.2.2: the expanded name first, then the original one, none between.
		{yes + mx + alias + there + over + good, "mx.example.org host.example.net usable 1 192.0.2.10=0/0", ""},
		{yes + mx + alias + there + good, "mx.example.org mx.example.org usable 1 192.0.2.10=0/0", ""},
		{yes + mx + alias + there + no + over + yes + good, "mx.example.org mx.example.org usable 1 192.0.2.10=0/0", ""},
		{yes + mx + alias + no + there + over + yes + good, "mx.example.org mx.example.org usable 1 192.0.2.10=0/0", ""},
		{yes + mx + alias + no + there + over, "mx.example.org mx.example.org none 0", ""},
		{yes + mx + no + alias + there + yes + good + over, "mx.example.org mx.example.org none 0", "its address is not signed by DNSSEC, so that senders do not ask for TLSA records"},
		{mx + alias + there + good, "mx.example.org mx.example.org unverified 1 192.0.2.10=0/0", "the DNS answers could not be verified"},
		{yes + mx + "mx.example.org. CNAME between.example.net.\nbetween.example.net. CNAME host.example.net.\n" + there + "_25._tcp.between.example.net. TLSA 3 1 1 @server\n", "mx.example.org mx.example.org none 0", ""},
		{yes + mx + alias + there + no + over + good, "mx.example.org host.example.net insecure 1 192.0.2.10=0/0", "the TLSA records are not signed by DNSSEC, and do not count"},
		// Without MX records.
		{yes + "example.org. A 192.0.2.10\n_25._tcp.example.org. TLSA 3 1 1 @server\n", "example.org example.org usable 1 192.0.2.10=0/0", ""},
		{yes + "example.org. CNAME host.example.net.\n" + there + over, "host.example.net host.example.net usable 1 192.0.2.10=0/0", ""},
		{yes + "example.org. CNAME host.example.net.\n" + there + "_25._tcp.example.org. TLSA 3 1 1 @server\n", "host.example.net example.org usable 1 192.0.2.10=0/0", ""},
		// One with another family that is not answered for.
		{yes + mx + host + "mx.example.org. FAIL servfail AAAA\n" + good, "mx.example.org mx.example.org usable 1 192.0.2.10=0/0", ""},
		// A record twice is one.
		{yes + mx + host + "_25._tcp.mx.example.org. TLSA 3 1 1 ab\n" + good + good, "mx.example.org mx.example.org usable 2 192.0.2.10=1/0", ""},
		{yes + mx + host + "_25._tcp.mx.example.org. TLSA 2 0 1 @intermediate\n", "mx.example.org mx.example.org usable 1 192.0.2.10=0/1", ""},
		{yes + mx + host + "_25._tcp.mx.example.org. TLSA 2 0 1 @root\n", "mx.example.org mx.example.org usable 1 192.0.2.10=no", ""},
		{yes + "example.org. MX 0 .\n", "", ""},
	} {
		r := probeDANE(t, c.zone, "@ 192.0.2.10:25\nD: good\n", nil)
		if got := daneText(r); got != c.want {
			t.Errorf("%s:\n%s\nwant %s", c.zone, got, c.want)
		}
		if d := r.Policies.DANE; len(d) > 0 && d[0].Why != c.why {
			t.Errorf("%s:\nwhy %q, want %q", c.zone, d[0].Why, c.why)
		}
	}
}

const signedZone = "$DNSSEC secure\nexample.org. MX 10 mx.example.org.\nmx.example.org. A 192.0.2.10\n_25._tcp.mx.example.org. TLSA 3 1 1 @server\n"

// TestDANECost: a question for each host and port, beside the conversations; none where
// policies are not wanted. What was found at one port is matched there alone.
func TestDANECost(t *testing.T) {
	for _, c := range []struct {
		set       func(*Prober)
		questions int
		hosts     int
	}{
		{func(p *Prober) { p.Ports = []uint16{25, 587} }, 2, 2},
		{nil, 1, 1},
		{func(p *Prober) { p.NoPolicies = true }, 0, 0},
		{func(p *Prober) { p.Ports = []uint16{587} }, 1, 1},
	} {
		r := probeDANE(t, signedZone, "@ 192.0.2.10:25\nD: good\n@ 192.0.2.10:587\nD: submission\n", c.set)
		for _, d := range r.Policies.DANE {
			want := 0
			if d.Name == "_25._tcp.mx.example.org" {
				want = 1
			}
			if len(d.Results) != want || want == 1 && d.Results[0].Port != 25 {
				t.Errorf("%s: %+v", d.Name, d.Results)
			}
		}
		questions := 0
		for _, d := range r.DNS {
			if d.Type == "TLSA" || d.Type == "CNAME" {
				questions++
			}
		}
		if questions != c.questions || len(r.Policies.DANE) != c.hosts {
			t.Errorf("%d questions, %d hosts; want %d, %d", questions, len(r.Policies.DANE), c.questions, c.hosts)
		}
	}
}

// TestDANEFull: with --tls full each certificate is matched, and the text says which.
func TestDANEFull(t *testing.T) {
	const both = "@ 192.0.2.10:25\nD: good good\n"
	r := probeDANE(t, strings.Replace(signedZone, "@server", strings.Repeat("ab", 32), 1), both, func(p *Prober) { p.FullTLS = true })
	e := &r.Hosts[0].Endpoints[0]
	if d := r.Policies.DANE[0]; len(e.Certificates) == 0 || len(d.Results) != len(e.Certificates) {
		t.Fatalf("%d certificates, %d results", len(e.Certificates), len(d.Results))
	}
	if d := r.Policies.DANE[0]; len(d.Results) > 1 && !strings.HasPrefix(d.Results[1].Why, "the certificate with the key of ") {
		t.Errorf("why %q", d.Results[1].Why)
	}
}

// TestDANEShared: a visit that two domains share serves both, each with names of its own.
func TestDANEShared(t *testing.T) {
	zone, _ := fillTLSA(t, "$DNSSEC secure\na.example. MX 10 mx.example.org.\nb.example. MX 10 mx.example.org.\nmx.example.org. A 192.0.2.10\n_25._tcp.mx.example.org. TLSA 2 0 1 @intermediate\n")
	d := parseDialogs(t, authority(), "@ 192.0.2.10:25\nD: good good names=a.example\n", zone)
	synctest.Test(t, func(t *testing.T) {
		p := testProber(t, d, zone, clock(), nil)
		for domain, want := range map[string]string{
			"a.example": "mx.example.org mx.example.org usable 1 192.0.2.10=0/1",
			"b.example": "mx.example.org mx.example.org usable 1 192.0.2.10=no",
		} {
			if got := daneText(p.Domain(t.Context(), domain)); got != want {
				t.Errorf("%s: %s", domain, got)
			}
		}
		synctest.Wait()
	})
	if len(d.dialled) != 1 {
		t.Errorf("dialled %v", d.dialled)
	}
}

// TestDANENames: where an authority is named the certificate may have the name of the
// server, of the domain, and of what the domain is an alias for (RFC 7672 section 3.2.2).
func TestDANENames(t *testing.T) {
	const zone = "$DNSSEC secure\nexample.org. CNAME other.example.\nother.example. MX 10 mx.example.org.\nmx.example.org. A 192.0.2.10\n_25._tcp.mx.example.org. TLSA 2 0 1 @intermediate\n"
	for name, want := range map[string]string{"mx.example.org": "0/1", "example.org": "0/1", "other.example": "0/1", "third.example": "no"} {
		r := probeDANE(t, zone, "@ 192.0.2.10:25\nD: good good names="+name+"\n", nil)
		if got := daneText(r); got != "mx.example.org mx.example.org usable 1 192.0.2.10="+want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestDANEBounds: many records, a long chain, and a probe that is stopped.
func TestDANEBounds(t *testing.T) {
	var zone strings.Builder
	zone.WriteString("$DNSSEC secure\nexample.org. MX 10 mx.example.org.\nmx.example.org. A 192.0.2.10\n")
	for i := range 100 {
		fmt.Fprintf(&zone, "_25._tcp.mx.example.org. TLSA %d 1 %d %064x\n", i%5, i%4, i)
	}
	r := probeDANE(t, zone.String(), "@ 192.0.2.10:25\nD: good chain:20\n", nil)
	if d := r.Policies.DANE[0]; len(d.Records) != maxTLSA || d.Why != "36 more TLSA records are not looked at" || len(d.Results) != 1 {
		t.Errorf("%d records, %d results, %q", len(d.Records), len(d.Results), d.Why)
	}
	v := visited{}
	ca := authority()
	v.keepChain(&Prober{}, slices.Repeat([]*x509.Certificate{ca.root.cert}, 100))
	if len(v.chains) != 1 || len(v.chains[0]) != maxCertificates || weigh(&v) < maxCertificates*len(ca.root.cert.Raw) {
		t.Errorf("kept %d certificates, weighing %d", len(v.chains[0]), weigh(&v))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := (&Prober{}).Domain(ctx, "example.org"); len(r.Policies.DANE) != 0 {
		t.Errorf("%+v", r.Policies)
	}
}

// hanging answers as a zone, but never about TLSA.
type hanging struct{ dns.Resolver }

func (h hanging) Lookup(ctx context.Context, name string, t dns.Type) (*dns.Answer, error) {
	if t == dns.TLSA {
		<-ctx.Done()
		return nil, &dns.Error{Name: name, Type: t, Cause: dns.Canceled, Err: ctx.Err()}
	}
	return h.Resolver.Lookup(ctx, name, t)
}

// TestDANEStopped: a probe that is stopped while it waits for the DNS tells the rest, and
// not that the DNS had failed.
func TestDANEStopped(t *testing.T) {
	zone, err := dns.ParseZone("$DNSSEC secure\nexample.org. MX 10 mx.example.org.\nmx.example.org. A 192.0.2.10\n")
	if err != nil {
		t.Fatal(err)
	}
	d := parseDialogs(t, authority(), "@ 192.0.2.10:25\nD: good\n", "mx.example.org. A 192.0.2.10\n")
	synctest.Test(t, func(t *testing.T) {
		p := testProber(t, d, "", clock(), nil)
		p.DNS = func() *dns.Recorder { return &dns.Recorder{Resolver: hanging{zone}} }
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r := p.Domain(ctx, "example.org")
		if got := daneText(r); got != "mx.example.org mx.example.org unverified 0" || r.Hosts[0].Endpoints[0].StartTLS != report.StartTLSOK {
			t.Errorf("%s: %+v", got, r.Policies)
		}
		synctest.Wait()
	})
}
