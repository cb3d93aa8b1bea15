package nats

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/session"
	"github.com/evernats/nats/internal/wire"
)

// FuzzIncoming lets a connection read any bytes, at once and in random pieces,
// whatever errors and INFOs are among them: it gives the same messages, and ends.
func FuzzIncoming(f *testing.F) {
	for i, s := range []string{
		"MSG a 1 5\r\nhello\r\nPING\r\nMSG a.b 2 r 0\r\n\r\n", "HMSG a 1 12 12\r\nnonsense\r\n\r\n\r\n", "MSG a 1 -1\r\n",
		"PONG\r\nPONG\r\n", "+OK\r\n-ERR 'Permissions Violation for Subscription to \"a\" using queue \"\r\n",
		"-ERR 'maximum subscriptions exceeded'\r\n-ERR 'Permissions Violation for Publish to \"x\"'\r\n", "-ERR 'Stale Connection'\r\n", "-ERR\r\n",
		"-ERR 'Permissions Violation " + strings.Repeat("\xff", 99) + " Subscription to \"a\"'\r\n",
		"INFO {\"connect_urls\":[\"a:1\",\"u:p@b\",5]}\r\n", "INFO {\"ldm\":true,\"max_payload\":-1}\r\n", "INFO [[[[\r\n", "PUB a 1\r\nx\r\nSUB a 1\r\nCONNECT {}\r\n", "\x00\xff",
	} {
		f.Add([]byte(s), uint64(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		if len(data) > 8<<10 {
			return
		}
		rnd := rand.New(rand.NewPCG(seed, 2))
		whole := readAll(t, data, func(left int) int { return left })
		pieces := readAll(t, data, func(left int) int { return min(left, 1+rnd.IntN(30)) })
		if whole != pieces {
			t.Errorf("whole: %s\npieces: %s", whole, pieces)
		}
	})
}

// piecesConn brings data in pieces, and then the end.
type piecesConn struct {
	net.Conn
	data []byte
	size func(left int) int
	over chan struct{} // closed with the connection
}

func (c *piecesConn) Close() error {
	close(c.over)
	return c.Conn.Close()
}

func (c *piecesConn) Read(b []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b, c.data[:c.size(len(c.data))])
	c.data = c.data[n:]
	return n, nil
}

func readAll(t *testing.T, data []byte, size func(left int) int) string {
	nc := &Conn{}
	nc.subs.Init(receiving{nc}, 1)
	nc.initOut()
	var all strings.Builder
	for range 2 {
		_, err := nc.subscribe(subConfig{Subject: "a", Inline: func(m *Msg) {
			fmt.Fprintf(&all, "%s %q %q %q %q\n", m.Subject, m.Reply, m.Header, m.Data, m.Sub.Subject)
		}}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := address.Parse("a")
	if err != nil {
		t.Fatal(err)
	}
	here, there := net.Pipe()
	defer there.Close()
	c := &piecesConn{Conn: here, data: data, size: size, over: make(chan struct{})}
	l := session.NewLink(&nc.session, c, s, &wire.ServerInfo{})
	nc.subs.Resume(reading{l, nc}, func([]byte, []int, int) {})
	nc.readLoop(l)
	<-c.over // the reader gives the link up when it has read everything
	return fmt.Sprint(all.String(), l.EndedByPeer(), nc.InMsgs, nc.InBytes)
}
