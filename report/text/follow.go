package text

import (
	"cmp"
	"fmt"

	"mailtrace/report"
)

// now shows what the servers said that were spoken to beside the message. What they said
// is no word on what they did then; where the two differ, findings tell it.
func (t *trace) now() {
	if len(t.r.Hosts) == 0 {
		return
	}
	t.blank()
	t.item(bold, "NOW", inputIndent, "as the server answers that took the mail, by its name (--probe)")
	shown := 0
	for i := range t.r.Hosts {
		h := &t.r.Hosts[i]
		for k := range h.Endpoints {
			if shown++; shown > MaxEndpointsShown {
				return
			}
			e := &h.Endpoints[k]
			t.bounded(plain, "", 1, fmt.Sprintf("%s, %s port%s%d: %s", cut(t.host(h.Name), t.width), t.host(e.Address.String()), noBreak, e.Port, t.answered(e)), MaxTextLines)
		}
	}
}

// answered says in words how a conversation went.
func (t *trace) answered(e *report.Endpoint) string {
	if e.Hello == report.HelloNone {
		return "not told: " + t.defang(cmp.Or(e.Why, string(e.Outcome)))
	}
	s := "greets \"" + cut(t.defang(e.Greeting), t.width) + "\", "
	switch {
	case e.TLS != nil && e.TLS.Outcome == report.OutcomeOK:
		return s + cut(Escape(e.TLS.Version), 20)
	case e.StartTLS == report.StartTLSAbsent:
		return s + "no STARTTLS"
	}
	return s + "TLS: " + cut(Escape(string(e.StartTLS)), 20)
}
