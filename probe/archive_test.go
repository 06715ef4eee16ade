package probe

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/tools/txtar"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// archivedCase is a domain of an archive: its zone, its servers.
type archivedCase struct {
	zone, smtp, want *txtar.File // The last two may be nil.
	message          *txtar.File // That is followed, in place of a domain; nil for none.

	named *strings.Replacer // Makes names of the data of TLSA records, see fillTLSA.

	dns func() *dns.Recorder // Instead of the zone; nil for none.
}

// archived takes an archive apart: behind name.zone stand name.smtp and name.want.
func archived(t testing.TB, archive *txtar.Archive) []archivedCase {
	t.Helper()
	var cases []archivedCase
	id := ""
	for i := range archive.Files {
		f := &archive.Files[i]
		if name, ok := strings.CutSuffix(f.Name, ".zone"); ok {
			id = name
			cases = append(cases, archivedCase{zone: f})
			continue
		}
		if id == "" {
			t.Fatalf("%s belongs to no zone", f.Name)
		}
		switch c := &cases[len(cases)-1]; f.Name {
		case id + ".smtp":
			c.smtp = f
		case id + ".message":
			c.message = f
		case id + ".want":
			c.want = f
		default:
			t.Fatalf("%s does not belong to %s.zone, behind which it stands", f.Name, id)
		}
	}
	return cases
}

// probe probes the domain of a case, in time that is not spent: lines of the zone say
// what is unusual: "; domain example.org", "; now TIME", "; options submission full-tls
// no-ipv4 no-ipv6 no-policies guard authoritative requirements", "; host NAME PORT...",
// "; selectors NAME mail:NAME@DOMAIN..." of DKIM, "; lists ZONE...", "; sending ADDRESS
// HELO MAILFROM" (- for none), and "; at ADDRESS RECORD" for what one name server says in
// place of all records of that name.
func (c *archivedCase) probe(t *testing.T) *report.Report {
	t.Helper()
	text, script := "", ""
	text, c.named = fillTLSA(t, string(c.zone.Data))
	if c.smtp != nil {
		script = string(c.smtp.Data)
	}
	o := c.orders(t, text)
	var r *report.Report
	d := parseDialogs(t, authority(), script, text)
	synctest.Test(t, func(t *testing.T) {
		p := testProber(t, d, text, o.now, o.options)
		if c.dns != nil {
			p.DNS = c.dns
		}
		p.Selectors, p.Blocklists, p.Ports = o.selectors, o.lists, o.ports
		switch {
		case c.message != nil:
			r = follow(t, p, c.message, text)
		case o.host != "":
			r = p.Host(t.Context(), o.host, o.ports)
		case o.sending.Address.IsValid():
			r = p.Sending(t.Context(), o.sending)
		default:
			r = p.Domain(t.Context(), o.domain)
		}
		synctest.Wait()
	})
	for _, fault := range d.faults {
		t.Errorf("%s: %s", c.zone.Name, fault)
	}
	valid(t, r)
	return r
}

// orders are what is unusual about a case.
type orders struct {
	domain, host string
	now          time.Time
	options      []string
	selectors    []Selector
	lists        []string
	sending      Sending
	ports        []uint16
}

// orders reads them from the comments of the zone.
func (c *archivedCase) orders(t *testing.T, zone string) orders {
	t.Helper()
	o := orders{domain: "example.org", now: clock(), options: []string{}}
	for line := range strings.Lines(zone) {
		key, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "; "), " ")
		if !strings.HasPrefix(line, ";") {
			continue
		}
		switch key {
		case "domain":
			o.domain = value
		case "now":
			var err error
			if o.now, err = time.Parse(time.RFC3339, value); err != nil {
				t.Fatalf("%s: %v", c.zone.Name, err)
			}
		case "options":
			o.options = strings.Fields(value)
		case "selectors":
			for _, f := range strings.Fields(value) {
				name, mail := strings.CutPrefix(f, "mail:")
				name, of, _ := strings.Cut(name, "@")
				o.selectors = append(o.selectors, Selector{Name: name, Domain: of, Mail: mail})
			}
		case "lists":
			o.lists = strings.Fields(value)
		case "sending":
			f := strings.Fields(strings.ReplaceAll(value, " -", " \x00"))
			o.sending = Sending{netip.MustParseAddr(f[0]), strings.Trim(f[1], "\x00"), strings.Trim(f[2], "\x00")}
		case "host":
			f := strings.Fields(value)
			o.host = f[0]
			for _, s := range f[1:] {
				n, err := strconv.ParseUint(s, 10, 16)
				if err != nil {
					t.Fatalf("%s: %v", c.zone.Name, err)
				}
				o.ports = append(o.ports, uint16(n))
			}
		}
	}
	return o
}
