package auth

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// value is one thing that a suite expects of a field.
type value struct {
	id, what, got, want string
	header              string
}

// suite compares what was read with what others read, and holds every
// disagreement against testdata/argued.txt: one that is not there fails the test,
// and so does one that is there and is none.
func suite(t *testing.T, name string, values []value) {
	t.Helper()
	argued := arguments(t, name)
	set := len(argued)
	differ := 0
	for _, v := range values {
		key := v.id + " " + v.what
		same := v.got == v.want
		reason, known := argued[key]
		delete(argued, key)
		switch {
		case same && known:
			t.Errorf("%s: no disagreement, but testdata/argued.txt has a reason for one", key)
		case !same && !known:
			t.Errorf("%s: %q, want %q\n\t%s", key, v.got, v.want, strings.Join(strings.Fields(v.header), " "))
			differ++
		case !same:
			t.Logf("%s: %q, the suite says %q: %s", key, v.got, v.want, reason)
		}
	}
	for key := range argued {
		t.Errorf("%s: argued in testdata/argued.txt, and not in the suite", key)
	}
	t.Logf("%s: %d values, %d set aside with a reason, %d of the other %d right", name, len(values), set, len(values)-set-differ, len(values)-set)
}

// arguments reads the disagreements of one suite from testdata/argued.txt.
func arguments(t *testing.T, name string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/argued.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		key, reason, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if ok && strings.HasPrefix(key, name) && !strings.HasPrefix(line, "#") {
			out[key] = reason
		}
	}
	return out
}

// fieldValue cuts the name of the field off, where a suite has it.
func fieldValue(header string) string {
	if v, ok := cutFold(header, "Authentication-Results:"); ok {
		return v
	}
	return header
}

// print writes results as python-authres does: spf=pass smtp.mailfrom=x.
func (r Result) print(comments bool) string {
	var b strings.Builder
	b.WriteString(r.Method + "=" + string(r.Status))
	if comments {
		for _, c := range r.Comments {
			b.WriteString(" (" + c + ")")
		}
	}
	if r.Reason != "" {
		b.WriteString(" reason=" + quoted(r.Reason))
	}
	for _, p := range r.Props {
		b.WriteString(" " + p.key() + "=" + quoted(p.Value))
	}
	return b.String()
}

func (p Property) key() string {
	if p.Type == "" {
		return p.Name
	}
	return p.Type + "." + p.Name
}

func quoted(s string) string {
	if s == "" || strings.ContainsAny(s, " ;:") {
		return strconv.Quote(s)
	}
	return s
}

// lookup follows a path of a suite, "results.0.properties.1.name", and is "None"
// where there is nothing.
func lookup(r Results, path string) string {
	first, rest, _ := strings.Cut(path, ".")
	switch first {
	case "authserv_id":
		return r.AuthServID
	case "authres_version":
		if r.Version == "" {
			return "1" // RFC 8601 section 2.2: the absence of a version is 1.
		}
		return r.Version
	}
	if rest == "length" {
		return strconv.Itoa(len(r.Results))
	}
	index, rest, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(index)
	if err != nil || n >= len(r.Results) {
		return "None"
	}
	res := r.Results[n]
	first, rest, _ = strings.Cut(rest, ".")
	switch first {
	case "":
		return res.print(false)
	case "method":
		return res.Method
	case "result":
		return string(res.Status)
	case "reason":
		return orNone(res.Reason)
	case "properties":
		index, what, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(index); err == nil {
			if n >= len(res.Props) {
				return "None"
			}
			return map[string]string{"type": res.Props[n].Type, "name": res.Props[n].Name, "value": res.Props[n].Value}[what]
		}
		return orNone(res.Prop(index, what))
	}
	ptype, name, _ := strings.Cut(first, "_")
	return orNone(res.Prop(ptype, name))
}

func orNone(s string) string {
	if s == "" {
		return "None"
	}
	return s
}

// assertRow is a case of python-authres and of lieser's dkim_verifier.
type assertRow struct {
	ID, Header string
	Relaxed    bool
	Expect     struct {
		Throws  bool
		Asserts []struct {
			Path, Op string
			Value    any
		}
	}
}

func assertSuite(t *testing.T, name, file string, header func(string) string) {
	var values []value
	for _, c := range jsonLines[assertRow](t, corpora(t, "authres", file)) {
		head := header(c.Header)
		r := ParseResults(fieldValue(head))
		if c.Expect.Throws {
			// What it refuses is read here, and has a fault.
			values = append(values, value{c.ID, "fault", fmt.Sprint(len(r.Faults) > 0), "true", head})
		}
		seen := map[string]bool{}
		for _, a := range c.Expect.Asserts {
			if a.Op != "equal" {
				t.Fatalf("%s: op %q", c.ID, a.Op)
			}
			if seen[a.Path] {
				continue // Of python-authres-18: other fields than the one in the row.
			}
			seen[a.Path] = true
			values = append(values, value{c.ID, a.Path, lookup(r, a.Path), fmt.Sprint(a.Value), head})
		}
	}
	suite(t, name, values)
}

func TestSuitePythonAuthres(t *testing.T) {
	assertSuite(t, "authres-py", "python-authres.jsonl", func(h string) string { return h })
}

func TestSuiteLieser(t *testing.T) {
	// The file holds the bytes of its UTF-8 as characters.
	assertSuite(t, "lieser", "lieser-arh-parser.jsonl", func(h string) string {
		out := make([]byte, 0, len(h))
		for _, r := range h {
			if r > 0xFF {
				return h
			}
			out = append(out, byte(r))
		}
		return string(out)
	})
}

