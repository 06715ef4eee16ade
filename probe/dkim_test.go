package probe

import "testing"

func TestParseSelector(t *testing.T) {
	for text, want := range map[string]Selector{
		"S1":                                   {Name: "s1"},
		"20230601":                             {Name: "20230601"},
		"a.b_c":                                {Name: "a.b_c"},
		"bücher":                               {Name: "xn--bcher-kva"},
		"s1._domainkey.Example.org.":           {Name: "s1", Domain: "example.org"},
		"a.b._domainkey.example.org":           {Name: "a.b", Domain: "example.org"},
		"s1._domainkey":                        {},
		"s1._domainkey.":                       {},
		"_domainkey":                           {},
		"s1._domainkey.a b":                    {},
		"":                                     {},
		"a b":                                  {},
		"a..b":                                 {},
		"\x1b[31m":                             {},
		"x@example.org":                        {},
		"._domainkey.example.org":              {},
		"s1._domainkey._domainkey.example.org": {Name: "s1", Domain: "_domainkey.example.org"},
	} {
		got, err := ParseSelector(text)
		if got != want || (err == nil) != (want.Name != "") {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// TestUsualSelectors: as many as are announced, and each once.
func TestUsualSelectors(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range usualSelectors {
		if seen[name] || selectorName(name) != name {
			t.Errorf("%s: twice, or no selector", name)
		}
		seen[name] = true
	}
	if len(usualSelectors) > MaxSelectors || seen[unlikelySelector] {
		t.Errorf("%d selectors", len(usualSelectors))
	}
}
