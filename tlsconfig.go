package nats

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
)

// tlsConfig makes the configuration for one handshake: the user's, with the
// certificates asked for anew and the server's name filled in.
func (nc *Conn) tlsConfig(t target) (*tls.Config, error) {
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
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		cfg.Certificates = []tls.Certificate{cert}
	}
	if o.RootCAsCB != nil {
		pool, err := o.RootCAsCB()
		if err != nil {
			return nil, fmt.Errorf("root CAs: %w", err)
		}
		cfg.RootCAs = pool
	}
	if cfg.ServerName == "" {
		cfg.ServerName = t.tlsName
	}
	if cfg.ServerName == "" {
		cfg.ServerName = t.server.url.Hostname()
	}
	return cfg, nil
}

// isTLSError says whether an error comes from a TLS handshake rather than from
// the network below it.
func isTLSError(err error) bool {
	var (
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
		alert  tls.AlertError
		unkn   x509.UnknownAuthorityError
		host   x509.HostnameError
		inval  x509.CertificateInvalidError
		op     *net.OpError
	)
	if errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &unkn) || errors.As(err, &host) || errors.As(err, &inval) {
		return true
	}
	return errors.As(err, &op) && op.Op == "remote error"
}
