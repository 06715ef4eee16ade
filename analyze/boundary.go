package analyze

import (
	"fmt"
	"net/netip"
	"strings"

	"mailtrace/received"
	"mailtrace/report"
)

// The boundary is the line between what the recipient's own hosts stamped and what
// was only told to them. Received fields are put on top of one another (RFC 5321
// section 4.4), so nobody can write above the first host of the recipient, and
// anybody can write anything below. The walk begins at the newest hop and goes
// down as long as the peer of a hop is known to be the recipient's own too, from
// what that hop's host saw: an address, a reverse name that it verified. What the
// peer called itself counts for nothing, since it can call itself anything.

// boundary is where the walk ended, and why.
type boundary struct {
	at       int // Index of the oldest observed hop; -1 when there is no boundary.
	sure     received.Confidence
	basis    []report.Basis
	provider *provider // Whose host it is, or nil.
	whole    bool      // The path ends on the recipient's side: nothing is below.
}

func (b *boundary) because(line int, format string, args ...any) {
	b.basis = append(b.basis, report.Basis{Why: fmt.Sprintf(format, args...), Line: line})
}

// findBoundary walks down from the newest hop.
func (s *subject) findBoundary(a *Analyzer) boundary {
	own := a.Own
	b := boundary{at: -1}
	top := len(s.hops) - 1
	for top >= 0 && s.hops[top].Kind == received.Note {
		top--
	}
	if top < 0 || !s.begins(&b, top, a) {
		return boundary{at: -1, basis: b.basis}
	}
	for at := top; ; at-- {
		h := &s.hops[at]
		if h.Kind != received.Note {
			b.at = at
			if b.provider == nil || !b.provider.wrote(h) {
				b.provider = providerOf(h)
			}
			if why := s.inside(&b, at, own); why == "" || s.submittedTo(a.MSA, at) {
				s.confirm(&b)
				return b
			} else if why != quiet {
				b.because(h.Line, "%s", why)
			}
		}
		if at == 0 {
			b.whole = true
			b.because(h.Line, "the oldest line too was written on the recipient's side")
			return b
		}
	}
}

// begins says whether the newest hop was written on the recipient's side, and why.
func (s *subject) begins(b *boundary, top int, a *Analyzer) bool {
	h := &s.hops[top]
	own := a.Own
	if own.names() && !own.name(h.By.Name) && !own.address(h.By.Address) && !isLoopbackName(h.By.Name) {
		b.because(h.Line, "the newest line was written by %s, which --own does not name", s.host(top))
		return false
	}
	line, id := s.ownResults(top, a.AuthServIDs)
	switch {
	case own.names():
		b.sure = received.Certain
		b.because(h.Line, "--own says that %s is the recipient's", s.host(top))
		return true
	case !own.None():
		// Networks say who the peers are, not who wrote the newest line: that the
		// user has the message at hand does.
		b.sure = received.Certain
		b.because(h.Line, "--own names networks, and the newest line is above them all: it is taken for the recipient's")
		return true
	case id != "":
		b.sure = received.Certain
		b.because(line, "--authserv-id says that the results of %s are the recipient's, and they stand beside the line of %s", id, s.host(top))
		return true
	case h.Kind == received.Delivery, h.Via == "Mailbox Transport":
		b.sure = received.Likely
		b.because(h.Line, "the newest line was written on the last step to a mailbox")
		return true
	case h.Kind == received.Fetch, h.Kind == received.Filter, h.Kind == received.Local && top > 0:
		b.sure = received.Likely
		b.because(h.Line, "the newest line was written where the message was taken in: %s", kindWords[h.Kind])
		return true
	}
	if p := providerOf(h); p != nil {
		b.sure, b.provider = received.Likely, p
		b.because(h.Line, "the newest line was written by a host of %s", p.name)
		return true
	}
	if line, why := s.delivered(top); why != "" {
		b.sure = received.Likely
		b.because(line, "%s", why)
		return true
	}
	return false
}

// ownResults finds Authentication-Results that the user says are the recipient's,
// above the newest line or directly below it, if the host of that line is of the
// organisation that they name.
func (s *subject) ownResults(top int, ids []string) (line int, id string) {
	for i := range s.marks {
		k := &s.marks[i]
		if k.results == nil || !containsFold(ids, k.server) || k.index > s.index[top]+1 {
			continue
		}
		by := s.hops[top].By.Name
		if strings.EqualFold(by, k.server) || s.org(by) != "" && s.house(by) == s.house(k.server) {
			return k.field.Line, k.server
		}
	}
	return 0, ""
}

// submittedTo says whether the hop was written by a host that takes mail from
// authors' programs alone, as the user says, and the newer hop saw its address:
// then the peer is such a program, wherever it is.
func (s *subject) submittedTo(msa Hosts, at int) bool {
	newer := at + 1
	for newer < len(s.hops) && s.hops[newer].Kind == received.Note {
		newer++
	}
	a := s.hops[at].From.Address
	return newer < len(s.hops) && msa.address(s.hops[newer].From.Address) && a.IsValid() && !a.IsLoopback()
}

