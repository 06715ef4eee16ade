package auth

import "testing"

// TestTargetOf: what a domain-spec leads to without a message.
func TestTargetOf(t *testing.T) {
	for spec, want := range map[string]SPFTarget{
		"A.Example.":          {Name: "a.example", Askable: true},
		"%{d}.x.example":      {Name: "in.example.x.example", Askable: true},
		"%{D1r}.%{o2}.y":      {Name: "in.sender.example.y", Askable: true},
		"%{i}.x.example":      {Message: true},
		"%{p}.%{P}.x.example": {Message: true, PMacros: 2},
		"%{l}.%{p}.x.example": {Message: true, PMacros: 1},
		"a..example":          {Name: "a..example"},
		"%%.%_.%-.example":    {Name: "%. .%20.example", Askable: true},
	} {
		if got := TargetOf(spec, "in.example", "sender.example"); got != want {
			t.Errorf("%s: %+v, want %+v", spec, got, want)
		}
	}
}
