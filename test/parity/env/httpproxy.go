package env

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
)

// HTTPProxy stands before a server's websocket listener as a reverse proxy
// does: it asks for a path and for nothing else.
type HTTPProxy struct{ *httptest.Server }

// HTTPProxy starts a reverse proxy that passes on what comes under path. Each
// request's path and those of its headers that begin with X- are noted on the
// lane "proxy".
func (e *Env) HTTPProxy(s *Server, path string) HTTPProxy {
	e.Helper()
	target, err := url.Parse("http://" + s.WebsocketAddr())
	e.Must(err)
	proxy := &httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.URL.Path = "/" },
		ErrorLog: log.New(io.Discard, "", 0),
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var extra []string
		for key, values := range r.Header {
			if strings.HasPrefix(key, "X-") {
				extra = append(extra, key+"="+strings.Join(values, "|"))
			}
		}
		slices.Sort(extra)
		e.On("proxy").Log("%s %s?%s %q", r.Method, r.URL.Path, r.URL.RawQuery, extra)
		if r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	e.Cleanup(srv.Close)
	e.Alias(srv.Listener.Addr().String(), "proxy")
	return HTTPProxy{srv}
}

// URL is what a client connects to, without a path.
func (p HTTPProxy) URL() string { return "ws://" + p.Listener.Addr().String() }
