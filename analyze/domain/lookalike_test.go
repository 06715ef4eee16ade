package domain

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAlike(t *testing.T) {
	want := func(want Likeness, a, b string) {
		t.Helper()
		if got := Alike(a, b); got != want {
			t.Errorf("Alike(%q, %q) = %q, want %q", a, b, got, want)
		}
	}
	want(Confusable, "mail.paypa1.example", "paypal.example") // The digit one.
	want(Confusable, "rnicrosoft.example", "microsoft.example")
	want(Confusable, "gооgle.com", "google.com")        // Two Cyrillic о.
	want(Confusable, "xn--80ak6aa92e.com", "apple.com") // аррӏе: all Cyrillic.
	want(Confusable, "xn--gthub-n4a.com", "github.com") // gıthub: a dotless i.
	want(Confusable, "pаypаl.net", "paypal.com")        // Whatever the suffix.
	want(Confusable, "müller.example", "muller.example")
	want(OneEdit, "examplle.com", "example.com") // Added.
	want(OneEdit, "exmple.com", "example.com")   // Missing.
	want(OneEdit, "exampke.com", "example.com")  // Other.
	want(OneEdit, "exmaple.com", "example.com")  // Swapped.
	want(ExtraWord, "paypal-secure.com", "paypal.com")
	want(ExtraWord, "my-paypa1-login.com", "paypal.com")

	want(Unlike, "mail.example.com", "www.example.com") // One organisation.
	want(Unlike, "example.net", "example.com")          // Only the suffix: mostly the same owner.
	want(Unlike, "gmx.net", "gmy.com")                  // Too short.
	want(Unlike, "exampleshop.com", "example.com")      // No hyphen: pineapple is not apple.
	want(Unlike, "exmpale.com", "exampel.com")
	want(Unlike, "192.0.2.1", "192.0.2.2")
	want(Unlike, "com", "example.com")
	want(Unlike, "", "")
}

func TestDisguised(t *testing.T) {
	want := func(want Disguise, name string) {
		t.Helper()
		if label, got := Disguised(name); got != want || (label == "") != (want == Plain) {
			t.Errorf("Disguised(%q) = %q, %q, want %q", name, label, got, want)
		}
	}
	want(Mixed, "pаypal.com")
	want(Mixed, "xn--pypal-4ve.com") // The same in an A-label.
	want(Mixed, "mail.gοοgle.com")   // Greek.
	want(WholeInOne, "аррӏе.com")
	want(WholeInOne, "xn--80ak6aa92e.com")
	want(Styled, "𝗺𝗮𝗶𝗹.example")
	want(Plain, "пример.рф")
	want(Plain, "сосна.рф")   // All of it could be Latin, but so could not the rest.
	want(Plain, "пример.com") // и has no Latin likeness.
	want(Plain, "例え-shop.jp") // Latin beside Japanese is how it is written.
	want(Plain, "münchen.de") // One script.
	want(Plain, "xn--a.com")  // Not valid: never shown.
	want(Plain, "example.com")
	want(Plain, "")
}

func TestSkeleton(t *testing.T) {
	for _, c := range [][2]string{
		{"pay\u200bpal", "paypal"}, {"ＰａｙＰａｌ", "paypal"}, {"𝐩𝐚𝐲𝐩𝐚𝐥", "paypal"}, {"p\u0301aypal", "paypal"},
		{"modern", "modem"}, {"РАУРАӏ", "paypal"}, {"\xff", ""},
	} {
		if got := Skeleton(c[0]); got != c[1] {
			t.Errorf("Skeleton(%q) = %q, want %q", c[0], got, c[1])
		}
	}
	for from, to := range looks() {
		if to < '0' || to > 'z' || from == to {
			t.Errorf("%q looks like %q", from, to)
		}
	}
}

func FuzzAlike(f *testing.F) {
	f.Add("xn--80ak6aa92e.com", "apple.com")
	f.Add("\xff\u202e", "a.b.c")
	f.Add(strings.Repeat("м", 300)+".com", "rnm.com")
	f.Fuzz(func(t *testing.T, a, b string) {
		if got := Alike(a, b); got == OneEdit || got == Confusable {
			// What is one edit away, or the same, is so from both sides, but for the
			// shortest length.
			if back := Alike(b, a); back == Unlike && utf8.RuneCountInString(Skeleton(label(Org(a)))) >= minEdit {
				t.Errorf("%q is like %q (%s), but not the other way round", a, b, got)
			}
		}
		if Alike(a, a) != Unlike {
			t.Errorf("%q is like itself", a)
		}
		if s := Skeleton(a); !utf8.ValidString(s) {
			t.Errorf("skeleton of %q: %q", a, s)
		}
		Disguised(a)
	})
}
