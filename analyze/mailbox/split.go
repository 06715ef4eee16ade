package mailbox

import (
	"fmt"
	"io"
	"iter"
)

// Split cuts an input into messages.
func Split(name string, r io.Reader, size int64) iter.Seq2[*Raw, error] {
	return func(yield func(*Raw, error) bool) {
		w := &Raw{Name: name}
		cut, err := w.content.fill(r, size, MaxMessage, &w.sum)
		if err != nil {
			yield(nil, fmt.Errorf("%s: read message: %w", name, err))
			return
		}
		if cut {
			w.limit("mailbox.MaxMessage", MaxMessage, "the rest of the message was not read")
		}
		if !cut {
			w.Input = &Input{SHA256: w.sum, Size: w.content.size}
		}
		yield(w, nil)
	}
}
