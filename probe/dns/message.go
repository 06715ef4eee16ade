package dns

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

const (
	// udpSize is what we say can be taken over UDP: no fragments on any path
	// (RFC 9715 section 3.2, and the DNS flag day of 2020).
	udpSize = 1232

	// maxMessage is what the length before a message over TCP can say.
	maxMessage = 65535

	// maxAliases bounds the CNAMEs that are followed for one question. Resolvers
	// give up after 8 to 16 themselves.
	maxAliases = 16

	headerSize = 12 // RFC 1035 section 4.1.1
)

// question is one that can be put on the wire.
type question struct {
	name string // Canonical.
	typ  Type
}

// newQuestion checks what is asked, with a BadName error.
func newQuestion(name string, t Type) (question, *Error) {
	n, err := canonical(name)
	if err == nil && !t.known() {
		err = errors.New("records of this type cannot be read here")
	}
	if err != nil {
		return question{}, &Error{Name: shown(name), Type: t, Cause: BadName, Err: err}
	}
	return question{n, t}, nil
}

// shown makes a name that cannot be asked fit for an error: short, and printable.
func shown(name string) string {
	const most = 2 * maxName
	if len(name) > most {
		name = name[:most]
	}
	return escape([]byte(name))
}

func (q question) fail(server string, cause Cause, err error) *Error {
	return &Error{Name: q.name, Type: q.typ, Server: server, Cause: cause, Err: err}
}

// manner is how a question is put.
type manner struct {
	edns       bool
	unchecked  bool // CD: the resolver shall not withhold what it finds bogus.
	signatures bool // DO: those of the answer shall come with it (RFC 3225). Without EDNS that cannot be said.
}

// The manners in which questions are put.
var (
	usual     = manner{edns: true}
	plain     = manner{} // For servers that do not know EDNS.
	unchecked = manner{edns: true, unchecked: true}
	validated = manner{edns: true, unchecked: true, signatures: true}
)

// pack makes the message. AD asks for the AD bit without the signatures that DO would
// bring (RFC 6840 section 5.7). The case of the name is not made random ("0x20"): some
// servers fold it, and the guess of a stranger has to hit the port, which the kernel
// chooses for each question, and the ID already.
func (q question) pack(how manner) ([]byte, error) {
	m := new(dns.Msg)
	m.SetQuestion(q.name+".", uint16(q.typ))
	m.AuthenticatedData = true
	m.CheckingDisabled = how.unchecked
	if how.edns {
		m.SetEdns0(udpSize, how.signatures)
	}
	return m.Pack()
}

// repliesTo says whether got is the reply to the message sent: its ID and question are
// the same. miekg/dns compares the ID only.
func repliesTo(sent, got []byte) bool {
	if len(got) < headerSize || got[0] != sent[0] || got[1] != sent[1] || got[2]&0x80 == 0 {
		return false
	}
	if binary.BigEndian.Uint16(got[4:]) == 0 {
		// QUIRK: servers that do not understand a message send its header back
		// without the question. That can only say that there is no answer.
		return got[3]&0xf != dns.RcodeSuccess && got[3]&0xf != dns.RcodeNameError
	}
	end := headerSize
	for sent[end] != 0 {
		end += 1 + int(sent[end])
	}
	end += 5 // The root, type and class.
	return binary.BigEndian.Uint16(got[4:]) == 1 && len(got) >= end &&
		equalFold(sent[headerSize:end], got[headerSize:end])
}

