package receive

import (
	"bytes"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// A message that the program keeps pins a bounded amount of memory beyond itself,
// however many came in with it.
func TestKeptMessagesPinLittle(t *testing.T) {
	hdr := wire.AppendHeader(nil, header{"A-Key": {"a value"}, "Another": {string(make([]byte, 200))}})
	for _, c := range []struct {
		what  string
		sizes []int // of the payloads, in turns
		hdr   []byte
		wild  bool // each has a subject of its own
	}{
		{"tiny", []int{1}, nil, false},
		{"16 B", []int{16}, nil, false},
		{"128 B", []int{128}, nil, false},
		{"512 B", []int{512}, nil, false},
		{"1,500 B", []int{1500}, nil, false},
		{"the largest that share", []int{sharedPayload}, nil, false},
		{"the smallest that don't", []int{sharedPayload + 1}, nil, false},
		{"small and large ones", []int{16, 2000, 16, 16, 5000, 100}, nil, false},
		{"16 B and headers", []int{16}, hdr, false},
		{"2 KiB and headers", []int{2 << 10}, hdr, false},
		{"subjects", []int{16}, nil, true},
		{"long subjects and all kinds of sizes", []int{1000, 30, 7000, 400, 3000}, hdr, true},
	} {
		const total, every = 100_000, 999
		n, bytes := 0, 0 // what the kept ones hold themselves
		var kept []*message
		in := reading("a.>", func(m *message) {
			if n++; n%every == 0 {
				kept = append(kept, m)
				bytes += len(m.Subject) + len(m.Reply) + len(m.Data) + 2*len(c.hdr)
				if c.hdr != nil {
					bytes += parsedHeader
				}
			}
		})
		var buf []byte
		for i := 0; len(buf) < 120<<10; i++ {
			subject := "a.b"
			if c.wild {
				subject += strings.Repeat(".c", i%100) + strconv.Itoa(i)
			}
			buf = wire.AppendMsg(buf, subject, 1, "reply", c.hdr, make([]byte, c.sizes[i%len(c.sizes)]))
		}
		heap := liveBytes()
		for n < total {
			if used, err := in.parse(buf); used != len(buf) || err != nil {
				t.Fatal(used, err)
			}
		}
		pinned := int(liveBytes()-heap) / len(kept)
		own := msgSize + bytes/len(kept)
		// The allocator rounds sizes up by an eighth at most.
		bound := own + max(slabSize, (slabLeast-1)*own)
		if bound += bound / 8; pinned > bound {
			t.Errorf("%s: a kept message pins %d bytes, more than %d", c.what, pinned, bound)
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
	var got []*message
	in := reading("a.b", func(m *message) { got = append(got, m) })
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
	in := reading("a.b", func(*message) {})
	one := wire.AppendMsg(nil, "a.b", 1, "", nil, make([]byte, 16))
	if n := testing.AllocsPerRun(100, func() { in.parse(one) }); n > 2 {
		t.Errorf("a lone message costs %v allocations", n)
	}
	burst := bytes.Repeat(one, 1000)
	if n := testing.AllocsPerRun(100, func() { in.parse(burst) }); n > 0.2*1000 {
		t.Errorf("1,000 messages cost %v allocations", n)
	}
}
