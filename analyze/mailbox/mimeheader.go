package mailbox

import "strings"

// partHeader is what matters of the header of a part: values as written.
type partHeader struct {
	contentType, encoding, disposition []byte
}

// maxPartLine is how many bytes of one of its lines are kept. It is that of a value.
const maxPartLine = MaxParameters

// partHeader reads the header of a part, and leaves the cursor at its content. The
// reader of message headers will not do: here the first line may be the empty one,
// and a boundary ends everything.
func (s *structure) partHeader() (h partHeader) {
	begin := s.cur.at
	var value *[]byte // Of the field that a continuation line continues.
	any, strays := false, 0
	var stray cursor // Where the lines begin that are no fields.
	for s.cur.at-begin < MaxPartHeader {
		before := s.cur
		line, ok := s.cur.line(maxPartLine)
		if ok && len(line) == 0 && before.at == begin && s.misplaced() {
			continue
		}
		if !ok || isBlank(line) {
			return h
		}
		if level, _ := s.match(line); level >= 0 {
			s.cur = before
			return h
		}
		if line[0] == ' ' || line[0] == '\t' {
			addLine(value, line)
			continue
		}
		colon, _ := fieldName(line)
		if colon > 0 {
			any, strays = true, 0
			value = h.value(Field{Name: string(line[:min(colon, maxFieldName)])})
			addLine(value, line[colon+1:])
			continue
		}
		// QUIRK: parts without the empty line, or with a few lines of something else.
		if strays == 0 {
			stray = before
		}
		if strays++; !any || strays > MaxStray {
			s.cur = stray
			return h
		}
		value = nil
	}
	s.limit("mailbox.MaxPartHeader", MaxPartHeader, "the header of a part does not end before this byte: what follows was taken as its content")
	return h
}

// misplaced says whether the header of a part follows its empty line. QUIRK: in the
// reports of some mail servers each part has one empty line too many.
func (s *structure) misplaced() bool {
	ahead := s.cur
	ahead.joined = nil
	line, ok := ahead.line(maxFieldName)
	return ok && len(line) > 13 && strings.EqualFold(string(line[:13]), "content-type:")
}

// maxFieldName is longer than the names that are looked for.
const maxFieldName = 64

// value is where the value of a field belongs; nil for one that does not matter. Of
// several fields of one name the first counts.
func (h *partHeader) value(f Field) *[]byte {
	for len(f.Name) > 0 && (f.Name[len(f.Name)-1] == ' ' || f.Name[len(f.Name)-1] == '\t') {
		f.Name = f.Name[:len(f.Name)-1]
	}
	var v *[]byte
	switch {
	case f.Is("Content-Type"):
		v = &h.contentType
	case f.Is("Content-Transfer-Encoding"):
		v = &h.encoding
	case f.Is("Content-Disposition"):
		v = &h.disposition
	}
	if v != nil && *v != nil {
		return nil
	}
	return v
}

// addLine adds a line to a value. What no parser would look at is left out.
func addLine(value *[]byte, line []byte) {
	if value == nil || len(*value) >= MaxParameters {
		return
	}
	if *value != nil {
		*value = append(*value, '\n')
	}
	*value = append(*value, line...)
}
