package auth

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"

	"blitiri.com.ar/go/spf"

	"mailtrace/probe/dns"
)

// spfOddities is what was met on the way that blitiri's evaluator handles in
// another manner.
type spfOddities uint16

const (
	spfSyntax    spfOddities = 1 << iota // A record with an error in its syntax.
	spfPMacro                            // %{p}
	spfMacros                            // Any macro.
	spfNoLocal                           // The sender has no local part.
	spfQuotedAt                          // The local part has an "@" in it.
	spfLongName                          // A name was longer than 253 bytes.
	spfOddName                           // A name of one label, of none, with ":" or "/", or one that cannot be asked.
	spfMapped                            // ip6: with an IPv4-mapped address.
	spfUnicode                           // The domain was written in U-labels.
	spfMXOrder                           // A match before the last host of an mx.
	spfAliasLoop                         // CNAMEs in a circle.
)

func (e *spfCheck) saw(o spfOddities, really bool) {
	if really {
		e.out.seen |= o
	}
}

// SPFDifference is a class of known differences from blitiri.com.ar/go/spf v1.6.0.
type SPFDifference string

const (
	SameSPF        SPFDifference = ""              // No difference.
	SyntaxSPF      SPFDifference = "syntax"        // It does not check terms that it does not reach, nor all of the grammar (RFC 7208 section 4.6).
	NameMacroSPF   SPFDifference = "p-macro"       // It makes "unknown" of every %{p}.
	NoLocalSPF     SPFDifference = "no-local-part" // It expands %{l} to nothing, where RFC 7208 section 4.3 has postmaster.
	QuotedAtSPF    SPFDifference = "quoted-at"     // It cuts a sender at the first "@".
	LongNameSPF    SPFDifference = "long-name"     // It does not cut names to 253 bytes.
	MacroSPF       SPFDifference = "macro"         // It drops empty parts, escapes a blank as "+", and takes no "/" in a macro.
	OddNameSPF     SPFDifference = "odd-name"      // It asks for names of one label, and for none with ":" or "/".
	MappedSPF      SPFDifference = "mapped"        // It takes ip6:::ffff:192.0.2.1 for the IPv4 address.
	UnicodeSPF     SPFDifference = "unicode"       // It asks for U-labels.
	MXOrderSPF     SPFDifference = "mx-order"      // It asks for all hosts of an mx before it compares.
	AliasLoopSPF   SPFDifference = "alias-loop"    // It knows no such error.
	NotDecidedSPF  SPFDifference = "not-decided"   // We did not ask what it needs.
	UnexplainedSPF SPFDifference = "not-explained" // One of the two is wrong.
)

// SPFSecond is a second opinion.
type SPFSecond struct {
	Status     Status
	Problem    string        // In its words; "" for none.
	Difference SPFDifference // Its class.
	NotKept    []string      // Questions that it asked and we did not; nil for none.
}

// maxSecondSPF are the bytes of a record that blitiri is given: its time grows with
// the square of the length of a macro.
const maxSecondSPF = 8 << 10

// SecondSPF lets blitiri.com.ar/go/spf judge the same query on the answers that the
// first check got: it cannot ask anyone.
func SecondSPF(ctx context.Context, q SPFQuery, first *SPF) SPFSecond {
	for i := range first.Questions {
		a := first.Questions[i].Answer
		for j := 0; a != nil && j < len(a.Records); j++ {
			if len(a.Records[j].Text) > maxSecondSPF {
				return SPFSecond{Status: Undecided, Problem: "a record is too long for it", Difference: NotDecidedSPF}
			}
		}
	}
	return secondSPF(ctx, keptSPF(first.Questions), q, first)
}

func secondSPF(ctx context.Context, resolver dns.Resolver, q SPFQuery, first *SPF) SPFSecond {
	adapter := &blitiriSPF{resolver: resolver}
	sender := strings.TrimSuffix(strings.TrimPrefix(q.MailFrom, "<"), ">")
	if first.Identity == SPFHELO || sender == "" {
		sender = "postmaster@" + q.HELO
	}
	ip := net.IP(q.IP.Unmap().AsSlice())
	result, err := spf.CheckHostWithSender(ip, q.HELO, sender, spf.WithContext(ctx), spf.WithResolver(adapter))
	out := SPFSecond{Status: Status(result), NotKept: adapter.missing}
	switch out.Status {
	case TempError, PermError, None:
		// It returns an error beside a match as well.
		if err != nil {
			out.Problem = err.Error()
		}
	}
	out.Difference = first.difference(out)
	return out
}

