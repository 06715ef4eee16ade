package probe

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"mailtrace/report"
)

// TestVerdicts holds the verdicts on the domains of testdata/verdicts.txtar to what stands
// there: its comment says how.
func TestVerdicts(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/verdicts.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.Files) < 60 {
		t.Errorf("only %d domains", len(archive.Files))
	}
	for _, f := range archive.Files {
		t.Run(f.Name, func(t *testing.T) {
			c := &verdictCase{r: report.New(report.KindProbe), want: map[string]string{}}
			for line := range strings.Lines(string(f.Data)) {
				if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
					c.line(t, line)
				}
			}
			c.hold(t)
			valid(t, c.r)
		})
	}
}

// verdictCase is the report of one domain, and what is wanted of it.
type verdictCase struct {
	r    *report.Report
	want map[string]string
}

// hold compares.
func (c *verdictCase) hold(t *testing.T) {
	all := verdicts(c.r)
	for _, v := range all {
		if v.Why == "" || len(v.Why) > maxVerdictWhy+3 {
			t.Errorf("%s: why = %q", v.Sender, v.Why)
		}
		if want, ok := c.want["why "+string(v.Sender)]; ok && v.Why != want {
			t.Errorf("%s: why = %q", v.Sender, v.Why)
		}
		if want, ok := c.want["rules "+string(v.Sender)]; ok && strings.Join(v.Rules, " ") != want {
			t.Errorf("%s: rules = %q", v.Sender, v.Rules)
		}
		if (v.Host != "") != v.Address.IsValid() {
			t.Errorf("%s: host %q, address %v", v.Sender, v.Host, v.Address)
		}
	}
	if got := strings.Join(cellsOf(all), " "); got != c.want[">"] {
		for _, v := range all {
			t.Logf("%s %s %s: %s", v.Sender, v.Result, v.Host, v.Why)
		}
		t.Errorf("got %s, want %s", got, c.want[">"])
	}
	c.r.Verdicts = all
}

func (c *verdictCase) line(t *testing.T, line string) {
	word, rest, _ := strings.Cut(line, " ")
	f := strings.Fields(rest)
	switch p := &c.r.Policies; word {
	case ">":
		c.want[">"] = rest
	case "why", "rules":
		sender, text, _ := strings.Cut(rest, ": ")
		c.want[word+" "+strings.TrimSuffix(sender, ":")] = text
	case "dns":
		d := report.DNS{Name: "example.org", Type: "MX", Status: "found", Secure: f[0]}
		switch f[0] {
		case "null":
			d.Answers = []string{"0 ."}
		case "nxdomain", "nodata", "failed":
			d.Status, d.Secure = f[0], ""
		}
		c.r.DNS = append(c.r.DNS, d)
	case "asked":
		c.r.DNS = append(c.r.DNS, report.DNS{Name: f[0] + ".example.org", Type: f[1], Status: "nodata"})
	case "host":
		c.host(t, f)
	case "sts":
		p.MTASTS = stsOf(f)
	case "dane":
		p.DANE = append(p.DANE, c.daneOf(f)...)
	case "finding":
		g := report.Finding{Rule: f[0], Severity: report.Severity(f[1]), Evidence: []report.Evidence{{Source: report.SourceSMTP}}}
		if len(f) > 2 {
			g.Host = f[2] + ".example.org"
		}
		c.r.Findings = append(c.r.Findings, g)
	default:
		t.Fatalf("no such line: %s", line)
	}
}

// host adds an address of a host, or a host without.
func (c *verdictCase) host(t *testing.T, f []string) {
	n, err := strconv.Atoi(f[1])
	if err != nil {
		t.Fatal(err)
	}
	name := f[0] + ".example.org"
	if k := len(c.r.Hosts); k == 0 || c.r.Hosts[k-1].Name != name {
		c.r.Hosts = append(c.r.Hosts, report.Host{Name: name, Role: report.RoleMX, Preference: &n, Status: "found"})
	}
	h := &c.r.Hosts[len(c.r.Hosts)-1]
	a, err := netip.ParseAddr(f[2])
	if err != nil {
		h.Status = f[2]
		if cause, ok := strings.CutPrefix(f[2], "cause:"); ok {
			h.Status, h.Cause = "found", cause
		}
		return
	}
	e := report.Endpoint{Address: a, Port: 25, StartTLS: report.StartTLSUntried}
	for _, word := range f[3:] {
		endpointWord(t, &e, word)
	}
	h.Endpoints = append(h.Endpoints, e)
}

