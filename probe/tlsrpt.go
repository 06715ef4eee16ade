package probe

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// TLS reporting (RFC 8460): a domain says in a TXT record where senders may report, once
// a day, how TLS to its servers went. Who relies on MTA-STS or DANE without it does not
// learn that mail waits.

// rptVersion begins a record; records that begin otherwise are discarded (RFC 8460
// section 3).
const rptVersion = "v=TLSRPTv1"

// rptRecord is the TXT record.
type rptRecord struct {
	rua []string // Where reports go: mailto and https URIs.
}

// parseRPTRecord reads a record.
//
//	tlsrpt-rua = %s"rua=" tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri)
//
// In a URI "," "!" and ";" have to be percent-encoded.
func parseRPTRecord(text string) (*rptRecord, error) {
	fields, err := recordFields(text, rptVersion, "rua")
	if err != nil {
		return nil, err
	}
	r := &rptRecord{}
	for _, f := range fields {
		if f.name != "rua" {
			continue
		}
		for uri := range strings.SplitSeq(f.value, ",") {
			uri = strings.Trim(uri, wsp)
			if err := reportURI(uri); err != nil {
				return nil, err
			}
			r.rua = append(r.rua, uri)
		}
	}
	if len(r.rua) == 0 {
		return nil, errors.New("it has no rua")
	}
	return r, nil
}

// reportURI says what is wrong with a place to report to.
func reportURI(text string) error {
	if text == "" {
		return errors.New("rua holds an empty address")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '!' }) {
		return fmt.Errorf("rua %q holds what has to be percent-encoded", shortened(text))
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "":
		return fmt.Errorf("rua %q is no URI", shortened(text))
	case strings.EqualFold(u.Scheme, "mailto"):
		if local, host, ok := strings.Cut(u.Opaque, "@"); !ok || local == "" || host == "" {
			return fmt.Errorf("rua %q has no mail address", shortened(text))
		}
	case strings.EqualFold(u.Scheme, "https"):
		if u.Host == "" {
			return fmt.Errorf("rua %q has no host", shortened(text))
		}
	default:
		return fmt.Errorf("rua %q is neither mailto nor https", shortened(text))
	}
	return nil
}
