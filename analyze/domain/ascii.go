package domain

import "strings"

// ASCII returns the name as the DNS knows it: in lower case, in A-labels (RFC 5890
// section 2.3), without the dot at its end. It is empty for what cannot be written
// so.
func ASCII(name string) string {
	if name = strings.TrimSuffix(name, "."); name == "" || len(name) > 4*maxName {
		return ""
	}
	return toASCII(name)
}
