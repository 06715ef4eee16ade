package auth

import (
	"io"
	"strings"

	"mailtrace/analyze/mailbox"
)

// tail is what stands behind the beginning of the body that a signature covers (l=).
// Nothing has to be searched for: the signature holds, and says itself where it ends.
func tail(m *mailbox.Message, s *Signature) PartAutopsy {
	p := PartAutopsy{State: AutopsyHolds, Changes: []Change{}}
	raw, err := io.ReadAll(io.LimitReader(m.Body(), MaxAutopsyStream))
	if err != nil || s.Length == nil {
		return p
	}
	canon := canonText(nil, unixLines(raw), s.BodyForm == Relaxed)
	if *s.Length < 0 || *s.Length >= int64(len(canon)) {
		return p
	}
	added := canon[*s.Length:]
	html := false
	if f, ok := m.Field("Content-Type"); ok {
		html = strings.Contains(strings.ToLower(f.Value), "text/html")
	}
	c := Change{Kind: ChangeTail, Added: plainText(added, html), Links: linksIn(added, html)}
	c.Text = s.signer() + " signed only what stands before this text (l=). Nobody vouches for it; who added it is not known."
	p.State, p.Changes = AutopsyExplained, append(p.Changes, c)
	return p
}
