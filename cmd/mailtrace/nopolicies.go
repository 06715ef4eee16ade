package main

import "github.com/spf13/pflag"

// noPolicies leaves a probe with the mail servers alone: for lists of thousands of domains,
// and for who watches servers every few minutes.
type noPolicies bool

func (n *noPolicies) add(fs *pflag.FlagSet) {
	fs.BoolVar((*bool)(n), "no-policies", false, "speak to the mail servers alone: ask nothing of what\nthe domain publishes (MTA-STS, DANE, SPF, DKIM, DMARC)")
}

// check refuses what would look at them.
func (n noPolicies) check(f *probeFlags) error {
	if !n {
		return nil
	}
	for _, other := range [...]struct {
		name string
		on   bool
	}{
		{"tlsrpt", f.tlsrpt.on}, {"requirements", f.requirements.on}, {"authoritative", f.sending.authoritative}, {"dnsbl", len(f.sending.dnsbl) > 0},
		{"selector", len(f.dkim.named) > 0}, {"from-mail", f.dkim.mail != ""}, {"sending", f.sending.asked()}, {"dnssec", f.dnssec.value != newDNSSEC().value},
	} {
		if other.on {
			return misuse("leave one of the two out", "--no-policies asks the mail servers alone, and --%s wants more", other.name)
		}
	}
	return nil
}
