package received

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// corpora is the folder of test material that nobody on this project wrote.
func corpora(t testing.TB, parts ...string) string {
	t.Helper()
	dir := os.Getenv("MAILTRACE_CORPORA")
	if dir == "" {
		t.Skip("MAILTRACE_CORPORA is not set: nothing to read the suites from")
	}
	return filepath.Join(append([]string{dir}, parts...)...)
}

// jsonLines reads a file of one JSON value a line.
func jsonLines[T any](t testing.TB, file string) []T {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Skipf("no suite: %v", err)
	}
	defer f.Close()
	var rows []T
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 4<<20)
	for sc.Scan() {
		var row T
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// value is one thing that a suite expects of a field.
type value struct {
	id, what, got, want string
	header              string
	dialect             string
}

// suite compares what was read with what others read, and holds every
// disagreement against testdata/argued.txt: one that is not there fails the test,
// and so does one that is there and is none.
func suite(t *testing.T, name string, values []value) {
	t.Helper()
	argued := arguments(t, name)
	differ := 0
	for _, v := range values {
		key := v.id + " " + v.what
		same := strings.EqualFold(v.got, v.want)
		reason, known := argued[key]
		delete(argued, key)
		switch {
		case same && known:
			t.Errorf("%s: no disagreement, but testdata/argued.txt has a reason for one", key)
		case !same && !known:
			t.Errorf("%s (%s): %q, want %q\n\t%s", key, v.dialect, v.got, v.want, oneLine(v.header))
			differ++
		case !same:
			t.Logf("%s: %q, the suite says %q: %s", key, v.got, v.want, reason)
		}
	}
	for key := range argued {
		t.Errorf("%s: argued in testdata/argued.txt, and not in the suite", key)
	}
	set := len(arguments(t, name))
	t.Logf("%s: %d values, %d set aside with a reason, %d of the other %d right", name, len(values), set, len(values)-set-differ, len(values)-set)
}

// arguments reads the disagreements of one suite from testdata/argued.txt.
func arguments(t *testing.T, name string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/argued.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		key, reason, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if ok && strings.HasPrefix(key, name) && !strings.HasPrefix(line, "#") {
			out[key] = reason
		}
	}
	return out
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// address is an address as a suite writes it: "" where there is none.
func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func TestSuiteSpamAssassin(t *testing.T) {
	type row struct {
		ID, Header string
		Expect     struct {
			Parsed bool
			Relay  struct{ IP, RDNS, HELO, By string }
		}
	}
	var values []value
	for _, c := range jsonLines[row](t, corpora(t, "received", "spamassassin-rcvd_parser.jsonl")) {
		h := Parse(Field{Value: c.Header})
		if !c.Expect.Parsed {
			continue // SpamAssassin draws no relay from it; that says nothing of what stands there.
		}
		want := c.Expect.Relay
		if s := want.HELO; len(s) > 1 && s[0] == '!' {
			want.HELO = "[" + s[1:len(s)-1] + "]" // Its masking undone.
		}
		for _, v := range [...][3]string{
			{"ip", address(h.From.Address), want.IP}, {"rdns", h.From.RDNS, want.RDNS},
			{"helo", h.From.HELO, want.HELO}, {"by", h.By.Name, want.By},
		} {
			values = append(values, value{c.ID, v[0], v[1], v[2], c.Header, h.Dialect})
		}
	}
	suite(t, "sa4", values)
}

func TestSuiteStalwart(t *testing.T) {
	type name struct{ Name, IPAddr string }
	type row struct {
		ID, Header string
		Expect     struct {
			From, By, HELO       name
			FromIP               string `json:"from_ip"`
			FromIPRev            string `json:"from_iprev"`
			For                  string `json:"for_"`
			With, Via, ID, Ident string
			TLSVersion           string `json:"tls_version"`
			TLSCipher            string `json:"tls_cipher"`
			Date                 *struct {
				Year, Month, Day, Hour, Minute, Second int
				Before                                 bool `json:"tz_before_gmt"`
				TZHour                                 int  `json:"tz_hour"`
				TZMinute                               int  `json:"tz_minute"`
			}
		}
	}
	var values []value
	for _, c := range jsonLines[row](t, corpora(t, "received", "stalwart-mail-parser.jsonl")) {
		h := Parse(Field{Value: c.Header})
		e := c.Expect
		ip, _ := netip.ParseAddr(e.FromIP)
		checks := [][3]string{
			{"from", bare(h.From.Name), e.From.Name + e.From.IPAddr},
			{"by", bare(h.By.Name), e.By.Name + e.By.IPAddr},
			{"helo", bare(h.From.HELO), e.HELO.Name + e.HELO.IPAddr},
			{"from_ip", address(h.From.Address), address(ip.Unmap())},
			{"from_iprev", h.From.RDNS, strings.TrimSuffix(e.FromIPRev, ".")},
			{"for", first(h.For), e.For}, {"with", plainProtocol(h.With), e.With}, {"via", h.Via, e.Via},
			{"id", h.ID, e.ID}, {"ident", h.From.Ident, e.Ident},
		}
		if h.TLS != nil {
			checks = append(checks, [3]string{"tls_version", tlsWord(h.TLS.Version), e.TLSVersion}, [3]string{"tls_cipher", h.TLS.Cipher, e.TLSCipher})
		} else {
			checks = append(checks, [3]string{"tls_version", "", e.TLSVersion}, [3]string{"tls_cipher", "", e.TLSCipher})
		}
		if d := e.Date; d != nil {
			off := d.TZHour*3600 + d.TZMinute*60
			if d.Before {
				off = -off
			}
			want := time.Date(d.Year, time.Month(d.Month), d.Day, d.Hour, d.Minute, d.Second, 0, time.FixedZone("", off))
			checks = append(checks, [3]string{"date", stampOf(h), want.UTC().Format(time.RFC3339)})
		}
		for _, v := range checks {
			if v[2] != "" {
				values = append(values, value{c.ID, v[0], v[1], v[2], c.Header, h.Dialect})
			}
		}
	}
	suite(t, "stalwart", values)
}

// bare is a name without brackets and port.
func bare(s string) string {
	if i := strings.IndexByte(s, ']'); i > 0 && s[0] == '[' {
		return s[1:i]
	}
	return s
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func stampOf(h Hop) string {
	if h.Time == nil {
		return ""
	}
	return h.Time.Format(time.RFC3339)
}

// plainProtocol is Stalwart's notion of a protocol: one of a fixed list.
func plainProtocol(with string) string {
	for w := range strings.FieldsFuncSeq(with, func(r rune) bool { return strings.ContainsRune(" []/", r) }) {
		switch _, known := protocol(w); {
		case strings.EqualFold(w, "SMTPSVC"):
			return "SMTP"
		case strings.EqualFold(w, "ESMTP-TLS"):
			return "ESMTPS"
		case known:
			return w
		}
	}
	return with
}

// tlsWord is Stalwart's notion of a TLS version.
func tlsWord(v string) string {
	v, _, _ = strings.Cut(strings.NewReplacer(".", "_", "-", "v").Replace(v), "/")
	if v == "TLSv1" {
		return "TLSv1_0"
	}
	return v
}

func TestSuiteMimeKit(t *testing.T) {
	type row struct {
		ID, Header string
		Expect     struct{ From, By, Via, With, Id, For, FromTcpInfo, ByTcpInfo, DateTime, Error string }
	}
	var values []value
	for _, c := range jsonLines[row](t, corpora(t, "received", "mimekit.jsonl")) {
		h := Parse(Field{Value: c.Header})
		e := c.Expect
		add := func(what, got, want string) {
			values = append(values, value{c.ID, what, got, want, c.Header, h.Dialect})
		}
		if e.Error != "" {
			// What MimeKit refuses is read here, and is odd.
			add("odd", fmt.Sprint(len(h.Oddities) > 0), "true")
			continue
		}
		add("from", h.From.Name, e.From)
		add("by", h.By.Name, e.By)
		add("via", h.Via, e.Via)
		add("with", h.With, e.With)
		add("id", h.ID, strings.Trim(e.Id, "<>"))
		add("for", first(h.For), strings.Trim(e.For, "<>"))
		for _, info := range []string{e.FromTcpInfo, e.ByTcpInfo} {
			if info != "" {
				add("comment "+info, fmt.Sprint(slices.Contains(h.Comments, info)), "true")
			}
		}
		want, err := time.Parse(time.RFC1123Z, e.DateTime)
		if err == nil {
			add("date", stampOf(h), want.UTC().Format(time.RFC3339))
		} else {
			add("date", stampOf(h), "")
		}
	}
	suite(t, "mimekit", values)
}

// relays is what a parser in SpamAssassin's manner makes of several fields.
type relays []map[string]string

func (r *relays) UnmarshalJSON(data []byte) error {
	var rows []map[string]any
	err := json.Unmarshal(data, &rows)
	for _, row := range rows {
		m := map[string]string{}
		for k, v := range row {
			m[k] = strings.TrimSpace(fmt.Sprint(v))
		}
		*r = append(*r, m)
	}
	return err
}

// compareRelays finds for each relay the field that it was read from, in order.
func compareRelays(id string, headers []string, want relays) (values []value) {
	for n, w := range want {
		if len(w) == 0 {
			continue
		}
		for i, header := range headers {
			h := Parse(Field{Value: header})
			if address(h.From.Address) != w["ip"] || !strings.EqualFold(h.By.Name, w["by"]) {
				continue
			}
			headers = headers[i+1:]
			helo := w["helo"]
			if len(helo) > 1 && helo[0] == '!' {
				helo = "[" + helo[1:len(helo)-1] + "]"
			}
			for _, v := range [...][3]string{{"rdns", h.From.RDNS, w["rdns"]}, {"helo", h.From.HELO, helo}, {"id", h.ID, w["id"]}, {"envfrom", strings.Trim(h.EnvelopeFrom, "<>"), w["envfrom"]}} {
				values = append(values, value{fmt.Sprintf("%s/%d", id, n+1), v[0], v[1], v[2], header, h.Dialect})
			}
			w = nil
			break
		}
		if w != nil {
			values = append(values, value{fmt.Sprintf("%s/%d", id, n+1), "relay", "not found", w["ip"] + " by " + w["by"], strings.Join(headers, " | "), ""})
		}
	}
	return values
}

func TestSuiteEmailReceived(t *testing.T) {
	type row struct {
		ID, Header string
		Expect     struct{ Relays relays }
	}
	var values []value
	for _, c := range jsonLines[row](t, corpora(t, "received", "perl-email-received.jsonl")) {
		var headers []string
		for _, f := range headerFields([]byte(c.Header)) {
			headers = append(headers, f.Value)
		}
		values = append(values, compareRelays(c.ID, headers, c.Expect.Relays)...)
	}
	suite(t, "emailreceived", values)
}

func TestSuiteOrangeAssassin(t *testing.T) {
	type row struct {
		ID     string
		Header json.RawMessage
		Expect struct {
			Field, Value string
			Skip         bool
			Relays       relays
			Tag          string
		}
	}
	var values []value
	for _, c := range jsonLines[row](t, corpora(t, "received", "orangeassassin.jsonl")) {
		var headers []string
		if json.Unmarshal(c.Header, &headers) != nil {
			var header string
			if err := json.Unmarshal(c.Header, &header); err != nil {
				t.Fatal(err)
			}
			header = strings.TrimPrefix(header, "Received: ")
			if !strings.HasPrefix(header, "from ") {
				header = "from " + header // Its units get the field without it.
			}
			headers = []string{header}
		}
		values = append(values, compareRelays(c.ID, headers, c.Expect.Relays)...)
		if c.Expect.Field == "" {
			continue
		}
		h := Parse(Field{Value: headers[0]})
		got := map[string]string{
			"envfrom": strings.Trim(h.EnvelopeFrom, "<>"), "rdns": h.From.RDNS, "ip": address(h.From.Address),
			"by": h.By.Name, "helo": h.From.HELO, "ident": h.From.Ident, "id": h.ID,
		}
		if c.Expect.Field == "auth" {
			// How a client authenticated has no common name; whether it did, has.
			values = append(values, value{c.ID, "auth", fmt.Sprint(slices.Contains(h.Implies, ImpliesAuth)), fmt.Sprint(c.Expect.Value != ""), headers[0], h.Dialect})
			continue
		}
		values = append(values, value{c.ID, c.Expect.Field, got[c.Expect.Field], c.Expect.Value, headers[0], h.Dialect})
	}
	suite(t, "oa", values)
}
