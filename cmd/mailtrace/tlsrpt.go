package main

import (
	"net/mail"
	"strings"

	"github.com/spf13/pflag"
)

// tlsrptFlags say that a probe writes the report that a server which sends mail would make
// of that day (RFC 8460), and in whose name.
type tlsrptFlags struct {
	on           bool
	organization string
	contact      string
}

func (f *tlsrptFlags) add(fs *pflag.FlagSet) {
	fs.BoolVar(&f.on, "tlsrpt", false, "write, as JSON, what a server that sends mail would\nreport of today to the domain (TLS-RPT, RFC 8460)")
	fs.StringVar(&f.organization, "org", "", "--tlsrpt: `NAME` of who reports (default: our name\nin EHLO)")
	fs.StringVar(&f.contact, "contact", "", "--tlsrpt: `ADDRESS` of who reports (default:\npostmaster there)")
}

// maxOrganization is how long the name of one may be, in octets.
const maxOrganization = 200

// check refuses what contradicts itself.
func (f *tlsrptFlags) check(all *probeFlags, output *outputFlags) error {
	switch {
	case !f.on && (f.organization != "" || f.contact != ""):
		return misuse("add --tlsrpt", "--org and --contact are for --tlsrpt")
	case !f.on:
		return nil
	case output.json:
		return misuse("leave one of the two out", "--tlsrpt writes JSON of its own (RFC 8460), and --json ours")
	case all.nagios || all.plan || all.transcript:
		return misuse("leave it out", "--tlsrpt writes JSON, so neither --nagios, --plan nor --transcript goes with it")
	case len(all.hosts) > 0:
		return misuse("name the domain: mailtrace probe --tlsrpt example.org", "--tlsrpt is about domains, and --host names a server")
	case all.resume != "":
		return misuse("leave it out", "--resume goes on with reports of --json, and --tlsrpt writes others")
	case len(f.organization) > maxOrganization:
		return misuse("shorten it", "--org is longer than %d bytes", maxOrganization)
	}
	if f.contact == "" {
		return nil
	}
	// addr-spec (RFC 5322 section 3.4.1), and nothing around it.
	if a, err := mail.ParseAddress("<" + f.contact + ">"); err != nil || a.Address != f.contact || strings.ContainsAny(f.contact, "\r\n") {
		return misuse("as in --contact tls-reports@example.net", "--contact %s is no address for mail", quoted(f.contact))
	}
	return nil
}
