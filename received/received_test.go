package received

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite what testdata/*.txt expects")

// TestHops reads every field of testdata/*.txt, one file per family of mail
// servers, and compares what was read with the lines that begin with "=" below it.
func TestHops(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		if filepath.Base(file) == "argued.txt" {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			for block := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n\n") {
				var head, field, want strings.Builder
				for line := range strings.Lines(block + "\n") {
					switch {
					case strings.HasPrefix(line, "= "):
						want.WriteString(line)
					case strings.HasPrefix(line, "#"):
						head.WriteString(line)
					default:
						field.WriteString(line)
					}
				}
				value := strings.TrimSuffix(strings.TrimPrefix(field.String(), "Received:"), "\n")
				got := show(t, Parse(Field{Line: 1, Value: value}))
				if got != want.String() && !*update {
					t.Errorf("%s%s\nwant:\n%s", field.String(), got, want.String())
				}
				out.WriteString(head.String() + field.String() + got + "\n")
			}
			if *update {
				if err := os.WriteFile(file, []byte(strings.TrimSuffix(out.String(), "\n")), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// show prints what a hop holds, a value a line, and holds every span to its value.
func show(t *testing.T, h Hop) string {
	var b strings.Builder
	put := func(name string, v any) {
		if s := strings.TrimSpace(fmt.Sprint(v)); s != "" && s != "[]" && s != "invalid IP" {
			fmt.Fprintf(&b, "= %s %s\n", name, s)
		}
	}
	text := func(name, v string, at Span) {
		put(name, v)
		if in := at.In(h.Raw); v != "" && unfold(in) != v && !strings.Contains(in, v) {
			t.Errorf("%s is %q, and its span holds %q", name, v, in)
		}
	}
	s := h.Spans
	put("dialect", h.Dialect+" "+string(h.Confidence))
	put("kind", h.Kind)
	text("from", h.From.Name, s.From)
	text("helo", h.From.HELO, s.HELO)
	text("rdns", h.From.RDNS, s.RDNS)
	put("rdns-status", h.From.RDNSStatus)
	put("address", h.From.Address)
	text("address-text", h.From.AddressText, s.Address)
	if h.From.Port != nil {
		text("port", fmt.Sprint(*h.From.Port), s.Port)
	}
	text("ident", h.From.Ident, s.Ident)
	text("by", h.By.Name, s.By)
	put("by-address", h.By.Address)
	text("product", h.By.Product, s.Product)
	text("version", h.By.Version, s.Version)
	text("via", h.Via, s.Via)
	text("with", h.With, s.With)
	put("implies", h.Implies)
	if h.TLS != nil {
		text("tls", h.TLS.Version, s.TLSVersion)
		text("cipher", h.TLS.Cipher, s.Cipher)
		if h.TLS.Bits != nil {
			put("bits", *h.TLS.Bits)
		}
		put("certificate", h.TLS.ClientCertificate)
	}
	text("user", h.User, s.User)
	text("id", h.ID, s.ID)
	put("for", strings.Join(h.For, ", "))
	text("envelope-from", h.EnvelopeFrom, s.EnvelopeFrom)
	if h.Time != nil {
		put("time", h.Time.Format(time.RFC3339Nano))
	}
	if h.OffsetSeconds != nil {
		put("offset", *h.OffsetSeconds)
	}
	text("zone", h.Zone, s.Zone)
	put("unparsed", strings.Join(h.Unparsed, " "))
	put("oddities", h.Oddities)
	return b.String()
}

func TestReadAddress(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "[192.0.2.1]": "192.0.2.1", "[192.0.2.1]:25": "192.0.2.1 25", "[192.0.2.1:25]": "192.0.2.1 25",
		"192.0.2.1.25": "192.0.2.1 25", "[(192.0.2.1)]": "192.0.2.1", "192.000.002.001": "192.0.2.1 unusual-address",
		"[IPv6:2001:db8::1]": "2001:db8::1", "2001:db8::1": "2001:db8::1", "[fe80::1%3]": "fe80::1%3",
		"::ffff:192.0.2.1": "192.0.2.1 mapped-address", "[::1]": "::1",

		"192.0.2": "", "192.0.2.256": "impossible-address", "15.20.8398.18": "impossible-address", "192.0.2.1x": "", "1.2.3.4.5.6": "", "": "", "[]": "",
		"[192.0.2.1": "", "x.x.x.x": "", "?.?.?.?": "", "12:30:45": "", "::ffff:192.0.2.999": "", "[192.0.2.1]:99999": "", "deadbeef": "", "[[]": "",
		"[IPv6:]": "", "IPv6:": "", // Found by FuzzParse.
	} {
		e, ok := readAddress(in)
		var got []string
		if ok {
			got = append(got, e.addr.String())
			if e.port >= 0 {
				got = append(got, fmt.Sprint(e.port))
			}
		}
		if e.odd != "" {
			got = append(got, string(e.odd))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("readAddress(%q) = %q, want %q", in, s, want)
		}
	}
}

// TestBounds: what is written to hurt is read to a bound, and the report says so.
func TestBounds(t *testing.T) {
	date := "; Thu, 21 May 1998 05:33:29 -0700"
	for _, c := range []struct {
		name, value string
		odd         Oddity
	}{
		{"long", "from a by b (" + strings.Repeat("x", MaxField) + ")" + date, TooLong},
		{"words", "from a by b " + strings.Repeat("x ", MaxTokens) + date, TooManyParts},
		{"depth", "from a by b " + strings.Repeat("(", 100) + strings.Repeat(")", 100) + date, TooManyParts},
		{"open", "from a by b " + strings.Repeat("(", 20) + date, UnclosedComment},
		{"controls", "from a\x00b by c\x1b[31m" + date, ControlCharacter},
	} {
		h := Parse(Field{Value: c.value})
		if !hasOddity(h, c.odd) || h.From.Name == "" || h.By.Name == "" {
			t.Errorf("%s: from %q by %q, %v; want %s", c.name, h.From.Name, h.By.Name, h.Oddities, c.odd)
		}
		if len(h.Comments) > MaxStrings || len(h.Unparsed) > MaxStrings || len(h.For) > MaxStrings {
			t.Errorf("%s: %d comments, %d words, %d recipients", c.name, len(h.Comments), len(h.Unparsed), len(h.For))
		}
	}
}

func hasOddity(h Hop, o Oddity) bool {
	for _, have := range h.Oddities {
		if have == o {
			return true
		}
	}
	return false
}

func TestAddressIsNeverMapped(t *testing.T) {
	h := Parse(Field{Value: "from a ([::ffff:192.0.2.1]) by b"})
	if h.From.Address != netip.MustParseAddr("192.0.2.1") || !hasOddity(h, MappedAddress) {
		t.Errorf("address %v, oddities %v", h.From.Address, h.Oddities)
	}
}
