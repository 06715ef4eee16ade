package analyze

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtrace/analyze/mailbox"
)

// TestVendors holds the words to the codes, a field each.
func TestVendors(t *testing.T) {
	for _, c := range [][2]string{
		{"X-Forefront-Antispam-Report: CIP:192.0.2.25;CTRY:DE;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:pc7;PTR:InfoDomainNonexistent;CAT:HPHSH;SFS:(13230040);DIR:INB;",
			"the connecting address was 192.0.2.25; that address is of the country DE; the language was taken for en; SCL 5: the filter took it for spam; the address is on no list of reputation; the filter took it for spam; the peer called itself pc7; the address has no reverse name; category: phishing, with high confidence; it came in from outside"},
		{"X-Forefront-Antispam-Report-Untrusted: SFV:NSPM;CAT:NONE;SCL:-1", "the filter took it for no spam; no category; SCL -1: the filter was passed by, as by a rule, an allowed sender or inside of the organisation"},
		{"X-Forefront-Antispam-Report: SFV:XYZ;CAT:NEW;SFTY:9.99;SCL:many", "SFV XYZ: a code that is not known here; CAT NEW: a code that is not known here; SFTY 9.99: a code that is not known here; SCL many: a code that is not known here"},
		{"X-Forefront-Antispam-Report: CIP:2001:db8::1;SFTY:9.20", "the connecting address was 2001:db8::1; impersonation of a person"},
		{"X-Microsoft-Antispam: BCL:8;ARA:13230040|1800799024;", "BCL 8: of a bulk mailer with many complaints"},
		{"X-MS-Exchange-Organization-SCL: 9", "SCL 9: the filter took it for spam, with high confidence"},
		{"X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:0;auth:0;dest:J;", "the sender was not taken for the one in From; put into the junk folder"},
		{"Authentication-Results: spf=pass (sender IP is 192.0.2.25) smtp.mailfrom=example.com; dmarc=fail action=oreject header.from=example.com;compauth=fail reason=000",
			"Microsoft did not take the sender in From for the real one (composite authentication); reason 000: DMARC failed, and the domain asks for quarantine or rejection"},
		{"Authentication-Results: spf=pass smtp.mailfrom=example.com; compauth=pass reason=703", "Microsoft took the sender in From for the real one (composite authentication); reason 703: it passed implicitly, by what is known of this sender and address"},
		{"Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=example.com", ""},
		{"X-Spam-Status: Yes, score=7.3 required=5.0 tests=BAYES_99,\n\tRDNS_NONE autolearn=no version=4.0.1", "the filter took it for spam; the score was 7.3; spam begins at 5.0; learnt from it: no; by SpamAssassin 4.0.1"},
		{"X-Spam-Flag: NO", "the filter took it for no spam"},
		{"X-Spam-Level: *******", "one mark for each point of the score: *******"},
		{"X-Rspamd-Action: add header", "what was done: add header"},
		{"X-Rspamd-Score: 6.20", "the score was 6.20; the more, the more like spam"},
		{"X-Spamd-Result: default: False [-1.10 / 15.00];\n\tR_SPF_ALLOW(-0.20)[+a:c];\n\tPHISHED(4.00)[x];\n\tMIME_GOOD(-0.10)[text/plain]", "the filter took it for no spam; the score and its limit: -1.10 / 15.00; most against it: PHISHED 4.00"},
		{"X-Proofpoint-Spam-Details: rule=notspam policy=default score=0 phishscore=0\n bulkscore=12 adultscore=0 definitions=main-2601060099", "the filter took it for no spam; under the policy default; the score was 0, of 100; for phishing 0; for bulk 12; for adult content 0"},
		{"X-Mimecast-Spam-Score: 8", "the score was 8: spam in every setting of Mimecast's"},
		{"X-Mimecast-Impersonation-Protect: Policy=Default;Similar Internal Domain=true;Newly Observed Domain=false", "checked for impersonation under the policy Default; the domain is like one of the reader's; the domain was known to Mimecast"},
		{"X-Barracuda-Spam-Status: No, SCORE=0.50 using global scores of TAG_LEVEL=3.5 QUARANTINE_LEVEL=4.5 KILL_LEVEL=6.0 tests=HTML_MESSAGE", "the filter took it for no spam; the score was 0.50; marked from 3.5 on; held from 4.5 on; blocked from 6.0 on"},
		{"X-Barracuda-Connect: mail.example.com[192.0.2.25]", "the peer was mail.example.com[192.0.2.25]"},
		{"X-IronPort-Anti-Spam-Filtered: true", "searched for spam; the verdict is not in this field"},
		{"X-IronPort-SenderGroup: PARTNERS", "the peer was in the group of senders PARTNERS"},
		{"X-IronPort-AV: E=McAfee;i=\"6600,9927,10778\"; a=\"351937941\"", "searched for malware by McAfee"},
		{"X-Proofpoint-Something-New: 1", ""},
	} {
		_, r := analysed(t, c[0], []byte(c[0]+"\nFrom: a@example.com\n\n"))
		if len(r.Fields) != 1 || r.Fields[0].Meaning != c[1] {
			t.Errorf("%s\nmeans %+v\nwant %s", c[0], r.Fields, c[1])
		}
	}
}

