package main

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
	"github.com/spf13/pflag"

	"mailtrace/report/batch"
)

// summaryFlags are about what many reports say together.
type summaryFlags struct {
	alone bool
	asn   string
}

func (f *summaryFlags) add(fs *pflag.FlagSet) {
	fs.BoolVar(&f.alone, "summary", false, "write only the summary of all messages, no reports")
	fs.StringVar(&f.asn, "asn", "", "count by autonomous systems too, by this MMDB `FILE`\n(in the summary)")
}

func (f *summaryFlags) check(json bool) error {
	if f.alone && json {
		return misuse("store the reports, then: mailtrace show --summary FILE", "--summary is text, and --json is not")
	}
	return nil
}

// asnFile is a table that tells which autonomous system answers for an address: an
// MMDB file, as MaxMind, IPinfo, DB-IP and others give out. None comes with
// mailtrace: their licences do not allow it, and they are old within weeks.
type asnFile struct{ *maxminddb.Reader }

// maxASN is how many bytes that file may have: all of it is searched for its end,
// which may be missing. Those that are given out have some 10 to 100 MB.
const maxASN = 2 << 30

// openASN opens the file of --asn.
func openASN(name string) (*asnFile, error) {
	const hint = "name an MMDB file with AS numbers, such as GeoLite2-ASN.mmdb"
	f, err := openFlag("--asn", name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	f.Close()
	switch {
	case err != nil || !info.Mode().IsRegular():
		return nil, &failure{exitError, fmt.Errorf("--asn %s: is no file that can be read at any place", name), hint}
	case info.Size() > maxASN:
		return nil, &failure{exitError, fmt.Errorf("--asn %s: has more than %d GiB", name, maxASN>>30), hint}
	}
	r, err := maxminddb.Open(name)
	if err != nil {
		return nil, &failure{exitError, fmt.Errorf("--asn %s: %w", name, plainPath(err)), hint}
	}
	return &asnFile{r}, nil
}

// find is the autonomous system of an address. The keys are those of GeoLite2-ASN
// and, with "asn" and "name", of IPinfo.
func (f *asnFile) find(a netip.Addr) (batch.AS, bool) {
	var row struct {
		Number uint32 `maxminddb:"autonomous_system_number"`
		Name   string `maxminddb:"autonomous_system_organization"`
		ASN    string `maxminddb:"asn"`
		Holder string `maxminddb:"name"`
	}
	if err := f.Lookup(a).Decode(&row); err != nil {
		return batch.AS{}, false // A faulty row tells nothing.
	}
	if row.Number == 0 {
		if _, err := fmt.Sscanf(row.ASN, "AS%d", &row.Number); err != nil {
			return batch.AS{}, false
		}
		row.Name = row.Holder
	}
	return batch.AS{Number: row.Number, Name: row.Name}, row.Number != 0
}

// plainPath is an error without the system call and the name in front.
func plainPath(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}
