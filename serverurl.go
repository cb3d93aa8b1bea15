package nats

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// serverURL is one server's address. Its key is what the reconnect machine calls
// it: scheme class, host and port, never credentials.
type serverURL struct {
	url *url.URL // with the port filled in, and credentials if there are any
	key string   // "nats://host:port" or "ws://host:port", host in lower case
}

const (
	schemeNATS = "nats"
	schemeTLS  = "tls"
	schemeTCP  = "tcp"
	schemeWS   = "ws"
	schemeWSS  = "wss"
)

// defaultPorts has an entry for each scheme that the client speaks. tcp means
// nats, since some servers and tools print it; so does any other.
var defaultPorts = map[string]string{
	schemeNATS: strconv.Itoa(DefaultPort),
	schemeTLS:  strconv.Itoa(DefaultPort),
	schemeTCP:  strconv.Itoa(DefaultPort),
	schemeWS:   "80",
	schemeWSS:  "443",
}

func (s *serverURL) websocket() bool {
	return s.url.Scheme == schemeWS || s.url.Scheme == schemeWSS
}

// secure says whether the scheme alone asks for TLS.
func (s *serverURL) secure() bool {
	return s.url.Scheme == schemeTLS || s.url.Scheme == schemeWSS
}

// redacted is the URL for people: passwords and tokens are replaced.
func (s *serverURL) redacted() string { return redactURL(s.url) }

// credentials returns what the URL says of user and password; a user name
// without a password is a token.
func (s *serverURL) credentials() (user, password, token string) {
	if s.url.User == nil {
		return "", "", ""
	}
	user = s.url.User.Username()
	password, both := s.url.User.Password()
	if both {
		return user, password, ""
	}
	return "", "", user
}

// splitURLs splits what Connect is given: servers separated by commas. Empty
// parts are left out.
func splitURLs(list string) []string {
	var urls []string
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			urls = append(urls, part)
		}
	}
	return urls
}

// servers returns the servers that the options name: Url first, then Servers,
// DefaultURL when there are none. One that is named twice counts once; bad are the
// errors of those that can't be used.
func (o *Options) servers() (list []*serverURL, bad []error, err error) {
	urls := make([]string, 0, len(o.Servers)+1)
	urls = append(append(urls, o.Url), o.Servers...)
	list, bad, err = parseServers(urls)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range list {
		if _, _, token := s.credentials(); token != "" && o.TokenHandler != nil {
			return nil, nil, detailed(ErrTokenAlreadySet, "%w: the token is in the URL %s", ErrTokenAlreadySet, s.redacted())
		}
	}
	return list, bad, nil
}

// parseServers reads a list of URLs. One that can't be used is an error among bad
// as long as there is another.
func parseServers(urls []string) (list []*serverURL, bad []error, err error) {
	for _, raw := range urls {
		if strings.TrimSpace(raw) == "" {
			continue
		}
		s, err := parseServerURL(raw)
		var u *unusableURL
		switch {
		case errors.As(err, &u):
			bad = append(bad, err)
			continue
		case err != nil:
			return nil, nil, err
		}
		if len(list) > 0 && list[0].websocket() != s.websocket() {
			return nil, nil, detailed(ErrMixingWebsocketSchemes, "%w: %s and %s", ErrMixingWebsocketSchemes, list[0].redacted(), s.redacted())
		}
		list = addServer(list, s)
	}
	switch {
	case len(list) > 0:
		return list, bad, nil
	case len(bad) > 0:
		return nil, nil, bad[0]
	}
	s, err := parseServerURL(DefaultURL)
	return []*serverURL{s}, nil, err
}

// addServer appends s unless the list has it. A server that is there with other
// credentials, another path or another scheme is a way in of its own and gets a
// key of its own.
func addServer(list []*serverURL, s *serverURL) []*serverURL {
	base := s.key
	for n := 2; ; n++ {
		other := serverByKey(list, s.key)
		if other == nil {
			return append(list, s)
		}
		if sameURL(other.url, s.url) {
			return list
		}
		s.key = base + "#" + strconv.Itoa(n)
	}
}

