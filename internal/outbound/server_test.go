package outbound

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// server takes what a Buffer writes, one connection after the other.
type server struct {
	t      *testing.T
	got    []uint64 // numbers of the messages processed, on all connections
	prefix string   // of each connection
	poison uint64   // it hangs up when it sees the beginning of this message
	life   int      // if not 0: it hangs up when it has processed so many messages
	deaf   bool     // it doesn't answer PINGs
	step   int      // bytes that the socket takes at once; 0: all
}

// serve runs one connection until it ends (true) or nothing more comes (false).
func (s *server) serve(b *Buffer) (ended bool) {
	b.Connected([]byte(s.prefix), nil)
	return s.goOn(b)
}

func (s *server) goOn(b *Buffer) (ended bool) {
	var stream []byte
	var parser wire.Parser
	var op wire.Op
	line := fmt.Appendf(nil, "PUB %s ", subjectOf(s.poison))
	done, msgs := 0, 0
	for {
		batch := slices.Concat(b.Batch(nil, 64<<10)...)
		if len(batch) == 0 {
			return false
		}
		n := len(batch)
		if s.step > 0 {
			n = min(n, s.step)
			if i := bytes.Index(slices.Concat(stream[done:], batch[:n]), line); i >= 0 {
				n = done + i + len(line) - len(stream) // it hangs up before the socket takes more
			}
		}
		stream = append(stream, batch[:n]...)
		b.Wrote(n)
		for done < len(stream) {
			if bytes.HasPrefix(stream[done:], line) {
				return true
			}
			n, err := parser.Next(stream[done:], &op)
			if err != nil {
				s.t.Fatalf("at byte %d: %v", done, err)
			}
			if n == 0 {
				break
			}
			done += n
			switch {
			case op.Kind == wire.Ping && !s.deaf:
				if _, ok := b.Pong(); !ok {
					s.t.Fatal("a PING that is no fence")
				}
			case op.Kind == wire.Pub:
				s.got = append(s.got, seqOf(string(op.Subject)))
				if msgs++; msgs == s.life {
					return true
				}
			}
		}
	}
}

func publish(b *Buffer, n, size int) {
	for range n {
		b.Pub(subjectOf(b.Seq()+1), "", nil, make([]byte, size))
	}
}

// inOrder checks that got holds 1 to n but for those missing, in order, with
// repetitions only where a replay went back.
func inOrder(t *testing.T, got []uint64, n uint64, missing ...uint64) {
	t.Helper()
	want := uint64(1)
	for _, seq := range got {
		for slices.Contains(missing, want) {
			want++
		}
		switch {
		case seq == want:
			want++
		case seq > want:
			t.Fatalf("message %d came before message %d", seq, want)
		}
	}
	for slices.Contains(missing, want) {
		want++
	}
	if want != n+1 {
		t.Fatalf("message %d of %d never came", want, n)
	}
}
