package transport

import (
	"net/url"
	"strings"
)

// webSocketURL is what a WebSocket handshake asks for. User and password of the
// URL are for the server behind it, not for HTTP.
func webSocketURL(cfg *Config, u *url.URL, scheme string) string {
	w := url.URL{Scheme: scheme, Host: u.Host, Path: u.Path, RawQuery: u.RawQuery}
	if cfg.ProxyPath != "" {
		path, query, _ := strings.Cut(cfg.ProxyPath, "?")
		w.Path, w.RawQuery = path, query
	}
	if !strings.HasPrefix(w.Path, "/") {
		w.Path = "/" + w.Path
	}
	return w.String()
}