// sameURL compares URLs whose hosts are known to be the same.
func sameURL(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.User.String() == b.User.String() &&
		strings.Trim(a.Path, "/") == strings.Trim(b.Path, "/") && a.RawQuery == b.RawQuery
}

func serverByKey(list []*serverURL, key string) *serverURL {
	for _, s := range list {
		if s.key == key {
			return s
		}
	}
	return nil
}

// parseServerURL reads one server URL: [scheme://][user[:password]@]host[:port].
// Its errors match ErrBadURL and show no credentials.
func parseServerURL(raw string) (*serverURL, error) {
	text := strings.TrimSpace(raw)
	if text == "" {
		return nil, unusable(text, "it is empty")
	}
	if !strings.Contains(text, "://") {
		text = schemeNATS + "://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, malformedURL(text, parseReason(raw, err))
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
	return &serverURL{url: u, key: keyOfURL(u)}, nil
}

// keyOfURL is the key of a URL whose port is filled in.
func keyOfURL(u *url.URL) string {
	class := schemeNATS
	if u.Scheme == schemeWS || u.Scheme == schemeWSS {
		class = schemeWS
	}
	return class + "://" + strings.ToLower(u.Host)
}

// advertisedServer reads an address of an INFO's connect_urls: host:port,
// reached the way the server that told of it was reached.
func advertisedServer(hostPort string, from *serverURL) (*serverURL, error) {
	// Nothing but an address: no scheme, credentials, path or query.
	if len(hostPort) > longestAddress || strings.ContainsAny(hostPort, "@/?#\\%") {
		return nil, unusable(shown(hostPort), "a server advertises host:port and nothing else")
	}
	s, err := parseServerURL(from.url.Scheme + "://" + hostPort)
	if err != nil {
		return nil, err
	}
	switch {
	case s.url.Hostname() == "":
		return nil, unusable(hostPort, "it has no host")
	case s.url.Port() == "0":
		return nil, badPort(hostPort, "0")
	}
	return s, nil
}

// longestAddress is the length of the longest host name with its port.
const longestAddress = 253 + len(":65535")

// urlError says what is wrong with a server URL. A malformed one is for programs
// the *url.Error that it is in the standard library, without credentials.
type urlError struct {
	shown, why string
	plain      error
}

func (e *urlError) Error() string { return fmt.Sprintf("%v %q: %s", ErrBadURL, e.shown, e.why) }

func (e *urlError) Unwrap() []error { return []error{ErrBadURL, e.plain} }

// malformedURL is a URL that can't be parsed. Nothing can be made of the list that
// it stands in.
func malformedURL(raw, why string) *urlError {
	shown := redactText(raw)
	return &urlError{shown, why, &url.Error{Op: "parse", URL: shown, Err: &kindError{why, ErrBadURL}}}
}

// unusableURL is one that no server can have, which costs the others nothing.
type unusableURL struct{ urlError }

func unusable(raw, why string) *unusableURL {
	e := malformedURL(raw, why)
	return &unusableURL{*e}
}

// badPort is what dialling such a port would say.
func badPort(raw, port string) *unusableURL {
	e := unusable(raw, "its port is not between 1 and 65535")
	e.plain = &net.OpError{Op: "dial", Net: "tcp", Err: &net.AddrError{Err: "invalid port", Addr: port}}
	return e
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

// unknownScheme is a hint for servers that can't be reached by a URL whose scheme
// is none that the client knows.
func unknownScheme(scheme string) string {
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

const hidden = "xxxxx"

// redactURL is the URL with its password, or its token, replaced.
func redactURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	if u.User == nil {
		return u.String()
	}
	c := *u
	if _, both := u.User.Password(); both {
		c.User = url.UserPassword(u.User.Username(), hidden)
	} else {
		c.User = url.User(hidden)
	}
	return c.String()
}

// redactText does the same for a text that is no valid URL: everything that may
// be credentials goes.
func redactText(raw string) string {
	at := strings.LastIndexByte(raw, '@')
	if at < 0 {
		return raw
	}
	scheme := ""
	if i := strings.Index(raw, "://"); i >= 0 && i < at {
		scheme = raw[:i+3]
	}
	return scheme + hidden + raw[at:]
}
