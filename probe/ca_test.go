package probe

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// testCA makes the certificates of the servers that the tests talk to: right
// ones, and every wrong one that mail servers are found with.
type testCA struct {
	t    testing.TB
	now  time.Time
	root *issuer
	sub  *issuer // the intermediate, which signs what is not said to be signed otherwise
}

// issuer is a certificate that signs others.
type issuer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

const day = 24 * time.Hour

// RSA keys take up to a second to make, so that a process makes each only once.
var (
	rsaLeafKey   = rsaKey(2048)
	rsaIssuerKey = rsaKey(2048)
	rsaWeakKey   = rsaKey(1024)
)

func rsaKey(bits int) func() *rsa.PrivateKey {
	return sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		return key
	})
}

// newTestCA makes an ECDSA root and an intermediate. What it issues is valid, or
// is not, at now.
func newTestCA(t testing.TB, now time.Time) *testCA {
	t.Helper()
	ca := &testCA{t: t, now: now}
	ca.root = ca.issuer("Test Root", nil, ca.ecdsaKey(), 3650*day)
	ca.sub = ca.issuer("Test Intermediate", ca.root, ca.ecdsaKey(), 1000*day)
	return ca
}

// roots holds the root alone.
func (ca *testCA) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.root.cert)
	return pool
}

func (ca *testCA) rootPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.root.cert.Raw})
}

// certificate is a leaf for names, with the chain that a server sends. An unknown
// kind fails the test. "sans:N" has N names more, "chain:N" is sent with N
// certificates that have nothing to do with it.
func (ca *testCA) certificate(kind string, names ...string) tls.Certificate {
	ca.t.Helper()
	kind, number, _ := strings.Cut(kind, ":")
	n, err := strconv.Atoi(number)
	if err != nil && number != "" {
		ca.t.Fatalf("certificate %s:%s: %v", kind, number, err)
	}
	leaf := ca.leaf(names)
	by, key := ca.sub, crypto.Signer(rsaLeafKey())
	switch kind {
	case "good", "with-root", "missing-intermediate":
	case "chain": // Its strangers are sent behind it, below.
	case "ecdsa":
		key = ca.ecdsaKey()
	case "expired":
		leaf.NotBefore, leaf.NotAfter = ca.now.Add(-93*day), ca.now.Add(-3*day)
	case "not-yet-valid":
		leaf.NotBefore, leaf.NotAfter = ca.now.Add(3*day), ca.now.Add(93*day)
	case "expiring":
		leaf.NotBefore, leaf.NotAfter = ca.now.Add(-85*day), ca.now.Add(5*day)
	case "wrong-name":
		name(leaf, "other.example.org")
	case "self-signed":
		by = nil
	case "expired+wrong-name+self-signed":
		leaf.NotBefore, leaf.NotAfter = ca.now.Add(-93*day), ca.now.Add(-3*day)
		name(leaf, "other.example.org")
		by = nil
	case "expired-intermediate":
		by = ca.issuer("Test Expired Intermediate", ca.root, ca.ecdsaKey(), -3*day)
	case "weak-key":
		key = rsaWeakKey()
	case "sha1":
		by = ca.issuer("Test RSA Intermediate", ca.root, rsaIssuerKey(), 1000*day)
	case "cn-only":
		leaf.DNSNames, leaf.IPAddresses = nil, nil
	case "wrong-usage":
		leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	case "unknown-authority":
		stranger := ca.issuer("Unknown Root", nil, ca.ecdsaKey(), 3650*day)
		by = ca.issuer("Unknown Intermediate", stranger, ca.ecdsaKey(), 1000*day)
	case "wildcard":
		for i, s := range leaf.DNSNames {
			_, parent, _ := strings.Cut(s, ".")
			leaf.DNSNames[i] = "*." + parent
		}
	case "must-staple": // RFC 7633: status_request has to be answered.
		leaf.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}}}
	case "sans":
		for i := range n {
			leaf.DNSNames = append(leaf.DNSNames, fmt.Sprintf("n%d.example.net", i))
		}
	default:
		ca.t.Fatalf("certificate: the kind %q is unknown", kind)
	}
	der := ca.sign(leaf, by, key)
	if kind == "sha1" {
		der = ca.signSHA1(der, rsaIssuerKey())
	}
	return ca.sent(kind, n, der, by, key)
}

// sent is the certificate with the chain that goes with its kind.
func (ca *testCA) sent(kind string, n int, der []byte, by *issuer, key crypto.Signer) tls.Certificate {
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		ca.t.Fatalf("certificate %s: %v", kind, err)
	}
	c := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	if by != nil && kind != "missing-intermediate" {
		c.Certificate = append(c.Certificate, by.cert.Raw)
	}
	switch kind {
	case "with-root":
		c.Certificate = append(c.Certificate, ca.root.cert.Raw)
	case "chain":
		stranger := ca.ecdsaKey()
		for i := range n {
			c.Certificate = append(c.Certificate, ca.issuer(fmt.Sprintf("Stranger %d", i), nil, stranger, 1000*day).cert.Raw)
		}
	}
	return c
}

