package auth

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Key is a record that publishes a key (RFC 6376 section 3.6.1).
type Key struct {
	Name     string   // Where it stands: selector._domainkey.domain.
	Text     string   // As published, up to MaxKeyRecord bytes.
	Type     string   // k=, rsa where there is none.
	Bits     int      // Of the key; 0 where it could not be read.
	Bare     bool     // An RSA key without the SubjectPublicKeyInfo around it, as RFC 6376 section 3.6.1 has it by its words; nearly all have it.
	Hashes   []string // h=; nil: any.
	Services []string // s=; nil: any.
	Notes    string   // n=, as written.
	Test     bool     // t=y: the domain only tries DKIM out.
	Strict   bool     // t=s: the domain of i= must be d= itself.
	Revoked  bool     // p= is empty.
	Fault    string   // Why it cannot be used, in a few words; "" when it can, or is revoked.

	rsa     *rsa.PublicKey
	ed25519 ed25519.PublicKey
}

// ParseKey reads a key record that stands at a name. It never fails: see Fault.
func ParseKey(name string, text []byte) *Key {
	k := &Key{Name: name, Type: "rsa"}
	if len(text) > MaxKeyRecord {
		k.Text = string(text[:MaxKeyRecord])
		k.Fault = "is longer than " + strconv.Itoa(MaxKeyRecord) + " bytes"
		return k
	}
	k.Text = string(text)
	if k.parse(); k.Fault != "" && strings.Contains(k.Text, `\;`) {
		k.Fault = "has backslashes before its semicolons, which belong into the zone file only"
	}
	return k
}

// parse reads the tags.
func (k *Key) parse() {
	tags, fault := parseTagList(k.Text)
	if v, ok := tags.get("v"); ok && v.Value != "DKIM1" {
		// RFC 6376 section 3.6.1: must be discarded.
		k.Fault = "is of another version than DKIM1"
		return
	}
	if fault != "" {
		k.Fault = fault
		return
	}
	if t := tags.value("k"); t != "" {
		k.Type = t
	}
	if tags.has("h") {
		k.Hashes = colonList(tags.value("h"))
	}
	if tags.has("s") {
		k.Services = colonList(tags.value("s"))
	}
	k.Notes = tags.value("n")
	for flag := range strings.SplitSeq(tags.value("t"), ":") {
		switch trimBlanks(flag) {
		case "y":
			k.Test = true
		case "s":
			k.Strict = true
		}
	}
	p, ok := tags.get("p")
	switch {
	case !ok:
		k.Fault = "has no p="
	case p.Value == "":
		k.Revoked = true
	default:
		k.public(p.Value)
	}
}

// public reads the key itself.
func (k *Key) public(p string) {
	data, fault := base64Tag(p)
	switch {
	case fault != "":
		k.Fault = "has a p= that " + fault
	case k.Type == "rsa":
		k.parseRSA(data)
	case k.Type == "ed25519" && len(data) == ed25519.PublicKeySize:
		k.ed25519, k.Bits = data, 8*len(data)
	case k.Type == "ed25519" && len(data) == ed25519.PublicKeySize+12:
		// RFC 8463 section 4.2.
		k.Fault = "has its Ed25519 key wrapped in SubjectPublicKeyInfo, where the 32 bytes alone belong"
	case k.Type == "ed25519":
		k.Fault = "has an Ed25519 key of " + strconv.Itoa(len(data)) + " bytes, not 32"
	default:
		k.Fault = "has a key of an unknown type"
	}
}

// parseRSA takes both forms in use: SubjectPublicKeyInfo (RFC 5280 section 4.1) and
// RSAPublicKey (RFC 8017 appendix A.1.1). crypto/x509 would do the same in twenty
// times the time.
func (k *Key) parseRSA(der []byte) {
	const bad = "has a p= that is no RSA key"
	outer, rest, ok := element(der, sequence)
	if !ok || len(rest) > 0 {
		k.Fault = bad
		return
	}
	if algorithm, rest, wrapped := element(outer, sequence); wrapped {
		id, _, ok := element(algorithm, objectID)
		bits, rest, ok2 := element(rest, bitString)
		switch {
		case !ok || !ok2 || len(rest) > 0 || len(bits) == 0 || bits[0] != 0:
			k.Fault = bad
			return
		case !bytes.Equal(id, rsaEncryption):
			k.Fault = "says k=rsa, and holds a key of another type"
			return
		}
		if outer, rest, ok = element(bits[1:], sequence); !ok || len(rest) > 0 {
			k.Fault = bad
			return
		}
	} else {
		k.Bare = true
	}
	modulus, rest, ok := element(outer, integer)
	exponent, rest, ok2 := element(rest, integer)
	if !ok || !ok2 || len(rest) > 0 || len(modulus) == 0 || len(exponent) == 0 || modulus[0]|exponent[0] >= 0x80 {
		k.Fault = bad
		return
	}
	n := new(big.Int).SetBytes(modulus)
	if k.Bits = n.BitLen(); k.Bits < 2 || n.Bit(0) == 0 {
		k.Fault = "has an RSA key with a modulus that is none"
		return
	}
	e := new(big.Int).SetBytes(exponent)
	// With 1 anyone can sign, with an even one nobody. Larger ones are not taken by
	// crypto/rsa nor by most receivers.
	if e.BitLen() > 31 || e.Int64() < 3 || e.Bit(0) == 0 {
		k.Fault = "has an RSA key with an exponent that is none, or is too large"
		return
	}
	k.rsa = &rsa.PublicKey{N: n, E: int(e.Int64())}
}

