package auth

import (
	"iter"
	"strings"
)

// Results is one field that records results: Authentication-Results,
// ARC-Authentication-Results, or one that was renamed because it came with the
// message (Authentication-Results-Original and the like).
type Results struct {
	AuthServID string // Who says so; "" where none was written (Microsoft 365 writes none).
	Version    string // Of the field; "" where none was written, which is 1.
	Instance   int    // i= of ARC (RFC 8617 section 4.2.1), 1 to 50; else 0.
	None       bool   // "none": nothing was checked.
	Results    []Result
	Comments   []string // Those that stand before the first result.
	Faults     []Fault  // How the field departs from RFC 8601, each once.
}

// Result is what one method found.
type Result struct {
	Method   string // spf, dkim, dmarc, arc, iprev, auth, compauth, dkim-adsp, bimi …, in lower case.
	Version  string // Of the method; "" where none was written, which is 1.
	Status   Status
	Reason   string // reason=, with RFC 8601 a free text, with Microsoft's compauth a code.
	Props    []Property
	Comments []string // "sender IP is 192.0.2.1"; "p=REJECT sp=NONE dis=NONE".
}

// Property is what a result was decided on: smtp.mailfrom=example.com.
type Property struct {
	Type  string // smtp, header, body, policy, in lower case; "" where none was written (action=none).
	Name  string // In lower case.
	Value string
}

// Prop returns the value of the first property of that type and name, both in
// lower case, or "".
func (r Result) Prop(ptype, name string) string {
	for _, p := range r.Props {
		if p.Name == name && p.Type == ptype {
			return p.Value
		}
	}
	return ""
}

// All returns the results of one method, in order. A message has one of dkim for
// each signature (RFC 6008).
func (r Results) All(method string) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		for _, res := range r.Results {
			if res.Method == method && !yield(res) {
				return
			}
		}
	}
}

// First returns the first result of one method.
func (r Results) First(method string) (Result, bool) {
	for res := range r.All(method) {
		return res, true
	}
	return Result{}, false
}

// ParseResults reads the value of a field that records results. It never fails:
// what cannot be read is stepped over, and Faults says so.
func ParseResults(value string) Results {
	p := resultsParser{cur: -1}
	p.begin(value)
	p.instance()
	p.head()
	for {
		p.skip()
		if p.i >= len(p.s) {
			break
		}
		p.item()
	}
	p.finish()
	return p.out
}

// resultsParser reads one field.
type resultsParser struct {
	scanner
	out   Results
	start bool // A semicolon came, and no result since.
	cur   int  // Index of the result that is being read, -1: none.
	mark  int  // First comment of the next result.
	props []Property
	parts [MaxResults]part // Beside out.Results.
}

// part is what belongs to a result of props and comments, until these do not grow
// any more.
type part struct{ prop, props, comment, comments int16 }

// instance reads "i=1;".
func (p *resultsParser) instance() {
	p.skip()
	i, n := p.i, len(p.comments)
	// RFC 8617 section 4.1.1
	if c := p.at(); c|0x20 == 'i' {
		if p.i++; p.numberAfter('=', 50) {
			p.mark = len(p.comments)
			return
		}
	}
	p.i, p.comments = i, p.comments[:n]
}

// numberAfter reads c, a number up to most, and a semicolon.
func (p *resultsParser) numberAfter(c byte, most int) bool {
	p.skip()
	if p.at() != c {
		return false
	}
	p.i++
	p.skip()
	n := 0
	for ; p.at() >= '0' && p.at() <= '9' && n <= most; p.i++ {
		n = n*10 + int(p.at()-'0')
	}
	p.skip()
	if n < 1 || n > most || p.at() != ';' {
		return false
	}
	p.i++
	p.out.Instance = n
	return true
}

// head reads the authserv-id and the version.
func (p *resultsParser) head() {
	p.skip()
	i, n := p.i, len(p.comments)
	quoted := p.at() == '"'
	id := p.word(true)
	p.skip()
	// QUIRK: Microsoft 365 writes no authserv-id, and begins with the first result.
	if c := p.at(); c == '=' || joint(c) || id == "" || lower(id) == "none" {
		p.fault(NoAuthServID)
		p.i, p.comments, p.start = i, p.comments[:n], true
		return
	}
	if text, ok := unquote(id); quoted && ok {
		id = text
	} else if !mayBeBare(id) || !ascii(id) {
		p.fault(UnquotedValue)
	}
	p.out.AuthServID = unfold(id)
	if c := p.at(); '0' <= c && c <= '9' {
		i = p.i
		for c := p.at(); '0' <= c && c <= '9'; c = p.at() {
			p.i++
		}
		p.out.Version = p.s[i:p.i]
		if p.out.Version != "1" {
			p.fault(UnknownVersion)
		}
	}
	p.mark = len(p.comments)
}

