package bulk

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"mailtrace/report"
)

// TestTable holds the table to what this package knows, and each row to a source.
func TestTable(t *testing.T) {
	tab, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.DateOnly, tab.date); err != nil {
		t.Error(err)
	}
	known := map[ID]bool{}
	for _, id := range [...]ID{
		SPFOrDKIM, SPF, DKIM, SPFPass, DKIMPass, DMARCRecord, DMARCAlignment, ForwardReverseDNS, TLS, OneClickUnsubscribe, UnsubscribeLink,
		UnsubscribeInTwoDays, MessageID, OneFrom, NoGmailFrom, ARC, ListID, DKIMKeySize, SpamRate,
	} {
		known[id] = false
	}
	texts := map[ID]string{}
	for _, row := range tab.rows {
		if _, ok := known[row.id]; !ok {
			t.Errorf("%s: nobody looks at it", row.id)
		}
		known[row.id] = true
		if row.from != "copy" && row.from != "told" && row.from != "memory" {
			t.Errorf("%s of %s: known from %q", row.id, row.provider, row.from)
		}
		if !strings.HasPrefix(tab.sources[row.provider], "https://") || row.text == "" {
			t.Errorf("%s of %s: no source, or no text", row.id, row.provider)
		}
		if said, ok := texts[row.id]; ok && said != row.text {
			t.Errorf("%s: one provider says %q, another %q: pages show one line", row.id, said, row.text)
		}
		texts[row.id] = row.text
	}
	for id, used := range known {
		if !used {
			t.Errorf("%s: nobody asks for it", id)
		}
	}
	for _, bad := range []string{"google | all | spf | copy | no source", "source | x", "source | x | y\nx | some | spf | copy | who"} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	if d := Data(); d.Version != tab.date || len(d.SHA256) != 64 {
		t.Errorf("%+v", d)
	}
}

func status(t *testing.T, all []report.Requirement, provider string, id ID) report.Requirement {
	t.Helper()
	for _, r := range all {
		if r.Provider == provider && r.ID == string(id) {
			return r
		}
	}
	t.Fatalf("%s asks nothing of %s", provider, id)
	return report.Requirement{}
}

// TestEither: one of SPF and DKIM is enough; that both fail has to be known of both.
func TestEither(t *testing.T) {
	for _, c := range []struct {
		spf, dkim Truth
		want      report.RequirementStatus
	}{
		{Yes, Yes, report.RequirementMet}, {Yes, No, report.RequirementMet}, {No, Yes, report.RequirementMet}, {Unknown, Yes, report.RequirementMet},
		{No, No, report.RequirementMissed},
		{No, Unknown, report.RequirementUnseen}, {Unknown, No, report.RequirementUnseen}, {Unknown, Unknown, report.RequirementUnseen},
	} {
		all := Judge(Facts{SPF: {State: c.spf, Why: "a"}, DKIM: {State: c.dkim, Why: "b"}})
		if got := status(t, all, "google", SPFOrDKIM); got.Status != c.want {
			t.Errorf("%v, %v: %s", c.spf, c.dkim, got.Status)
		}
	}
}

