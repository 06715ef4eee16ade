package auth

import "testing"

// bench reads the fields of every eighth message; an operation is a field.
func bench(b *testing.B, spf bool, parse func(string)) {
	var fields []string
	size := 0
	for _, f := range corpusFields(b, 8) {
		if f.spf() == spf {
			fields = append(fields, f.value)
			size += len(f.value)
		}
	}
	b.SetBytes(int64(size / len(fields)))
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		parse(fields[i%len(fields)])
	}
}

func BenchmarkParseResults(b *testing.B) {
	bench(b, false, func(s string) { ParseResults(s) })
}

// BenchmarkAddress reads a field and looks for the address in it.
func BenchmarkAddress(b *testing.B) {
	bench(b, false, func(s string) { ParseResults(s).Address() })
}

func BenchmarkParseReceivedSPF(b *testing.B) {
	bench(b, true, func(s string) { ParseReceivedSPF(s) })
}
