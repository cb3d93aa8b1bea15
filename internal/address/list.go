package address

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// Split splits servers that are separated by commas. Empty parts are left out.
func Split(list string) []string {
	var urls []string
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			urls = append(urls, part)
		}
	}
	return urls
}

// ParseList reads a list of URLs; fallback is the one of a list that names none.
// One that is named twice counts once. One that can't be used is an error among
// bad as long as there is another.
func ParseList(urls []string, fallback string) (list []*Server, bad []error, err error) {
	for _, raw := range urls {
		if strings.TrimSpace(raw) == "" {
			continue
		}
		s, err := Parse(raw)
		var e *Error
		switch {
		case errors.As(err, &e) && e.Fault != Malformed:
			bad = append(bad, err)
			continue
		case err != nil:
			return nil, nil, err
		}
		if len(list) > 0 && list[0].WebSocket() != s.WebSocket() {
			return nil, nil, &MixedError{list[0].Redacted(), s.Redacted()}
		}
		list = add(list, s)
	}
	switch {
	case len(list) > 0:
		return list, bad, nil
	case len(bad) > 0:
		return nil, nil, bad[0]
	}
	s, err := Parse(fallback)
	return []*Server{s}, nil, err
}

// add appends s unless the list has it. A server that is there with other
// credentials, another path or another scheme is a way in of its own and gets a
// key of its own.
func add(list []*Server, s *Server) []*Server {
	base := s.key
	for n := 2; ; n++ {
		other := byKey(list, s.key)
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

func byKey(list []*Server, key string) *Server {
	for _, s := range list {
		if s.key == key {
			return s
		}
	}
	return nil
}
