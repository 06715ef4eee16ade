package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"time"
)

// TLSReport is what a server that sends mail reports once a day to a domain: how TLS to
// its servers went (RFC 8460 section 4.4). Its keys are those of the RFC; what the RFC calls
// optional, or what has no meaning for a policy or failure, is left out where it is empty.
// It is no part of a Report, and is made from one.
type TLSReport struct {
	Organization string            `json:"organization-name"`
	Range        TLSReportRange    `json:"date-range"`
	Contact      string            `json:"contact-info"` // An address for mail.
	ID           string            `json:"report-id"`    // Of this report, and of no other one: "20261125T120000Z.example.org@probe.example.net".
	Policies     []TLSReportPolicy `json:"policies"`     // Empty where no session could be judged.
}

// TLSReportRange is the day that a report is about: "for a full UTC day, 00:00-24:00".
type TLSReportRange struct {
	Start time.Time `json:"start-datetime"`
	End   time.Time `json:"end-datetime"` // Its last second.
}

// TLSReportPolicy is how the sessions went to which one policy was applied.
type TLSReportPolicy struct {
	Policy   TLSReportApplied   `json:"policy"`
	Summary  TLSReportSummary   `json:"summary"`
	Failures []TLSReportFailure `json:"failure-details"`
}

// TLSReportApplied is the policy itself.
type TLSReportApplied struct {
	Type   TLSReportPolicyType `json:"policy-type"`
	Lines  []string            `json:"policy-string,omitempty"` // The lines of an MTA-STS policy, or the TLSA records (RFC 8460 section 4.5).
	Domain string              `json:"policy-domain"`           // With DANE the TLSA base domain (RFC 8460 section 1.1).
	MX     []string            `json:"mx-host,omitempty"`       // The patterns of an MTA-STS policy.
}

// TLSReportPolicyType says which kind of policy was applied.
type TLSReportPolicyType string

const (
	TLSReportSTS  TLSReportPolicyType = "sts"
	TLSReportTLSA TLSReportPolicyType = "tlsa"
	TLSReportNone TLSReportPolicyType = "no-policy-found"
)

// TLSReportSummary counts sessions. One that failed for several reasons counts once.
type TLSReportSummary struct {
	Successful int64 `json:"total-successful-session-count"` // TLS came about, as the policy asks for it.
	Failed     int64 `json:"total-failure-session-count"`
}

// TLSReportFailure is sessions that failed in one way. Where the policy itself is at fault
// no server is named.
type TLSReportFailure struct {
	Result      TLSReportResult `json:"result-type"`
	Sender      netip.Addr      `json:"sending-mta-ip,omitzero"`
	MX          string          `json:"receiving-mx-hostname,omitempty"`
	HELO        string          `json:"receiving-mx-helo,omitempty"` // What the server calls itself.
	Receiver    netip.Addr      `json:"receiving-ip,omitzero"`
	Sessions    int64           `json:"failed-session-count"`
	Information string          `json:"additional-information,omitempty"` // A URI: where the result is explained.
	Reason      string          `json:"failure-reason-code,omitempty"`    // In words.
}

// TLSReportResult says in which way a session failed (RFC 8460 section 4.3).
type TLSReportResult string

const (
	ResultNoSTARTTLS     TLSReportResult = "starttls-not-supported"
	ResultHostMismatch   TLSReportResult = "certificate-host-mismatch"
	ResultExpired        TLSReportResult = "certificate-expired"
	ResultNotTrusted     TLSReportResult = "certificate-not-trusted"
	ResultValidation     TLSReportResult = "validation-failure"     // None of the others.
	ResultTLSAInvalid    TLSReportResult = "tlsa-invalid"           // No TLSA record can be used.
	ResultDNSSECInvalid  TLSReportResult = "dnssec-invalid"         // A validating resolver gave no TLSA record.
	ResultSTSFetch       TLSReportResult = "sts-policy-fetch-error" // The MTA-STS policy cannot be fetched.
	ResultSTSInvalid     TLSReportResult = "sts-policy-invalid"     // It is none.
	ResultSTSCertificate TLSReportResult = "sts-webpki-invalid"     // The certificate of its web server does not hold.
)

// WriteJSON writes the report as Report.WriteJSON does: one line, or indented.
func (t *TLSReport) WriteJSON(w io.Writer, indent bool) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if indent {
		e.SetIndent("", "  ")
	}
	if err := e.Encode(t); err != nil {
		return fmt.Errorf("TLS report as JSON: %w", err)
	}
	if _, err := w.Write(quietJSON(b.Bytes())); err != nil {
		return fmt.Errorf("TLS report as JSON: %w", err)
	}
	return nil
}
