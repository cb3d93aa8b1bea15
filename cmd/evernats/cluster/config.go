package cluster

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"
)

// Config says what cluster to start. The zero value of everything but Servers
// is a good default.
type Config struct {
	// Servers is how many servers to start; at least 1.
	Servers int

	// Name is the name of the cluster; empty means "evernats".
	Name string

	// Config is text in the format of a nats-server configuration file, given
	// to every server: users, TLS, limits, a websocket block (with any port: the
	// package picks it). Address, name and routes are set by the package and win.
	Config string

	// ServerConfig, when set, returns more such text for one server, put after
	// Config; servers count from 0.
	ServerConfig func(i int) string

	// JetStream, when set, turns it on: it is a directory in which each server keeps
	// its streams, in one of its own that a restart finds again.
	JetStream string

	// Standalone starts servers that don't form a cluster: no routes, nothing
	// advertised.
	Standalone bool

	// LameDuckDuration and LameDuckGrace set how long a lame-duck server takes to
	// hang up on its clients, and how long it waits before it starts. Zero means
	// the server's own default (2 min and 10 s). They aren't in Config since the
	// configuration file allows no duration below 30 s.
	LameDuckDuration time.Duration
	LameDuckGrace    time.Duration

	// Debug and Trace turn on the log levels of those names.
	Debug bool
	Trace bool
}

const defaultName = "evernats"

func (c Config) withDefaults() Config {
	if c.Name == "" {
		c.Name = defaultName
	}
	return c
}

func (c Config) check() error {
	switch {
	case c.Servers < 1:
		return fmt.Errorf("cluster: %d servers asked for, at least 1 is needed", c.Servers)
	case c.LameDuckDuration < 0 || c.LameDuckGrace < 0:
		return errors.New("cluster: a lame-duck duration is negative")
	}
	return nil
}

// serverConfig is the whole configuration text of server i.
func (c Config) serverConfig(i int) string {
	text := c.Config
	if c.JetStream != "" {
		dir := filepath.ToSlash(filepath.Join(c.JetStream, strconv.Itoa(i)))
		text += fmt.Sprintf("\njetstream { store_dir: %q, max_mem: 64MB, max_file: 256MB }\n", dir)
	}
	if c.ServerConfig == nil {
		return text
	}
	return text + "\n" + c.ServerConfig(i)
}
