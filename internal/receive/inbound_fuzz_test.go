package receive

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// FuzzReader lets a reader have any bytes, at once and in random pieces: it gives the
// same messages, fails at the same place, and keeps no more than what came in.
func FuzzReader(f *testing.F) {
	for i, s := range []string{
		"MSG a 1 5\r\nhello\r\nPING\r\nMSG a.b 2 r 0\r\n\r\n", "HMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
		"HMSG a 1 12 12\r\nnonsense\r\n\r\n\r\n", "HMSG a 1 50 12\r\n", "MSG a 1 -1\r\n", "MSG a 99999999999999999999 1\r\nx\r\n",
		"MSG a 1 99999999999999999999\r\n", "MSG a 1 60000000\r\nx", "PONG\r\nPONG\r\n", "+OK\r\n-ERR 'Permissions Violation for Subscription to \"a\" using queue \"\r\n",
		"-ERR 'maximum subscriptions exceeded'\r\n-ERR 'Permissions Violation for Publish to \"x\"'\r\n", "-ERR 'Stale Connection'\r\n", "-ERR\r\n",
		"INFO {\"connect_urls\":[\"a:1\",\"u:p@b\",5]}\r\n", "INFO {\"ldm\":true,\"max_payload\":-1}\r\n", "INFO [[[[\r\n", "PUB a 1\r\nx\r\nSUB a 1\r\nCONNECT {}\r\n", "\x00\xff",
	} {
		f.Add([]byte(s), uint64(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		if len(data) > 8<<10 {
			return
		}
		rnd := rand.New(rand.NewPCG(seed, 2))
		whole, wholeErr := readPieces(t, data, func(left int) int { return left })
		pieces, piecesErr := readPieces(t, data, func(left int) int { return min(left, 1+rnd.IntN(30)) })
		if whole != pieces || (wholeErr == nil) != (piecesErr == nil) {
			t.Errorf("whole: %s, %v\npieces: %s, %v", whole, wholeErr, pieces, piecesErr)
		}
	})
}

// readPieces does what a reader does with what its reads bring.
func readPieces(t *testing.T, data []byte, size func(left int) int) (got string, err error) {
	var all strings.Builder
	total := len(data)
	table, _ := newTable()
	for range 2 {
		add(t, table, config{Subject: "a", Inline: func(m *message) {
			fmt.Fprintf(&all, "%s %q %q %q %d\n", m.Subject, m.Reply, m.Header, m.Data, m.Sub.in.sid)
			if len(m.Data) > total {
				t.Errorf("a message of %d bytes from %d", len(m.Data), total)
			}
		}})
	}
	l := newLink()
	in := newInbound(table, l)
	var buf []byte
	for len(data) > 0 && err == nil {
		n := size(len(data))
		buf, data = append(buf, data[:n]...), data[n:]
		var used int
		used, err = in.parse(buf)
		buf = buf[used:]
		if need := in.parser.Need(); need > 0 && need <= len(buf) || need > wire.DefaultMaxPayload+wire.DefaultMaxInfo {
			t.Fatalf("%d bytes are needed, %d are there", need, len(buf))
		}
		if room := roomFor(len(buf), len(buf), in.parser.Need()); room > max(2*len(buf), believed) {
			t.Fatalf("room for %d bytes when %d are there", room, len(buf))
		}
	}
	return all.String() + strings.Join(l.told, "\n"), err
}
