package nats

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// reading returns a reader's state with one subscription whose messages go to take.
func reading(subject string, take func(*Msg)) *inbound {
	nc := &Conn{}
	nc.subs.init()
	nc.subs.byID[1] = &Subscription{Subject: subject, sid: 1, conn: nc, typ: AsyncSubscription, take: take}
	return newInbound(nc, nil)
}

// A message that the program keeps pins a bounded amount of memory beyond itself,
// however many came in with it.
func TestKeptMessagesPinLittle(t *testing.T) {
	const total, every = 250_000, 1000 // of each size
	for _, size := range []int{1, 16, 128, 512} {
		n := 0
		var kept []*Msg
		in := reading("a.b", func(m *Msg) {
			if n++; n%every == 0 {
				kept = append(kept, m)
			}
		})
		var buf []byte
		for len(buf) < 60<<10 {
			buf = wire.AppendMsg(buf, "a.b", 1, "reply", nil, make([]byte, size))
		}
		heap := liveBytes()
		for n < total {
			if used, err := in.parse(buf); used != len(buf) || err != nil {
				t.Fatal(used, err)
			}
		}
		pinned := int(liveBytes()-heap) / len(kept)
		// The allocator rounds sizes up by an eighth at most.
		if bound := slabSize + slabSize/8 + size; pinned > bound {
			t.Errorf("%d bytes: a kept message pins %d bytes, more than %d", size, pinned, bound)
		}
		runtime.KeepAlive(kept)
	}
}

func liveBytes() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What a program does to one message doesn't show in its neighbours, though they
// share an allocation.
func TestMessagesOfASlabAreSeparate(t *testing.T) {
	var got []*Msg
	in := reading("a.b", func(m *Msg) { got = append(got, m) })
	var buf []byte
	for i := range 100 {
		buf = wire.AppendMsg(buf, "a.b", 1, "r"+string(rune('A'+i%26)), nil, bytes.Repeat([]byte{byte(i)}, i%20))
	}
	if _, err := in.parse(buf); err != nil {
		t.Fatal(err)
	}
	clear(buf) // the read buffer is used again
	for _, m := range got {
		for i := range m.Data {
			m.Data[i] ^= 0xff
		}
		m.Data = append(m.Data, "more than there was"...)
	}
	for i, m := range got {
		want := append(bytes.Repeat([]byte{byte(i) ^ 0xff}, i%20), "more than there was"...)
		if !bytes.Equal(m.Data, want) || m.Reply != "r"+string(rune('A'+i%26)) || m.Subject != "a.b" {
			t.Fatalf("message %d: %q to %q, reply %q", i, m.Data, m.Subject, m.Reply)
		}
	}
	if len(got) != 100 {
		t.Errorf("%d messages", len(got))
	}
}

// Messages that come one at a time cost an allocation for themselves and one for
// their bytes; in a burst the slabs make that a fraction.
func TestAllocationsOfReceivedMessages(t *testing.T) {
	in := reading("a.b", func(*Msg) {})
	one := wire.AppendMsg(nil, "a.b", 1, "", nil, make([]byte, 16))
	if n := testing.AllocsPerRun(100, func() { in.parse(one) }); n > 2 {
		t.Errorf("a lone message costs %v allocations", n)
	}
	burst := bytes.Repeat(one, 1000)
	if n := testing.AllocsPerRun(100, func() { in.parse(burst) }); n > 0.2*1000 {
		t.Errorf("1,000 messages cost %v allocations", n)
	}
}
