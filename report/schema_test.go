package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"mailtrace/received"
)

var update = flag.Bool("update", false, "rewrite schema.json")

// TestSchema makes the JSON Schema from the types and their comments, and holds
// schema.json to it.
func TestSchema(t *testing.T) {
	got := makeSchema(t)
	if *update {
		if err := os.WriteFile("schema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("schema.json is not what the types say: run go test ./report -update and look at the difference")
	}
}

// TestSchemaHolds validates reports, and sees faults that the schema must see.
func TestSchemaHolds(t *testing.T) {
	schema := compile(t)
	full := sevenHops()
	full.Findings = []Finding{{Rule: "a.b", Severity: Info, Weight: Proof, Disproves: DisprovesHop, Text: "x", Hop: new(int),
		Evidence: []Evidence{NewEvidence(1, 2, "\xff")}}}
	full.Path.Segments = []Segment{{Kind: received.Relay, First: 1, Last: 7}}
	full.Path.Boundary = &Boundary{Hop: 1, Confidence: received.Likely}
	for _, r := range []*Report{New(KindTrace), full} {
		var b bytes.Buffer
		if err := r.WriteJSON(&b, true); err != nil {
			t.Fatal(err)
		}
		if err := validate(t, schema, b.Bytes()); err != nil {
			t.Errorf("%v", err)
		}
		for _, fault := range [][2]string{
			{`"mailtrace/1"`, `"mailtrace/2"`},
			{`"findings": [`, `"findinks": [`},
			{`"kind": "trace"`, `"kind": "probe it"`},
			{`"date": null`, `"date": "yesterday"`},
			{`"boundary": `, `"boundary": 7, "b": `},
			{`"settings": []`, `"settings": null`},
		} {
			bad := bytes.Replace(b.Bytes(), []byte(fault[0]), []byte(fault[1]), 1)
			if bytes.Equal(bad, b.Bytes()) {
				t.Errorf("no %s in the report", fault[0])
			} else if validate(t, schema, bad) == nil {
				t.Errorf("%s passes", fault[1])
			}
		}
	}
}

// TestSchemaOfExamples validates the reports that package text is tested with.
func TestSchemaOfExamples(t *testing.T) {
	schema := compile(t)
	names, err := filepath.Glob("text/testdata/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no examples", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, schema, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func compile(t *testing.T) *validator.Schema {
	t.Helper()
	c := validator.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *validator.Schema, data []byte) error {
	t.Helper()
	tree, err := validator.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(tree)
}

// source is what the Go source of the types says beside the types themselves.
type source struct {
	jsonschema.Reflector
	words map[string][]any        // "mailtrace/report.Kind" → its constants, in order.
	types map[string]reflect.Type // Name of a definition → its type.
}

func makeSchema(t *testing.T) []byte {
	s := &source{words: map[string][]any{}, types: map[string]reflect.Type{}}
	s.Anonymous, s.ExpandedStruct = true, true
	s.CommentMap = map[string]string{}
	s.Mapper, s.Namer, s.LookupComment = s.mapper, s.name(t), s.comment
	for base, dir := range map[string]string{"mailtrace/report": ".", "mailtrace/received": "../received"} {
		s.read(t, base, dir)
	}
	root := s.Reflect(&Report{})
	root.Title = "A report of mailtrace"
	s.finish(t, root, reflect.TypeFor[Report]())
	for name, def := range root.Definitions {
		s.finish(t, def, s.types[name])
	}
	schema, _ := root.Properties.Get("schema")
	schema.Const = Schema
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

// read takes the comments and the typed string constants of the package in dir.
// Constants are read and not typed again here: a new word is in the schema, or
// TestSchema fails.
func (s *source) read(t *testing.T, base, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if d, ok := d.(*ast.GenDecl); ok {
				for _, spec := range d.Specs {
					s.take(base, d, spec)
				}
			}
		}
	}
}

func (s *source) take(base string, d *ast.GenDecl, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		typ, ok := spec.Type.(*ast.Ident)
		if !ok || d.Tok != token.CONST {
			return
		}
		for _, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if word, err := strconv.Unquote(lit.Value); err == nil {
					s.words[base+"."+typ.Name] = append(s.words[base+"."+typ.Name], word)
				}
			}
		}
	case *ast.TypeSpec:
		doc := spec.Doc
		if doc == nil {
			doc = d.Doc
		}
		key := base + "." + spec.Name.Name
		s.CommentMap[key] = flow(doc.Text())
		st, ok := spec.Type.(*ast.StructType)
		if !ok {
			return
		}
		for _, f := range st.Fields.List {
			for _, name := range f.Names {
				text := f.Comment.Text()
				if f.Doc != nil {
					text = f.Doc.Text()
				}
				s.CommentMap[key+"."+name.Name] = flow(text)
			}
		}
	}
}

// flow is a comment on one line, in the words of JSON.
func flow(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.NewReplacer("; nil ", "; null ", "Nil when", "Null when").Replace(text)
}

// mapper makes what the reflector would not: addresses, and words out of a list.
func (s *source) mapper(t reflect.Type) *jsonschema.Schema {
	if t == reflect.TypeFor[netip.Addr]() {
		return &jsonschema.Schema{Type: "string"}
	}
	if words := s.words[t.PkgPath()+"."+t.Name()]; words != nil {
		return &jsonschema.Schema{Type: "string", Enum: words}
	}
	return nil
}

func (s *source) name(t *testing.T) func(reflect.Type) string {
	return func(typ reflect.Type) string {
		if typ.Kind() != reflect.Struct {
			return ""
		}
		if had, ok := s.types[typ.Name()]; ok && had != typ {
			t.Errorf("two types for the definition %s: %v, %v", typ.Name(), had, typ)
		}
		s.types[typ.Name()] = typ
		return typ.Name()
	}
}

// comment is that of a field, or of its type where the field has none.
func (s *source) comment(t reflect.Type, field string) string {
	if field == "" {
		return s.CommentMap[t.PkgPath()+"."+t.Name()]
	}
	if text := s.CommentMap[t.PkgPath()+"."+t.Name()+"."+field]; text != "" {
		return text
	}
	f, _ := t.FieldByName(field)
	typ := f.Type
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	return s.CommentMap[typ.PkgPath()+"."+typ.Name()]
}

// finish makes pointers nullable and fails for a property without description.
func (s *source) finish(t *testing.T, def *jsonschema.Schema, typ reflect.Type) {
	for _, f := range reflect.VisibleFields(typ) {
		name := f.Tag.Get("json")
		p, ok := def.Properties.Get(name)
		if !ok {
			continue
		}
		if p.Description == "" {
			p.Description = words(f.Name)
		}
		if f.Type.Kind() != reflect.Pointer {
			continue
		}
		if p.Ref == "" {
			p.Extras = map[string]any{"type": []string{p.Type, "null"}}
			p.Type = ""
			continue
		}
		def.Properties.Set(name, &jsonschema.Schema{Description: p.Description,
			AnyOf: []*jsonschema.Schema{{Ref: p.Ref}, {Type: "null"}}})
	}
	if len(def.Required) != def.Properties.Len() {
		t.Errorf("%v: %d of %d properties are required", typ, len(def.Required), def.Properties.Len())
	}
}

// words is the description of a field whose name says it all: "MessageID" is
// "Message ID."
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' && name[i-1] >= 'a' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String() + "."
}