// item reads a semicolon, a result, a property or a stray word.
func (p *resultsParser) item() {
	switch p.at() {
	case ';':
		p.close(len(p.comments))
		if p.start {
			p.fault(EmptyResult)
		}
		p.start = true
		p.mark = len(p.comments)
		p.i++
		return
	case '=':
		p.fault(StrayText)
		p.i++
		return
	}
	before := len(p.comments) // That belong to what comes before.
	key := p.name()
	if p.at() != '=' {
		p.stray(key)
		return
	}
	p.i++
	// QUIRK: a writer without semicolons between results. Only what RFC 8601 has is
	// taken for one, since a sender's words may stand here.
	method, _, _ := strings.Cut(key, "/")
	fresh := !p.start && known(lower(method))
	if !p.start && !fresh {
		p.add(key, p.value())
		return
	}
	if p.start && p.cur >= 0 && p.out.Results[p.cur].Method == "spf" && spfKey(lower(key)) {
		// QUIRK: Amazon SES writes spf=pass (…) client-ip=192.0.2.1; envelope-from=…;
		// helo=…; dkim=…: a Received-SPF with its semicolons.
		p.fault(SplitResult)
		p.start = false
		p.add(key, p.value())
		return
	}
	value := p.value()
	if text, ok := strings.CutSuffix(value, ","); ok {
		p.fault(StrayText)
		value = text
	}
	status := Status(lower(value))
	switch {
	case fresh && !status.Defined():
		p.add(key, value)
	case fresh:
		p.fault(MissingSemicolon)
		p.close(before)
		p.mark = before
		p.result(key, status)
	case !p.result(key, status) && strings.IndexByte(key, '.') >= 0:
		if p.cur >= 0 {
			p.fault(SplitResult)
		}
		p.add(key, value)
	}
}

// result begins one, and is false where method and status are none.
func (p *resultsParser) result(key string, status Status) bool {
	method, version, _ := strings.Cut(key, "/")
	p.start = false
	if !keyword(method) || !keyword(string(status)) {
		if strings.IndexByte(key, '.') < 0 {
			p.cur = -1 // What follows is not of the result before.
			p.fault(NotAResult)
		}
		return false
	}
	if len(p.out.Results) == MaxResults {
		p.fault(TooManyParts)
		p.cur = -1
		return true
	}
	if version != "" && version != "1" {
		p.fault(UnknownVersion)
	}
	method = lower(method)
	switch method {
	case "spf", "dkim", "dmarc", "arc", "iprev", "auth":
		if !status.Defined() {
			p.fault(UnknownStatus)
		}
	}
	if p.out.Results == nil {
		p.out.Results = make([]Result, 0, 4)
	}
	p.cur = len(p.out.Results)
	p.out.Results = append(p.out.Results, Result{Method: method, Version: version, Status: status})
	p.parts[p.cur] = part{prop: int16(len(p.props)), comment: int16(p.mark)}
	return true
}

// close ends the result that is being read, with the comments before that number.
// It stays the current one, for the property that a stray semicolon cut off.
func (p *resultsParser) close(comments int) {
	if p.cur >= 0 {
		p.parts[p.cur].props, p.parts[p.cur].comments = int16(len(p.props)), int16(comments)
	}
}

// add gives a property to the result that is being read.
func (p *resultsParser) add(key, value string) {
	switch {
	case p.cur < 0:
		p.fault(StrayText)
		return
	case p.out.Results[p.cur].Reason == "" && lower(key) == "reason":
		p.out.Results[p.cur].Reason = value
		return
	case len(p.props) == MaxProps:
		p.fault(TooManyParts)
		return
	}
	ptype, name, ok := strings.Cut(key, ".")
	switch {
	case !ok:
		ptype, name = "", key
		p.fault(NoPtype)
	case ptype == "" || name == "":
		p.fault(StrayText)
		return
	}
	if p.props == nil {
		p.props = make([]Property, 0, 8)
	}
	p.props = append(p.props, Property{lower(ptype), lower(name), value})
}

// stray is a word that is followed by no "=".
func (p *resultsParser) stray(word string) {
	switch {
	case p.start && lower(word) == "none":
		p.out.None = true
		p.start = false
		p.cur = -1
	case p.start && p.at() == ';' && len(p.out.Results) > 0 && hostName(word) && (p.out.AuthServID == "" || strings.EqualFold(word, p.out.AuthServID)):
		// QUIRK: Microsoft: "outlook.com; spf=pass …; outlook.com; dkim=pass …", and
		// the same without the first.
		p.fault(AuthServIDRepeated)
		p.start = false
		p.cur = -1
	default:
		p.fault(StrayText)
	}
}

// finish gives each result what belongs to it.
func (p *resultsParser) finish() {
	p.close(len(p.comments))
	if p.start && (len(p.out.Results) > 0 || p.out.None) {
		p.fault(TrailingSemicolon)
	}
	switch {
	case len(p.out.Results) > 0 && p.out.None:
		p.out.None = false
		p.fault(NoneAmongResults)
	case len(p.out.Results) == 0 && !p.out.None:
		p.fault(NoResult)
	}
	o := &p.out
	if o.Results == nil {
		o.Results = []Result{}
	}
	if p.props == nil {
		p.props = []Property{}
	}
	if p.comments == nil {
		p.comments = []string{}
	}
	first := int16(len(p.comments))
	for i := range o.Results {
		part := p.parts[i]
		first = min(first, part.comment)
		// No more than its own: appending to one must not write into the next.
		o.Results[i].Props = p.props[part.prop:part.props:part.props]
		o.Results[i].Comments = p.comments[part.comment:part.comments:part.comments]
	}
	o.Comments = p.comments[:first:first]
	o.Faults = p.found()
}

// known tells the methods that are seen in mail; it decides what begins a result
// without a semicolon.
func known(method string) bool {
	switch method {
	case "spf", "dkim", "dmarc", "arc", "iprev", "auth", "compauth", "sender-id", "domainkeys", "dkim-adsp", "dkim-atps", "bimi":
		return true
	}
	return false
}

// spfKey tells the keys of a Received-SPF field (RFC 7208 section 9.1).
func spfKey(key string) bool {
	switch key {
	case "client-ip", "envelope-from", "helo", "receiver", "identity", "mechanism", "problem":
		return true
	}
	return false
}

// hostName tells whether w can be the full name of a host.
func hostName(w string) bool {
	for label := range strings.SplitSeq(w, ".") {
		if !keyword(label) {
			return false
		}
	}
	return strings.IndexByte(w, '.') > 0
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