// TestNothing: of nothing, nothing is known, and each row says why.
func TestNothing(t *testing.T) {
	for name, facts := range map[string]Facts{"nil": nil, "empty": {}, "domain": OfDomain(report.New(report.KindProbe))} {
		for _, r := range Judge(facts) {
			if r.Status != report.RequirementUnseen || r.Why == "" || r.Rules == nil {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

// TestDomain is what records in the DNS show.
func TestDomain(t *testing.T) {
	bits, few := 2048, 512
	for _, c := range []struct {
		name     string
		p        report.Policies
		provider string
		id       ID
		want     report.RequirementStatus
		why      string
	}{
		{"a record", report.Policies{SPF: &report.SPF{Status: report.PolicyFound, Record: "v=spf1 -all"}}, "google", SPF, report.RequirementMet, "v=spf1 -all"},
		{"a record is no pass", report.Policies{SPF: &report.SPF{Status: report.PolicyFound, Record: "v=spf1 -all"}}, "microsoft", SPFPass, report.RequirementUnseen, "seen in a mail"},
		{"no record, no pass", report.Policies{SPF: &report.SPF{Status: report.PolicyNone}}, "microsoft", SPFPass, report.RequirementMissed, "has no SPF record"},
		{"two records", report.Policies{SPF: &report.SPF{Status: report.PolicyInvalid, Why: "there are two"}}, "yahoo", SPF, report.RequirementMissed, "there are two"},
		{"a branch not known", report.Policies{SPF: &report.SPF{Status: report.PolicyFound, Record: "v=spf1 include:a.example -all", Terms: []report.SPFTerm{
			{Term: "include:a.example", Status: "failed", Why: "no answer"}}}}, "google", SPF, report.RequirementUnseen, "include:a.example: no answer"},
		{"a time-out", report.Policies{SPF: &report.SPF{Status: report.PolicyUnknown, Why: "no answer"}}, "yahoo", SPF, report.RequirementUnseen, "no answer"},
		{"DMARC", report.Policies{DMARC: &report.DMARC{Status: report.PolicyFound, Domain: "example.org", Record: "v=DMARC1; p=none"}}, "microsoft", DMARCRecord, report.RequirementMet, "p=none"},
		{"no DMARC", report.Policies{DMARC: &report.DMARC{Status: report.PolicyNone}}, "google", DMARCRecord, report.RequirementMissed, "no DMARC record"},
		{"DMARC not known", report.Policies{DMARC: &report.DMARC{Status: report.PolicyUnknown}}, "google", DMARCRecord, report.RequirementUnseen, "not known"},
		{"a key", report.Policies{DKIM: &report.DKIM{Status: report.PolicyFound, Keys: []report.DKIMKey{{Selector: "s", Domain: "example.org", Status: report.PolicyFound, Type: "rsa", Bits: &bits}}}}, "google", DKIM, report.RequirementMet, "s._domainkey.example.org"},
		{"its size", report.Policies{DKIM: &report.DKIM{Status: report.PolicyFound, Keys: []report.DKIMKey{{Selector: "s", Domain: "example.org", Status: report.PolicyFound, Type: "rsa", Bits: &bits}}}}, "google", DKIMKeySize, report.RequirementMet, "2048"},
		{"one not known", report.Policies{DKIM: &report.DKIM{Status: report.PolicyFound, Keys: []report.DKIMKey{
			{Selector: "s", Domain: "example.org", Status: report.PolicyFound, Type: "rsa", Bits: &bits},
			{Selector: "t", Domain: "example.org", Status: report.PolicyUnknown, Why: "there was no answer in time"}}}}, "google", DKIMKeySize, report.RequirementUnseen, "t._domainkey.example.org: there was no answer"},
		{"too small", report.Policies{DKIM: &report.DKIM{Status: report.PolicyInvalid, Keys: []report.DKIMKey{{Selector: "s", Domain: "example.org", Status: report.PolicyInvalid, Type: "rsa", Bits: &few}}}}, "google", DKIMKeySize, report.RequirementMissed, "512"},
		{"none that was tried", report.Policies{DKIM: &report.DKIM{Status: report.PolicyUnknown}}, "google", DKIM, report.RequirementUnseen, "may be others"},
		{"none at all", report.Policies{DKIM: &report.DKIM{Status: report.PolicyNone}}, "microsoft", DKIMPass, report.RequirementMissed, "no keys"},
		{"hostile", report.Policies{DMARC: &report.DMARC{Status: report.PolicyFound, Record: strings.Repeat("x", 1<<20)}}, "google", DMARCRecord, report.RequirementMet, "..."},
	} {
		r := report.New(report.KindProbe)
		r.Target, r.Policies = "example.org", c.p
		got := status(t, Judge(OfDomain(r)), c.provider, c.id)
		if got.Status != c.want || !strings.Contains(got.Why, c.why) || len(got.Why) > 2*maxShown {
			t.Errorf("%s: %s: %s", c.name, got.Status, got.Why)
		}
	}
	for status, want := range map[report.Status]Truth{"pass": Yes, "fail": No, "permerror": No, "temperror": Unknown, "undecided": Unknown} {
		f := sendingName(&report.Sending{Address: netip.MustParseAddr("192.0.2.1"), RDNS: &report.RDNS{Status: status}})
		if f.State != want || f.Why == "" {
			t.Errorf("%s: %+v", status, f)
		}
	}
}

// TestFields reads the fields of a message that are asked for.
func TestFields(t *testing.T) {
	for field, want := range map[string]string{
		"<https://example.org/u?1>":                                                "https://example.org/u?1",
		"<mailto:a@example.org>, <HTTPS://example.org/u>":                          "HTTPS://example.org/u",
		"(leave, (here)) <mailto:a@example.org>,\r\n <https://e\r\n xample.org/u>": "https://example.org/u",
		"<http://example.org/u>":                                                   "", // RFC 8058 section 3.1: HTTPS.
		"https://example.org/u":                                                    "", // Not in brackets.
		"<https://>":                                                               "",
		"<https://example.org/u":                                                   "",
		"":                                                                         "",
		"(never closed":                                                            "",
		"<mailto:a@example.org> <https://example.org/u>":                           "", // No comma.
	} {
		if got := HTTPSLink(field); got != want {
			t.Errorf("%q: %q", field, got)
		}
	}
	for field, want := range map[string]bool{
		"List-Unsubscribe=One-Click": true, " list-unsubscribe=one-click\r\n": true,
		"List-Unsubscribe = One-Click": false, "One-Click": false, "": false, "List-Unsubscribe=One-Click&x=y": false,
	} {
		if OneClick(field) != want {
			t.Errorf("%q: %v", field, !want)
		}
	}
	for id, want := range map[string]bool{
		"<a.b@example.org>": true, " <a@[192.0.2.1]> (by hand)": true, `<"a b"@example.org>`: false, `<"ab"@example.org>`: true,
		"<a..b@example.org>": true, // QUIRK.
		"a@example.org":      false, "<a@example.org": false, "<@example.org>": false, "<a@>": false, "<a>": false, "": false,
		"<a@example.org> <b@example.org>": false, "<a b@example.org>": false, "<a@example.org.>": false, "<a@b@example.org>": false,
		"<ä@example.org>": true,
	} {
		if ValidMessageID(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
	if !Gmail("GMail.com") || !Gmail("googlemail.com") || Gmail("gmail.com.example.org") || Gmail("") {
		t.Error("Gmail's domains")
	}
}

func FuzzFields(f *testing.F) {
	for _, seed := range []string{"<https://example.org/u>, <mailto:a@example.org>", "(a(b\\)c) <a@[192.0.2.1]>", "List-Unsubscribe=One-Click", "<a@example.org> (\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		links := Links(s)
		if len(links) > maxLinks {
			t.Fatalf("%d links", len(links))
		}
		for _, l := range links {
			if strings.ContainsAny(l, " \t\r\n>") {
				t.Fatalf("%q", l)
			}
		}
		if ValidMessageID(s) && !strings.Contains(s, "@") {
			t.Fatalf("%q", s)
		}
		OneClick(s)
		Gmail(s)
	})
}
