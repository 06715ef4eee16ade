package probe

import (
	"crypto/sha256"
	"crypto/x509"
	"sync"

	"mailtrace/report"
)

// authorities is what one run knows of those who sign certificates, and what it has judged.
// The zero value is ready.
type authorities struct {
	system      sync.Once
	systemRoots *x509.CertPool // Nil when this computer has none.

	mu        sync.Mutex
	judgments map[[sha256.Size]byte]report.Certificate
	seen      map[string][]intermediate // By subject, as it is encoded: certificates of authorities that a chain which verified was made of.
	seenTotal int
}

// intermediate is a certificate of an authority, and whose server sent it.
type intermediate struct {
	*x509.Certificate
	host string
}

// Bounds of what a run remembers: some megabytes, and a few dozen where every certificate
// is as large as it can be.
const (
	maxJudgments     = 500
	maxIntermediates = 500
	maxSameSubject   = 4
)

// roots are the authorities that are trusted: those that are given or, read once, those of
// the system. Nil when there is none.
func (a *authorities) roots(given *x509.CertPool) *x509.CertPool {
	if given != nil {
		return given
	}
	a.system.Do(func() {
		pool, err := x509.SystemCertPool()
		if err == nil && !pool.Equal(x509.NewCertPool()) {
			a.systemRoots = pool
		}
	})
	return a.systemRoots
}

// judged is an earlier judgement. Its lists are shared: nobody writes to them.
func (a *authorities) judged(key [sha256.Size]byte) (report.Certificate, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ok := a.judgments[key]
	return c, ok
}

func (a *authorities) remember(key [sha256.Size]byte, c report.Certificate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.judgments == nil || len(a.judgments) >= maxJudgments {
		// All at once: what is needed soon is judged again soon.
		a.judgments = map[[sha256.Size]byte]report.Certificate{}
	}
	a.judgments[key] = c
}

// meet keeps the intermediate certificates of a chain that verified.
func (a *authorities) meet(chain []*x509.Certificate, host string) {
	if len(chain) < 3 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen == nil {
		a.seen = map[string][]intermediate{}
	}
	for _, c := range chain[1 : len(chain)-1] {
		have := a.seen[string(c.RawSubject)]
		if a.seenTotal >= maxIntermediates || len(have) >= maxSameSubject || contains(have, c) {
			continue
		}
		a.seen[string(c.RawSubject)] = append(have, intermediate{c, host})
		a.seenTotal++
	}
}

func contains(have []intermediate, c *x509.Certificate) bool {
	for _, h := range have {
		if h.Equal(c) {
			return true
		}
	}
	return false
}

// above are the certificates seen in this run that may stand above c, at most as many as
// a chain may have.
func (a *authorities) above(c *x509.Certificate) []intermediate {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []intermediate
	subject := c.RawIssuer
	for range maxCertificates {
		next := a.seen[string(subject)]
		if len(next) == 0 || len(all)+len(next) > maxCertificates || contains(all, next[0].Certificate) {
			break
		}
		all = append(all, next...)
		subject = next[0].RawIssuer
	}
	return all
}
