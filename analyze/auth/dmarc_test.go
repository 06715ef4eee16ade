package auth

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailtrace/probe/dns"
)

// dmarcWrite writes a record as testdata has it.
func dmarcWrite(text string) string {
	r := ParseDMARC(text)
	if r == nil {
		return strconv.Quote(text) + "\n= -\n"
	}
	out := strconv.Quote(text) + "\n= " + r.String() + "\n"
	for _, rfc := range []DMARCRules{RFC9989, RFC7489} {
		if why := r.Unusable(rfc); why != "" {
			out += "= " + string(rfc) + ": cannot be used: " + why + "\n"
		}
	}
	for _, p := range r.Problems {
		out += fmt.Sprintf("! %d+%d %s: %s\n", p.Offset, p.Length, p.Fault, p)
	}
	return out
}

func TestParseDMARC(t *testing.T) {
	const file = "testdata/dmarc_records.txt"
	var got []string
	blocks := cases(t, file)
	for _, block := range blocks {
		remark, rest := "", block
		for strings.HasPrefix(rest, "#") {
			line, more, _ := strings.Cut(rest, "\n")
			remark, rest = remark+line+"\n", more
		}
		line, _, _ := strings.Cut(rest, "\n")
		text, err := strconv.Unquote(line)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		now := remark + strings.TrimSuffix(dmarcWrite(text), "\n")
		if now != block && !*update {
			t.Errorf("have\n%s\nwant\n%s", now, block)
		}
		got = append(got, now)
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(got, "\n\n")+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDMARCWalk holds the names of ../../shared/reference/libraries.md, B2.
func TestDMARCWalk(t *testing.T) {
	const record = "v=DMARC1; p=reject"
	long := strings.Repeat("a.", 18) + "example.com"
	for _, c := range []struct {
		name, org9989, org7489 string
		questions              int
		zone                   dmarcZone
	}{
		{"example.com", "example.com", "example.com", 2, dmarcZone{"_dmarc.example.com TXT": record}},
		{long, "example.com", "example.com", 8, dmarcZone{"_dmarc.example.com TXT": record}},
		{"a.b.c.d.e.f.example.com", "example.com", "example.com", 8, dmarcZone{"_dmarc.example.com TXT": record}},
		{"mail.shop.co.uk", "shop.co.uk", "shop.co.uk", 3, dmarcZone{"_dmarc.co.uk TXT": record + "; psd=y"}},
		{"x.dept.example.edu", "dept.example.edu", "example.edu", 3, dmarcZone{"_dmarc.dept.example.edu TXT": record + "; psd=n", "_dmarc.example.edu TXT": record}},
		{"x.sub.example.org", "sub.example.org", "example.org", 4, dmarcZone{"_dmarc.sub.example.org TXT": record}},
		{"nothing.here.test", "nothing.here.test", "here.test", 3, dmarcZone{}},
		{"a.two.example.net", "example.net", "example.net", 4, dmarcZone{"_dmarc.two.example.net TXT": record + "|" + record, "_dmarc.example.net TXT": record}},
		{"bank.example", "bank.example", "bank.example", 2, dmarcZone{"_dmarc.example TXT": record + "; psd=y"}},
		{"example", "example", "example", 1, dmarcZone{"_dmarc.example TXT": record + "; psd=y"}},
		{"a.b.c.d.e.f.g.h.example.com", "a.b.c.d.e.f.g.h.example.com", "example.com", 8, dmarcZone{"_dmarc.b.c.d.e.f.g.h.example.com TXT": record + "; psd=n"}},
	} {
		d := c.zone.check(c.name)
		if d.RFC9989.Organisation != c.org9989 || d.RFC7489.Organisation != c.org7489 {
			t.Errorf("%s: %s and %s, want %s and %s", c.name, d.RFC9989.Organisation, d.RFC7489.Organisation, c.org9989, c.org7489)
		}
		// RFC 7489 asks for nothing that the walk has not, unless psd=n ended that.
		if len(d.Steps) != c.questions {
			t.Errorf("%s: %d questions, want %d", c.name, len(d.Steps), c.questions)
		}
		if names := DMARCNames(c.name); len(names) > maxWalk || names[0] != "_dmarc."+c.name {
			t.Errorf("%s: %q", c.name, names)
		}
	}
}

// TestDMARC evaluates; testdata/dmarc.txt holds zone, From and identifiers, and the
// trace.
func TestDMARC(t *testing.T) {
	const file = "testdata/dmarc.txt"
	var got []string
	for _, block := range cases(t, file) {
		z, from, ids, head := dmarcZone{}, "", []DMARCIdentifier(nil), ""
		for line := range strings.Lines(block) {
			if strings.HasPrefix(line, "= ") {
				break
			}
			head += line
			word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch word {
			case "#":
			case "from":
				from = rest
			case "spf", "dkim":
				status, domain, _ := strings.Cut(rest, " ")
				ids = append(ids, DMARCIdentifier{word, domain, Status(status)})
			case "zone":
				key, value, _ := strings.Cut(rest, ": ")
				z[key] = value
			default:
				t.Fatalf("%q", line)
			}
		}
		d := z.check(from, ids...)
		now := strings.TrimSuffix(head, "\n")
		for _, line := range d.Trace() {
			now += "\n= " + line
		}
		if now != block && !*update {
			t.Errorf("have\n%s\nwant\n%s", now, block)
		}
		got = append(got, now)
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(got, "\n\n")+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDMARCCauses: no missing answer is ever taken for the absence of a record.
func TestDMARCCauses(t *testing.T) {
	for cause, want := range map[dns.Cause]Status{
		dns.Timeout: TempError, dns.ServFail: TempError, dns.Refused: TempError, dns.Malformed: TempError, dns.Network: TempError,
		dns.Canceled: Undecided, dns.Offline: Undecided, dns.NotKept: Undecided, dns.OverLimit: Undecided,
		dns.AliasLoop: PermError, dns.BadName: PermError,
	} {
		d := dmarcZone{"*": "!" + string(cause)}.check("mail.example.com", DMARCIdentifier{"dkim", "mail.example.com", Pass})
		for _, v := range []DMARCVerdict{d.RFC9989, d.RFC7489} {
			if v.Status != want || v.Err == nil || v.Reason == "" {
				t.Errorf("%s: %s: %s %v %q", cause, v.Rules, v.Status, v.Err, v.Reason)
			}
		}
	}
	d := CheckDMARC(context.Background(), nil, DMARCInput{From: []string{"example.com"}})
	if d.Status() != Undecided {
		t.Errorf("no resolver: %s", d.Status())
	}
}

// TestDMARCHostile: a zone and a message that were made to hurt cost little.
func TestDMARCHostile(t *testing.T) {
	many := "v=DMARC1; " + strings.Repeat("a=b;", 10_000)
	begin := time.Now()
	for name, record := range map[string]string{
		"long value": "v=DMARC1; p=" + strings.Repeat("x", 64<<10), "many tags": many, "many p": "v=DMARC1" + strings.Repeat(";p=reject", 8_000),
		"blanks": "v=" + strings.Repeat(" ", 64<<10) + "DMARC1;p=none", "semicolons": "v=DMARC1" + strings.Repeat(";", 64<<10),
		"uris": "v=DMARC1; p=none; rua=" + strings.Repeat("mailto:a@example.com,", 3_000), "bad uris": "v=DMARC1; p=none; rua=" + strings.Repeat(",", 64<<10),
		"formats": "v=DMARC1; p=none; rf=" + strings.Repeat("a:", 30_000), "options": "v=DMARC1; p=none; fo=" + strings.Repeat("1:", 30_000),
		"blank tags": "v=DMARC1" + strings.Repeat("; \t ", 20_000), "no end": "v=DMARC1; p",
	} {
		r := ParseDMARC(record)
		if r == nil {
			t.Fatalf("%s: no record", name)
		}
		if len(r.Problems) > MaxDMARCProblems || len(r.RUA) > MaxDMARCURIs || len(r.RF) > MaxDMARCURIs || len(r.Text) > MaxDMARCRecord {
			t.Errorf("%s: %d problems, %d URIs, %d formats, %d bytes", name, len(r.Problems), len(r.RUA), len(r.RF), len(r.Text))
		}
	}
	// Thousands of records, signatures and domains in From.
	z := dmarcZone{"_dmarc.example.com TXT": strings.Repeat("v=DMARC1|", 5_000)}
	for i := range 9 {
		z["_dmarc."+strings.Repeat("a.", i+1)+"example.org TXT"] = "v=DMARC1; p=reject"
	}
	in := DMARCInput{From: []string{"example.com"}}
	for i := range 5_000 {
		in.Identifiers = append(in.Identifiers, DMARCIdentifier{"dkim", fmt.Sprintf("s%d.a.b.c.d.e.f.g.h.example.com", i), Pass})
	}
	if d := CheckDMARC(context.Background(), z, in); d.Status() != None || len(d.Steps) > 2*maxWalk {
		t.Errorf("%s, %d questions", d.Status(), len(d.Steps))
	}
	z["_dmarc.example.com TXT"] = "v=DMARC1; p=reject"
	for i := range in.Identifiers { // Each would be aligned but for its own psd=n.
		z["_dmarc."+in.Identifiers[i].Domain+" TXT"] = "v=DMARC1; psd=n; rua=mailto:a@example.com"
	}
	counted := 0
	d := CheckDMARC(context.Background(), dmarcCounting{z, &counted}, in)
	if d.Status() != Undecided || counted > maxWalk*(maxDMARCWalks+1) {
		t.Errorf("%s, %d questions: %s", d.Status(), counted, d.RFC9989.Reason)
	}
	in = DMARCInput{}
	for i := range 5_000 {
		in.From = append(in.From, fmt.Sprintf("d%d.example.com", i))
	}
	if d := CheckDMARC(context.Background(), z, in); len(d.Each) != MaxDMARCFrom || d.Status() != None {
		t.Errorf("%d domains, %s", len(d.Each), d.Status())
	}
	if spent := time.Since(begin); spent > 2*time.Second {
		t.Errorf("%s", spent)
	}
}

// dmarcCounting counts the questions.
type dmarcCounting struct {
	dns.Resolver
	n *int
}

func (c dmarcCounting) Lookup(ctx context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	*c.n++
	return c.Resolver.Lookup(ctx, name, qtype)
}

// TestDMARCNamesAsked: what is asked for is a domain of the message with _dmarc.
// before it, or the domain in From itself; no part before an "@" can be in it.
func TestDMARCNamesAsked(t *testing.T) {
	for _, from := range []string{"ida@example.com", "[192.0.2.1]", "192.0.2.1", "", ".", "a b.example.com", "exa\x00mple.com", strings.Repeat("a.", 200) + "com", "example.com:25"} {
		n := 0
		d := CheckDMARC(context.Background(), dmarcCounting{dmarcZone{}, &n}, DMARCInput{From: []string{from}})
		if n != 0 || d.Status() != None {
			t.Errorf("%q: %d questions, %s", from, n, d.Status())
		}
	}
	// With _dmarc. before it, it is too long.
	name := strings.Repeat("a.", 122) + "example"
	if d := (dmarcZone{}).check(name); !d.Steps[0].TooLong || d.Status() != None {
		t.Errorf("%s: %+v", d.Status(), d.Steps[0])
	}
	if d := (dmarcZone{}).check("BÜCHER.example."); d.Domain != "xn--bcher-kva.example" {
		t.Errorf("%q", d.Domain)
	}
}

// FuzzDMARCRecord: whatever is published, the lists are bounded, the problems lie
// within the text, and a record written anew is read the same and has no fault.
func FuzzDMARCRecord(f *testing.F) {
	for _, block := range cases(f, "testdata/dmarc_records.txt") {
		for line := range strings.Lines(block) {
			if text, err := strconv.Unquote(strings.TrimSpace(line)); err == nil {
				f.Add(text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		nearDMARC([]byte(text))
		r := ParseDMARC(text)
		if r == nil {
			return
		}
		if len(r.Problems) > MaxDMARCProblems || len(r.RUA) > MaxDMARCURIs || len(r.RUF) > MaxDMARCURIs {
			t.Fatalf("%+v", r)
		}
		for _, p := range r.Problems {
			if p.Offset < 0 || p.Offset+p.Length > len(r.Text) || p.String() == "" || !strings.Contains(r.Text, p.Value) {
				t.Errorf("%+v of %q", p, r.Text)
			}
		}
		for _, p := range []DMARCPolicy{r.P, r.SP, r.NP} {
			if p != "" && p.strictness() == 0 {
				t.Errorf("policy %q", p)
			}
		}
		if r.twice != "" {
			return
		}
		again := ParseDMARC(r.String())
		if again.String() != r.String() || slices.ContainsFunc(again.Problems, func(p DMARCProblem) bool {
			return !p.Fault.Harmless() && p.Fault != DMARCNoPolicy && p.Fault != DMARCTooLong
		}) {
			t.Errorf("%q is written as %q, and that as %q: %v", text, r, again, again.Problems)
		}
		z := dmarcZone{"_dmarc.example.com TXT": strings.ReplaceAll(text, "|", "")}
		for _, from := range []string{"example.com", "a.example.com"} {
			d := z.check(from, DMARCIdentifier{"dkim", "example.com", Pass}, DMARCIdentifier{"spf", "a.example.com", Fail})
			if len(d.Trace()) == 0 || d.RFC9989.Reason == "" || d.RFC7489.Reason == "" {
				t.Errorf("%+v", d)
			}
		}
	})
}

// BenchmarkDMARC is an evaluation as most are: From and DKIM of one domain, SPF of
// another, a record with reports.
func BenchmarkDMARC(b *testing.B) {
	answers := dmarcAnswers{
		"_dmarc.mail.example.com": {Status: dns.NXDomain},
		"_dmarc.example.com":      {Status: dns.Found, Records: []dns.Record{{Text: []byte("v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@example.com; ruf=mailto:dmarc@example.com; fo=1; adkim=r; aspf=r")}}},
		"_dmarc.com":              {Status: dns.NXDomain},
	}
	in := DMARCInput{From: []string{"mail.example.com"}, Identifiers: []DMARCIdentifier{{"spf", "bounce.example.net", Pass}, {"dkim", "example.com", Pass}}}
	b.ReportAllocs()
	for b.Loop() {
		if d := CheckDMARC(context.Background(), answers, in); d.Status() != Pass {
			b.Fatal(d.RFC9989.Reason)
		}
	}
}

// dmarcAnswers is a resolver of answers that are made already.
type dmarcAnswers map[string]*dns.Answer

func (f dmarcAnswers) Lookup(_ context.Context, name string, _ dns.Type) (*dns.Answer, error) {
	return f[name], nil
}

func BenchmarkParseDMARC(b *testing.B) {
	const text = "v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@example.com; ruf=mailto:dmarc@example.com; fo=1; adkim=r; aspf=r; pct=100"
	b.ReportAllocs()
	for b.Loop() {
		ParseDMARC(text)
	}
}
