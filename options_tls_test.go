package nats

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certFiles writes a self-signed certificate and its key.
func certFiles(t *testing.T) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	kder, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeFile(t, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	writeFile(t, key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: kder}))
	return cert, key
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCertificateFiles(t *testing.T) {
	cert, key := certFiles(t)
	var o Options
	for _, opt := range []Option{RootCAs(cert), ClientCert(cert, key)} {
		if err := opt(&o); err != nil {
			t.Fatal(err)
		}
	}
	if !o.Secure || o.TLSConfig == nil || o.TLSConfig.MinVersion != tls.VersionTLS12 {
		t.Errorf("secure %v, configuration %+v", o.Secure, o.TLSConfig)
	}
	if len(o.TLSConfig.Certificates) != 0 || o.TLSConfig.RootCAs != nil {
		t.Error("the files' contents are fixed in the configuration")
	}
	if _, err := o.RootCAsCB(); err != nil {
		t.Error(err)
	}
	if c, err := o.TLSCertCB(); err != nil || len(c.Certificate) != 1 {
		t.Errorf("%d certificates, %v", len(c.Certificate), err)
	}

	// They are read again: what happens to the files counts.
	writeFile(t, cert, []byte("no longer"))
	if _, err := o.RootCAsCB(); err == nil {
		t.Error("the authorities were not read again")
	}
	if _, err := o.TLSCertCB(); err == nil {
		t.Error("the certificate was not read again")
	}
}

func TestBadCertificateFiles(t *testing.T) {
	cert, key := certFiles(t)
	junk := filepath.Join(t.TempDir(), "junk.pem")
	writeFile(t, junk, []byte("junk"))
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for _, c := range []struct {
		name    string
		opt     Option
		says    string
		missing bool
	}{
		{"missing authorities", RootCAs(cert, missing), missing, true},
		{"junk authorities", RootCAs(cert, junk), junk, false},
		{"missing certificate", ClientCert(missing, key), missing, true},
		{"missing key", ClientCert(cert, missing), missing, true},
		{"junk certificate", ClientCert(junk, key), junk, false},
		{"certificate for a key", ClientCert(cert, cert), cert, false},
	} {
		var o Options
		err := c.opt(&o)
		if err == nil || !strings.Contains(err.Error(), c.says) || errors.Is(err, fs.ErrNotExist) != c.missing {
			t.Errorf("%s: %v", c.name, err)
		}
		if o.Secure || o.TLSCertCB != nil || o.RootCAsCB != nil {
			t.Errorf("%s: options were changed", c.name)
		}
	}
}

func TestClientTLSConfig(t *testing.T) {
	calls := 0
	certCB := func() (tls.Certificate, error) { calls++; return tls.Certificate{}, nil }
	rootsCB := func() (*x509.CertPool, error) { calls += 100; return x509.NewCertPool(), nil }
	var o Options
	if err := ClientTLSConfig(certCB, rootsCB)(&o); err != nil {
		t.Fatal(err)
	}
	if !o.Secure || o.TLSConfig == nil || o.TLSCertCB == nil || o.RootCAsCB == nil || calls != 101 {
		t.Errorf("secure %v, %d calls", o.Secure, calls)
	}
	boo := errors.New("boo")
	for name, opt := range map[string]Option{
		"certificate": ClientTLSConfig(func() (tls.Certificate, error) { return tls.Certificate{}, boo }, rootsCB),
		"authorities": ClientTLSConfig(nil, func() (*x509.CertPool, error) { return nil, boo }),
	} {
		if err := opt(&Options{}); !errors.Is(err, boo) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
