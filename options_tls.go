package nats

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/evernats/nats/internal/address"
)

// Secure requires TLS, with the given configuration if there is one. Without
// it, or with nil, the one that other options made is kept, and the server's
// certificate is checked against the system's authorities. More than one is
// [ErrMultipleTLSConfigs].
//
// A server without TLS is then [ErrSecureConnWanted].
func Secure(tls ...*tls.Config) Option {
	return func(o *Options) error {
		if len(tls) > 1 {
			return ErrMultipleTLSConfigs
		}
		o.Secure = true
		if len(tls) == 1 && tls[0] != nil {
			o.TLSConfig = tls[0]
		}
		return nil
	}
}

// RootCAs requires TLS and trusts the certificate authorities in these PEM
// files, which are read again at each handshake. A file that is missing or has
// no certificate is an error of Connect.
func RootCAs(file ...string) Option {
	return func(o *Options) error {
		load := func() (*x509.CertPool, error) { return readRootCAs(file) }
		if _, err := load(); err != nil {
			return err
		}
		o.RootCAsCB = load
		requireTLS(o)
		return nil
	}
}

func readRootCAs(files []string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for _, f := range files {
		pem, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("nats: error loading or parsing rootCA file: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("nats: no certificate in root CA file %q: it must have PEM blocks of type CERTIFICATE", f)
		}
	}
	return pool, nil
}

// ClientCert requires TLS and shows the server the certificate in these PEM
// files, which are read again at each handshake. Files that are missing or don't
// belong together are an error of Connect.
func ClientCert(certFile, keyFile string) Option {
	return func(o *Options) error {
		load := func() (tls.Certificate, error) { return readClientCert(certFile, keyFile) }
		if _, err := load(); err != nil {
			return err
		}
		o.TLSCertCB = load
		requireTLS(o)
		return nil
	}
}

func readClientCert(certFile, keyFile string) (tls.Certificate, error) {
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err == nil {
		return cert, nil
	}
	var pe *os.PathError
	if errors.As(err, &pe) { // says which file
		return cert, fmt.Errorf("nats: error loading client certificate: %w", err)
	}
	return cert, fmt.Errorf("nats: error loading client certificate from %q and %q: %w", certFile, keyFile, err)
}

// ClientTLSConfig requires TLS and sets functions that return the client's
// certificate and the authorities to trust. They are called once by the option,
// whose error is theirs, and then at each handshake. One of them may be nil;
// both is [ErrClientCertOrRootCAsRequired].
func ClientTLSConfig(certCB TLSCertHandler, rootCAsCB RootCAsHandler) Option {
	return func(o *Options) error {
		if certCB == nil && rootCAsCB == nil {
			return ErrClientCertOrRootCAsRequired
		}
		if certCB != nil {
			if _, err := certCB(); err != nil {
				return detailed(err, "nats: client certificate callback: %w", err)
			}
			o.TLSCertCB = certCB
		}
		if rootCAsCB != nil {
			if _, err := rootCAsCB(); err != nil {
				return detailed(err, "nats: root CAs callback: %w", err)
			}
			o.RootCAsCB = rootCAsCB
		}
		requireTLS(o)
		return nil
	}
}

// TLSHandshakeFirst requires TLS and makes it before the server has said
// anything. The server must be configured for that, or the connection fails.
func TLSHandshakeFirst() Option {
	return func(o *Options) error {
		o.TLSHandshakeFirst = true
		o.Secure = true
		return nil
	}
}

func requireTLS(o *Options) {
	o.Secure = true
	if o.TLSConfig == nil {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
}

// tlsConfig makes the configuration for one handshake: the user's, with the
// certificates asked for anew and the server's name filled in.
func (nc *Conn) tlsConfig(t address.Target) (*tls.Config, error) {
	o := &nc.Opts
	var cfg *tls.Config
	if o.TLSConfig != nil {
		cfg = o.TLSConfig.Clone()
	} else {
		cfg = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if o.TLSCertCB != nil {
		cert, err := o.TLSCertCB()
		if err != nil {
			return nil, ownError(err, "client certificate: %w", err)
		}
		cfg.Certificates = []tls.Certificate{cert}
	}
	if o.RootCAsCB != nil {
		pool, err := o.RootCAsCB()
		if err != nil {
			return nil, ownError(err, "root CAs: %w", err)
		}
		cfg.RootCAs = pool
	}
	if cfg.ServerName == "" {
		cfg.ServerName = t.TLSName
	}
	if cfg.ServerName == "" {
		cfg.ServerName = t.Server.Hostname()
	}
	return cfg, nil
}
