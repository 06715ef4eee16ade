package probe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"mailtrace/report"
)

// TestTLSReport holds reports on TLS to what stands in testdata/tlsreports.txtar. The words
// are those of verdicts.txtar; its comment says more.
func TestTLSReport(t *testing.T) {
	const name = "testdata/tlsreports.txtar"
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range archive.Files {
		f := &archive.Files[i]
		t.Run(f.Name, func(t *testing.T) {
			c := &verdictCase{r: report.New(report.KindProbe), want: map[string]string{}}
			c.r.Target, c.r.Made = "example.org", clock()
			c.r.DecidedOn.Observer = report.Observer{Address: "198.51.100.20, 2001:db8:9::20", HELO: "probe.example.net"}
			input, want := "", ""
			for line := range strings.Lines(string(f.Data)) {
				if strings.HasPrefix(line, "> ") {
					want += line
					continue
				}
				input += line
				if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !c.tlsLine(line) {
					c.line(t, line)
				}
			}
			r := TLSReport(c.r)
			got := shortTLSReport(r)
			if *update {
				f.Data = []byte(input + got)
			} else if got != want {
				t.Errorf("%s:\n%s\nwant:\n%s", f.Name, got, want)
			}
			soundTLSReport(t, r)
		})
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// tlsLine is what reports on TLS need beside the words of verdicts: "helo NAME" of the last
// endpoint, "shake WHY" of its handshake, "why POLICY TEXT", "max-age N", "tlsa RECORD" of
// the last host, "miss TEXT" of its results, "question NAME TYPE SECURE CAUSE".
func (c *verdictCase) tlsLine(line string) bool {
	word, rest, _ := strings.Cut(line, " ")
	p := &c.r.Policies
	switch word {
	case "helo", "shake":
		h := &c.r.Hosts[len(c.r.Hosts)-1]
		e := &h.Endpoints[len(h.Endpoints)-1]
		if word == "helo" {
			e.HelloName = rest
			break
		}
		e.TLS = &report.Handshake{Outcome: e.Outcome, Why: rest}
	case "outcome":
		p.MTASTS.Outcome = report.Outcome(rest)
	case "because":
		p.MTASTS.Why = rest
	case "max-age":
		age := int64(604800)
		p.MTASTS.MaxAge = &age
	case "tlsa":
		d := &p.DANE[len(p.DANE)-1]
		var r report.TLSA
		fmt.Sscan(rest, &r.Usage, &r.Selector, &r.Matching, &r.Data)
		d.Records = append(d.Records[:0], r)
	case "miss":
		d := &p.DANE[len(p.DANE)-1]
		for i := range d.Results {
			d.Results[i].Why = rest
		}
	case "question":
		f := strings.Fields(rest)
		c.r.DNS = append(c.r.DNS, report.DNS{Name: f[0], Type: f[1], Status: "failed", Secure: f[2], Cause: f[3]})
	default:
		return false
	}
	return true
}

// shortTLSReport is what a report says of policies, a line for each policy and failure.
func shortTLSReport(r *report.TLSReport) string {
	var b strings.Builder
	for _, p := range r.Policies {
		fmt.Fprintf(&b, "> %s %s: %d ok, %d failed\n", p.Policy.Type, p.Policy.Domain, p.Summary.Successful, p.Summary.Failed)
		if len(p.Policy.Lines) > 0 {
			fmt.Fprintf(&b, ">   %s; mx-host %s\n", strings.Join(p.Policy.Lines, " | "), strings.Join(p.Policy.MX, " "))
		}
		for _, f := range p.Failures {
			fmt.Fprintf(&b, ">   %d %s %s > %s %s %q: %s\n", f.Sessions, f.Result, addressText(f.Sender), addressText(f.Receiver), f.MX, f.HELO, f.Reason)
		}
	}
	return b.String()
}

// soundTLSReport holds a report to the RFC: its numbers, its day, and its keys.
func soundTLSReport(t *testing.T, r *report.TLSReport) {
	t.Helper()
	if r.Range.Start != clock().Truncate(24*time.Hour) || r.Range.End.Sub(r.Range.Start) != 24*time.Hour-time.Second {
		t.Errorf("%+v", r.Range)
	}
	if r.ID != "20261125T120000Z.example.org@probe.example.net" || r.Organization != "probe.example.net" || r.Contact != "postmaster@probe.example.net" {
		t.Errorf("%q, %q, %q", r.ID, r.Organization, r.Contact)
	}
	for _, p := range r.Policies {
		sessions := int64(0)
		for _, f := range p.Failures {
			sessions += f.Sessions
		}
		if sessions < p.Summary.Failed || (len(p.Failures) > 0) != (p.Summary.Failed > 0) || p.Summary.Failed+p.Summary.Successful == 0 {
			t.Errorf("%+v", p)
		}
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b, false); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(b.Bytes(), []byte("}\n")) || bytes.Count(b.Bytes(), []byte("\n")) != 1 {
		t.Errorf("not one line: %s", b.Bytes())
	}
	var v any
	if err := json.Unmarshal(b.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	for path, kind := range keysOf(v) {
		if rfc8460Keys[path] != kind {
			t.Errorf("%s is %s, not %q", path, kind, rfc8460Keys[path])
		}
	}
}

// rfc8460Keys are those of RFC 8460 section 4.4, and what stands there.
var rfc8460Keys = map[string]string{
	".organization-name":                                   "string",
	".date-range":                                          "object",
	".date-range.start-datetime":                           "string",
	".date-range.end-datetime":                             "string",
	".contact-info":                                        "string",
	".report-id":                                           "string",
	".policies":                                            "list",
	".policies[]":                                          "object",
	".policies[].policy":                                   "object",
	".policies[].policy.policy-type":                       "string",
	".policies[].policy.policy-string":                     "list",
	".policies[].policy.policy-string[]":                   "string",
	".policies[].policy.policy-domain":                     "string",
	".policies[].policy.mx-host":                           "list",
	".policies[].policy.mx-host[]":                         "string",
	".policies[].summary":                                  "object",
	".policies[].summary.total-successful-session-count":   "number",
	".policies[].summary.total-failure-session-count":      "number",
	".policies[].failure-details":                          "list",
	".policies[].failure-details[]":                        "object",
	".policies[].failure-details[].result-type":            "string",
	".policies[].failure-details[].sending-mta-ip":         "string",
	".policies[].failure-details[].receiving-mx-hostname":  "string",
	".policies[].failure-details[].receiving-mx-helo":      "string",
	".policies[].failure-details[].receiving-ip":           "string",
	".policies[].failure-details[].failed-session-count":   "number",
	".policies[].failure-details[].additional-information": "string",
	".policies[].failure-details[].failure-reason-code":    "string",
}

// keysOf are the paths of all that stands in a document, and what kind of thing stands there.
func keysOf(v any) map[string]string {
	all := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			all[path] = "object"
			for k, e := range v {
				walk(path+"."+k, e)
			}
		case []any:
			all[path] = "list"
			for _, e := range v {
				walk(path+"[]", e)
			}
		case string:
			all[path] = "string"
		case float64:
			all[path] = "number"
		default:
			all[path] = fmt.Sprintf("%T", v)
		}
	}
	walk("", v)
	delete(all, "")
	return all
}

// TestTLSReportSamples holds the keys to reports that others wrote, and reads these into our
// type: what they say is in it. That of RFC 8460 has a pattern where its text wants a list.
func TestTLSReportSamples(t *testing.T) {
	corpora := os.Getenv("MAILTRACE_CORPORA")
	if corpora == "" {
		t.Skip("MAILTRACE_CORPORA is not set")
	}
	files, err := filepath.Glob(filepath.Join(corpora, "tlsrpt/reports/*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for path, kind := range keysOf(v) {
			if rfc8460Keys[path] != kind && !strings.HasSuffix(path, ".mx-host") {
				t.Errorf("%s: %s is %s here, %q by the RFC", name, path, kind, rfc8460Keys[path])
			}
		}
		var r report.TLSReport
		d := json.NewDecoder(bytes.NewReader(bytes.ReplaceAll(data, []byte(`"*.mail.company-y.example"`+"\n"), []byte(`["*.mail.company-y.example"]`+"\n"))))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if r.Organization == "" || len(r.Policies) == 0 || r.Policies[0].Summary.Failed == 0 || len(r.Policies[0].Failures) == 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestTLSReportSame: the same report gives the same, and is not changed.
func TestTLSReportSame(t *testing.T) {
	r := probeDANE(t, signedZone, "@ 192.0.2.10:25\nD: good\n", nil)
	var before, after, one, other bytes.Buffer
	for _, w := range []struct {
		b *bytes.Buffer
		f func(b *bytes.Buffer) error
	}{
		{&before, func(b *bytes.Buffer) error { return r.WriteJSON(b, false) }},
		{&one, func(b *bytes.Buffer) error { return TLSReport(r).WriteJSON(b, false) }},
		{&other, func(b *bytes.Buffer) error { return TLSReport(r).WriteJSON(b, false) }},
		{&after, func(b *bytes.Buffer) error { return r.WriteJSON(b, false) }},
	} {
		if err := w.f(w.b); err != nil {
			t.Fatal(err)
		}
	}
	if one.String() != other.String() || before.String() != after.String() {
		t.Errorf("%s\n%s", one.String(), other.String())
	}
	if got := shortTLSReport(TLSReport(r)); !strings.HasPrefix(got, "> tlsa mx.example.org: 1 ok, 0 failed\n>   3 1 1 ") {
		t.Error(got)
	}
}

// TestTLSReportNames: A-labels, and who reports.
func TestTLSReportNames(t *testing.T) {
	r := report.New(report.KindProbe)
	r.Target, r.Made = "bücher.example", clock()
	r.DecidedOn.Settings = []report.Setting{{Name: "helo", Value: "p.example.net"}, {Name: SettingOrganization, Value: "Büro"}, {Name: SettingContact, Value: "a@example.net"}}
	got := TLSReport(r)
	if got.ID != "20261125T120000Z.xn--bcher-kva.example@p.example.net" || got.Organization != "Büro" || got.Contact != "a@example.net" {
		t.Errorf("%+v", got)
	}
	m := &tlsReporter{r: r}
	r.DecidedOn.Observer.Address = "2001:db8::1, 192.0.2.1"
	if a := m.from(netip.MustParseAddr("198.51.100.1")); a.String() != "192.0.2.1" {
		t.Error(a)
	}
}