func endpointWord(t *testing.T, e *report.Endpoint, word string) {
	ends := func(o report.Outcome, p report.Phase, code int) {
		if e.Outcome, e.Phase = o, p; code > 0 {
			e.Code = &code
		}
	}
	shook := func(s report.StartTLS, o report.Outcome) {
		if e.StartTLS = s; o != "" {
			ends(o, report.PhaseTLS, 0)
		}
	}
	switch word {
	case "ok":
		ends(report.OutcomeOK, report.PhaseQuit, 0)
		e.Hello = report.HelloEHLO
	case "refused", "timeout", "no-route":
		ends(report.Outcome(word), report.PhaseConnect, 0)
	case "forbidden", "untried":
		ends(report.Outcome(word), report.PhaseNone, 0)
	case "closed":
		ends(report.OutcomeClosed, report.PhaseGreeting, 0)
	case "421":
		ends(report.OutcomeDeferred, report.PhaseGreeting, 421)
	case "521", "554":
		code, _ := strconv.Atoi(word)
		ends(report.OutcomeRejected, report.PhaseGreeting, code)
	case "no-ehlo":
		ends(report.OutcomeRejected, report.PhaseEHLO, 502)
	case "tls":
		shook(report.StartTLSOK, "")
	case "no-tls":
		shook(report.StartTLSAbsent, "")
	case "tls-failed":
		shook(report.StartTLSFailed, report.OutcomeTLS)
	case "tls-timeout":
		shook(report.StartTLSFailed, report.OutcomeTimeout)
	case "tls-broken":
		shook(report.StartTLSOK, "")
		ends(report.OutcomeClosed, report.PhaseEHLO, 0)
	case "tls-454":
		shook(report.StartTLSDeferred, "")
	case "tls-501":
		shook(report.StartTLSRejected, "")
	case "pkix":
		e.Certificates = []report.Certificate{{PKIX: isTrue()}}
	case "pkix-unknown":
		e.Certificates = []report.Certificate{{}}
	case "requiretls":
		e.ExtensionsTLS = append(e.ExtensionsTLS, report.Extension{Keyword: "REQUIRETLS"})
	default:
		fault, ok := strings.CutPrefix(word, "bad:")
		if !ok {
			t.Fatalf("no such word: %s", word)
		}
		e.Certificates = []report.Certificate{{PKIX: isFalse(), Faults: []report.Fault{report.Fault(fault)}}}
	}
}

func stsOf(f []string) *report.MTASTS {
	m := &report.MTASTS{Status: report.PolicyFound, Mode: f[0]}
	for _, pattern := range f[1:] {
		m.MX = append(m.MX, pattern+".example.org")
	}
	switch f[0] {
	case "absent":
		m.Status, m.Mode = report.PolicyNone, ""
	case "invalid", "unknown":
		m.Status, m.Mode = report.PolicyStatus(f[0]), ""
	case "unfetched":
		m.Status, m.Mode, m.URL, m.Outcome = report.PolicyInvalid, "", "https://mta-sts.example.org/.well-known/mta-sts.txt", report.OutcomeRefused
	}
	return m
}

// daneOf is of one host, or, of "none", of all.
func (c *verdictCase) daneOf(f []string) (all []report.DANE) {
	for _, h := range c.r.Hosts {
		if len(f) > 1 && h.Name != f[0]+".example.org" {
			continue
		}
		d := report.DANE{Host: h.Name, Name: "_25._tcp." + h.Name, Status: report.DANEStatus(f[min(1, len(f)-1)])}
		for _, word := range f[min(2, len(f)):] {
			d.Records = []report.TLSA{{Usage: 3, Selector: 1, Matching: 1, Usable: word != "unusable"}}
			for _, e := range h.Endpoints {
				r := report.DANEResult{Address: e.Address, Port: e.Port}
				if matches := word == "match"; matches || word == "no-match" {
					r.Match = &matches
				}
				d.Results = append(d.Results, r)
			}
		}
		all = append(all, d)
	}
	return all
}

// TestVerdictsNone: there is none for a server that the user named, nor for those of users.
func TestVerdictsNone(t *testing.T) {
	for _, role := range []report.HostRole{report.RoleNamed, report.RoleSubmission, report.RoleSubmissions} {
		r := report.New(report.KindProbe)
		r.Hosts = []report.Host{{Name: "mx.example.org", Role: role, Endpoints: []report.Endpoint{{Port: 25, Hello: report.HelloEHLO}}}}
		if all := verdicts(r); all == nil || len(all) > 0 {
			t.Errorf("%s: %+v", role, all)
		}
	}
}

// TestVerdictsOrder: hosts are tried by preference, whatever their order in the report.
func TestVerdictsOrder(t *testing.T) {
	r := report.New(report.KindProbe)
	for i := range 5 {
		n := 50 - 10*i
		r.Hosts = append(r.Hosts, report.Host{Name: fmt.Sprint("mx", i), Role: report.RoleMX, Preference: &n, Status: "found",
			Endpoints: []report.Endpoint{{Port: 25, Hello: report.HelloEHLO, Address: netip.MustParseAddr("192.0.2.1"), StartTLS: report.StartTLSAbsent}}})
	}
	if all := verdicts(r); all[0].Host != "mx4" {
		t.Errorf("%+v", all[0])
	}
}
