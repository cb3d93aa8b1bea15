package nats

import (
	"crypto/tls"

	"github.com/evernats/nats/internal/address"
)

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
