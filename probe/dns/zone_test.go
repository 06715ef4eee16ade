package dns

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const exampleZone = `
$ORIGIN example.org.
$TTL 1h
@	IN SOA	ns hostmaster (
		2026112501 ; serial
		1d 2h 4w
		10m )	; negative
	NS	ns.example.net.
	MX	10 mx
	MX	20 mx.example.net.
@	300 IN TXT	"v=spf1 ip4:192.0.2.0/24 " "-all"
	IN 60 TXT	"one; \"two\" \195\188\\"
mx	A	192.0.2.25
	AAAA	2001:db8::25
www	600 CNAME	web.cdn
web.cdn	60 A	192.0.2.80
out	CNAME	nowhere.example.net.
loop	CNAME	pool
pool	CNAME	loop
null	MX	0 .
*.wild	TXT	wild
	A	192.0.2.9
host.wild	A	192.0.2.10
k1._domainkey	TXT	( "v=DKIM1; k=rsa; "
		"p=MII" )
_25._tcp.mx	TLSA	3 1 1 ABCD ef01
_imaps._tcp	SRV	0 1 993 mx
@	CAA	0 issue "ca.example.net; policy=ev"
25.2.0.192.in-addr.arpa.	PTR	MX.example.org.
slow	FAIL	timeout
slow	A	192.0.2.66
half	FAIL	servfail TXT
half	A	192.0.2.67
a\.b	TXT	dot
`

// wants are questions to the zone: name, type, what it says. The records are as Format
// has them, and before them stand the aliases.
const wants = `
example.org SOA found 1h0m0s | ns.example.org. 2026112501
EXAMPLE.org. MX found 1h0m0s | 10 mx.example.org. | 20 mx.example.net.
example.org TXT found 1m0s | v=spf1 ip4:192.0.2.0/24 -all | one; "two" \195\188\\
example.org A nodata 10m0s
mx.example.org A found 1h0m0s | 192.0.2.25
mx.example.org AAAA found 1h0m0s | 2001:db8::25
www.example.org A found 1m0s > web.cdn.example.org | 192.0.2.80
www.example.org CNAME found 10m0s | web.cdn.example.org.
www.example.org TXT nodata 10m0s > web.cdn.example.org
out.example.org A nxdomain 0s > nowhere.example.net
loop.example.org A alias-loop
null.example.org MX found 1h0m0s | 0 .
cdn.example.org A nodata 10m0s
_tcp.example.org A nodata 10m0s
no.example.org A nxdomain 10m0s
no.example.com A nxdomain 0s
com A nxdomain 0s
org A nodata 0s
. NS nodata 0s
x.wild.example.org A found 1h0m0s | 192.0.2.9
x.y.wild.example.org TXT found 1h0m0s | wild
x.wild.example.org MX nodata 10m0s
wild.example.org TXT nodata 10m0s
*.wild.example.org TXT found 1h0m0s | wild
host.wild.example.org TXT nodata 10m0s
x.host.wild.example.org TXT nxdomain 10m0s
k1._domainkey.example.org TXT found 1h0m0s | v=DKIM1; k=rsa; p=MII
_25._tcp.mx.example.org TLSA found 1h0m0s | 3 1 1 abcdef01
_imaps._tcp.example.org SRV found 1h0m0s | 0 1 993 mx.example.org.
example.org CAA found 1h0m0s | 0 issue ca.example.net; policy=ev
25.2.0.192.in-addr.arpa PTR found 1h0m0s | mx.example.org.
slow.example.org A timeout
slow.example.org TXT timeout
half.example.org TXT servfail
half.example.org A found 1h0m0s | 192.0.2.67
a\.b.example.org TXT found 1h0m0s | dot
a.b.example.org TXT nxdomain 10m0s
`

// line is an outcome as it stands in wants.
func line(a *Answer, err error) string {
	if err != nil {
		return told(a, err)
	}
	s := fmt.Sprint(a.Status, " ", a.TTL)
	for _, alias := range a.Alias {
		s += " > " + alias
	}
	for i := range a.Records {
		s += " | " + a.Records[i].Format(a.Type)
	}
	return s
}

func TestZone(t *testing.T) {
	z, err := ParseZone(exampleZone)
	if err != nil {
		t.Fatal(err)
	}
	for want := range strings.Lines(strings.TrimSpace(wants)) {
		word := strings.SplitN(strings.TrimSpace(want), " ", 3)
		typ, ok := ParseType(word[1])
		if !ok {
			t.Fatal(want)
		}
		if got := line(z.Lookup(context.Background(), word[0], typ)); got != word[2] {
			t.Errorf("%s %s: %s\nwant %s", word[0], word[1], got, word[2])
		}
	}
}

