package natstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Certs is a certificate authority with a server's certificate for localhost,
// 127.0.0.1 and ::1 and a client's, made for one test, in memory and as files.
type Certs struct {
	Pool           *x509.CertPool
	Server, Client tls.Certificate

	CAFile                        string
	ServerCertFile, ServerKeyFile string
	ClientCertFile, ClientKeyFile string

	t     testing.TB
	ca    *x509.Certificate
	caKey *ecdsa.PrivateKey
}

// They hold in a synctest bubble too, where it is the year 2000.
var (
	certBegin = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	certEnd   = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
)

// NewCerts makes a new authority and its certificates.
func NewCerts(t testing.TB) *Certs {
	t.Helper()
	c := &Certs{t: t, Pool: x509.NewCertPool(), caKey: newKey(t)}
	template := &x509.Certificate{
		SerialNumber:          serial(t),
		Subject:               pkix.Name{CommonName: "test authority"},
		NotBefore:             certBegin,
		NotAfter:              certEnd,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, c.caKey.Public(), c.caKey)
	if err != nil {
		t.Fatal(err)
	}
	if c.ca, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	c.Pool.AddCert(c.ca)
	c.Server = c.Issue("server", "localhost", "127.0.0.1", "::1")
	c.Client = c.Issue("client")

	dir := t.TempDir()
	c.CAFile = filepath.Join(dir, "ca.pem")
	writePEM(t, c.CAFile, "CERTIFICATE", der)
	c.ServerCertFile, c.ServerKeyFile = c.Write(dir, "server", c.Server)
	c.ClientCertFile, c.ClientKeyFile = c.Write(dir, "client", c.Client)
	return c
}

// Issue makes a certificate with the common name for the hosts, names or
// addresses, good for servers and clients.
func (c *Certs) Issue(name string, hosts ...string) tls.Certificate {
	c.t.Helper()
	return c.issue(name, certEnd, hosts)
}

// IssueExpired is Issue with a certificate that isn't valid any more.
func (c *Certs) IssueExpired(name string, hosts ...string) tls.Certificate {
	c.t.Helper()
	return c.issue(name, certBegin.AddDate(0, 1, 0), hosts)
}

func (c *Certs) issue(name string, end time.Time, hosts []string) tls.Certificate {
	c.t.Helper()
	key := newKey(c.t)
	template := &x509.Certificate{
		SerialNumber: serial(c.t),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    certBegin,
		NotAfter:     end,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, c.ca, key.Public(), c.caKey)
	if err != nil {
		c.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		c.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// Write writes cert and its key to name.pem and name-key.pem in dir.
func (c *Certs) Write(dir, name string, cert tls.Certificate) (certFile, keyFile string) {
	c.t.Helper()
	certFile, keyFile = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+"-key.pem")
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		c.t.Fatal(err)
	}
	writePEM(c.t, certFile, "CERTIFICATE", cert.Certificate[0])
	writePEM(c.t, keyFile, "PRIVATE KEY", key)
	return certFile, keyFile
}

// ServerConfig is for a server that asks for no certificate.
func (c *Certs) ServerConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{c.Server}, MinVersion: tls.VersionTLS12}
}

// MutualConfig is for a server that demands a certificate of the authority.
func (c *Certs) MutualConfig() *tls.Config {
	cfg := c.ServerConfig()
	cfg.ClientAuth = tls.RequireAndVerifyClientCert
	cfg.ClientCAs = c.Pool
	return cfg
}

// ClientConfig is for a client that trusts the authority and has a certificate
// to show. It names the server localhost.
func (c *Certs) ClientConfig() *tls.Config {
	return &tls.Config{
		RootCAs:      c.Pool,
		Certificates: []tls.Certificate{c.Client},
		ServerName:   "localhost",
		MinVersion:   tls.VersionTLS12,
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func serial(t testing.TB) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		t.Fatal(err)
	}
	return n.Add(n, big.NewInt(1))
}

func writePEM(t testing.TB, file, kind string, der []byte) {
	t.Helper()
	b := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
