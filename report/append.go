package report

import (
	"math"
	"net/netip"
	"strconv"
	"time"
)

// AppendJSON appends r to b as JSON on one line, with its line end. What it gives
// is described at WriteJSON, and is byte for byte what encoding/json would give for
// a report in which no list is nil and every time and number can be written.
//
// encoding/json finds its way through the types by reflection, and took a seventh
// of the time that a message takes. So the keys stand in append_report.go and
// append_path.go once more, in the order of the types. TestAppendJSON fills every
// field that the types have and compares, so that none is forgotten there.
func (r *Report) AppendJSON(b []byte) []byte {
	a := appender{append(b, '{')}
	appendReport(&a, r)
	return append(a.b, "}\n"...)
}

// appender is JSON being written: what was written so far. A comma is due before
// whatever does not follow an opening bracket.
type appender struct{ b []byte }

// key writes the name of what follows. Names need no escapes.
func (a *appender) key(name string) {
	if a.b[len(a.b)-1] != '{' {
		a.b = append(a.b, ',')
	}
	a.b = append(a.b, '"')
	a.b = append(a.b, name...)
	a.b = append(a.b, '"', ':')
}

func (a *appender) null() { a.b = append(a.b, "null"...) }

func str[S ~string](a *appender, key string, s S) {
	a.key(key)
	a.b = appendString(a.b, string(s))
}

func num[N int | int64 | uint16](a *appender, key string, n N) {
	a.key(key)
	a.b = strconv.AppendInt(a.b, int64(n), 10)
}

func numOrNull[N int | int64 | uint16](a *appender, key string, n *N) {
	a.key(key)
	if n == nil {
		a.null()
		return
	}
	a.b = strconv.AppendInt(a.b, int64(*n), 10)
}

func boolean(a *appender, key string, v bool) {
	a.key(key)
	a.b = strconv.AppendBool(a.b, v)
}

func boolOrNull(a *appender, key string, v *bool) {
	a.key(key)
	if v == nil {
		a.null()
		return
	}
	a.b = strconv.AppendBool(a.b, *v)
}

// floatOrNull writes what is no finite number as null too. Else it writes as
// ECMAScript does: very large and very small numbers with an exponent, which is not
// padded to two digits.
func floatOrNull(a *appender, key string, f *float64) {
	a.key(key)
	if f = finite(f); f == nil {
		a.null()
		return
	}
	abs := math.Abs(*f)
	if abs == 0 || abs >= 1e-6 && abs < 1e21 {
		a.b = strconv.AppendFloat(a.b, *f, 'f', -1, 64)
		return
	}
	a.b = strconv.AppendFloat(a.b, *f, 'e', -1, 64)
	if n := len(a.b); string(a.b[n-4:n-1]) == "e-0" {
		a.b = append(a.b[:n-2], a.b[n-1])
	}
}

// utc writes a time in UTC, and one that RFC 3339 cannot write as the zero time.
func utc(a *appender, key string, t time.Time) {
	t = writable(t)
	timeOrNull(a, key, &t)
}

// timeOrNull writes a time with the offset that it has, and one that RFC 3339
// cannot write as null.
func timeOrNull(a *appender, key string, t *time.Time) {
	a.key(key)
	if t = writableOrNil(t); t == nil {
		a.null()
		return
	}
	a.b = append(a.b, '"')
	a.b = t.AppendFormat(a.b, time.RFC3339Nano)
	a.b = append(a.b, '"')
}

// addr writes "" for no address. A zone may be any text.
func addr(a *appender, key string, ip netip.Addr) {
	if !ip.IsValid() || ip.Zone() != "" {
		s := ""
		if ip.IsValid() {
			s = ip.String()
		}
		str(a, key, s)
		return
	}
	a.key(key)
	a.b = append(a.b, '"')
	a.b = ip.AppendTo(a.b)
	a.b = append(a.b, '"')
}

// strs writes a list of strings.
func strs[S ~string](a *appender, key string, list []S) {
	a.key(key)
	a.b = append(a.b, '[')
	for i, s := range list {
		if i > 0 {
			a.b = append(a.b, ',')
		}
		a.b = appendString(a.b, string(s))
	}
	a.b = append(a.b, ']')
}

// object writes a struct, whose keys are written by keys; nil is null.
func object[T any](a *appender, key string, v *T, keys func(*appender, *T)) {
	a.key(key)
	if v == nil {
		a.null()
		return
	}
	a.b = append(a.b, '{')
	keys(a, v)
	a.b = append(a.b, '}')
}

// objects writes a list of structs.
func objects[T any](a *appender, key string, list []T, keys func(*appender, *T)) {
	a.key(key)
	a.b = append(a.b, '[')
	for i := range list {
		if i > 0 {
			a.b = append(a.b, ',')
		}
		a.b = append(a.b, '{')
		keys(a, &list[i])
		a.b = append(a.b, '}')
	}
	a.b = append(a.b, ']')
}
