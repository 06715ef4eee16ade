package auth

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"mailtrace/analyze/mailbox"
)

// Bounds on the changes of the header that are tried.
const (
	maxOptions = 60      // Of the fields of one name.
	maxNames   = 60      // Names whose fields are changed.
	maxValue   = 8 << 10 // Bytes of a field that is changed.
	likely     = 3       // Of the changes of one name, those that are tried with others.
)

// headerSearch tries headers, for one signature after the other.
type headerSearch struct {
	m      *mailbox.Message
	bodies *bodySearch
	spent  int64
	tried  int
	first  map[string]*mailbox.Field // By key: the topmost.
	before [][]option                // What explained other signatures.
}

// field is the topmost field of a name, in lower case.
func (h *headerSearch) field(key string) (f mailbox.Field, ok bool) {
	if h.first == nil {
		h.first = make(map[string]*mailbox.Field, len(h.m.Fields))
		for i := range h.m.Fields {
			f := &h.m.Fields[i]
			if h.first[f.Key] == nil {
				h.first[f.Key] = f
			}
		}
	}
	if p := h.first[key]; p != nil && len(p.Value) < maxValue {
		return *p, true
	}
	return f, false
}

// instance is a field as it may have been when it was signed.
type instance struct {
	field mailbox.Field
	value string
	canon []byte
}

// option is what the fields of one name may have been, the lowest first.
type option struct {
	key  string
	list []instance
	edit headerEdit
}

// headerEdit is the change that an option undoes.
type headerEdit struct {
	kind  ChangeKind
	name  string
	line  int
	added string // What nobody signed.
	was   string // What was signed.
	is    string // What is there.
}

// result searches for the header of one signature.
func (h *headerSearch) result(s *Signature) PartAutopsy {
	p := PartAutopsy{Changes: []Change{}}
	switch {
	case s.HeaderHash.State == HashMatches:
		p.State = AutopsyHolds
		return p
	case s.Key == nil:
		p.State, p.Why = AutopsyUnjudged, "without the key of "+s.signer()+" it cannot be told which fields were signed"
		return p
	case s.HeaderHash.State == HashUnchecked || s.HeaderHash.Given == nil && s.Key.ed25519 == nil:
		p.State, p.Why = AutopsyUnjudged, "it was made with another key than "+s.signer()+" publishes, or was damaged: which fields were signed cannot be recovered"
		return p
	}
	try := newHeaderTry(h, s)
	if try.search() {
		p.State = AutopsyExplained
		h.before = append(h.before, try.found)
		for _, o := range try.found {
			p.Changes = append(p.Changes, o.edit.change(s))
		}
		return p
	}
	p.State = AutopsyUnexplained
	p.Why = "none of the usual changes, undone, gives the fields that " + s.signer() + " signed: one may have been rewritten or forged" + try.missing()
	if try.out() {
		p.Why += "; the budget of the search was used up"
	}
	if altered := s.altered(h.m); altered != "" {
		p.State, p.Why = AutopsyUnjudged, "what is here is not what was received: "+altered
	}
	return p
}

// headerTry is the search for one signature.
type headerTry struct {
	*headerSearch
	s       *Signature
	names   []string // h=, in lower case.
	now     map[string][]instance
	options [][]option // By name, the likeliest name first.
	own     instance
	copied  map[string][]string // z=: what the signer says that he saw.
	tries   int
	limit   int
	chosen  []option
	found   []option
	buf     []byte
}

func newHeaderTry(h *headerSearch, s *Signature) *headerTry {
	t := &headerTry{headerSearch: h, s: s, now: map[string][]instance{}, limit: maxHeaderTries, copied: copiedFields(s.Copied)}
	if s.Key.ed25519 != nil {
		t.limit = maxEd25519Tries
	}
	signed := map[string]bool{}
	for name := range strings.SplitSeq(s.names, ":") {
		if key := lower(trimBlanks(name)); key != "" {
			t.names = append(t.names, key)
			signed[key] = true
		}
	}
	for i := len(h.m.Fields) - 1; i >= 0; i-- {
		if f := h.m.Fields[i]; i != s.Field && signed[f.Key] && !t.out() {
			t.now[f.Key] = append(t.now[f.Key], t.instance(f, f.Value))
		}
	}
	own := s.field
	if b, ok := s.tags.get("b"); ok {
		own = own[:b.start] + own[b.end:]
	}
	f := h.m.Fields[s.Field]
	t.own = instance{f, own, canonField(nil, s.HeaderForm, &f, own)}
	return t
}

func (t *headerTry) instance(f mailbox.Field, value string) instance {
	t.spent += int64(len(value) + 64)
	return instance{f, value, append(canonField(nil, t.s.HeaderForm, &f, value), crlf...)}
}

// out says that the budget is used up.
func (t *headerTry) out() bool {
	return t.tries >= t.limit || t.spent > MaxAutopsyHeader || t.headerSearch.tried+t.bodies.tried > MaxAutopsyCandidates
}

// try hashes the header with the options that are chosen.
func (t *headerTry) try() bool {
	if t.out() {
		return false
	}
	t.tries++
	t.headerSearch.tried++
	next := map[string]int{}
	t.buf = t.buf[:0]
	own := t.own.canon
	for _, name := range t.names {
		list := t.now[name]
		for i := range t.chosen {
			if t.chosen[i].key == name {
				list = t.chosen[i].list
			}
		}
		if n := next[name]; n < len(list) {
			t.buf = append(t.buf, list[n].canon...)
			next[name] = n + 1
		}
	}
	for i := range t.chosen {
		if t.chosen[i].key == "" {
			own = t.chosen[i].list[0].canon
		}
	}
	t.buf = append(t.buf, own...)
	t.spent += int64(len(t.buf) + 16*len(t.names))
	state := newHash(t.s.hash)
	state.Write(t.buf)
	sum := state.Sum(nil)
	ok := false
	if given := t.s.HeaderHash.Given; given != nil {
		ok = bytes.Equal(sum, given)
	} else {
		ok, _ = t.s.Key.verify(t.s.hash, sum, t.s.signature)
	}
	if ok {
		t.found = slices.Clone(t.chosen)
	}
	return ok
}

