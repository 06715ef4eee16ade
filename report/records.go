package report

// SPF is the record by which a domain says from where its mail comes (RFC 7208), with
// what it rests on.
type SPF struct {
	Status  PolicyStatus `json:"status"`
	Why     string       `json:"why"`     // What is wrong, or why it is not known; "" where nothing is.
	Record  string       `json:"record"`  // "" where there is none.
	Default Status       `json:"default"` // For addresses that nothing else matches: "fail", "softfail", "neutral", "pass"; "" where that is not known.
	Lookups *int         `json:"lookups"` // Terms that ask, of all branches, where no address matches before; receivers stop after 10 (RFC 7208 section 4.6.4). Null where not all is known.
	Void    *int         `json:"void"`    // Of these, such as found nothing, for a client with an IPv4 address; receivers stop after 2. Null where not all is known.
	Answer  *int         `json:"answer"`  // Octets of the answer to the question for TXT records at the domain, all of them; null where there was none.
	IPv4    *int64       `json:"ipv4"`    // Addresses that pass; null where not all is known.
	IPv6    *int64       `json:"ipv6"`    // Networks of 64 bits that pass, a part of one counted as one; null where not all is known, and where there are more than a number holds.
	Terms   []SPFTerm    `json:"terms"`   // Of the whole tree, in the order in which a receiver comes to them.
}

// SPFTerm is one term of a record, or of one that it includes.
type SPFTerm struct {
	Depth   int    `json:"depth"`   // 0 in the record itself.
	Domain  string `json:"domain"`  // Whose record it stands in.
	Term    string `json:"term"`    // As written.
	Lookups *int   `json:"lookups"` // That it costs with all that stands below it; null where not all is known.
	Status  string `json:"status"`  // Of its question in the DNS: "found", "nxdomain", "nodata", "failed"; "" where none is asked, or it hangs on the message.
	Why     string `json:"why"`     // What is to be said about it; "" for nothing.
}

// DKIM is what is known of the keys with which a domain signs (RFC 6376). Nobody can list
// them: only names that were tried can be found.
type DKIM struct {
	Status PolicyStatus `json:"status"` // "found" with a key that can be used, "invalid" with others alone, "none" where the domain can have none, else "unknown".
	Why    string       `json:"why"`
	Tried  []string     `json:"tried"` // Selectors, in order.
	Keys   []DKIMKey    `json:"keys"`  // Of the selectors that have a record, or may have one, as there was no answer, and of those that were named by the user or by a mail.
}

// DKIMKey is the record at one selector (RFC 6376 section 3.6.1).
type DKIMKey struct {
	Selector string       `json:"selector"`
	Domain   string       `json:"domain"`
	Source   string       `json:"source"` // Where the selector is from: "given", "mail", "list" (of usual names).
	Status   PolicyStatus `json:"status"`
	Why      string       `json:"why"`
	Record   string       `json:"record"`
	Type     string       `json:"type"`    // "rsa", "ed25519".
	Bits     *int         `json:"bits"`    // Null where there is no key to be read.
	Revoked  bool         `json:"revoked"` // p= is empty.
	Test     bool         `json:"test"`    // t=y.
}

// DMARC is what a domain wants done with mail that is in its name and nobody vouches for
// (RFC 9989, before it RFC 7489).
type DMARC struct {
	Status       PolicyStatus  `json:"status"`
	Why          string        `json:"why"`
	Record       string        `json:"record"`
	Domain       string        `json:"domain"`       // Where the record is that counts; "" for none.
	Organisation string        `json:"organisation"` // The organisational domain, by RFC 9989.
	Steps        []DMARCStep   `json:"steps"`        // Of the tree walk, in order.
	Policies     []DMARCPolicy `json:"policies"`
	Targets      []DMARCTarget `json:"targets"` // Where reports go.
}

// DMARCStep is a name that was asked for a record (RFC 9989 section 4.10).
type DMARCStep struct {
	Name   string       `json:"name"`
	Status PolicyStatus `json:"status"`
	Record string       `json:"record"`
	Why    string       `json:"why"`
}

// DMARCPolicy is what is asked for in one case.
type DMARCPolicy struct {
	For     string `json:"for"`     // "domain", "subdomain" (one that exists and has no record of its own), "non-existent" (a subdomain that does not exist).
	Rules   string `json:"rules"`   // "RFC 9989" or "RFC 7489".
	Tag     string `json:"tag"`     // That it was taken from: "p", "sp", "np"; "" for none.
	Policy  string `json:"policy"`  // "none", "quarantine", "reject"; "" where there is none.
	Applied string `json:"applied"` // What receivers are asked to do, which is less while the domain tests.
}

// DMARCTarget is where reports go.
type DMARCTarget struct {
	Tag        string `json:"tag"` // "rua" (aggregate), "ruf" (failure).
	URI        string `json:"uri"`
	Domain     string `json:"domain"`     // Of it; "" where it cannot be read.
	Authorised *bool  `json:"authorised"` // It agreed to get them, or is of the same organisation (RFC 9990 section 3); null where that is not known.
	Why        string `json:"why"`
}

// BIMI is the record of Brand Indicators for Message Identification: a logo that some
// providers show beside mail that passes DMARC.
type BIMI struct {
	Status   PolicyStatus `json:"status"`
	Why      string       `json:"why"`
	Record   string       `json:"record"`
	Location string       `json:"location"` // l=, of the logo; "" for none.
	Evidence string       `json:"evidence"` // a=, of the certificate for it; "" for none.
}

// CAA says which authorities may issue certificates for a name (RFC 8659).
type CAA struct {
	Name   string       `json:"name"`  // Of the host.
	Found  string       `json:"found"` // The name that has the records that count: itself, or one above it; "" for none.
	Status PolicyStatus `json:"status"`
	Why    string       `json:"why"`
	Issue  []string     `json:"issue"` // As written; ";" forbids all.
}
