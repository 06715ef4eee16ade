package probe

// meaning is what an extension offers, in plain words; "" for one that is not known.
func meaning(keyword string) string { return "" }
