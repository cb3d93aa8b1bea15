package address

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Server is one server's address.
type Server struct {
	url *url.URL // with the port filled in, and credentials if there are any
	key string   // "nats://host:port" or "ws://host:port", host in lower case
}

// DefaultPort is the port of a URL without one, unless it is a WebSocket's.
const DefaultPort = 4222

// SchemeWSS is the scheme of a WebSocket with TLS.
const SchemeWSS = "wss"

const (
	schemeNATS = "nats"
	schemeTLS  = "tls"
	schemeTCP  = "tcp"
	schemeWS   = "ws"
)

// defaultPorts has an entry for each scheme that the client speaks. tcp means
// nats, since some servers and tools print it; so does any other.
var defaultPorts = map[string]string{
	schemeNATS: strconv.Itoa(DefaultPort),
	schemeTLS:  strconv.Itoa(DefaultPort),
	schemeTCP:  strconv.Itoa(DefaultPort),
	schemeWS:   "80",
	SchemeWSS:  "443",
}

// Key is what the reconnect machine calls the server: scheme class, host and
// port, never credentials.
func (s *Server) Key() string { return s.key }

// URL is a copy of the server's URL, with the port filled in. It has the
// credentials, if there are any: Redacted is for people.
func (s *Server) URL() url.URL { return *s.url }

// Hostname is the host without the port, and without brackets.
func (s *Server) Hostname() string { return s.url.Hostname() }

// WebSocket says whether the server is reached by WebSocket.
func (s *Server) WebSocket() bool {
	return s.url.Scheme == schemeWS || s.url.Scheme == SchemeWSS
}

// Secure says whether the scheme alone asks for TLS.
func (s *Server) Secure() bool {
	return s.url.Scheme == schemeTLS || s.url.Scheme == SchemeWSS
}

// Redacted is the URL for people: passwords and tokens are replaced.
func (s *Server) Redacted() string { return Redact(s.url) }

// Credentials returns what the URL says of user and password; a user name
// without a password is a token. There is nothing said in a URL without an @.
func (s *Server) Credentials() (user, password, token string, said bool) {
	if s.url.User == nil {
		return "", "", "", false
	}
	user = s.url.User.Username()
	password, both := s.url.User.Password()
	if both {
		return user, password, "", true
	}
	return "", "", user, true
}

// Parse reads one server URL: [scheme://][user[:password]@]host[:port].
func Parse(raw string) (*Server, error) {
	text := strings.TrimSpace(raw)
	if text == "" {
		return nil, unusable(text, "it is empty")
	}
	if !strings.Contains(text, "://") {
		text = schemeNATS + "://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, malformed(text, parseReason(raw, err))
	}
	port, ok := defaultPorts[u.Scheme]
	if !ok {
		port = defaultPorts[schemeNATS]
	}
	host := u.Hostname()
	switch {
	case strings.Contains(host, ","):
		return nil, unusable(raw, "its host has a comma in it; give each server a URL of its own")
	case strings.Contains(host, ":") && !strings.HasPrefix(u.Host, "["):
		return nil, unusable(raw, "its host has too many colons; put an IPv6 address in brackets, as in nats://[::1]:4222")
	case defaultPorts[strings.ToLower(host)] != "" && u.Path != "":
		return nil, unusable(raw, "it looks like a misspelt "+host+"://host:port")
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n > 65535 {
			return nil, badPort(raw, p)
		}
		port = p
	}
	u.Host = net.JoinHostPort(host, port)
	return &Server{url: u, key: keyOfURL(u)}, nil
}

// keyOfURL is the key of a URL whose port is filled in.
func keyOfURL(u *url.URL) string {
	class := schemeNATS
	if u.Scheme == schemeWS || u.Scheme == SchemeWSS {
		class = schemeWS
	}
	return class + "://" + strings.ToLower(u.Host)
}

// parseReason says why url.Parse refused raw. The standard library quotes parts
// of the URL, which may be parts of a password.
func parseReason(raw string, err error) string {
	if strings.Contains(raw, "@") {
		return "it is malformed; a user name or password must have its special characters percent-encoded (@ is %40, / is %2F, : is %3A)"
	}
	if ue, ok := err.(*url.Error); ok {
		err = ue.Err
	}
	return strings.TrimPrefix(err.Error(), "net/url: ")
}

// SchemeHint is a hint for a server that can't be reached by a URL whose scheme is
// none that the client knows; empty for those that it does.
func (s *Server) SchemeHint() string {
	scheme := s.url.Scheme
	switch {
	case defaultPorts[scheme] != "":
		return ""
	case scheme == "http":
		return `scheme "http" is taken for nats; a WebSocket server has ws://`
	case scheme == "https":
		return `scheme "https" is taken for nats; a WebSocket server with TLS has wss://`
	}
	return fmt.Sprintf("scheme %q is taken for nats; use nats, tls, ws or wss", scheme)
}