// equalFold compares ASCII only: other octets of a name have no case.
func equalFold(a, b []byte) bool {
	for i := range a {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

// reply is what a server's message says to a question.
type reply struct {
	rcode     int
	extended  int // The first Extended DNS Error (RFC 8914), -1 for none.
	truncated bool
	authentic bool // The AD bit.
	owns      bool // The AA bit: the server is one of those that hold the zone.

	// The rest is there for NOERROR and NXDOMAIN, when not truncated.
	lame    bool // It leads elsewhere instead of answering.
	status  Status
	alias   []string
	open    bool // The last alias leads to a name that the message says nothing of.
	records []Record
	ttl     time.Duration

	// message is the whole of it, where signatures were asked for; the rest is nil then.
	message *dns.Msg
}

// readReply reads a message that repliesTo has let pass.
func readReply(wire []byte, q question) (*reply, error) {
	r, m, err := unpack(wire)
	if err != nil || r.truncated {
		return r, err
	}
	if r.rcode != dns.RcodeSuccess && r.rcode != dns.RcodeNameError {
		return r, nil
	}
	if err := r.follow(m.Answer, q); err != nil {
		return nil, err
	}
	return r, r.judge(m)
}

// readSigned does the same for a Validator, which looks into the message itself.
func readSigned(wire []byte, _ question) (*reply, error) {
	r, m, err := unpack(wire)
	if err != nil || r.truncated {
		return r, err
	}
	r.message = m
	r.lame = len(m.Answer) == 0 && !m.Authoritative && !m.RecursionAvailable
	return r, nil
}

// unpack reads what is the same for all questions.
func unpack(wire []byte) (*reply, *dns.Msg, error) {
	if len(wire) < headerSize {
		return nil, nil, errors.New("the message is too short")
	}
	counts := [3]int{}
	for i := range counts {
		counts[i] = int(binary.BigEndian.Uint16(wire[6+2*i:]))
		if counts[i] > maxRecords {
			return nil, nil, fmt.Errorf("the message has %d records in one section; %d are read", counts[i], maxRecords)
		}
	}
	r := &reply{rcode: int(wire[3] & 0xf), extended: -1, truncated: wire[2]&2 != 0, authentic: wire[3]&0x20 != 0, owns: wire[2]&4 != 0}
	if r.truncated {
		return r, nil, nil // What it holds is a part of the truth.
	}
	m := new(dns.Msg)
	if err := m.Unpack(wire); err != nil {
		return nil, nil, err
	}
	// What ends before its time is taken for whole by Unpack.
	if len(m.Answer) != counts[0] || len(m.Ns) != counts[1] || len(m.Extra) != counts[2] {
		return nil, nil, errors.New("the message has fewer records than it says")
	}
	r.readOptions(m)
	return r, m, nil
}

func (r *reply) readOptions(m *dns.Msg) {
	r.rcode = m.Rcode // Unpack has put the upper bits to it (RFC 6891 section 6.1.3).
	opt := m.IsEdns0()
	if opt == nil {
		return
	}
	for _, o := range opt.Option {
		if e, ok := o.(*dns.EDNS0_EDE); ok {
			r.extended = int(e.InfoCode)
			return
		}
	}
}

// follow goes along the CNAMEs of an answer and takes the records at their end. What
// else the answer holds was not asked for, and is not believed.
func (r *reply) follow(answer []dns.RR, q question) error {
	aliases := map[string]*dns.CNAME{}
	owners := make([]string, len(answer))
	for i, rr := range answer {
		h := rr.Header()
		if h.Class != dns.ClassINET {
			continue
		}
		owner, err := canonical(h.Name)
		if err != nil {
			return err
		}
		owners[i] = owner
		if c, ok := rr.(*dns.CNAME); ok && q.typ != CNAME && aliases[owner] == nil {
			aliases[owner] = c
		}
	}
	r.ttl = -1
	at := q.name
	for c := aliases[at]; c != nil; c = aliases[at] {
		target, err := canonical(c.Target)
		if err != nil {
			return err
		}
		if len(r.alias) == maxAliases {
			return errAliasLoop
		}
		r.alias = append(r.alias, target)
		r.atMost(c.Hdr.Ttl)
		at = target
	}
	return r.take(answer, owners, question{at, q.typ})
}

// errAliasLoop is an AliasLoop error to be.
var errAliasLoop = fmt.Errorf("no end after %d aliases", maxAliases)

func (r *reply) take(answer []dns.RR, owners []string, q question) error {
	for i, rr := range answer {
		h := rr.Header()
		if h.Class != dns.ClassINET || h.Rrtype != uint16(q.typ) || owners[i] != q.name {
			continue
		}
		record, err := recordFrom(rr)
		if err != nil {
			return fmt.Errorf("a record of type %s: %w", q.typ, err)
		}
		r.records = append(r.records, record)
		r.atMost(h.Ttl)
	}
	return nil
}

// judge says what it means that there are records, or none.
func (r *reply) judge(m *dns.Msg) error {
	var absence *dns.SOA
	for _, rr := range m.Ns {
		if soa, ok := rr.(*dns.SOA); ok && absence == nil {
			absence = soa
		}
	}
	switch {
	case len(r.records) > 0 && r.rcode == dns.RcodeNameError:
		return errors.New("the message says that there is no such name, and has its records")
	case len(r.records) > 0:
		r.status = Found
	case r.rcode == dns.RcodeNameError:
		r.status = NXDomain // Of the name at the end of the aliases (RFC 6604 section 2).
	case absence == nil && len(r.alias) > 0:
		r.open = true
	case absence == nil && !m.Authoritative && !m.RecursionAvailable:
		r.lame = true
	default:
		r.status = NoData
	}
	switch {
	case r.status == Found || r.open:
	case absence != nil:
		r.atMost(min(absence.Hdr.Ttl, absence.Minttl)) // RFC 2308 section 5.
	default:
		r.ttl = 0
	}
	return nil
}

// atMost takes note of a time to live.
func (r *reply) atMost(seconds uint32) {
	if seconds > 1<<31-1 {
		seconds = 0 // RFC 2181 section 8.
	}
	if ttl := time.Duration(seconds) * time.Second; r.ttl < 0 || ttl < r.ttl {
		r.ttl = ttl
	}
}

// recordFrom takes the data of a record from the library.
func recordFrom(rr dns.RR) (r Record, err error) {
	switch rr := rr.(type) {
	case *dns.A:
		r.Address, err = addressFrom(rr.A.To4())
	case *dns.AAAA:
		r.Address, err = addressFrom(rr.AAAA)
	case *dns.NS:
		r.Target, err = canonical(rr.Ns)
	case *dns.CNAME:
		r.Target, err = canonical(rr.Target)
	case *dns.PTR:
		r.Target, err = canonical(rr.Ptr)
	case *dns.SOA:
		r.Serial = rr.Serial
		r.Target, err = canonical(rr.Ns)
	case *dns.MX:
		r.Priority = rr.Preference
		r.Target, err = canonical(rr.Mx)
	case *dns.SRV:
		r.Priority, r.Weight, r.Port = rr.Priority, rr.Weight, rr.Port
		r.Target, err = canonical(rr.Target)
	case *dns.TXT:
		r.Text, err = joined(rr.Txt) // The library has escaped them as in a zone file.
	case *dns.TLSA:
		r.TLSA = TLSARecord{Usage: rr.Usage, Selector: rr.Selector, Matching: rr.MatchingType}
		r.TLSA.Data, err = hex.DecodeString(rr.Certificate)
	case *dns.CAA:
		r.Flags, r.Tag, r.Text = rr.Flag, rr.Tag, []byte(rr.Value) // The value is not escaped.
		if !isTag(r.Tag) {
			err = errors.New("its tag is not of letters and digits")
		}
	default:
		err = errors.New("it has no data of its type")
	}
	return r, err
}

func addressFrom(octets []byte) (netip.Addr, error) {
	a, ok := netip.AddrFromSlice(octets)
	if !ok {
		return a, errors.New("it has no address")
	}
	return a, nil
}

// isTag is for CAA (RFC 8659 section 4.1).
func isTag(s string) bool {
	return s != "" && !bytes.ContainsFunc([]byte(s), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
	})
}
