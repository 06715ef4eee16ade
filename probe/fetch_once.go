package probe

import (
	"context"
	"sync"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// fetches keeps what came of the fetches of a run: a web server that has no policy for us is
// not asked again when its domain is named once more ("implementers SHOULD limit further
// attempts to a period of five minutes or longer", RFC 8461 section 3.3). The zero value
// works.
type fetches struct {
	mu    sync.Mutex
	files map[string]*fetching // By URL.
	order []string             // In which they were begun.
}

// fetching is one fetch.
type fetching struct {
	over    chan struct{} // Closed when it is.
	file    *fetched      // Since then.
	stopped bool          // Since then: it was given up, and says nothing.
}

// maxFetches bounds how many fetches are kept, the last ones: with 64 KiB each at most, and
// one of the usual policy. One that was dropped is made again.
const maxFetches = 500

// fetchOnce is fetch, once in a run. What it gives is shared, so that nobody changes it.
func (p *Prober) fetchOnce(ctx context.Context, asks dns.Resolver, host, path string) *fetched {
	m := &p.run.files
	for {
		f, first := m.join(host + path)
		if first {
			f.file = p.fetch(ctx, asks, host, path)
			// Questions are under a budget of each report's own: another one may get an answer.
			if f.stopped = ctx.Err() != nil || !f.file.asked; f.stopped {
				m.forget(host + path)
			}
			close(f.over)
			return f.file
		}
		select {
		case <-f.over:
		case <-ctx.Done():
			file := &fetched{url: "https://" + host + path}
			file.fail(report.OutcomeUntried, true, "mailtrace was stopped while it waited for the web server")
			return file
		}
		if !f.stopped {
			return f.file
		}
	}
}

// join is the fetch of a URL; with first, the caller has to make it.
func (m *fetches) join(url string) (f *fetching, first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f = m.files[url]; f != nil {
		return f, false
	}
	if m.files == nil {
		m.files = map[string]*fetching{}
	}
	for len(m.order) >= maxFetches {
		delete(m.files, m.order[0])
		m.order = m.order[1:]
	}
	f = &fetching{over: make(chan struct{})}
	m.files[url] = f
	m.order = append(m.order, url)
	return f, true
}

// forget drops a fetch.
func (m *fetches) forget(url string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, url)
	for i, u := range m.order {
		if u == url {
			m.order = append(m.order[:i:i], m.order[i+1:]...)
			return
		}
	}
}
