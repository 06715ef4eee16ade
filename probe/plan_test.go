package probe

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/tools/txtar"

	"mailtrace/probe/dns"
)

// TestPlanOpensNothing counts what a plan asks and whom it connects to: nothing, nobody.
func TestPlanOpensNothing(t *testing.T) {
	calls := 0
	p := &Prober{
		Submission: true, FullTLS: true,
		DNS:  func() *dns.Recorder { calls++; return &dns.Recorder{Resolver: dns.Nobody{}} },
		Dial: func(context.Context, netip.AddrPort) (net.Conn, error) { calls++; return nil, net.ErrClosed },
	}
	if len(p.Plan([]string{"example.org", "Bücher.example", "no domain"})) == 0 || len(p.PlanHost("mx.example.org", []uint16{25})) == 0 {
		t.Error("nothing is planned")
	}
	if calls != 0 {
		t.Errorf("planning asked the DNS or connected %d times", calls)
	}
}

// TestPlan holds testdata/plan.txtar, which has the plan of each case.
func TestPlan(t *testing.T) {
	const file = "testdata/plan.txtar"
	plain := &Prober{}
	cases := []struct {
		name  string
		steps []PlanStep
	}{
		{"domain", plain.Plan([]string{"Example.org."})},
		{"idn, IPv4 alone", (&Prober{NoIPv6: true}).Plan([]string{"bücher.example"})},
		{"no policies", (&Prober{NoPolicies: true, NoIPv6: true}).Plan([]string{"example.org"})},
		{"no domain", plain.Plan([]string{"who@example.org"})},
		{"host", plain.PlanHost("mx.example.org", []uint16{25, 465})},
		{"address", (&Prober{FullTLS: true}).PlanHost("[192.0.2.1]", []uint16{25})},
		{"submission", (&Prober{Submission: true, NoIPv4: true}).Plan([]string{"example.org"})},
	}
	var got txtar.Archive
	for _, test := range cases {
		var b bytes.Buffer
		for _, s := range test.steps {
			fmt.Fprintln(&b, s.Kind, "|", s.When, "|", s.Text)
		}
		got.Files = append(got.Files, txtar.File{Name: test.name, Data: b.Bytes()})
	}
	data := txtar.Format(&got)
	if *update {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Errorf("%s is not what is planned (-update rewrites it):\n%s", file, data)
	}
}
