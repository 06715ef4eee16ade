package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mailtrace/report"
)

// subject is what a check looks at. Checks only read it.
type subject struct {
	*servers
	hosts    []report.Host    // Each with its endpoints.
	policies *policies        // Nil where they were not looked at.
	dane     []*daneSight     // Of each host that takes mail; nil where that was not looked at.
	promises *report.Policies // Of the domain, as the report has them; nil, or full of nil, where they were not looked at.
	spf      *spfSight        // Each nil where it was not looked at.
	dkim     *dkimSight
	dmarc    *dmarcSight
	bimi     *bimiSight
	caa      []*caaSight
	rdns     *rdnsSight
	listed   *listSight
	ns       *nameServerSight
	sending  *sendingSight // Nil where the report is on servers that receive.
	now      time.Time
	helo     string // Our own name in EHLO.

	follow *followed // What a message names; nil with a domain.
}

// check is a rule and the code that looks for it. An error, and a panic, become an
// undecided of the rule.
type check struct {
	report.Rule
	run func(context.Context, *subject) ([]report.Finding, []report.Undecided, error)
}

// checks is every check, in the order in which a report lists its findings.
var checks = []check{
	mxNotKnown,
	domainMissing,
	mxImplicit,
	mxNoneUsable,
	mxAlias,
	domainAlias,
	mxIsAddress,
	mxReservedAddress,
	nullMX,
	nullMXMixed,
	nullMXPreference,
	nullMXSends,
	mxOrder,
	mxUnresolved,
	mxDuplicate,
	mxIPv6Dead,
	mxIPv6Only,
	ptrMissing,
	ptrNotConfirmed,
	nameServersDisagree,
	nameServerLame,
	nameServerSilent,
	blocklisted,
	blocklistUnusable,
	sendingPTRMissing,
	sendingPTRNotConfirmed,
	sendingPTRGeneric,
	sendingHELOSyntax,
	sendingHELOUnresolved,
	sendingIdentity,
	spfSendingMailFrom,
	spfSendingHELO,
	dmarcSendingNone,
	submissionServices,
	submissionSRV,
	smtpPort25ClosedHere,
	smtpNoAnswer,
	smtpGreetingLate,
	smtpGreetingDeferred,
	smtpGreetingRejected,
	smtpBrokenOff,
	smtpBeyondBounds,
	smtpGreetingSyntax,
	smtpReplyMalformed,
	smtpReplyTooLong,
	smtpEHLORefused,
	smtpEHLOSyntax,
	smtpEHLODiffersInTLS,
	smtpStartTLSAbsent,
	smtpStartTLSDeferred,
	smtpStartTLSRejected,
	smtpStartTLSInjection,
	smtpStartTLSInTLS,
	smtpEndpointsDiffer,
	smtpSize,
	smtpSizeDiffers,
	smtpUTF8,
	smtpBinaryMIMEWithoutChunking,
	smtpRequireTLS,
	smtpLimits,
	smtpAuthInClear,
	smtpAuthOnMX,
	smtpSubmissionAuth,
	smtpIdentity,
	smtpBannerVersion,
	smtpNoGoodbye,
	tlsHandshakeFailed,
	tlsNoTLS12,
	tlsOldVersion,
	tlsNoTLS13,
	tlsWeakCipher,
	tlsWeakGroup,
	tlsSNIRequired,
	tlsCertificateSubmission,
	tlsCertificateExpired,
	tlsCertificateExpiring,
	tlsCertificateName,
	tlsCertificateNoSAN,
	tlsCertificateUntrusted,
	tlsCertificateUsage,
	tlsCertificateWeak,
	tlsStapleMissing,
	tlsCertificatesDiffer,
	tlsPostQuantum,
	stsRecordRule,
	stsFetch,
	stsSyntax,
	stsMX,
	stsCertificate,
	stsModeRule,
	stsGone,
	stsSubdomain,
	rptRecordRule,
	rptMissing,
	bimiRecordRule,
	bimiDMARC,
	bimiEvidence,
	caaRecordRule,
	caaIssuer,
	policyDANEMXInsecure,
	policyDANELookupFailed,
	policyDANENoTLS,
	policyDANENoMatch,
	policyDANETAChain,
	policyDANEUnusable,
	policyDANEParams,
	policyDANERollover,
	policyDANEDigest,
	policyDANESubmission,
	policyDANESignatureExpiring,
	spfNoRecord,
	spfSeveralRecords,
	spfSyntax,
	spfNonASCII,
	spfIncludeNoRecord,
	spfLoopRule,
	spfLookups,
	spfVoidLookups,
	spfMXHosts,
	spfPassesEverybody,
	spfAddressSpace,
	spfOpenEnd,
	spfDeadTerms,
	spfUnknownModifier,
	spfRedundantTerms,
	spfPTR,
	spfAnswerSize,
	spfSharedSenders,
	spfMXHostHELO,
	dkimNone,
	dkimNotFound,
	dkimKeyMissing,
	dkimKeyUnusable,
	dkimKeyShort,
	dkimKeyLong,
	dkimKeyRevoked,
	dkimKeyTesting,
	dkimKeySHA1,
	dkimKeyService,
	dkimKeySeveral,
	dkimEd25519,
	dkimWildcard,
	dmarcMissing,
	dmarcSeveral,
	dmarcSyntax,
	dmarcPolicyMissing,
	dmarcNoEffect,
	dmarcPolicyNone,
	dmarcTesting,
	dmarcSubdomainsWeaker,
	dmarcRFCsDiffer,
	dmarcRemovedTags,
	dmarcReportAddress,
	dmarcReportUnauthorised,
}

// Rules documents every rule, in the order in which reports list their findings.
func Rules() []report.Rule {
	rules := make([]report.Rule, 0, len(checks)+len(followChecks))
	for _, list := range [...][]check{checks, followChecks} {
		for i := range list {
			rules = append(rules, list[i].Rule)
		}
	}
	return rules
}

// judge lets every check look at the subject and puts what it says into the report.
func (s *subject) judge(ctx context.Context, r *report.Report, checks []check) {
	for i := range checks {
		c := &checks[i]
		found, undecided, err := c.safely(ctx, s)
		for _, f := range found {
			f.Rule = c.ID
			r.Findings = append(r.Findings, f)
		}
		for _, u := range undecided {
			u.Rule = c.ID
			r.Undecided = append(r.Undecided, u)
		}
		if err != nil {
			r.Undecided = append(r.Undecided, report.Undecided{Rule: c.ID, Why: err.Error()})
		}
	}
	r.Rules = named(r)
}

// safely runs the check and turns a panic into an error: one bad rule never costs
// the report.
func (c *check) safely(ctx context.Context, s *subject) (found []report.Finding, undecided []report.Undecided, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the check failed: %v", p)
		}
	}()
	if ctx.Err() != nil {
		return nil, nil, errors.New("stopped before this check")
	}
	return c.run(ctx, s)
}

// named is the documentation of the rules that the report names.
func named(r *report.Report) []report.Rule {
	rules := []report.Rule{}
	for _, rule := range Rules() {
		id := rule.ID
		if slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Rule == id }) ||
			slices.ContainsFunc(r.Undecided, func(u report.Undecided) bool { return u.Rule == id }) {
			rules = append(rules, rule)
		}
	}
	return rules
}
