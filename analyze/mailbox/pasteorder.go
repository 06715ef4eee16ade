package mailbox

// reordered says whether a mail program put the header in another order and made one
// line of every field. QUIRK: what is copied out of Apple Mail's "All Headers" begins
// with From, Subject, Date and To. A message that came by mail begins with what the
// last server put on top, so no sender can give it this form.
func (m *Message) reordered() bool {
	const enough = 3 // Fields that are shown.
	shown := 0
	for i := range m.Fields {
		if kindOf(m.Fields[i].Name) != nameShown {
			break
		}
		shown++
	}
	if shown < enough {
		return false
	}
	routes := 0
	for i := range m.Fields {
		f := &m.Fields[i]
		if lineEnds(f.Value) > 0 {
			return false
		}
		if kindOf(f.Name) == nameReceived {
			routes++
		}
	}
	return routes > 0
}