var kindWords = map[received.Kind]string{
	received.Fetch: "it was pulled out of a mailbox", received.Filter: "a filter gave it back", received.Local: "it was handed over on one host",
}

// delivered looks for a sign that the host of the newest hop is the recipient's:
// the recipient's domain is its own, or the final delivery wrote its fields on top
// (RFC 5321 section 4.4: Return-Path is added then), where no sender can write.
func (s *subject) delivered(top int) (line int, why string) {
	h := &s.hops[top]
	org := s.house(h.By.Name)
	for i := top; i >= 0 && i > top-3; i-- {
		for _, to := range s.hops[i].For {
			_, host, ok := strings.Cut(to, "@")
			if ok && org != "" && s.house(host) == org && s.hops[i].By.Name != "" && s.house(s.hops[i].By.Name) == org {
				return s.hops[i].Line, fmt.Sprintf("%s took it for %s, in its own domain", s.host(i), to)
			}
		}
	}
	for i, f := range s.message.Fields {
		if i >= s.index[top] {
			break
		}
		if f.Is("Return-Path") || f.Is("Delivered-To") || f.Is("X-Original-To") || f.Is("Envelope-To") {
			return f.Line, fmt.Sprintf("%s stands above the newest line: the final delivery wrote it", f.Name)
		}
	}
	return 0, ""
}

// quiet is the reason of steps that need no words.
const quiet = "-"

// inside says why the peer of a hop is the recipient's own, or "" when it is not
// known to be.
func (s *subject) inside(b *boundary, at int, own Hosts) string {
	h := &s.hops[at]
	f := &h.From
	if !own.None() {
		if why := s.insideOwn(at, own); why != "" || b.sure == received.Certain && own.names() {
			return why
		}
	}
	switch {
	case h.Kind == received.Fetch:
		b.provider = nil
		return fmt.Sprintf("hop %d pulled it out of a mailbox of the recipient's", h.Number)
	case h.User != "", h.Kind == received.Submission && f.Address.IsValid() && (b.provider == nil || public(f.Address)):
		return "" // The peer is a person's program, or a web server of the provider's own.
	case beside(h), f.Address.IsLoopback(), s.noNetwork(at):
		return quiet
	case b.provider != nil && b.provider.wrote(h):
		if b.provider.peerInside(h) {
			return quiet
		}
		return ""
	case h.Kind == received.Delivery && !public(f.Address):
		return quiet
	case s.markedHere(at):
		return "" // The recipient's side says itself that this peer is the sender.
	case at == 0:
		return ""
	case f.Address.IsValid() && !public(f.Address) && s.goesOn(at) && s.sameSide(at):
		return fmt.Sprintf("hop %d saw the address %s, which cannot come from outside, and hop %d goes on from there", h.Number, f.Address, s.hops[at-1].Number)
	case confirmed(h) && s.org(f.RDNS) != "" && s.house(f.RDNS) == s.house(h.By.Name) && s.goesOn(at):
		return fmt.Sprintf("hop %d found %s for the address of its peer, a host of its own domain", h.Number, f.RDNS)
	case !f.Address.IsValid() && f.Name == "" && s.goesOn(at) && s.sameSide(at):
		return quiet
	}
	return ""
}

// insideOwn is inside for hosts that the user named. A name counts only for the
// hop below that a host of that name wrote, in an unbroken run from the top: lower
// lines can copy it.
func (s *subject) insideOwn(at int, own Hosts) string {
	h := &s.hops[at]
	f := &h.From
	switch {
	case own.address(f.Address):
		return fmt.Sprintf("--own says that %s is the recipient's", f.Address)
	case f.Address.IsLoopback(), beside(h), h.Kind == received.Fetch:
		return quiet
	case !own.names() && f.Address.IsValid() && f.Address.IsPrivate():
		return fmt.Sprintf("%s cannot come from outside", f.Address)
	case at > 0 && confirmed(h) && own.name(f.RDNS):
		return fmt.Sprintf("--own says that %s is the recipient's", f.RDNS)
	case at > 0 && (f.Address.IsValid() && !public(f.Address) || f.Name == "") && own.name(s.hops[at-1].By.Name) && s.goesOn(at):
		// Where the host wrote a name and no address, the name is the peer's word.
		return fmt.Sprintf("--own says that %s is the recipient's", s.hops[at-1].By.Name)
	}
	return ""
}

// goesOn says whether the hop below was written by the peer of this hop, as far as
// names and addresses tell.
func (s *subject) goesOn(at int) bool {
	switch s.hops[at].Link {
	case received.LinkBroken, received.LinkFirst:
		return false
	case received.LinkAbsent:
		return s.hops[at].From.Name == "" || s.hops[at].Kind == received.Delivery
	}
	return true
}

