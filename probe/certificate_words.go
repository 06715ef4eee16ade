package probe

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"strings"
)

// maxAttributes is how many parts of a distinguished name are told: an honest one has
// fewer than ten, and pkix.Name.String takes time by the square of their number.
const maxAttributes = 16

// nameText is a distinguished name as RFC 4514 section 2 writes it, the most specific part
// first: "CN=mx.example.org,O=Example".
func nameText(n pkix.Name) string {
	var b strings.Builder
	for i := range n.Names {
		if i == maxAttributes || b.Len() > 2*maxName {
			b.WriteString(",...")
			break
		}
		a := n.Names[len(n.Names)-1-i]
		if i > 0 {
			b.WriteByte(',')
		}
		if s, ok := attributeNames[a.Type.String()]; ok {
			b.WriteString(s)
		} else {
			b.WriteString(clipped(a.Type.String(), maxName))
		}
		b.WriteByte('=')
		value, ok := a.Value.(string)
		if !ok {
			value = "?"
		}
		for _, c := range []byte(clipped(value, maxName)) {
			if strings.IndexByte(`,+"\<>;`, c) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		}
	}
	return b.String()
}

// attributeNames are those of RFC 4514 section 3, and the two that stand in certificates
// beside them.
var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.6": "C", "2.5.4.9": "STREET",
	"0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID", "2.5.4.5": "SERIALNUMBER", "1.2.840.113549.1.9.1": "E",
}

// certificateNames are the first names of the certificate, and how many there are.
func certificateNames(c *x509.Certificate) ([]string, int) {
	names := []string{}
	for _, n := range c.DNSNames[:min(len(c.DNSNames), maxNames)] {
		names = append(names, clipped(n, maxName))
	}
	for _, ip := range c.IPAddresses {
		if len(names) == maxNames {
			break
		}
		names = append(names, ip.String())
	}
	return names, len(c.DNSNames) + len(c.IPAddresses)
}

// keyText is the kind of a public key and its size: "RSA 2048", "ECDSA P-256".
func keyText(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	if c.PublicKeyAlgorithm == x509.UnknownPublicKeyAlgorithm {
		return "unknown"
	}
	return c.PublicKeyAlgorithm.String()
}

// signatureText is how the certificate was signed: "SHA256-RSA".
func signatureText(c *x509.Certificate) string {
	if c.SignatureAlgorithm == x509.UnknownSignatureAlgorithm {
		return "unknown"
	}
	return c.SignatureAlgorithm.String()
}

// usageText is what the certificate may be used for, by the names of RFC 5280 section
// 4.2.1.12, or by number.
func usageText(c *x509.Certificate) []string {
	all := []string{}
	for _, u := range c.ExtKeyUsage {
		if len(all) == maxUsages {
			return all
		}
		name, ok := usageNames[u]
		if !ok {
			name = u.String()
		}
		all = append(all, name)
	}
	for _, o := range c.UnknownExtKeyUsage {
		if len(all) == maxUsages {
			break
		}
		all = append(all, clipped(o.String(), maxName))
	}
	return all
}

var usageNames = map[x509.ExtKeyUsage]string{
	x509.ExtKeyUsageAny: "any", x509.ExtKeyUsageServerAuth: "serverAuth", x509.ExtKeyUsageClientAuth: "clientAuth",
	x509.ExtKeyUsageCodeSigning: "codeSigning", x509.ExtKeyUsageEmailProtection: "emailProtection",
	x509.ExtKeyUsageTimeStamping: "timeStamping", x509.ExtKeyUsageOCSPSigning: "OCSPSigning",
}

// extension is the value of an extension of the certificate, or nil.
func extension(c *x509.Certificate, id ...int) []byte {
	for i := range c.Extensions {
		if c.Extensions[i].Id.Equal(id) {
			return c.Extensions[i].Value
		}
	}
	return nil
}

// mustStaple says whether the certificate demands a stapled OCSP response: status_request,
// 5, stands in its TLS feature extension (RFC 7633 section 4).
func mustStaple(c *x509.Certificate) bool {
	value := extension(c, 1, 3, 6, 1, 5, 5, 7, 1, 24)
	if len(value) == 0 {
		return false
	}
	var features []int
	if rest, err := asn1.Unmarshal(value, &features); err != nil || len(rest) > 0 {
		return false
	}
	for _, f := range features {
		if f == 5 {
			return true
		}
	}
	return false
}

// countSCTs counts the signed certificate timestamps in the certificate (RFC 6962 section
// 3.3): a list within an octet string, its length and that of each entry in two octets.
func countSCTs(c *x509.Certificate) int {
	var list []byte
	if rest, err := asn1.Unmarshal(extension(c, 1, 3, 6, 1, 4, 1, 11129, 2, 4, 2), &list); err != nil || len(rest) > 0 || len(list) < 2 {
		return 0
	}
	list = list[2:]
	n := 0
	for len(list) >= 2 {
		size := int(binary.BigEndian.Uint16(list))
		if size == 0 || len(list) < 2+size {
			break
		}
		list = list[2+size:]
		n++
	}
	return n
}