func TestSuiteGoMsgauth(t *testing.T) {
	type row struct {
		ID, Header string
		Expect     struct {
			AuthServID string `json:"authserv_id"`
			Results    []map[string]string
		}
	}
	var values []value
	for _, c := range jsonLines[row](t, corpora(t, "authres", "go-msgauth.jsonl")) {
		r := ParseResults(c.Header)
		add := func(what, got, want string) { values = append(values, value{c.ID, what, got, want, c.Header}) }
		add("authserv_id", r.AuthServID, c.Expect.AuthServID)
		add("results", strconv.Itoa(len(r.Results)), strconv.Itoa(len(c.Expect.Results)))
		for i, want := range c.Expect.Results {
			if i >= len(r.Results) {
				break
			}
			res := r.Results[i]
			for k, v := range want {
				got := map[string]string{
					"method": res.Method, "Value": string(res.Status), "Reason": res.Reason, "From": res.Prop("smtp", "mailfrom"),
					"Auth": res.Prop("smtp", "auth"), "Identifier": res.Prop("header", "i"), "HeaderKey": "from", "HeaderValue": res.Prop("header", "from"),
				}[k]
				add(fmt.Sprintf("%d.%s", i, k), got, v)
			}
		}
	}
	suite(t, "gomsgauth", values)
}

// perlPair is a step of a search: a result, or a property of it.
type perlPair struct{ Key, Value string }

// chain counts the results that a search finds.
func chain(r Results, steps []perlPair) (n int) {
	for res := range r.All(steps[0].Key) {
		ok := string(res.Status) == steps[0].Value
		for _, p := range steps[1:] {
			ptype, name, _ := strings.Cut(p.Key, ".")
			ok = ok && res.Prop(ptype, name) == p.Value
		}
		if ok {
			n++
		}
	}
	return n
}

// perlNode is a part of a field as Mail::AuthenticationResults writes it in JSON.
type perlNode struct {
	Key, Value, Type string
	Children         []perlNode
}

func TestSuitePerl(t *testing.T) {
	type row struct {
		ID, Header string
		Expect     struct {
			Parses     *bool
			AuthServID string `json:"authserv_id"`
			Searches   []struct {
				Chain []perlPair
				Count int
				Label string
			}
			AsString string `json:"as_string"`
			JSON     *struct{ Children []perlNode }
		}
	}
	var values []value
	for _, c := range jsonLines[row](t, corpora(t, "authres", "perl-mail-authenticationresults.jsonl")) {
		r := ParseResults(fieldValue(c.Header))
		e := c.Expect
		add := func(what, got, want string) { values = append(values, value{c.ID, what, got, want, c.Header}) }
		if e.Parses != nil {
			// What it refuses is read here, and has a fault that is more than a
			// missing result.
			grave := 0
			for _, f := range r.Faults {
				if f != NoResult {
					grave++
				}
			}
			add("parses", fmt.Sprint(grave == 0), fmt.Sprint(*e.Parses))
		}
		if e.AuthServID != "" {
			add("authserv_id", r.AuthServID, e.AuthServID)
		}
		for _, s := range e.Searches {
			n := chain(r, s.Chain)
			add(s.Label, strconv.Itoa(n), strconv.Itoa(s.Count))
		}
		if e.AsString != "" {
			// It keeps comments by the word before them, this package by result: the
			// rest and the comments are compared each for themselves.
			rest, comments := withoutComments(e.AsString)
			add("as_string", asPerl(r), rest)
			add("comments", strings.Join(allComments(r), " | "), comments)
		}
		if e.JSON != nil {
			for i, n := range e.JSON.Children {
				add(strconv.Itoa(i), r.Results[i].print(true), n.print())
			}
		}
	}
	suite(t, "mar", values)
}

// print writes an entry as Result.print does.
func (n perlNode) print() string {
	out := n.Key + "=" + n.Value
	tail := ""
	for _, c := range n.Children {
		if c.Type == "comment" {
			out += " (" + c.Value + ")"
			continue
		}
		for _, cc := range c.Children {
			out += " (" + cc.Value + ")" // Of a property: there is no such place here.
		}
		tail += " " + c.Key + "=" + quoted(c.Value)
	}
	return out + tail
}

// asPerl writes a field as Mail::AuthenticationResults does, without comments.
func asPerl(r Results) string {
	out := r.AuthServID
	if r.Version != "" {
		out += " " + r.Version
	}
	for _, res := range r.Results {
		text := res.print(false)
		if res.Version != "" {
			pair, rest, _ := strings.Cut(text, " ")
			text = pair + " / " + res.Version + " " + rest
		}
		out += "; " + text
	}
	return out
}

func allComments(r Results) []string {
	out := append([]string{}, r.Comments...)
	for _, res := range r.Results {
		out = append(out, res.Comments...)
	}
	return out
}

// withoutComments takes the comments, which are not nested, out of a text.
func withoutComments(s string) (rest, comments string) {
	var list []string
	for {
		before, after, ok := strings.Cut(s, "(")
		rest += before
		if !ok {
			break
		}
		before, s, _ = strings.Cut(after, ")")
		list = append(list, before)
	}
	rest = strings.ReplaceAll(strings.Join(strings.Fields(rest), " "), " ;", ";")
	return rest, strings.Join(list, " | ")
}
