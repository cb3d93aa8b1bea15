package outbound

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// flushed lets the socket take all that the Buffer gives.
func flushed(b *Buffer) string {
	var out []byte
	for {
		batch := slices.Concat(b.Batch(nil, 1<<20)...)
		if len(batch) == 0 {
			return string(out)
		}
		out = append(out, batch...)
		b.Wrote(len(batch))
	}
}

func TestOrderOnTheWire(t *testing.T) {
	b := New(Config{})
	b.Pub("a", "", nil, []byte("1"))
	b.Control([]byte("SUB early 1\r\n")) // no connection: the prefix speaks for it
	b.Fence(7)
	if got := flushed(b); got != "" {
		t.Fatalf("without a connection: %q", got)
	}
	b.Connected([]byte("SUB x 1\r\n"), nil)
	b.Control([]byte("UNSUB 1\r\n"))
	b.Pub("b", "r", []byte("NATS/1.0\r\n\r\n"), []byte("2"))
	want := "SUB x 1\r\nPUB a 1\r\n1\r\nPING\r\nUNSUB 1\r\nHPUB b r 12 13\r\nNATS/1.0\r\n\r\n2\r\n"
	if b.Size() != len(want)-len("SUB x 1\r\n") {
		t.Errorf("Size %d", b.Size())
	}
	if got := flushed(b); got != want {
		t.Errorf("wrote\n%q, want\n%q", got, want)
	}
	if tag, ok := b.Pong(); tag != 7 || !ok {
		t.Errorf("Pong = %d, %v", tag, ok)
	}
	if _, ok := b.Pong(); ok {
		t.Error("a PONG that nobody asked for answers something")
	}
	if got := b.Totals(); got.ConfirmedSeq != 1 || got.Unconfirmed.Msgs != 1 || got.Confirmed.Msgs != 1 {
		t.Errorf("%+v", got)
	}
}

// Checklist line 23: what the socket took a part of goes out again whole, at
// every place where it can be cut, and nothing of the old connection's control
// frames does.
func TestNoPartOfAFrameIsReplayed(t *testing.T) {
	const prefix = "SUB p 1\r\n"
	first := prefix + "PUB a 1\r\n1\r\nPING\r\nPUB b r 3\r\n222\r\nPONG\r\nHPUB c 12 13\r\nNATS/1.0\r\n\r\n3\r\n"
	frames := []string{"PUB a 1\r\n1\r\n", "PUB b r 3\r\n222\r\n", "HPUB c 12 13\r\nNATS/1.0\r\n\r\n3\r\n"}
	for _, hold := range []bool{false, true} {
		for cut := range len(first) + 1 {
			b := New(Config{Hold: hold, ChunkSize: 16})
			b.Connected([]byte(prefix), nil)
			b.Pub("a", "", nil, []byte("1"))
			b.Fence(1)
			b.Pub("b", "r", nil, []byte("222"))
			b.Control([]byte("PONG\r\n"))
			b.Pub("c", "", []byte("NATS/1.0\r\n\r\n"), []byte("3"))
			if got := string(slices.Concat(b.Batch(nil, 1000)...)); got != first {
				t.Fatalf("first %q", got)
			}
			b.Wrote(cut)
			l := b.Disconnected()
			if !slices.Equal(l.Unanswered, []uint64{1}) {
				t.Fatalf("cut at %d: unanswered %v", cut, l.Unanswered)
			}
			whole := 0
			for whole < len(frames) && strings.Contains(first[:cut], frames[whole]) {
				whole++
			}
			if l.Doubt.Msgs != uint64(whole) {
				t.Fatalf("cut at %d: %d in doubt, want %d", cut, l.Doubt.Msgs, whole)
			}
			b.Connected([]byte(prefix), nil)
			want := frames
			if !hold {
				want = frames[whole:]
			}
			got := strings.ReplaceAll(flushed(b), ping, "")
			if got != prefix+strings.Join(want, "") {
				t.Fatalf("hold %v, cut at %d: then %q", hold, cut, got)
			}
		}
	}
}

// Checklist line 22: whatever is left over, a connection starts with its prefix.
func TestPrefixPrecedesEveryLeftOver(t *testing.T) {
	for _, hold := range []bool{false, true} {
		b := New(Config{Hold: hold})
		for i := range 10 {
			publish(b, 3, 10)
			b.Fence(1)
			b.Connected([]byte("SUB first 1\r\n"), nil)
			b.Control([]byte("SUB later 2\r\n"))
			got := string(slices.Concat(b.Batch(nil, 20)...))
			if !strings.HasPrefix(got, "SUB first 1\r\n") {
				t.Fatalf("connection %d starts with %q", i, got)
			}
			b.Wrote(i * 4)
			b.Disconnected()
		}
	}
}

// Checklist line 29: a loss during the resubscription, during the flush of the
// queue and between the two, loses nothing.
func TestLossAtAnyByteLosesNothing(t *testing.T) {
	const n = 10
	for cut := range 250 {
		b := New(Config{ChunkSize: 64})
		publish(b, n, 5)
		var out string
		for k := 0; b.Size() > 0; k++ {
			b.Connected([]byte("SUB a.b.c 1\r\nSUB d.e.f 2\r\n"), nil)
			// Every other connection gets further, so that no message is at
			// fault for three in a row.
			left := cut + k%2*60
			for left > 0 {
				batch := string(slices.Concat(b.Batch(nil, 50)...))
				if batch == "" {
					break
				}
				k := min(left, len(batch))
				out += batch[:k]
				left -= k
				b.Wrote(k)
				b.Pong() // if the Buffer asked: it may suspect a message by now
			}
			if l := b.Disconnected(); l.Poison != nil {
				t.Fatalf("took message %d out", l.Poison.Seq)
			}
		}
		for i := range uint64(n) {
			if frame := string(wire.AppendPub(nil, subjectOf(i+1), "", nil, make([]byte, 5))); strings.Count(out, frame) != 1 {
				t.Fatalf("message %d went out whole %d times", i+1, strings.Count(out, frame))
			}
		}
	}
}

