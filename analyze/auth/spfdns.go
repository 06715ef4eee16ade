package auth

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"mailtrace/probe/dns"
)

// errNoName: the resolver says that such a name cannot be asked.
var errNoName = errors.New("no name that can be asked")

// count takes one of the look-ups (RFC 7208 section 4.6.4).
func (e *spfCheck) count(term string) error {
	if e.limitless {
		return nil
	}
	if e.out.Lookups >= MaxSPFLookups {
		return permError("more than " + strconv.Itoa(MaxSPFLookups) + " look-ups: " + shownSPF(term) + " would be the next")
	}
	e.out.Lookups++
	return nil
}

// ask asks one question. The error is errNoName or an spfStop: temperror where the DNS
// did not answer (RFC 7208 section 5), undecided where nobody was asked.
func (e *spfCheck) ask(ctx context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	q := SPFQuestion{Name: lower(name), Type: qtype}
	if e.resolver == nil {
		q.Cause = dns.Offline
	} else {
		answer, err := e.resolver.Lookup(ctx, q.Name, qtype)
		if err == nil && answer != nil {
			q.Answer = answer
			e.out.Questions = append(e.out.Questions, q)
			return answer, nil
		}
		q.Cause = dns.Malformed
		if known := (*dns.Error)(nil); errors.As(err, &known) {
			q.Cause = known.Cause
		} else if err != nil && ctx.Err() != nil {
			q.Cause = dns.Canceled
		}
	}
	e.out.Questions = append(e.out.Questions, q)
	if q.Cause == dns.BadName {
		e.saw(spfOddName, true)
		return nil, errNoName
	}
	e.saw(spfAliasLoop, q.Cause == dns.AliasLoop)
	return nil, &spfStop{statusOf(q.Cause), q.String(), q.Cause}
}

// statusOf is what a question without an answer means for the check. A loop of
// aliases will not go away, yet a receiver's resolver says SERVFAIL to it, and RFC
// 7208 section 5 makes a temperror of that.
func statusOf(c dns.Cause) Status {
	switch c {
	case dns.Canceled, dns.Offline, dns.NotKept, dns.OverLimit, dns.Withheld:
		return Undecided
	}
	return TempError
}

// void counts an answer of nothing (RFC 7208 section 4.6.4: terms are counted, so
// that the hosts of one mx and the names of one ptr do not count besides).
func (e *spfCheck) void(a *dns.Answer) error {
	if a.Status == dns.Found && len(a.Records) > 0 || e.limitless {
		return nil
	}
	if e.out.Void++; e.out.Void > MaxSPFVoid {
		return permError("more than " + strconv.Itoa(MaxSPFVoid) + " look-ups of what is not there: " + shownSPF(a.Name) + " is one more")
	}
	return nil
}

// family is the type of the addresses that can match.
func (e *spfCheck) family() dns.Type {
	if e.query.IP.Is4() {
		return dns.A
	}
	return dns.AAAA
}

// matchA is RFC 7208 section 5.3.
func (e *spfCheck) matchA(ctx context.Context, t *SPFTerm, name string) (bool, string, error) {
	answer, err := e.ask(ctx, name, e.family())
	if err == nil {
		err = e.void(answer)
	}
	if err != nil {
		return false, "", err
	}
	match, note := e.among(t, answer)
	return match, note, nil
}

// among looks for the client among addresses.
func (e *spfCheck) among(t *SPFTerm, answer *dns.Answer) (bool, string) {
	for i := range answer.Records {
		if a := answer.Records[i].Address.Unmap(); e.contains(t, a) {
			return true, a.String()
		}
	}
	return false, ""
}

