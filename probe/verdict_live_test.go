package probe

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/tools/txtar"

	"mailtrace/report"
)

// TestVerdictsLive makes the domains of testdata/verdicts.txtar true, as zones, dialogs of
// mail servers and a web server, and probes them: the verdicts have to be the same as those
// that are made of what stands there by hand.
func TestVerdictsLive(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/verdicts.txtar")
	if err != nil {
		t.Fatal(err)
	}
	lived := 0
	for _, f := range archive.Files {
		l := liveOf(string(f.Data))
		if l.never != "" {
			t.Logf("%s: not lived: %s", f.Name, l.never)
			continue
		}
		lived++
		t.Run(f.Name, func(t *testing.T) {
			zone, _ := fillTLSA(t, l.zone())
			d := parseDialogs(t, authority(), l.smtp.String(), zone)
			var r *report.Report
			synctest.Test(t, func(t *testing.T) {
				r = testProber(t, d, zone, clock(), l.options).Domain(t.Context(), "example.org")
				synctest.Wait()
			})
			for _, fault := range d.faults {
				t.Error(fault)
			}
			valid(t, r)
			if got := strings.Join(cellsOf(r.Verdicts), " "); got != l.want {
				t.Errorf("got %s, want %s\n%s", got, l.want, zone)
				for _, v := range r.Verdicts {
					t.Logf("%s %s %s: %s", v.Sender, v.Result, v.Host, v.Why)
				}
			}
			decidedByFindings(t, r)
		})
	}
	if t.Logf("%d of %d domains lived", lived, len(archive.Files)); lived < 60 {
		t.Errorf("only %d domains", lived)
	}
}

// decidedByFindings holds what a verdict rests on to what the report has.
func decidedByFindings(t *testing.T, r *report.Report) {
	t.Helper()
	for _, v := range r.Verdicts {
		for _, rule := range v.Rules {
			if !slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Rule == rule }) {
				t.Errorf("%s rests on %s, of which there is no finding", v.Sender, rule)
			}
		}
	}
}

// cellsOf are verdicts, short: see verdicts.txtar.
func cellsOf(all []report.Verdict) []string {
	var cells []string
	for _, v := range all {
		cells = append(cells, strings.ToUpper(strings.TrimPrefix(string(v.Result), "delivered-")[:1])+strings.TrimPrefix(strings.TrimSuffix(v.Host, ".example.org"), "mx"))
	}
	return cells
}

// live is a domain that is made true.
type live struct {
	mx      map[string]string // What the answer about MX is worth, and its records.
	worth   string            // "$DNSSEC" of the MX records.
	records []string          // Of the rest.
	smtp    strings.Builder
	hosts   []string
	dane    map[string][]string // What is said of each host.
	options []string
	want    string
	never   string // Why it cannot be made true; "" where it can.
	sts     bool
	chain   bool // The chain is too long to be looked at whole.
}

func liveOf(text string) *live {
	l := &live{mx: map[string]string{}, dane: map[string][]string{}}
	l.chain = strings.Contains(text, "ok tls pkix\n") && strings.Contains(text, "dane mx1 usable unknown")
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		f := strings.Fields(rest)
		switch word {
		case ">":
			l.want = rest
		case "host":
			l.host(f)
		case "sts":
			l.policy(f)
		case "dane":
			l.dane[f[0]] = f[1:]
		case "dns":
			l.worth = f[0]
		case "asked":
			if f[1] == "A" {
				l.options = append(l.options, "no-ipv6")
			} else {
				l.options = append(l.options, "no-ipv4")
			}
		}
	}
	switch {
	case !l.sts && len(l.dane) == 0:
		l.options = append(l.options, "no-policies")
	case !l.sts || len(l.dane) == 0:
		l.never = "one policy is looked at, and the other is not"
	case l.worth == "insecure" && strings.Contains(text, " usable "):
		l.never = "no TLSA record counts to which no signed MX record leads: \"usable\" is what no probe says then"
	}
	return l
}

// zone is that of the domain. Without another word the MX records are signed where DANE
// has to do with them.
func (l *live) zone() string {
	var b strings.Builder
	worth := l.worth
	if worth == "" {
		worth = "secure"
		if _, none := l.dane["none"]; none || len(l.dane) == 0 {
			worth = "insecure"
		}
		for _, said := range l.dane {
			if len(said) > 0 && (said[0] == "unverified" || said[0] == "insecure") {
				worth = said[0]
			}
		}
	}
	rest := worth
	if worth == "insecure" {
		rest = "secure"
	}
	switch l.worth {
	case "null":
		fmt.Fprintf(&b, "example.org. MX 0 .\n")
	case "nxdomain":
	case "nodata":
		fmt.Fprintf(&b, "example.org. TXT x\n")
	case "failed":
		fmt.Fprintf(&b, "example.org. FAIL servfail MX\n")
	default:
		fmt.Fprintf(&b, "$DNSSEC %s\n", worth)
		for _, h := range l.hosts {
			fmt.Fprintf(&b, "example.org. MX %s %s.example.org.\n", l.mx[h], h)
		}
	}
	if l.worth != "null" && l.worth != "nxdomain" && l.worth != "nodata" && l.worth != "failed" {
		fmt.Fprintf(&b, "$DNSSEC %s\n", rest)
	}
	b.WriteString(strings.Join(l.records, ""))
	for host, said := range l.dane {
		b.WriteString(tlsaLine(host, said, l.chain))
	}
	return b.String()
}