func TestFencesEndWithTheirConnection(t *testing.T) {
	for _, hold := range []bool{false, true} {
		b := New(Config{Hold: hold})
		b.Connected(nil, nil)
		publish(b, 2, 10)
		b.Fence(1)
		b.Fence(2)
		flushed(b)
		b.Pong()
		b.Fence(3)
		if l := b.Disconnected(); !slices.Equal(l.Unanswered, []uint64{2, 3}) {
			t.Errorf("unanswered %v", l.Unanswered)
		}
		publish(b, 1, 10)
		b.Connected(nil, nil)
		flushed(b)
		if _, ok := b.Pong(); ok {
			t.Error("a late PONG was taken for an answer")
		}
		if got := b.Totals(); got.Confirmed.Msgs != 2 || got.Unconfirmed.Msgs != 1 {
			t.Errorf("%+v", got)
		}
	}
}

func TestHoldReplaysInOrderBeforeAnythingNew(t *testing.T) {
	b := New(Config{Hold: true, ChunkSize: 100})
	s := &server{t: t, deaf: true, life: 25}
	publish(b, 50, 10)
	s.serve(b)
	l := b.Disconnected()
	if l.Doubt.Msgs != 50 || l.Doubt.First != 1 || l.Doubt.Last != 50 {
		t.Errorf("in doubt %+v", l.Doubt)
	}
	publish(b, 50, 10)
	b.Fence(9)
	s.deaf, s.life = false, 0
	s.serve(b)
	inOrder(t, s.got, 100)
	if b.Held() != 0 || b.Totals().Confirmed.Msgs != 100 {
		t.Errorf("held %d, %+v", b.Held(), b.Totals())
	}
}

func TestKeepDropsWhatTheServerCannotTake(t *testing.T) {
	tooLarge := errors.New("too large")
	b := New(Config{})
	for _, size := range []int{5, 500, 5, 5, 700, 800} {
		publish(b, 1, size)
	}
	b.Fence(1)
	publish(b, 1, 600)
	gone := b.Connected(nil, func(op *wire.Op) error {
		if len(op.Payload) > 100 {
			return tooLarge
		}
		return nil
	})
	var seqs []uint64
	for _, d := range gone {
		seqs = append(seqs, d.Seq)
		if d.Subject != subjectOf(d.Seq) || !errors.Is(d.Err, tooLarge) || d.Size < 500 {
			t.Errorf("dropped %+v", d)
		}
	}
	if !slices.Equal(seqs, []uint64{2, 5, 6, 7}) {
		t.Errorf("dropped %v", seqs)
	}
	publish(b, 1, 5)
	s := &server{t: t}
	s.goOn(b)
	inOrder(t, s.got, 8, seqs...)
}

func TestBatch(t *testing.T) {
	b := New(Config{ChunkSize: 1000})
	publish(b, 100, 87) // about 100 bytes each
	b.Connected(nil, nil)
	first := b.Batch(nil, 2500)
	if n := total(first); n < 2500 || n >= 3500 {
		t.Errorf("a batch of %d bytes", n)
	}
	if again := b.Batch(nil, 2500); again != nil {
		t.Error("a second batch is out")
	}
	before := slices.Concat(first...)
	publish(b, 100, 87) // while the first is being written
	if !bytes.Equal(slices.Concat(first...), before) {
		t.Error("the batch changed while it was out")
	}
	size := b.Size()
	b.Wrote(700)
	if b.Size() != size-700 {
		t.Errorf("Size %d, want %d", b.Size(), size-700)
	}
	if second := slices.Concat(b.Batch(nil, 1)...); !bytes.HasPrefix(second, before[700:900]) {
		t.Error("the second batch doesn't go on where the first stopped")
	}
	b.Wrote(1 << 30) // a broken net.Conn may say so
	if b.Size() <= 0 {
		t.Errorf("Size %d", b.Size())
	}
	b.Wrote(5) // nothing is out
}

func TestClose(t *testing.T) {
	b := New(Config{Hold: true})
	b.Connected(nil, nil)
	publish(b, 3, 10)
	flushed(b)
	publish(b, 2, 10)
	b.Fence(1)
	left := b.Close()
	if left.Msgs != 2 || left.First != 4 || left.Last != 5 {
		t.Errorf("left %+v", left)
	}
	if b.Size() != 0 || b.Held() != 0 || b.head != nil || b.Ready() {
		t.Error("not empty")
	}
	got := b.Totals()
	if got.InDoubt.Msgs != 3 || got.Dropped.Msgs != 2 || got.Queued.Msgs != 0 {
		t.Errorf("%+v", got)
	}
	if l := b.Disconnected(); l.Doubt.Msgs != 0 || l.Unanswered != nil {
		t.Errorf("%+v", l)
	}
}
