package drill

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
)

// certificate is one that vouches for itself, for servers and clients on loopback.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "drill"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// TLS with certificates on both sides and an nkey go through the fault layer, with both
// libraries.
func TestTLSAndNkeysGoThroughTheLayer(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, _ := pair.PublicKey()
	seed, _ := pair.Seed()
	seedFile := filepath.Join(t.TempDir(), "user.nk")
	if err := os.WriteFile(seedFile, seed, 0o600); err != nil {
		t.Fatal(err)
	}
	c := clustertest.Start(t, cluster.Config{Servers: 2, Config: fmt.Sprintf(
		"authorization { users: [ { nkey: %s } ] }\ntls { cert_file: %q, key_file: %q, ca_file: %q, verify: true }", public, cert, key, cert)})
	cfg := short("cut")
	cfg.Compare = true
	cfg.Target = Target{Server: []string{"tls://" + c.Server(0).Addr()}, Nkey: seedFile, CA: cert, Cert: cert, Key: key}
	r, shown := drill(t, cfg)
	for _, o := range r.Scenarios[0].Runs {
		if !o.Survived || o.Disconnects == 0 || o.Publisher.Arrived == 0 || o.Requester.Arrived == 0 {
			t.Errorf("%s: %+v\n%s", o.Library, o, shown)
		}
	}
	cfg.Target.CA = ""
	if _, err := Run(t.Context(), cfg, func(string) {}); err == nil {
		t.Error("a certificate that nobody trusts was accepted")
	}
}
