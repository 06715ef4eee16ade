package dns

// Anchor is the digest of a key that is trusted because somebody said so, as a DS record
// of the root has it (RFC 4034 section 5.1).
type Anchor struct {
	KeyTag            uint16
	Algorithm, Digest uint8
	Data              string // In hexadecimal.
}

// rootAnchors are the keys that sign those of the root zone, as IANA publishes them at
// https://data.iana.org/root-anchors/root-anchors.xml, as of 2024-11-01. KSK-2017 signs;
// KSK-2024 stands beside it since 2025-01-11 and is to take over in 2026-10. A key that
// comes after them is one more line.
var rootAnchors = []Anchor{
	{20326, 8, 2, "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"},
	{38696, 8, 2, "683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16"},
}
