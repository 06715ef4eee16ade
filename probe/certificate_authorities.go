package probe

import (
	"crypto/sha256"
	"crypto/x509"
	"sync"

	"mailtrace/report"
)

// authorities are those that one run trusts, and what it has judged by them.
// The zero value is ready.
type authorities struct {
	system      sync.Once
	systemRoots *x509.CertPool // Nil when this computer has none.

	mu        sync.Mutex
	judgments map[[sha256.Size]byte]report.Certificate
}

// maxJudgments bounds what a run remembers: some megabytes, and a few dozen where every
// certificate is as large as it can be. Certificates of authorities are not remembered: a
// chain that one server completes for another would be judged by who was asked first.
const maxJudgments = 500

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