// Tags of DER (X.690 section 8.1.2), and the name of RSA keys (RFC 8017 appendix C).
const (
	integer   = 0x02
	bitString = 0x03
	objectID  = 0x06
	sequence  = 0x30
)

var rsaEncryption = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}

// element takes the first element off der, when it has that tag.
func element(der []byte, tag byte) (content, rest []byte, ok bool) {
	if len(der) < 2 || der[0] != tag {
		return nil, nil, false
	}
	size, der := int(der[1]), der[2:]
	if size >= 0x80 { // That many bytes of length follow.
		n := size - 0x80
		if n < 1 || n > 3 || n > len(der) {
			return nil, nil, false
		}
		size = 0
		for _, b := range der[:n] {
			size = size<<8 | int(b)
		}
		der = der[n:]
	}
	if size > len(der) {
		return nil, nil, false
	}
	return der[:size], der[size:], true
}

// unfit says why a usable key must not be used for a signature, "" when it may
// (RFC 6376 section 6.1.2).
func (k *Key) unfit(s *Signature) string {
	switch {
	case k.Type != s.keyType:
		return "is for " + inQuotes(k.Type) + ", and the signature was made with " + s.keyType
	case k.Hashes != nil && !slices.Contains(k.Hashes, s.hashName):
		return "allows only the hash algorithms " + inQuotes(strings.Join(k.Hashes, ":")) + " (h=)"
	case k.Services != nil && !slices.Contains(k.Services, "*") && !slices.Contains(k.Services, "email"):
		return "is not for mail (s=" + inQuotes(strings.Join(k.Services, ":")) + ")"
	case k.Strict && s.kind == kindDKIM && !strings.EqualFold(s.identityDomain, s.Domain):
		return "allows no subdomain in i= (t=s)"
	}
	return ""
}

// verify tells whether sig was made by the key over that hash of the header, and
// which hash it was made over where the signature tells that: one of RSA that was
// made with this key does.
func (k *Key) verify(h crypto.Hash, sum, sig []byte) (ok bool, signed []byte) {
	if k.ed25519 != nil {
		// RFC 8463 section 3: the hash is what is signed.
		return ed25519.Verify(k.ed25519, sum, sig), nil
	}
	if k.rsa == nil || k.Bits > MaxKeyBits {
		return false, nil
	}
	if k.Bits >= MinKeyBits && h == crypto.SHA256 && rsa.VerifyPKCS1v15(k.rsa, h, sum, sig) == nil {
		return true, sum
	}
	signed = k.open(h, sig)
	return signed != nil && bytes.Equal(signed, sum), signed
}

// open returns the hash that an RSA signature was made over (RFC 8017 section
// 8.2.2), nil when it was not made with this key. It serves keys that crypto/rsa
// refuses as well, to tell whether what must not count would hold.
func (k *Key) open(h crypto.Hash, sig []byte) []byte {
	size := (k.Bits + 7) / 8
	if k.rsa == nil || len(sig) != size || k.Bits > MaxKeyBits {
		return nil
	}
	c := new(big.Int).SetBytes(sig)
	if c.Cmp(k.rsa.N) >= 0 {
		return nil
	}
	message := c.Exp(c, big.NewInt(int64(k.rsa.E)), k.rsa.N).FillBytes(make([]byte, size))
	prefix := sha256Prefix
	if h == crypto.SHA1 {
		prefix = sha1Prefix
	}
	pad := size - len(prefix) - h.Size() - 3
	if pad < 8 || message[0] != 0 || message[1] != 1 || message[2+pad] != 0 {
		return nil
	}
	for _, b := range message[2 : 2+pad] {
		if b != 0xff {
			return nil
		}
	}
	if !bytes.HasPrefix(message[3+pad:], prefix) {
		return nil
	}
	return message[size-h.Size():]
}

// DigestInfo of RFC 8017 section 9.2, note 1, before the hash.
var (
	sha256Prefix = []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}
	sha1Prefix   = []byte{0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14}
)
