package probe

import (
	"fmt"

	"mailtrace/analyze/domain"
)

// PlanStep is something that a probe would do.
type PlanStep struct {
	Target string   // The domain or host, as the user named it.
	Kind   PlanKind // What others would see of it.
	When   string   // For what, or under which condition, in words: "for each MX host"; "" for what is certain and done once.
	Text   string   // "MX example.org", "port 25: greeting, EHLO, STARTTLS, EHLO, QUIT".
}

// PlanKind is a kind of step.
type PlanKind string

const (
	PlanQuestion   PlanKind = "question"   // The DNS is asked.
	PlanConnection PlanKind = "connection" // A mail server, or the web server of a policy, is connected to.
	PlanNothing    PlanKind = "nothing"    // The name is no domain: nothing is done, and Text says why.
)

// Plan lists what probes of these domains would ask and whom they would connect to. It
// opens no socket: neither a mail server nor the DNS hears of it. So it cannot name what
// only the DNS knows, and says for which of its answers a step is done instead.
func (p *Prober) Plan(names []string) []PlanStep {
	var steps []PlanStep
	for _, name := range names {
		steps = append(steps, p.planDomain(name)...)
	}
	return steps
}

// PlanHost lists the same for a server that the user names, at these ports.
func (p *Prober) PlanHost(name string, ports []uint16) []PlanStep {
	l := planner{target: name, full: p.FullTLS}
	each := ""
	if !addressLiteral(name).IsValid() {
		ascii, err := domainName(name)
		if err != nil {
			return l.nothing(err)
		}
		l.addresses(p, "", ascii)
		l.caa(p, "", ascii)
		for _, port := range ports {
			l.tlsa(p, "", ascii, port)
		}
		each = "for each of its addresses"
	}
	l.seen(p, "", each)
	for _, port := range ports {
		l.connection(each, port)
	}
	return l.steps
}

func (p *Prober) planDomain(name string) []PlanStep {
	l := planner{target: name, full: p.FullTLS}
	ascii, err := domainName(name)
	if err != nil {
		return l.nothing(err)
	}
	l.question("", "MX "+ascii)
	l.question("if its MX record says that it takes no mail", "TXT "+ascii)
	l.addresses(p, "for each MX host", "its name")
	l.addresses(p, "if it has no MX record", ascii)
	for _, port := range p.mxPorts() {
		l.tlsa(p, "for each MX host", "its name", port)
		l.tlsa(p, "if it has no MX record", ascii, port)
	}
	if p.Submission {
		l.question("", "SRV _submission._tcp."+ascii)
		l.question("", "SRV _submissions._tcp."+ascii)
		l.addresses(p, "for each host that an SRV record names", "its name")
		l.tlsa(p, "for each host of _submission", "its name", submissionPort)
		l.tlsa(p, "for each host of _submissions", "its name", implicitPort)
	}
	l.policies(p, ascii)
	l.caa(p, "for each MX host, or for "+ascii+" if it has no MX record", "its name")
	l.ofSenders(p, ascii)
	l.seen(p, ascii, "for each address of each of these hosts")
	for _, port := range p.mxPorts() {
		l.connection("for each address of each MX host, or of "+ascii+" if it has no MX record", port)
	}
	if p.Submission {
		l.connection("for each address of each host of _submission", submissionPort)
		l.connection("for each address of each host of _submissions", implicitPort)
	}
	if !p.NoPolicies {
		l.add(PlanConnection, "if "+stsHost(ascii)+" has an address", fmt.Sprintf("port %d: the MTA-STS policy, by HTTPS", fetchPort))
	}
	return l.steps
}

// policies are the questions for MTA-STS and TLS reporting.
func (l *planner) policies(p *Prober, name string) {
	if p.NoPolicies {
		return
	}
	const when = "if it takes mail"
	l.question(when, "TXT _mta-sts."+name)
	l.question(when, "TXT _smtp._tls."+name)
	l.addresses(p, when, stsHost(name))
	if org := domain.Org(name); org != "" && org != name {
		l.question("if it has no MTA-STS record", "TXT _mta-sts."+org)
	}
}

// mxPorts are those at which MX hosts are spoken to.
func (p *Prober) mxPorts() []uint16 {
	if len(p.Ports) > 0 {
		return p.Ports
	}
	return []uint16{smtpPort}
}

// planner collects the steps for one target.
type planner struct {
	target string
	full   bool // TLS of all kinds is tried.
	steps  []PlanStep
}

func (l *planner) add(kind PlanKind, when, text string) {
	l.steps = append(l.steps, PlanStep{Target: l.target, Kind: kind, When: when, Text: text})
}

func (l *planner) nothing(why error) []PlanStep {
	l.add(PlanNothing, "", why.Error())
	return l.steps
}

func (l *planner) question(when, text string) { l.add(PlanQuestion, when, text) }

// addresses are the questions for those of a name.
func (l *planner) addresses(p *Prober, when, name string) {
	if !p.NoIPv4 {
		l.question(when, "A "+name)
	}
	if !p.NoIPv6 {
		l.question(when, "AAAA "+name)
	}
}

// tlsa are the questions for the TLSA records of a host.
func (l *planner) tlsa(p *Prober, when, name string, port uint16) {
	if p.NoPolicies {
		return
	}
	joint := ", "
	if when == "" {
		joint = ""
	}
	unless := when
	if port != submissionPort && port != implicitPort {
		unless += joint + "unless its address is known to be unsigned"
	}
	l.question(unless, "TLSA "+tlsaOwner(name, port))
	l.question(when+joint+"where that is an alias", fmt.Sprintf("CNAME %s, or TLSA _%d._tcp. and what it is an alias for", name, port))
}

// connection is the one to a port, and those of --tls full.
func (l *planner) connection(when string, port uint16) {
	said := "greeting, EHLO, STARTTLS, EHLO, QUIT"
	if port == implicitPort {
		said = "TLS, greeting, EHLO, QUIT"
	}
	l.add(PlanConnection, when, fmt.Sprintf("port %d: %s", port, said))
	if l.full {
		l.add(PlanConnection, when, fmt.Sprintf("port %d: at most %d more, one after the other, each with another TLS handshake (--tls full)", port, furtherConnections))
	}
}

// Ports of mail servers beside implicitPort.
const (
	smtpPort       = 25  // For mail between servers (RFC 5321 section 4.5.4.2).
	submissionPort = 587 // For mail of users (RFC 6409 section 3.1).
)

// furtherConnections is how many --tls full opens at most beside that of the
// conversation.
const furtherConnections = 10
