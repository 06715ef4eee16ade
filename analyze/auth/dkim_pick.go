package auth

import (
	"strings"

	"mailtrace/analyze/mailbox"
)

// picker finds the fields that a signature names, in time that does not grow with
// their product: a message can have thousands of both.
type picker struct {
	fields []mailbox.Field
	lowest map[string]int32 // By key: the index of the lowest field.
	above  []int32          // Of each field, the index of the next above it of the same key; -1 for none.
}

func newPicker(fields []mailbox.Field) *picker {
	p := &picker{fields: fields, lowest: make(map[string]int32, len(fields)), above: make([]int32, len(fields))}
	for i := range fields {
		up, ok := p.lowest[fields[i].Key]
		if !ok {
			up = -1
		}
		p.above[i] = up
		p.lowest[fields[i].Key] = int32(i)
	}
	return p
}

// pick returns the indexes of the fields that names, with colons between, stands
// for, in that order. RFC 6376 section 5.4.2: of several fields of a name the lowest
// comes first, and a name for which there is none (any more) stands for nothing; it
// is in over, each once. The field self, which is the signature, is never picked.
func (p *picker) pick(names string, self int) (picked []int, over []string) {
	picked = make([]int, 0, min(strings.Count(names, ":")+1, len(p.fields)))
	at := make(map[string]int32, cap(picked))
	for name := range strings.SplitSeq(names, ":") {
		key := lower(trimBlanks(name))
		if key == "" {
			continue
		}
		i, begun := at[key]
		if !begun {
			var ok bool
			if i, ok = p.lowest[key]; !ok {
				i = -1
			}
		}
		if i >= 0 && int(i) == self {
			i = p.above[i]
		}
		switch {
		case i >= 0:
			picked = append(picked, int(i))
			i = p.above[i]
		case i == -1:
			if len(over) < MaxSigned {
				over = append(over, key)
			}
			i = -2
		}
		at[key] = i
	}
	return picked, over
}