// TestVendorBounds: what a sender writes there is data, however much of it.
func TestVendorBounds(t *testing.T) {
	for name := range vendorFields() {
		for _, value := range []string{
			"", ";", ":", "=", ";;;:::===", "%", "%%", "\x1b[31mred\x00\xff", strings.Repeat("SFV:NSPM;", 1000), strings.Repeat("CIP:%;", 1000),
			"CIP:" + strings.Repeat("é", 1000), "default: [", "default: True", strings.Repeat("(", 1000), "score=1e999 score=NaN", strings.Repeat("score=1 ", 5000),
		} {
			got := vendorFields()[name].read(value)
			if len(got) > maxVendorText+len("; and more") {
				t.Errorf("%s: %d bytes of %.20q", name, len(got), value)
			}
		}
	}
}

// FuzzVendor: no value costs more than its bounds.
func FuzzVendor(f *testing.F) {
	f.Add("x-forefront-antispam-report", "CIP:192.0.2.25;CTRY:DE;SFV:SPM;CAT:HPHSH;SFTY:9.20;SCL:9")
	f.Add("x-spamd-result", "default: False [-1.10 / 15.00]; R_SPF_ALLOW(-0.20)[+a:c]; PHISHED(4.00)[x]")
	f.Add("x-spam-status", "Yes, score=7.3 required=5.0 tests=BAYES_99 autolearn=no version=4.0.1")
	f.Fuzz(func(t *testing.T, name, value string) {
		v := vendorFields()[name]
		if v == nil {
			return
		}
		if got := v.read(value); len(got) > maxVendorText+len("; and more") {
			t.Errorf("%d bytes", len(got))
		}
	})
}

// TestVendorHeads: every data file says where it is from, and when it was made.
func TestVendorHeads(t *testing.T) {
	files, err := vendorFiles.ReadDir("data")
	if err != nil || len(files) < 7 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		data, err := vendorFiles.ReadFile("data/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(data), "\n\n")
		if !strings.Contains(head, "Source:") || !strings.Contains(head, "Date:") {
			t.Errorf("%s does not say its source and date", f.Name())
		}
	}
}

// TestCorpusVendors reads every such field of the corpora.
func TestCorpusVendors(t *testing.T) {
	dir, rows := corpus(t)
	fields, meant := map[string]int{}, map[string]int{}
	for _, row := range rows {
		f, err := os.Open(filepath.Join(dir, row.Path))
		if err != nil {
			t.Fatal(err)
		}
		m, err := mailbox.Read(row.Path, f, 0)
		f.Close()
		if err != nil {
			continue
		}
		s := &subject{message: m, marks: marks(m)}
		for i, f := range m.Fields {
			name := strings.ToLower(f.Name)
			if vendorFields()[name] == nil {
				continue
			}
			fields[name]++
			if s.meaning(i) != "" {
				meant[name]++
			}
		}
	}
	const forefront = "x-forefront-antispam-report"
	if n := fields[forefront]; n == 0 || meant[forefront]*100 < n*95 {
		t.Errorf("%d of %d X-Forefront-Antispam-Report have a meaning", meant[forefront], n)
	}
	for name, n := range fields {
		t.Logf("%-40s %5d, with a meaning %5d", name, n, meant[name])
	}
}