// markedHere says whether a mark that the recipient's side wrote, above the line
// of the hop, names the peer of just this hop.
func (s *subject) markedHere(at int) bool {
	f := &s.hops[at].From
	for i := range s.marks {
		k := &s.marks[i]
		if k.index < s.index[at] && f.Address.IsValid() && k.says(f.Address) {
			return true
		}
	}
	return false
}

// beside says whether a filter beside the mail server wrote the hop, and not one that
// takes mail from outside itself. QUIRK: qmail-scanner names the peer of the line below.
func beside(h *report.Hop) bool {
	return h.Kind == received.Filter && (!public(h.From.Address) || h.Dialect == "qmail-scanner")
}

// noNetwork says whether a program of the host itself handed the message in, so that
// the host may have taken it from outside before: a scanner, a list manager. Hosts
// of another name cannot have done so.
func (s *subject) noNetwork(at int) bool {
	h := &s.hops[at]
	// QUIRK: Exim calls the protocol what the program says (spam-scanned), and the
	// peer by its account; it never leaves the address out when there is one.
	local := h.Kind == received.Local || h.Dialect == "exim"
	if !local || h.From.Address.IsValid() {
		return false
	}
	older := at - 1
	for older >= 0 && s.hops[older].Kind == received.Note {
		older--
	}
	if older < 0 {
		return h.Kind == received.Local
	}
	by := s.hops[older].By.Name
	return nameless(by) || nameless(h.By.Name) || s.house(by) == s.house(h.By.Name)
}

// sameSide says whether the host below may stand behind a private address that a
// hop saw: it has a name of the same organisation, or none. A private address alone
// does not say so: behind a translator of addresses, as containers have, every
// stranger comes from one, and chooses his name.
func (s *subject) sameSide(at int) bool {
	older := at - 1
	for older > 0 && s.hops[older].Kind == received.Note {
		older--
	}
	by := s.hops[older].By.Name
	return nameless(by) || nameless(s.hops[at].By.Name) || s.house(by) == s.house(s.hops[at].By.Name)
}

// verifying is the dialects of servers that write a reverse name only when it leads
// back to the address. Others write what the owner of the address chose.
var verifying = []string{"postfix", "skyguard", "mailchimp", "zendesk", "proxmox", "ciphermail", "forcepoint", "sendmail", "proofpoint", "exim"}

// verified says whether a reverse name was written down, by a host that may have
// looked whether it leads back.
func verified(f *received.From) bool { return f.RDNS != "" && f.RDNSStatus == received.RDNSRecorded }

// confirmed says whether the host looked the reverse name up in both directions.
func confirmed(h *report.Hop) bool {
	return verified(&h.From) && h.Confidence != received.Guess && contains(verifying, h.Dialect)
}

// public says whether an address can be reached from outside.
func public(a netip.Addr) bool {
	if !a.IsValid() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() {
		return false
	}
	return !carrierNAT.Contains(a)
}

// carrierNAT is the shared address space (RFC 6598 section 7).
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

func isLoopbackName(name string) bool {
	return name == "localhost" || strings.HasPrefix(name, "localhost.") || name == "127.0.0.1" || name == "::1"
}

// confirm looks for the recipient's own marks: those that stand where only the
// recipient's side can have put them. One that names the same address confirms the
// boundary. One that names the peer of an older hop moves it there: the recipient
// takes what lies between for its own, as with an inbound gateway. Of those that a
// provider puts anywhere no place tells who wrote them, so they only confirm.
func (s *subject) confirm(b *boundary) {
	address := s.hops[b.at].From.Address
	for i := range s.marks {
		k := &s.marks[i]
		if len(k.addresses) == 0 || !s.recipients(b, k.index, k.server) {
			continue
		}
		if address.IsValid() && k.says(address) {
			b.because(k.field.Line, "%s, written on the recipient's side, names the same address", k.field.Name)
			b.sure = received.Certain
			return
		}
		if at := s.seenBy(k, b.at); at >= 0 && !s.anywhere(b, k.index) {
			b.because(k.field.Line, "%s, written on the recipient's side, names the peer of hop %d: hop %d is its gateway", k.field.Name, s.hops[at].Number, s.hops[b.at].Number)
			b.at = at
			return
		}
	}
}

// seenBy is the index of the hop below from whose peer a mark speaks, or -1. The
// hops must follow on one another.
func (s *subject) seenBy(k *mark, from int) int {
	if len(k.addresses) != 1 {
		return -1 // Parts of such a field are the sender's words: one of two may be.
	}
	for i := from - 1; i >= 0 && s.goesOn(i+1); i-- {
		if a := s.hops[i].From.Address; public(a) && k.says(a) {
			return i
		}
	}
	return -1
}
