package batch

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// Bounds on the grammar of a Message-ID.
const (
	MaxMessageID = 250 // Bytes; a longer one has no grammar.
	MinRuns      = 3   // Runs of letters and digits: with fewer, too many programs write the same.
)

// grammarsData is the grammars that common software writes, or many senders share.
//
//go:embed data/grammars.txt
var grammarsData string

var commonGrammars = sync.OnceValue(func() map[string]bool {
	t := map[string]bool{}
	for row := range rows(grammarsData) {
		t[row] = true
	}
	return t
})

// grammar is how a Message-ID is built, what stands behind its "@" left out: every
// run of letters and digits is one letter and how long it is, "<3D6A12F4.1060602@x>"
// is "<H8.D7@>". D is digits, h and H hexadecimal, a and A letters, X all else. It
// is "" for what says nothing. The classes do not depend on chance more than they
// must: digits that are joined to hexadecimal by a hyphen or a dollar sign are
// taken for that.
func grammar(id string) string {
	id = strings.Trim(id, "<> \t")
	local := id
	if at := strings.LastIndexByte(id, '@'); at >= 0 {
		local = id[:at]
	}
	if local == "" || len(id) > MaxMessageID {
		return ""
	}
	var runs []word
	words := 0
	for i := 0; i < len(local); {
		n := i
		for n < len(local) && alphanumeric(local[n]) {
			n++
		}
		if n == i {
			if local[i] <= ' ' || local[i] > '~' {
				return ""
			}
			runs = append(runs, word{class: local[i]})
			i++
			continue
		}
		runs = append(runs, word{class(local[i:n]), n - i})
		words++
		i = n
	}
	if words < MinRuns {
		return ""
	}
	join(runs)
	var b strings.Builder
	b.WriteByte('<')
	for _, r := range runs {
		switch {
		case r.length == 0:
			b.WriteByte(r.class)
			continue
		case r.class == 'f' || r.class == 'F':
			r.class -= 'f' - 'a'
		}
		b.WriteByte(r.class)
		b.WriteString(strconv.Itoa(r.length))
	}
	b.WriteString("@>")
	return b.String()
}

// word is a run of letters and digits, or what stands between two.
type word struct {
	class  byte // Or the separator.
	length int  // 0: a separator.
}

// join makes digits, and letters up to f, hexadecimal where they are joined to such
// by a hyphen or a dollar sign: from the left, then from the right.
func join(runs []word) {
	beside := func(i, step int) {
		if runs[i].length == 0 || runs[i-step].class != '-' && runs[i-step].class != '$' {
			return
		}
		switch c := runs[i-2*step]; {
		case c.length == 0:
		case c.class == 'h' && (runs[i].class == 'D' || runs[i].class == 'f'),
			c.class == 'H' && (runs[i].class == 'D' || runs[i].class == 'F'):
			runs[i].class = c.class
		}
	}
	for i := 2; i < len(runs); i++ {
		beside(i, 1)
	}
	for i := len(runs) - 3; i >= 0; i-- {
		beside(i, -1)
	}
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// class is the narrowest class that a run is in; f and F are letters only that may be
// hexadecimal, which its neighbours tell.
func class(s string) byte {
	var digit, lower, upper, beyond bool // Beyond f.
	for i := range len(s) {
		switch c := s[i]; {
		case c <= '9':
			digit = true
		case c >= 'a':
			lower, beyond = true, beyond || c > 'f'
		default:
			upper, beyond = true, beyond || c > 'F'
		}
	}
	switch {
	case digit && !lower && !upper:
		return 'D'
	case digit && !beyond && !upper:
		return 'h'
	case digit && !beyond && !lower:
		return 'H'
	case !digit && !upper && !beyond:
		return 'f'
	case !digit && !lower && !beyond:
		return 'F'
	case !digit && !upper:
		return 'a'
	case !digit && !lower:
		return 'A'
	}
	return 'X'
}