// difference finds the class. Where several oddities were met, the first of this
// list is named.
func (s *SPF) difference(second SPFSecond) SPFDifference {
	switch {
	case s.Status == second.Status:
		return SameSPF
	case s.Status == Undecided:
		return NotDecidedSPF
	}
	for _, c := range [...]struct {
		seen  spfOddities
		class SPFDifference
	}{
		{spfSyntax, SyntaxSPF}, {spfQuotedAt, QuotedAtSPF}, {spfUnicode, UnicodeSPF}, {spfPMacro, NameMacroSPF},
		{spfMapped, MappedSPF}, {spfOddName, OddNameSPF}, {spfLongName, LongNameSPF}, {spfMacros | spfNoLocal, NoLocalSPF},
		{spfMacros, MacroSPF}, {spfAliasLoop, AliasLoopSPF}, {spfMXOrder, MXOrderSPF},
	} {
		if s.seen&c.seen == c.seen {
			return c.class
		}
	}
	return UnexplainedSPF
}

// keptSPF answers from what was asked before.
type keptSPF []SPFQuestion

func (k keptSPF) Lookup(_ context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	for i := range k {
		switch q := &k[i]; {
		case q.Name != name || q.Type != qtype:
		case q.Answer != nil:
			return q.Answer, nil
		default:
			return nil, &dns.Error{Name: name, Type: qtype, Cause: q.Cause}
		}
	}
	return nil, &dns.Error{Name: name, Type: qtype, Cause: dns.NotKept}
}

// blitiriSPF gives blitiri the methods and the errors that it wants: every error
// other than an unwrapped *net.DNSError is permanent to it.
type blitiriSPF struct {
	resolver dns.Resolver
	missing  []string // What was not recorded. It is told that there is nothing.
}

func (b *blitiriSPF) find(ctx context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	name = strings.TrimSuffix(lower(name), ".")
	answer, err := b.resolver.Lookup(ctx, name, qtype)
	if err == nil {
		if answer.Status == dns.NXDomain {
			return nil, &net.DNSError{Err: "no such name", Name: name, IsNotFound: true}
		}
		return answer, nil
	}
	failed := &net.DNSError{Err: err.Error(), Name: name, IsTemporary: true}
	if known := (*dns.Error)(nil); errors.As(err, &known) {
		switch known.Cause {
		case dns.NotKept:
			if len(b.missing) < maxSPFNotes {
				b.missing = append(b.missing, name+" "+qtype.String())
			}
			failed.IsNotFound, failed.IsTemporary = true, false
		case dns.BadName:
			failed.IsNotFound, failed.IsTemporary = true, false
		}
	}
	return nil, failed
}

func (b *blitiriSPF) LookupTXT(ctx context.Context, name string) ([]string, error) {
	a, err := b.find(ctx, name, dns.TXT)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(a.Records))
	for i := range a.Records {
		out[i] = string(a.Records[i].Text)
	}
	return out, nil
}

func (b *blitiriSPF) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	a, err := b.find(ctx, name, dns.MX)
	if err != nil {
		return nil, err
	}
	out := make([]*net.MX, len(a.Records))
	for i := range a.Records {
		out[i] = &net.MX{Host: a.Records[i].Target, Pref: a.Records[i].Priority}
	}
	return out, nil
}

func (b *blitiriSPF) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return nil, &net.DNSError{Err: "no address", Name: addr, IsNotFound: true}
	}
	a, err := b.find(ctx, reverseName(ip.Unmap().AsSlice()), dns.PTR)
	if err != nil {
		return nil, err
	}
	return a.Targets(), nil
}

// LookupIPAddr gives the addresses of the families that can be known: ours asks for
// one only, and the error counts where there is none of either.
func (b *blitiriSPF) LookupIPAddr(ctx context.Context, name string) ([]net.IPAddr, error) {
	var out []net.IPAddr
	missing := len(b.missing)
	a, err4 := b.find(ctx, name, dns.A)
	aaaa, err6 := b.find(ctx, name, dns.AAAA)
	if len(b.missing) < missing+2 {
		b.missing = b.missing[:missing]
	}
	for _, answer := range [...]*dns.Answer{a, aaaa} {
		if answer == nil {
			continue
		}
		for _, addr := range answer.Addresses() {
			out = append(out, net.IPAddr{IP: addr.Unmap().AsSlice()})
		}
	}
	if len(out) > 0 || err4 == nil && err6 == nil {
		return out, nil
	}
	for _, err := range [...]error{err4, err6} {
		if d, ok := err.(*net.DNSError); ok && d.IsTemporary {
			return nil, err
		}
	}
	if err4 == nil || err6 == nil {
		return nil, nil
	}
	return nil, err4
}
