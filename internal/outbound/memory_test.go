package outbound

import "testing"

// retained returns the bytes of the arrays that b refers to.
func retained(b *Buffer) (n int) {
	for c := b.head; c != nil; c = c.next {
		n += cap(c.data)
	}
	if b.spare != nil {
		n += cap(b.spare.data)
	}
	return n + cap(b.fences.q)*64
}

// Whatever went through it, an empty Buffer holds one small chunk at most.
func TestIdleMemory(t *testing.T) {
	for _, hold := range []bool{false, true} {
		b := New(Config{Hold: hold})
		if n := retained(b); n != 0 {
			t.Errorf("new: %d bytes", n)
		}
		s := &server{t: t}
		b.Connected(nil, nil)
		for _, burst := range []int{1, 10, 100_000, 3, 50_000} {
			publish(b, burst, 100)
			b.Fence(1)
			s.goOn(b)
			if n := retained(b); n > smallChunk+64*64 {
				t.Errorf("hold %v: %d bytes after a burst of %d", hold, n, burst)
			}
		}
	}
}

// One through which no message went holds less.
func TestIdleMemoryWithoutMessages(t *testing.T) {
	b := New(Config{})
	s := &server{t: t}
	b.Connected(nil, nil)
	b.Control([]byte("SUB some.subject 1\r\n"))
	for range 100 {
		b.Fence(1)
		s.goOn(b)
	}
	if n := retained(b); n > tinyChunk+64 {
		t.Errorf("%d bytes after subscribing", n)
	}
	for range 1000 { // many lines don't make many pieces
		b.Control([]byte("SUB some.subject 1\r\n"))
	}
	if n := len(b.Batch(nil, 1<<20)); n > 3 {
		t.Errorf("%d pieces", n)
	}
	b.Wrote(b.Out())
	publish(b, 1, 100)
	s.goOn(b)
	if n := testing.AllocsPerRun(100, func() {
		publish(b, 1, 100)
		for b.Ready() {
			b.Batch(nil, 1<<20)
			b.Wrote(b.Out())
		}
	}); n > 3 { // its batch, and what publish needs
		t.Errorf("%v allocations for a message", n)
	}
}

// A trickle that expires doesn't take a large chunk for each of its messages.
func TestTrickleMemory(t *testing.T) {
	b := New(Config{TTL: 1600})
	for now := int64(0); now < 100_000; now += 200 {
		b.Stamp(now)
		b.Expire(now - 1600)
		publish(b, 1, 10)
		if n := retained(b); n > 64<<10 {
			t.Fatalf("%d bytes for %d bytes of messages", n, b.Size())
		}
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	data := make([]byte, 100)
	for _, hold := range []bool{false, true} {
		for _, perBatch := range []int{1, 1000} {
			b := New(Config{Hold: hold})
			b.Connected(nil, nil)
			var batch [][]byte
			round := func() {
				for range perBatch {
					b.Pub("some.subject", "", nil, data)
				}
				b.Fence(1)
				for b.Ready() {
					batch = b.Batch(batch[:0], 64<<10)
					b.Wrote(total(batch))
				}
				b.Pong()
			}
			for range 10 {
				round()
			}
			// The pool may lose a chunk to the garbage collector (and does so at
			// random under the race detector), so a few are fine: a thousand
			// messages fill four chunks.
			if n := testing.AllocsPerRun(100, round); n > 10 || perBatch == 1 && n > 0 {
				t.Errorf("hold %v: %v allocations for %d messages", hold, n, perBatch)
			}
		}
	}
}