func TestZoneText(t *testing.T) {
	for _, bad := range []struct{ text, why string }{
		{"\tA 192.0.2.1", "no owner"},
		{"a.example", "no record"},
		{"a.example 60 IN", "no record"},
		{"a.example CH TXT x", "another class"},
		{"a.example A 2001:db8::1", "another family"},
		{"a.example AAAA 192.0.2.1", "another family"},
		{"a.example A 192.0.2.1 192.0.2.2", "two in one"},
		{"a.example A", "no data"},
		{"a.example MX mx.example", "no preference"},
		{"a.example MX 65536 mx.example", "too great a preference"},
		{"a.example MX 10 mx..example", "an empty label"},
		{"a.example TLSA 3 1 1 xyz", "not hexadecimal"},
		{"a.example SPF x", "an unknown type"},
		{"a.example TXT \"x", "not closed"},
		{"a.example TXT \"x\n\"", "closed on another line"},
		{"a.example TXT ( x", "not closed"},
		{"a.example TXT x )", "not opened"},
		{"a.example TXT ( ( x ) )", "opened twice"},
		{`a.example TXT \999`, "no octet"},
		{"a.example FAIL", "which?"},
		{"a.example FAIL offline", "that is not the server's"},
		{"a.example FAIL timeout SPF", "an unknown type"},
		{"$INCLUDE other", "another file"},
		{"$TTL 99999999999", "too long"},
		{"$TTL", "how long?"},
		{"$DNSSEC maybe", "signed?"},
		{"$DNSSEC", "how?"},
		{"$DNSSEC secure 2026-11-25T12:00:00Z", "until when?"},
		{"$DNSSEC secure 2026-11-25T12:00:00Z soon", "no time"},
		{"$DNSSEC insecure 2026-11-25T12:00:00Z 2026-12-25T12:00:00Z", "there is no signature"},
		{"$ORIGIN a..b", "an empty label"},
		{"a.example SOA ns hm 1 2 3 4", "six fields"},
		{strings.Repeat("a", 64) + " A 192.0.2.1", "a long label"},
		{"a.example TXT" + strings.Repeat(" x", maxFields), "too many fields"},
		{"a.example TXT" + strings.Repeat(" "+strings.Repeat("x", 255), 258), "too long a text"},
		{strings.Repeat("a.example A 192.0.2.1\n", maxRecords+1), "too many records"},
	} {
		if _, err := ParseZone(bad.text); err == nil {
			t.Errorf("%s: no error", bad.why)
		} else if !strings.HasPrefix(err.Error(), "zone, line ") || len(err.Error()) > 1000 {
			t.Errorf("%s: %v", bad.why, err)
		}
	}
	if _, err := ParseZone("a.example A 192.0.2.1\n\n; \n(\n)\nb.example A ("); err == nil || !strings.Contains(err.Error(), "line 6:") {
		t.Errorf("the line: %v", err)
	}
}

func TestZoneElse(t *testing.T) {
	keys, err := ParseZone("k1._domainkey.example.org TXT key")
	if err != nil {
		t.Fatal(err)
	}
	keys.Else, err = ParseZone("example.org TXT other\nk1._domainkey.example.org A 192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"k1._domainkey.example.org": "found 1h0m0s | key",
		"example.org":               "found 1h0m0s | other",
		"k2._domainkey.example.org": "nxdomain 0s",
	} {
		if got := line(keys.Lookup(context.Background(), name, TXT)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestZoneSecure: what an answer is worth is what the least of its parts is.
func TestZoneSecure(t *testing.T) {
	z, err := ParseZone(`
plain.example A 192.0.2.1
$DNSSEC secure
signed.example A 192.0.2.2
in.signed.example CNAME signed.example
out.signed.example CNAME unsigned.example
bad.signed.example FAIL bogus TLSA
bad.signed.example A 192.0.2.3
$DNSSEC Insecure
unsigned.example A 192.0.2.4
in.unsigned.example CNAME signed.example
`)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]Secure{
		"plain.example": Unverified, "x.plain.example": Unverified, "signed.example": SecureYes, "x.signed.example": SecureYes,
		"in.signed.example": SecureYes, "out.signed.example": Insecure, "bad.signed.example": SecureYes,
		"unsigned.example": Insecure, "in.unsigned.example": Insecure, "nowhere.test": Insecure,
	} {
		if a, err := z.Lookup(context.Background(), name, A); err != nil || a.Secure != want {
			t.Errorf("%s: %+v, %v; want %s", name, a, err, want)
		}
	}
	fail := (*Error)(nil)
	if _, err := z.Lookup(context.Background(), "bad.signed.example", TLSA); !errors.As(err, &fail) || fail.Cause != ServFail || fail.Secure != Bogus {
		t.Errorf("bogus: %+v", fail)
	}
	if a, err := (&Zone{}).Lookup(context.Background(), "a.example", A); err != nil || a.Secure != Unverified {
		t.Errorf("no zone: %+v, %v", a, err)
	}
}

func TestZoneExpires(t *testing.T) {
	z, err := ParseZone(`
$DNSSEC secure 2026-11-01T00:00:00Z 2026-12-01T00:00:00Z
a.example CNAME b.example
$DNSSEC secure 2026-10-01T00:00:00Z 2026-11-30T00:00:00Z
b.example A 192.0.2.1
$DNSSEC secure
c.example A 192.0.2.1
`)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a.example": "2026-10-01 2026-11-30", "b.example": "2026-10-01 2026-11-30", "c.example": "0001-01-01 0001-01-01"} {
		a, err := z.Lookup(context.Background(), name, A)
		if err != nil || a.Signed.Format(time.DateOnly)+" "+a.Expires.Format(time.DateOnly) != want {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestTTL(t *testing.T) {
	for s, want := range map[string]time.Duration{"0": 0, "1h30m": 90 * time.Minute, "1W2d": 9 * 24 * time.Hour, "2147483647": 2147483647 * time.Second} {
		if got, ok := parseTTL(s); !ok || got != want {
			t.Errorf("%s: %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "h", "1x", "-1", "2147483648", "99999999999999999999", "1h-", "9999w9999w"} {
		if got, ok := parseTTL(s); ok {
			t.Errorf("%s: %v", s, got)
		}
	}
}
