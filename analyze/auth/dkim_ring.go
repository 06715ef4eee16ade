package auth

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"mailtrace/probe/dns"
)

// keyRing holds the keys that the signatures of one message need.
type keyRing struct {
	resolver dns.Resolver
	answers  map[string]*keyAnswer // By name. None for a name beyond MaxKeys.
	names    []string
	next     atomic.Int32
	done     sync.WaitGroup
}

// keyAnswer is what the DNS says to one name.
type keyAnswer struct {
	answer *dns.Answer
	err    error
	keys   []*Key
}

func newKeyRing(resolver dns.Resolver, lists ...[]*Signature) *keyRing {
	r := &keyRing{resolver: resolver, answers: map[string]*keyAnswer{}}
	for _, list := range lists {
		for _, s := range list {
			if _, ok := r.answers[s.keyName]; ok || !s.ready || len(r.names) == MaxKeys {
				continue
			}
			r.answers[s.keyName] = &keyAnswer{}
			r.names = append(r.names, s.keyName)
		}
	}
	return r
}

// ask asks for all keys, several at a time, and reads them. One key, as most messages
// need, is asked for without a goroutine: to start one costs half as much as an RSA
// verification.
func (r *keyRing) ask(ctx context.Context) {
	fetch := func() {
		for {
			i := int(r.next.Add(1)) - 1
			if i >= len(r.names) {
				return
			}
			r.answers[r.names[i]].fetch(ctx, r.resolver, r.names[i])
		}
	}
	for range min(len(r.names), maxAsking) - 1 {
		r.done.Go(fetch)
	}
	fetch()
	r.done.Wait()
	for _, name := range r.names {
		k := r.answers[name]
		if k.err != nil {
			continue
		}
		for i := range min(len(k.answer.Records), MaxKeyRecords) {
			k.keys = append(k.keys, ParseKey(name, k.answer.Records[i].Text))
		}
	}
}

// errOffline stands for a resolver that is not there.
var errOffline = &dns.Error{Type: dns.TXT, Cause: dns.Offline}

// errUnicode stands for a name that would have to be written in A-labels first.
var errUnicode = errors.New("the name of its key is not in ASCII")

// errNoAnswer stands for what no resolver should do.
var errNoAnswer = errors.New("neither an answer nor an error")

func (k *keyAnswer) fetch(ctx context.Context, resolver dns.Resolver, name string) {
	switch {
	case !ascii(name):
		k.err = errUnicode
	case resolver == nil:
		k.err = errOffline
	default:
		k.answer, k.err = resolver.Lookup(ctx, name, dns.TXT)
	}
	if k.err == nil && k.answer == nil {
		k.err = errNoAnswer
	}
}

// found tells whether there is a record.
func (k *keyAnswer) found() bool { return k.err == nil && len(k.keys) > 0 }

// cause says why there is no answer, in plain words.
func (k *keyAnswer) cause() string {
	var e *dns.Error
	if !errors.As(k.err, &e) {
		if errors.Is(k.err, errUnicode) {
			return k.err.Error()
		}
		return "the DNS did not answer"
	}
	switch e.Cause {
	case dns.Offline:
		return "the DNS is not asked"
	case dns.NotKept:
		return "the record of DNS answers has none for it"
	case dns.OverLimit:
		return "no more questions may be asked for this message"
	case dns.Withheld:
		return "its name holds a recipient of the message, and asking for it would tell its owner who got the message"
	case dns.Canceled:
		return "the time for questions was over"
	case dns.Timeout:
		return "the DNS did not answer in time"
	case dns.ServFail:
		return "the DNS server says that it failed (SERVFAIL)"
	case dns.Refused:
		return "the DNS server refuses to answer"
	case dns.Malformed:
		return "the answer of the DNS cannot be read"
	case dns.AliasLoop:
		return "the name leads in a circle of aliases"
	case dns.BadName:
		return "its name cannot be asked for"
	}
	return "the DNS cannot be reached"
}

// status is that of a signature whose key was not got.
func (k *keyAnswer) status() Status {
	if errors.Is(k.err, errUnicode) {
		return Undecided
	}
	return unanswered(k.err)
}
