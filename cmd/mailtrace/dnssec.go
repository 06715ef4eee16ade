package main

import (
	"cmp"
	"time"

	"mailtrace/probe/dns"
)

// Whom a probe believes of DNSSEC.
const (
	dnssecAD       = "ad"       // A resolver that validates, where the path to it can be trusted.
	dnssecValidate = "validate" // Nobody but the keys of the root.
)

func newDNSSEC() choice { return choice{dnssecAD, []string{dnssecAD, dnssecValidate}} }

// connectAs makes ready to ask these servers, or those of the system, and to validate what
// they answer if that is wanted. One answer that is validated rests on several, so that the
// first of all takes longer. Signatures are held against the clock now; nil is that of the
// computer.
func (a *asking) connectAs(named serverList, dnssec string, now func() time.Time) {
	if cmp.Or(dnssec, dnssecAD) == dnssecAD {
		a.connect(named)
		return
	}
	a.client = newClient(named)
	a.stack(&dns.Validator{Client: a.client, Now: now}, maxAsking)
}

// planKeys is what a plan says of questions that are asked to validate.
func planKeys(f *probeFlags) string {
	if f.dnssec.value != dnssecValidate {
		return ""
	}
	return "    the keys of each zone that answers are of, from the root on (DNSKEY, DS)\n"
}
