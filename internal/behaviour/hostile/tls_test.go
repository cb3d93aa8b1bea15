package hostile_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A server that was reached over TLS, whoever asked for it, sends nobody on to plain
// text: what it tells of is reached with TLS, or not at all.
func TestNoRedirectToPlainText(t *testing.T) {
	certs := natstest.NewCerts(t)
	trusting := func(o *nats.Options) error { o.TLSConfig = certs.ClientConfig(); return nil }
	for name, c := range map[string]struct {
		scheme string
		option nats.Option
	}{
		"TLS for the server's sake": {"nats", trusting},
		"TLS for the option's":      {"nats", nats.Secure(certs.ClientConfig())},
		"TLS for the URL's":         {"tls", trusting},
	} {
		for _, when := range []string{"in its first INFO", "later"} {
			t.Run(name+", "+when, func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					s := MemServer(t, n, AddrA, func(cfg *natstest.Config) {
						cfg.TLS = certs.ServerConfig()
						if when != "later" {
							cfg.Info.ConnectURLs = []string{AddrA, AddrB, AddrC}
						}
					})
					plain := MemServer(t, n, AddrB)
					better := MemServer(t, n, AddrC, func(cfg *natstest.Config) { cfg.TLS = certs.ServerConfig() })
					var r Recorder
					nc := Connect(t, c.scheme+"://user:secret@"+AddrA, r.Options(Quick(nats.SetCustomDialer(n), c.option)...)...)
					if when == "later" {
						s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = []string{AddrA, AddrB, AddrC} })
					}
					Until(t, "three servers", func() bool { return len(nc.Servers()) == 3 })
					better.Stop()
					s.Stop()
					Until(t, "the plain server to be tried", func() bool {
						for _, h := range r.Of("attempt failed") {
							if errors.Is(h.Err, nats.ErrSecureConnWanted) {
								return true
							}
						}
						return false
					})
					better.Start()
					Until(t, "the better server", func() bool { return nc.IsConnected() && nc.ConnectedAddr() == AddrC })
					synctest.Wait()
					for _, c := range plain.Conns() {
						if c.Bytes() != 0 {
							t.Errorf("the plain server was sent %v", c.Ops())
						}
					}
				})
			})
		}
	}
}
