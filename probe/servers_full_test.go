package probe

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"mailtrace/report"
)

// fullColumns are the handshakes of --tls full, in the order of the table.
var fullColumns = []string{purposeTLS13, purposeRSA, purposeECDSA, purposeStatic, purposeTLS11, purposeTLS10, purposeDHE, purposeNoCrypt}

// fullCases are what the servers do when each version, suite and kind of key is tried:
// the keys of their certificates and, for each of fullColumns, the version that came
// about, "no", or "-" where the conversation had shown it already.
var fullCases = []struct {
	server string
	serverCase
	keys, handshakes string
}{
	{"postfix", serverCase{certificate: "good", option: "dual"}, "ECDSA P-256, RSA 2048", "- 1.2 1.2 1.2 1.1 1.0 1.2 no"},
	{"postfix", serverCase{certificate: "good"}, "RSA 2048", "- 1.2 no 1.2 1.1 1.0 1.2 no"},
	{"postfix", serverCase{certificate: "good", option: "tls1.0"}, "RSA 2048", "no no no no no - 1.0 no"}, // The first message with DHE allows any version.
	{"exim", serverCase{certificate: "good", option: "dual"}, "ECDSA P-256, RSA 2048", "- 1.2 1.2 1.2 1.1 1.0 1.2 no"},
	{"exim", serverCase{certificate: "ecdsa"}, "ECDSA P-256", "- no 1.2 no 1.1 1.0 no no"},
	{"opensmtpd-bpo", serverCase{certificate: "good"}, "RSA 2048", "- 1.2 no no no no no no"}, // It takes static RSA, and fails to decrypt.
}

func TestServersFullTLS(t *testing.T) {
	dir := serversDirectory(t)
	servers := mailServers(t, dir)
	now := time.Now().Truncate(time.Second)
	files := newServerFiles(t, newTestCA(t, now))
	endpoints := make([]endpointCase, len(fullCases)) // Without a host where the server is not to be had.
	for i, c := range fullCases {
		k := slices.IndexFunc(servers, func(s mailServer) bool { return s.name == c.server })
		if k >= 0 {
			address := netip.MustParseAddr(fmt.Sprintf("%s.%d", servers[k].network, i+1))
			endpoints[i] = files.add(servers[k], c.serverCase, fmt.Sprintf("%s.%s.example.net", c, c.server), address, "25")[0]
		}
	}
	files.start(dir, slices.DeleteFunc(slices.Clone(endpoints), func(c endpointCase) bool { return c.host == "" }))
	prober := files.probers(now)
	begin := time.Now()
	rows := make([]string, len(fullCases))
	var wait sync.WaitGroup
	for i, c := range endpoints {
		if c.host == "" {
			continue
		}
		wait.Go(func() {
			p := prober()
			p.FullTLS = true
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			rows[i] = seenFully(p.Domain(ctx, c.host))
		})
	}
	wait.Wait()
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "server\tcase\tkeys\t1.3\tRSA\tECDSA\tstatic\t1.1\t1.0\tDHE\tbroken")
	for i, c := range fullCases {
		if want := c.keys + "\t" + strings.ReplaceAll(c.handshakes, " ", "\t"); rows[i] != want && endpoints[i].host != "" {
			t.Errorf("%s %s:\n got %q\nwant %q", c.server, c, rows[i], want)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.server, c, cmp.Or(rows[i], "not to be had"))
	}
	w.Flush()
	t.Logf("--tls full, in %.1f s\n%s", time.Since(begin).Seconds(), table.String())
}

// seenFully is a row of the table for the one endpoint of the report.
func seenFully(r *report.Report) string {
	if len(r.Hosts) != 1 || len(r.Hosts[0].Endpoints) != 1 {
		return "no endpoint: " + r.Error
	}
	e := r.Hosts[0].Endpoints[0]
	keys := []string{}
	for _, c := range e.Certificates {
		keys = append(keys, c.Key)
	}
	slices.Sort(keys)
	var seen []string
	for _, purpose := range fullColumns {
		k := slices.IndexFunc(e.Handshakes, func(h report.Handshake) bool { return h.Purpose == purpose })
		switch {
		case k < 0:
			seen = append(seen, "-")
		case e.Handshakes[k].Outcome == report.OutcomeOK:
			seen = append(seen, strings.TrimPrefix(e.Handshakes[k].Version, "TLS "))
		case e.Handshakes[k].Outcome == report.OutcomeTLS:
			seen = append(seen, "no")
		default:
			seen = append(seen, string(e.Handshakes[k].Outcome))
		}
	}
	return strings.Join(keys, ", ") + "\t" + strings.Join(seen, "\t")
}
