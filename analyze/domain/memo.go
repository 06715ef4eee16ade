package domain

// memoSize is how many names a Memo remembers: a message names fewer, as a rule.
const memoSize = 16

// Memo remembers the organisational domains of names. The same few are asked for
// again and again while one message is judged. The zero Memo is ready to use, by one
// goroutine.
type Memo struct {
	names, orgs [memoSize]string
	known, next int
}

// Org is what the function Org returns.
func (m *Memo) Org(name string) string {
	for i := range m.names[:m.known] {
		if m.names[i] == name {
			return m.orgs[i]
		}
	}
	org := Org(name)
	m.names[m.next], m.orgs[m.next] = name, org
	m.known = max(m.known, m.next+1)
	m.next = (m.next + 1) % memoSize
	return org
}