// search tries one change, then more together: first those that come together.
func (t *headerTry) search() bool {
	t.prepare()
	if t.again() {
		return true
	}
	var all, some, few []option
	for i, list := range t.options {
		all = append(all, list...)
		some = append(some, list[:min(len(list), likely)]...)
		if i < 8 {
			few = append(few, list[:min(len(list), 2)]...)
		}
	}
	for _, n := range [...]struct {
		from  []option
		count int
	}{{some, 1}, {few, 2}, {all, 1}, {few, 3}, {some, 2}, {few, 4}} {
		if t.choose(n.from, n.count) {
			return true
		}
	}
	for _, base := range t.together() { // All fields folded anew, and one change besides.
		t.chosen = base
		if t.try() {
			return true
		}
	}
	for i := range some {
		for j := range all {
			if t.out() {
				return false
			}
			if some[i].key != all[j].key {
				t.chosen = []option{some[i], all[j]}
				if t.try() {
					return true
				}
			}
		}
	}
	return false
}

// again tries what explained another signature of the message, as far as this one
// signs those fields.
func (t *headerTry) again() bool {
	for _, found := range t.before {
		t.chosen = t.chosen[:0]
		for _, o := range found {
			for _, list := range t.options {
				i := slices.IndexFunc(list, func(x option) bool {
					return x.key == o.key && x.edit.kind == o.edit.kind && squeeze(x.edit.was) == squeeze(o.edit.was)
				})
				if i >= 0 {
					t.chosen = append(t.chosen, list[i])
				}
			}
		}
		if t.try() {
			return true
		}
	}
	return false
}

// choose tries all sets of that many options.
func (t *headerTry) choose(from []option, count int) bool {
	t.chosen = t.chosen[:0]
	var more func(from []option, count int) bool
	more = func(from []option, count int) bool {
		if count == 0 {
			return t.try()
		}
		for i := range from {
			if t.out() {
				return false
			}
			if slices.ContainsFunc(t.chosen, func(o option) bool { return o.key == from[i].key }) {
				continue
			}
			t.chosen = append(t.chosen, from[i])
			if more(from[i+1:], count-1) {
				return true
			}
			t.chosen = t.chosen[:len(t.chosen)-1]
		}
		return false
	}
	return more(from, count)
}

// missing tells what may have been removed, as far as that can be told.
func (t *headerTry) missing() string {
	var proven, open []string
	for _, name := range t.names {
		if len(t.now[name]) > 0 || slices.Contains(open, name) {
			continue
		}
		open = append(open, name)
		if values := t.copied[name]; len(values) > 0 {
			proven = append(proven, fmt.Sprintf("%s: %s", name, quoteStart(values[0])))
		}
	}
	var out string
	if len(proven) > 0 {
		out = "; by the copy in the signature (z=) these fields were there and are not any more: " + strings.Join(proven[:min(len(proven), 10)], ", ")
	}
	for _, name := range t.names {
		for _, value := range t.copied[name] {
			if n := len(t.now[name]); n == 1 && squeeze(t.now[name][0].value) != squeeze(value) {
				out += fmt.Sprintf("; by that copy (z=) the field %s said %s", name, quoteStart(value))
			}
		}
	}
	if len(open) > 0 {
		out += "; the signature also names fields that are not here, which were removed or never there: " + strings.Join(open[:min(len(open), 20)], ", ")
	}
	return out[:min(len(out), 2000)]
}

func squeeze(s string) string { return string(appendRelaxed(nil, s)) }

// change puts a change of a field into words.
func (e headerEdit) change(s *Signature) Change {
	c := Change{Kind: e.kind, Field: e.name, Line: e.line}
	d := s.signer()
	if e.added != "" {
		c.Added = plainText([]byte(e.added), false)
		c.Links = linksIn([]byte(e.added), false)
	}
	is, was := quoteStart(plainText([]byte(e.is), false)), quoteStart(plainText([]byte(e.was), false))
	switch e.kind {
	case ChangeSubjectTag:
		c.Text = fmt.Sprintf("%s signed the %s without %s: it was %s. Nobody vouches for the rest; who added it is not known.", d, e.name, quoteStart(c.Added), was)
	case ChangeFieldAdded:
		c.Text = fmt.Sprintf("%s signed this message without this field %s: %s. Nobody vouches for it; who added it is not known.", d, e.name, is)
	case ChangeFieldRemoved:
		c.Text = fmt.Sprintf("%s signed a field %s that is not here any more: %s. Who removed it is not known.", d, e.name, was)
	case ChangeFieldOrder:
		c.Text = fmt.Sprintf("%s signed the fields %s in another order. Who changed it is not known.", d, e.name)
	case ChangeRefolded:
		c.Text = fmt.Sprintf("%s signed the field %s with other blanks, line ends or case. Who wrote it anew is not known.", d, e.name)
	default:
		c.Text = fmt.Sprintf("%s signed the field %s as %s; here it is %s. Who rewrote it is not known, and nobody vouches for what it is now.", d, e.name, was, is)
	}
	if len(c.Links) > 0 {
		c.Text += " There is a link in it that " + d + " did not sign."
	}
	return c
}
