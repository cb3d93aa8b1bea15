package address

import "strings"

// maxTold bounds how many addresses are taken from an INFO: a cluster of some
// hundred servers with some addresses each tells of fewer.
const maxTold = 1024

// Bounded is as much of an INFO's connect_urls as is kept: a copy if that isn't
// all of them.
func Bounded(hostPorts []string) []string {
	if len(hostPorts) <= maxTold {
		return hostPorts
	}
	return append([]string(nil), hostPorts[:maxTold]...)
}

// longest is the length of the longest host name with its port.
const longest = 253 + len(":65535")

// advertised reads an address of an INFO's connect_urls: host:port, reached the
// way the server that told of it was reached.
func advertised(hostPort string, from *Server) (*Server, error) {
	// Nothing but an address: no scheme, credentials, path or query.
	if len(hostPort) > longest || strings.ContainsAny(hostPort, "@/?#\\%") {
		e := unusable(hostPort, "a server advertises host:port and nothing else")
		if len(e.Shown) > longest {
			e.Shown = e.Shown[:longest] + "…"
		}
		return nil, e
	}
	s, err := Parse(from.url.Scheme + "://" + hostPort)
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
