package analyze

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// nosy answers every question, and so that the next one would hold the local part of
// the sender.
type nosy struct{}

func (nosy) Lookup(_ context.Context, name string, t dns.Type) (*dns.Answer, error) {
	a := &dns.Answer{Name: name, Type: t, Status: dns.NoData, Server: "nosy"}
	switch {
	case t == dns.TXT && strings.Contains(name, "._domainkey."):
		a.Status, a.Records = dns.Found, []dns.Record{{Text: []byte("v=DKIM1; p=")}}
	case t == dns.TXT && !strings.HasPrefix(name, "_dmarc."):
		a.Status, a.Records = dns.Found, []dns.Record{{Text: []byte("v=spf1 exists:%{l}.spy.%{d} include:%{l1r-+}.in.%{o} a:%{s}.at.%{d} mx ptr redirect=%{h}.%{l}.%{d}")}}
	case t == dns.PTR:
		a.Status, a.Records = dns.Found, []dns.Record{{Target: "ptr.example.net"}}
	case t == dns.MX:
		a.Status, a.Records = dns.Found, []dns.Record{{Target: "mx.example.net"}}
	}
	return a, nil
}

// TestNamesAsked reads every name that is asked for over all corpora: none holds the
// local part of a sender or of a recipient.
func TestNamesAsked(t *testing.T) {
	dir, rows := corpus(t)
	var asked, withheld atomic.Int64
	work := make(chan indexed)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for row := range work {
				data, err := os.ReadFile(filepath.Join(dir, row.Path))
				if err != nil {
					t.Error(err)
					continue
				}
				// Those attached to it too: each is asked about as itself.
				for _, m := range allMessages(row.Path, data) {
					recorder := &dns.Recorder{Resolver: nosy{}}
					a := &Analyzer{Now: clock, RDNS: true, DNS: func(string) (DNS, error) { return recorder, nil }}
					r := a.Message(t.Context(), m)
					for _, name := range recorder.Names() {
						asked.Add(1)
						if what := tells(r, name); what != "" {
							t.Errorf("%s: %s holds %s", row.Path, name, what)
						}
					}
					for _, one := range r.Auth {
						if one.By == report.ByUs && strings.Contains(one.Reason, "holds a recipient") {
							withheld.Add(1)
						}
					}
				}
			}
		})
	}
	for i, row := range rows {
		if testing.Short() && i%10 != 0 {
			continue
		}
		work <- row
	}
	close(work)
	wg.Wait()
	t.Logf("%d names were asked for, %d results are open since a name was held back", asked.Load(), withheld.Load())
	if asked.Load() == 0 {
		t.Error("nothing was asked")
	}
}

func allMessages(name string, data []byte) (all []*mailbox.Message) {
	r := bytes.NewReader(data)
	for raw, err := range (mailbox.Source{Name: name, Reader: r, Size: int64(len(data)), At: r}).Split() {
		if err != nil {
			continue
		}
		for m, err := range raw.Messages() {
			if err == nil {
				all = append(all, m)
			}
		}
	}
	return all
}

// tells says which address a name holds, by another way of looking than discreet's:
// as text between separators, once what the message itself calls a domain is cut off.
func tells(r *report.Report, name string) string {
	front := name
	if org := domain.Org(name); org != "" {
		front = strings.TrimSuffix(name, org)
	}
	cut := front
	for _, id := range r.Identities {
		if rest, ok := strings.CutSuffix(name, id.Domain); ok && len(rest) < len(cut) {
			cut = rest
		}
	}
	framed := func(s string) string {
		return "." + strings.NewReplacer("-", ".", "_", ".", "=", ".", "+", ".").Replace(strings.ToLower(s)) + "."
	}
	check := func(address, in string) string {
		local, host, ok := strings.Cut(address, "@")
		l := strings.ToLower(local)
		if ok && auth.Telling(l) && strings.Contains(framed(in), framed(l)) && domain.Org(host) != domain.Org(name) {
			return address
		}
		return ""
	}
	for _, list := range [...][]report.Mailbox{r.Message.To, r.Message.Cc} {
		for _, m := range list {
			if what := check(m.Address, front); what != "" {
				return what
			}
		}
	}
	for _, a := range r.Envelope.Addresses {
		if what := check(a.Address, cut); what != "" {
			return what
		}
	}
	for _, id := range r.Identities {
		// The sender's own local part may well be a word of his domain; what macros would
		// have made of it stands in front of these.
		if what := check(id.Address, strings.TrimSuffix(cut, ".")); what != "" && (strings.Contains(name, ".spy.") || strings.Contains(name, ".in.") || strings.Contains(name, ".at.")) {
			return what
		}
	}
	return ""
}
