package cluster_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// info is what these tests read of a server's INFO.
type info struct {
	Name         string   `json:"server_name"`
	ConnectURLs  []string `json:"connect_urls"`
	AuthRequired bool     `json:"auth_required"`
	MaxPayload   int      `json:"max_payload"`
	LameDuck     bool     `json:"ldm"`
}

// client is the least that a server takes for one. These tests are about the
// servers, so no client library stands between.
type client struct {
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, addr string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return &client{Conn: conn, r: bufio.NewReader(conn)}
}

// until reads lines up to one with the prefix and returns what follows it.
func (c *client) until(t *testing.T, prefix string) string {
	t.Helper()
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			t.Fatalf("waiting for %s: %v", prefix, err)
		}
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return strings.TrimSpace(rest)
		}
	}
}

func (c *client) info(t *testing.T) info {
	t.Helper()
	var i info
	must(t, json.Unmarshal([]byte(c.until(t, "INFO ")), &i))
	return i
}

func (c *client) send(t *testing.T, text string) {
	t.Helper()
	_, err := c.Write([]byte(text))
	must(t, err)
}

// refused says whether nobody listens at the address any more. A process that is
// merely stopped doesn't refuse: the kernel accepts for it.
func refused(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}