// leaf is what a server's certificate says when nothing is wrong with it.
func (ca *testCA) leaf(names []string) *x509.Certificate {
	c := &x509.Certificate{
		SerialNumber:          ca.serial(),
		NotBefore:             ca.now.Add(-30 * day),
		NotAfter:              ca.now.Add(60 * day),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	name(c, names...)
	return c
}

// name puts names into the certificate, the first also as its common name.
func name(c *x509.Certificate, names ...string) {
	c.Subject, c.DNSNames, c.IPAddresses = pkix.Name{}, nil, nil
	for i, s := range names {
		if i == 0 {
			c.Subject.CommonName = s
		}
		if ip := net.ParseIP(s); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
			continue
		}
		c.DNSNames = append(c.DNSNames, s)
	}
}

// issuer makes a certificate that may sign, and that ends after left; a root
// when by is nil.
func (ca *testCA) issuer(cn string, by *issuer, key crypto.Signer, left time.Duration) *issuer {
	der := ca.sign(&x509.Certificate{
		SerialNumber:          ca.serial(),
		Subject:               pkix.Name{Organization: []string{"mailtrace tests"}, CommonName: cn},
		NotBefore:             ca.now.Add(-1000 * day),
		NotAfter:              ca.now.Add(left),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}, by, key)
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		ca.t.Fatalf("issuer %s: %v", cn, err)
	}
	return &issuer{cert, key}
}

// sign has c, whose key is key, signed by the issuer, or by itself when that is nil.
func (ca *testCA) sign(c *x509.Certificate, by *issuer, key crypto.Signer) []byte {
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		ca.t.Fatalf("certificate %s: %v", c.Subject, err)
	}
	return der
}

// signSHA1 signs a certificate anew, by SHA-1, which crypto/x509 refuses to do.
// The two algorithms differ in the last octet of their object identifier, which
// stands in the certificate twice: within what is signed, and beside the signature.
func (ca *testCA) signSHA1(der []byte, key *rsa.PrivateKey) []byte {
	oid := []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1}
	der = bytes.ReplaceAll(der, append(bytes.Clone(oid), 11), append(bytes.Clone(oid), 5))
	var c struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &c); err != nil {
		ca.t.Fatalf("signing by SHA-1: %v", err)
	}
	sum := sha1.Sum(c.TBS.FullBytes)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA1, sum[:])
	if err != nil {
		ca.t.Fatalf("signing by SHA-1: %v", err)
	}
	c.Signature = asn1.BitString{Bytes: sig, BitLength: 8 * len(sig)}
	der, err = asn1.Marshal(c)
	if err != nil {
		ca.t.Fatalf("signing by SHA-1: %v", err)
	}
	return der
}

func (ca *testCA) ecdsaKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		ca.t.Fatal(err)
	}
	return key
}

func (ca *testCA) serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		ca.t.Fatal(err)
	}
	return n.Add(n, big.NewInt(1))
}

// writeCertificate writes the chain, and the key, as a server reads them: PEM,
// the key for its owner alone. Their names are the serial number, so that one
// directory holds many.
func writeCertificate(t testing.TB, dir string, c tls.Certificate) (certFile, keyFile string) {
	t.Helper()
	var chain []byte
	for _, der := range c.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(dir, c.Leaf.SerialNumber.Text(16))
	certFile, keyFile = base+".pem", base+".key"
	if err := os.WriteFile(certFile, chain, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600); err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile
}

// The authority's own mistakes would be laid at the door of the probe, so that
// crypto/x509 and a handshake say first that each kind is what it is called.
func TestCA(t *testing.T) {
	ca := newTestCA(t, time.Now())
	if pool := x509.NewCertPool(); !pool.AppendCertsFromPEM(ca.rootPEM()) || !pool.Equal(ca.roots()) {
		t.Error("the root as PEM is not the root")
	}
	const good = ""
	for kind, want := range map[string]string{
		"good": good, "ecdsa": good, "expiring": good, "with-root": good, "wildcard": good, "must-staple": good,
		"sans:1000": good, "chain:20": good,
		"weak-key":                       good, // crypto/x509 has no opinion on the length of a key
		"expired":                        "has expired",
		"not-yet-valid":                  "is not yet valid",
		"wrong-name":                     "not mx.example.com",
		"self-signed":                    "unknown authority",
		"expired+wrong-name+self-signed": "has expired",
		"missing-intermediate":           "unknown authority",
		"expired-intermediate":           "has expired",
		"sha1":                           "insecure algorithm SHA1-RSA",
		"cn-only":                        "legacy Common Name",
		"wrong-usage":                    "incompatible key usage",
		"unknown-authority":              "unknown authority",
	} {
		t.Run(kind, func(t *testing.T) {
			c := ca.certificate(kind, "mx.example.com")
			certFile, keyFile := writeCertificate(t, t.TempDir(), c)
			c, err := tls.LoadX509KeyPair(certFile, keyFile)
			if err != nil {
				t.Fatal(err)
			}
			err = handshake(c, &tls.Config{RootCAs: ca.roots(), ServerName: "mx.example.com"})
			if (err == nil) != (want == good) || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("a client says %v, want %q", err, want)
			}
		})
	}
}

// handshake is the client's error when a server has the certificate c.
func handshake(c tls.Certificate, client *tls.Config) error {
	ours, theirs := net.Pipe()
	server := tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{c}})
	done := make(chan struct{})
	go func() { _ = server.Handshake(); close(done) }()
	err := tls.Client(ours, client).Handshake()
	ours.Close()
	<-done
	theirs.Close()
	return err
}
