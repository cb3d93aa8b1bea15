package session

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/wire"
)

// said is a connection on which a server has said all it will ever say.
type said struct {
	net.Conn
	r       io.Reader
	written int
}

func (s *said) Read(p []byte) (int, error)  { return s.r.Read(p) }
func (s *said) Write(p []byte) (int, error) { s.written += len(p); return len(p), nil }

// FuzzHandshake lets a handshake have any bytes: it ends, and keeps what came behind
// the PONG.
func FuzzHandshake(f *testing.F) {
	for _, s := range []string{
		"INFO {\"server_id\":\"x\",\"max_payload\":1}\r\nPONG\r\nMSG a 1 1\r\nx\r\n", "INFO {}\r\n+OK\r\nPING\r\nINFO {\"port\":1}\r\nPONG\r\n",
		"INFO {\"port\":\"x\"}\r\n", "-ERR 'no'\r\n", "INFO {}\r\n-ERR 'Authorization Violation'\r\n", "INFO {}\r\nMSG a 1 5\r\nhello\r\nPONG\r\n",
		"HTTP/1.1 200 OK\r\n", "\x16\x03\x01", "INFO " + strings.Repeat("[", 2000), "INFO {}\r\n" + strings.Repeat("PING\r\n", 9000) + "PONG\r\n",
	} {
		f.Add([]byte(s))
	}
	server, err := address.Parse("nats://127.0.0.1:4222")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &said{r: bytes.NewReader(data)}
		h := &handshake{conn: c, s: new(Session), cfg: new(AttemptConfig)}
		h.target.Server = server
		if h.readInfo() != nil {
			return
		}
		if h.awaitPong() == nil && !bytes.HasSuffix(data[:len(data)-c.r.(*bytes.Reader).Len()], h.buf) {
			t.Errorf("behind the PONG of %q is %q", data, h.buf)
		}
		if c.written > handshakeLimit/handshakeCost*len(wire.PongLine)+4<<10 { // and a read's worth
			t.Errorf("%d bytes were answered", c.written)
		}
	})
}