// tlsaLine is what stands at the name of the TLSA records of a host.
func tlsaLine(host string, said []string, chain bool) string {
	if host == "none" || said[0] == "none" {
		return ""
	}
	owner := "_25._tcp." + host + ".example.org."
	if len(said) == 1 {
		return owner + " FAIL servfail\n"
	}
	const nobody = "abababababababababababababababababababababababababababababababab"
	data := "3 1 1 @server"
	switch {
	case said[1] == "no-match":
		data = "3 1 1 " + nobody
	case said[1] == "unusable":
		data = "1 1 1 @server"
	case said[1] == "unknown" && chain:
		data = "2 0 1 " + nobody
	}
	return owner + " TLSA " + data + "\n"
}

// policy makes a line "sts" true.
func (l *live) policy(f []string) {
	l.sts = true
	const record, address = "_mta-sts.example.org. TXT \"v=STSv1; id=1\"\n", "mta-sts.example.org. A 192.0.2.80\n"
	switch f[0] {
	case "absent":
	case "invalid":
		l.records = append(l.records, "_mta-sts.example.org. TXT \"v=STSv1; id=-\"\n")
	case "unknown":
		l.records = append(l.records, "_mta-sts.example.org. FAIL timeout\n")
	case "unfetched":
		l.records = append(l.records, record, address)
	default:
		l.records = append(l.records, record, address)
		fmt.Fprintf(&l.smtp, "@ 192.0.2.80:443\nP: 200 text/plain\n| version: STSv1\n| mode: %s\n| max_age: 604800\n", f[0])
		for _, mx := range f[1:] {
			fmt.Fprintf(&l.smtp, "| mx: %s.example.org\n", mx)
		}
	}
}

// host makes a line "host" true.
func (l *live) host(f []string) {
	if !slices.Contains(l.hosts, f[0]) {
		l.hosts = append(l.hosts, f[0])
	}
	l.mx[f[0]] = f[1]
	name := f[0] + ".example.org."
	switch at := f[2]; {
	case at == "nxdomain":
	case at == "nodata":
		l.records = append(l.records, name+" TXT x\n")
	case at == "failed":
		l.records = append(l.records, name+" FAIL servfail\n")
	case strings.HasPrefix(at, "cause:"):
		l.records = append(l.records, name+" FAIL "+strings.TrimPrefix(at, "cause:")+" AAAA\n")
	case strings.ContainsAny(at, ".:"):
		kind, to := "A", at+":25"
		if strings.Contains(at, ":") {
			kind, to = "AAAA", "["+at+"]:25"
		}
		l.records = append(l.records, name+" "+kind+" "+at+"\n")
		l.dialog(to, f[3:])
	default:
		l.never = "a host that is " + at
	}
}

// dialog is what an endpoint says that is described by words.
func (l *live) dialog(at string, words []string) {
	const hello = "S: 220 mx ESMTP\nC: EHLO probe.example.net\n"
	const start = hello + "S: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\n"
	all := strings.Join(words, " ")
	kind := "good"
	for _, w := range words {
		if fault, ok := strings.CutPrefix(w, "bad:"); ok {
			kind = map[string]string{"name-mismatch": "wrong-name", "no-san": "cn-only"}[fault]
			if kind == "" {
				kind = fault
			}
		}
	}
	if l.chain {
		kind = "chain:20"
	}
	text := ""
	switch {
	case all == "refused":
		return
	case all == "forbidden":
		l.options = append(l.options, "guard")
		return
	case all == "timeout", all == "no-route":
		text = "X: " + all + "\n"
	case all == "closed":
		text = "X: close\n"
	case all == "421", all == "521", all == "554":
		text = "S: " + all + " no\nC: QUIT\nS: 221 bye\n"
	case all == "no-ehlo":
		text = "S: 220 mx ESMTP\nC: EHLO probe.example.net\nS: 502 no\nC: HELO probe.example.net\nS: 502 no\nC: QUIT\nS: 221 bye\n"
	case all == "ok no-tls":
		text = "D: clear\n"
	case all == "ok tls-failed":
		text = start + "S: 220 ready\nX: hello\nR: \"\\x15\\x03\\x01\\x00\\x02\\x02\\x28\"\n"
	case all == "ok tls-timeout":
		text = start + "S: 220 ready\nX: silent\n"
	case all == "ok tls-broken":
		text = start + "S: 220 ready\nT: good\nX: close\n"
	case all == "ok tls-454":
		text = start + "S: 454 not now\nC: QUIT\nS: 221 bye\n"
	case all == "ok tls-501":
		text = start + "S: 501 no\nC: QUIT\nS: 221 bye\n"
	case slices.Contains(words, "requiretls"):
		text = start + "S: 220 ready\nT: " + kind + "\nC: EHLO probe.example.net\nS: 250-mx\nS: 250 REQUIRETLS\nC: QUIT\nS: 221 bye\n"
	case words[0] == "ok" && slices.Contains(words, "tls") && !slices.Contains(words, "pkix-unknown"):
		text = "D: good " + kind + "\n"
	default:
		l.never = "an endpoint that is " + all
	}
	fmt.Fprintf(&l.smtp, "@ %s\n%s", at, text)
}
