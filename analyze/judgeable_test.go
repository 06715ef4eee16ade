package analyze

import (
	"context"
	"os"
	"strings"
	"testing"

	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

// forgedMail reads the message whose two older hops are false.
func forgedMail(t *testing.T) *mailbox.Message {
	t.Helper()
	f, err := os.Open("../testdata/forged.eml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := mailbox.Read("forged.eml", f, 0)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// whys is the reasons for which a rule is undecided.
func whys(r *report.Report, rule string) (all []string) {
	for _, u := range r.Undecided {
		if u.Rule == rule {
			all = append(all, u.Why)
		}
	}
	return all
}

func standings(r *report.Report) string {
	var all []string
	for _, h := range r.Path.Hops {
		all = append(all, string(h.Standing))
	}
	return strings.Join(all, " ")
}

// TestNotJudged holds that damage is never taken for forgery: by rule, and by hop.
func TestNotJudged(t *testing.T) {
	cases := []struct {
		name      string
		change    func(*mailbox.Message)
		undecided string // A rule that must not be silent about it.
		standings string
	}{
		{"as it came", func(*mailbox.Message) {}, "", "fictitious fictitious observed"},
		{"a copy of which no line was touched", func(m *mailbox.Message) { m.Fidelity = report.PastedRepaired },
			"header.duplicate-fields", "fictitious fictitious observed"},
		{"a copy whose lines were joined", func(m *mailbox.Message) { mend(m, "Received") },
			"received.address-impossible", "claimed claimed observed"},
		{"written anew", func(m *mailbox.Message) { m.Fidelity = report.Reserialised },
			"received.product-shape", "fictitious fictitious observed"},
		{"written anew, all hops in one field", func(m *mailbox.Message) { merge(m) },
			"received.address-impossible", ""},
		{"a piece of a header", func(m *mailbox.Message) { m.Fields, m.Fidelity = m.Fields[:3], report.HeadersOnly },
			"header.date-missing", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := forgedMail(t)
			c.change(m)
			r := (&Analyzer{}).Message(context.Background(), m)
			if r.Error != "" {
				t.Fatal(r.Error)
			}
			if c.undecided != "" {
				if got := whys(r, c.undecided); len(got) == 0 || !strings.HasPrefix(got[0], cannotJudge) {
					t.Errorf("%s says %q; it cannot be judged", c.undecided, got)
				}
			}
			if got := standings(r); c.standings != "" && got != c.standings {
				t.Errorf("the hops are %s, and should be %s", got, c.standings)
			}
		})
	}
}

// mend makes the fields of a name some that were put together again.
func mend(m *mailbox.Message, name string) {
	m.Fidelity = report.PastedRepaired
	for i := range m.Fields {
		if m.Fields[i].Is(name) {
			m.Fields[i].Mended = true
		}
	}
}

// merge makes one field of all Received fields, as bad converters do.
func merge(m *mailbox.Message) {
	m.Fidelity = report.Reserialised
	var text []string
	var rest []mailbox.Field
	var first mailbox.Field
	for f := range m.All("Received") {
		if text = append(text, f.Value); len(text) == 1 {
			first = f
		}
	}
	for _, f := range m.Fields {
		if !f.Is("Received") {
			rest = append(rest, f)
		}
	}
	first.Value = strings.Join(text[1:], ",") + text[0]
	m.Fields = append([]mailbox.Field{first}, rest...)
}

// TestCarried holds that nothing inside of another message was observed, unless the
// user says so.
func TestCarried(t *testing.T) {
	carrier := &mailbox.Carrier{Message: forgedMail(t), Kind: report.CarrierForward, ContentType: "message/rfc822"}
	for _, c := range []struct {
		trust     bool
		standings string
		words     string
	}{
		{false, "fictitious fictitious attested", "whoever attached it"},
		{true, "fictitious fictitious observed", ""},
	} {
		m := forgedMail(t)
		m.Part, m.Carrier = 1, carrier
		r := (&Analyzer{TrustCarrier: c.trust}).Message(context.Background(), m)
		if got := standings(r); got != c.standings {
			t.Errorf("trusted %v: the hops are %s, and should be %s", c.trust, got, c.standings)
		}
		basis := r.Path.Boundary.Basis
		if got := strings.Contains(basis[len(basis)-1].Why, "whoever attached it"); got != (c.words != "") {
			t.Errorf("trusted %v: the boundary rests on %+v", c.trust, basis)
		}
		if k := r.Evidence.Carrier; k == nil || k.Kind != report.CarrierForward || len(k.From) != 1 || r.Evidence.Part != 1 {
			t.Errorf("trusted %v: the carrier is %+v", c.trust, k)
		}
	}
}