// matchMX is RFC 7208 section 5.4.
func (e *spfCheck) matchMX(ctx context.Context, t *SPFTerm, name string) (bool, string, error) {
	answer, err := e.ask(ctx, name, dns.MX)
	if err == nil {
		err = e.void(answer)
	}
	if err != nil {
		return false, "", err
	}
	if n := len(answer.Records); n > maxSPFNames {
		return false, "", permError(shownSPF(name) + " has " + strconv.Itoa(n) + " mail servers; no more than " + strconv.Itoa(maxSPFNames) + " may be asked")
	}
	for i := range answer.Records {
		host, ok := askable(answer.Records[i].Target)
		if !ok {
			continue // The null MX of RFC 7505, among others.
		}
		addresses, err := e.ask(ctx, host, e.family())
		if errors.Is(err, errNoName) {
			continue
		}
		if err != nil {
			return false, "", err
		}
		if match, note := e.among(t, addresses); match {
			// The rest need not be asked; who asks them may meet an error there.
			e.saw(spfMXOrder, i < len(answer.Records)-1)
			return true, host + " " + note, nil
		}
	}
	return false, "", nil
}

// matchExists is RFC 7208 section 5.7: A, whatever the family of the client.
func (e *spfCheck) matchExists(ctx context.Context, name string) (bool, error) {
	answer, err := e.ask(ctx, name, dns.A)
	if err == nil {
		err = e.void(answer)
	}
	if err != nil {
		return false, err
	}
	return answer.Status == dns.Found && len(answer.Records) > 0, nil
}

// matchPTR is RFC 7208 section 5.5.
func (e *spfCheck) matchPTR(ctx context.Context, name string) (bool, string, error) {
	if err := e.validate(ctx, true); err != nil {
		return false, "", err
	}
	for _, n := range e.names {
		if under(n, name) {
			return true, n, nil
		}
	}
	if len(e.names) == 0 {
		return false, "the address has no name that leads back to it", nil
	}
	return false, "", nil
}

// validate finds the names of the client that lead back to its address, once. Only
// what is our own doing is an error: RFC 7208 section 5.5 steps over those of the
// DNS.
func (e *spfCheck) validate(ctx context.Context, countVoid bool) error {
	if e.asked {
		return nil
	}
	e.asked = true
	answer, err := e.ask(ctx, reverseName(e.query.IP.AsSlice()), dns.PTR)
	if err != nil {
		return ours(err)
	}
	if countVoid {
		if err := e.void(answer); err != nil {
			return err
		}
	}
	for i := range answer.Records[:min(len(answer.Records), maxSPFNames)] {
		host, ok := askable(answer.Records[i].Target)
		if !ok {
			continue
		}
		addresses, err := e.ask(ctx, host, e.family())
		if err != nil {
			if err = ours(err); err != nil {
				return err
			}
			continue
		}
		for j := range addresses.Records {
			if addresses.Records[j].Address.Unmap() == e.query.IP {
				e.names = append(e.names, host)
				break
			}
		}
	}
	return nil
}

// ours is the error where nobody was asked, nil where the DNS failed.
func ours(err error) error {
	if s := (*spfStop)(nil); errors.As(err, &s) && s.status == Undecided {
		return err
	}
	return nil
}

// under tells whether a name is the domain or one below it.
func under(name, domain string) bool {
	n := len(name) - len(domain)
	return n >= 0 && strings.EqualFold(name[n:], domain) && (n == 0 || name[n-1] == '.')
}

// reverseName is the name of an address in the reverse tree (RFC 1035 section 3.5,
// RFC 3596 section 2.5).
func reverseName(ip []byte) string {
	out := make([]byte, 0, 72)
	for i := len(ip) - 1; i >= 0; i-- {
		if len(ip) == 4 {
			out = strconv.AppendUint(out, uint64(ip[i]), 10)
			out = append(out, '.')
		} else {
			out = append(out, hexDigits[ip[i]&15], '.', hexDigits[ip[i]>>4], '.')
		}
	}
	if len(ip) == 4 {
		return string(append(out, "in-addr.arpa"...))
	}
	return string(append(out, "ip6.arpa"...))
}

const hexDigits = "0123456789abcdef"
