package received

import (
	"os"
	"testing"
)

// corpusMessages is the Received fields of a quarter of every set of the corpora,
// message by message.
func corpusMessages(b *testing.B) (messages [][]Field, fields, bytes int) {
	for i, m := range jsonLines[message](b, corpora(b, "mails", "index.jsonl")) {
		if i%4 != 0 {
			continue
		}
		data, err := os.ReadFile(corpora(b, m.Path))
		if err != nil {
			b.Fatal(err)
		}
		if f := headerFields(data); len(f) > 0 {
			messages = append(messages, f)
			fields += len(f)
			for _, field := range f {
				bytes += len(field.Value)
			}
		}
	}
	return messages, fields, bytes
}

// BenchmarkFields reads the fields of the corpora with one parser, as NewPath
// does; an operation is a field.
func BenchmarkFields(b *testing.B) {
	messages, fields, bytes := corpusMessages(b)
	b.SetBytes(int64(bytes / fields))
	b.ReportAllocs()
	b.ResetTimer()
	var p parser
	for n := 0; n < b.N; {
		for _, m := range messages {
			for _, f := range m {
				sink = Hop{}
				p.read(f, &sink)
				n++
			}
			if n >= b.N {
				break
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "fields/s")
}

var sink Hop // So that the compiler does not drop the work.

// BenchmarkNewPath reads and joins the paths of the corpora; an operation is a
// message.
func BenchmarkNewPath(b *testing.B) {
	messages, fields, bytes := corpusMessages(b)
	org := func(string) string { return "" }
	b.SetBytes(int64(bytes / len(messages)))
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		NewPath(messages[i%len(messages)], org)
	}
	b.ReportMetric(float64(b.N)*float64(fields)/float64(len(messages))/b.Elapsed().Seconds(), "fields/s")
}
