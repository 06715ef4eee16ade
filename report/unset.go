package report

// The words for "not known" of types whose other words are in report.go.
const (
	StandingUnset Standing = "" // No boundary is known, so no hop has a standing.
	WeightUnset   Weight   = "" // The finding is about a domain: weights are about messages.
	OutcomeUnset  Outcome  = "" // Nothing was tried.
	FidelityUnset Fidelity = "" // The input could not be read, so there is nothing to be faithful to.
)
