package probe

import (
	"context"
	"fmt"
	"sync"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
)

// spfAtOnce is how many questions of one walk are under way together.
const spfAtOnce = 10

// spfQuestion is a name and a type.
type spfQuestion struct {
	name  string
	qtype dns.Type
}

// spfAsker asks each question once, and no more than maxSPFQuestions.
type spfAsker struct {
	ctx   context.Context
	asks  dns.Resolver
	known map[spfQuestion]*lookup
	asked int
	under sync.WaitGroup
	room  chan struct{}
}

// newSPFAsker knows what was answered about the mail servers of the domain: that is not
// asked again.
func newSPFAsker(ctx context.Context, asks dns.Resolver, s *servers) *spfAsker {
	a := &spfAsker{ctx: ctx, asks: asks, known: map[spfQuestion]*lookup{}, room: make(chan struct{}, spfAtOnce)}
	a.learn(s.domain, dns.MX, &s.mx)
	for i := range s.hosts {
		a.learn(s.hosts[i].Name, dns.A, &s.hosts[i].a)
		a.learn(s.hosts[i].Name, dns.AAAA, &s.hosts[i].aaaa)
	}
	return a
}

func (a *spfAsker) learn(name string, t dns.Type, l *lookup) {
	if l.answer != nil || l.err != nil {
		a.known[spfQuestion{name, t}] = l
	}
}

// want begins to ask; what it gives may be read after wait. It is nil where a bound keeps
// the question from being asked.
func (a *spfAsker) want(name string, t dns.Type) *lookup {
	q := spfQuestion{name, t}
	if l := a.known[q]; l != nil {
		return l
	}
	if a.asked == maxSPFQuestions {
		return nil
	}
	a.asked++
	l := &lookup{}
	a.known[q] = l
	a.under.Go(func() {
		a.room <- struct{}{}
		defer func() { <-a.room }()
		*l = ask(a.ctx, a.asks, name, t)
	})
	return l
}

func (a *spfAsker) wait() { a.under.Wait() }

// bound says why a question was not asked.
func (a *spfAsker) bound() string {
	return fmt.Sprintf("mailtrace asks no more than %d questions about one record", maxSPFQuestions)
}

// addresses asks for what the terms a, mx and exists of the whole tree ask for.
func (w *spfWalk) addresses() {
	w.root.each(func(t *spfTerm) {
		if t.dead != "" || t.to.Message || !t.to.Askable {
			return
		}
		switch t.Mechanism {
		case auth.MechA:
			t.a, t.aaaa = w.both(t, t.to.Name)
		case auth.MechExists:
			t.a = w.want(t.to.Name, dns.A) // RFC 7208 section 5.7: of every client.
			t.cut = t.a == nil
		case auth.MechMX:
			t.mx = w.want(t.to.Name, dns.MX)
			t.cut = t.mx == nil
		}
	})
	w.wait()
	w.root.each(func(t *spfTerm) {
		if t.mx == nil || t.mx.answer == nil || len(t.mx.answer.Records) > auth.MaxSPFNames {
			return // More are a permerror, and no receiver asks for one of them.
		}
		for i := range t.mx.answer.Records {
			name := t.mx.answer.Records[i].Target
			if name == "" {
				continue // RFC 7505 section 3.
			}
			h := spfHost{name: name}
			h.a, h.aaaa = w.both(t, name)
			t.hosts = append(t.hosts, h)
		}
	})
	w.wait()
}

// both asks for the addresses of both families.
func (w *spfWalk) both(t *spfTerm, name string) (a, aaaa *lookup) {
	a, aaaa = w.want(name, dns.A), w.want(name, dns.AAAA)
	t.cut = t.cut || a == nil || aaaa == nil
	return a, aaaa
}
