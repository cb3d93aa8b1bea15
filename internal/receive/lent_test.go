package receive

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/wire"
)

// seen is what a handler saw of a message.
func seen(subject, reply string, h header, data []byte) string {
	if len(data) > 100 {
		data = fmt.Appendf(nil, "%d bytes, %x", len(data), crc32.ChecksumIEEE(data))
	}
	return fmt.Sprintf("%s %q %q %q", subject, reply, h, data)
}

func (m *message) seen() string { return seen(m.Subject, m.Reply, m.Header, m.Data) }

func lentSeen(m *lent) string {
	var h header
	if len(m.RawHeader) > 0 {
		h = make(header)
		m.EachHeader(func(k, v string) bool { h[k] = append(h[k], v); return true })
	}
	return seen(m.Subject, m.Reply, h, m.Data)
}

// heard is what the handlers of some subscriptions saw, in order.
type heard struct {
	mu   sync.Mutex
	all  [][]string
	wait func() // in a handler
}

// add makes n subscriptions of a kind on a table.
func (x *heard) add(tb testing.TB, t *table, n int, kind Kind) (subs []*subscription) {
	x.all = make([][]string, n)
	for i := range n {
		saw := func(s string) {
			if x.wait != nil {
				x.wait()
			}
			x.mu.Lock()
			x.all[i] = append(x.all[i], s)
			x.mu.Unlock()
		}
		cfg := config{Subject: "a.>", Handler: func(m *message) { saw(m.seen()) }}
		if kind == lentHandler {
			cfg = config{Subject: "a.>", CheckLent: i%2 == 0, Lent: func(m *lent) {
				s := lentSeen(m)
				saw(s)
				if lentSeen(m) != s {
					tb.Error("a message has changed while it was lent")
				}
			}}
		}
		subs = append(subs, add(tb, t, cfg))
	}
	return subs
}

var randomPayload = func() []byte {
	b := make([]byte, 1<<20)
	for i := range b {
		b[i] = byte(i * 31 >> 3)
	}
	return b
}()

// randomStream is what a server might send to so many subscriptions, and more.
func randomStream(rnd *rand.Rand, msgs, subs int) (all []byte) {
	sizes := []int{0, 1, 16, 128, 1000, 5000, 70 << 10}
	payload := randomPayload
	for i := range msgs {
		size := rnd.IntN(1 + sizes[rnd.IntN(len(sizes))])
		if msgs > 1 && rnd.IntN(4*msgs) == 0 {
			size = len(payload)
		}
		var hdr []byte
		switch rnd.IntN(6) {
		case 0:
			hdr = wire.AppendHeader(nil, header{"Key": {"v", "w"}, "N": {fmt.Sprint(i)}})
		case 1:
			hdr = [][]byte{[]byte("NATS/1.0 503 No Responders\r\nA:b\n\r\n"), []byte("nonsense\r\n\r\n"), []byte("NATS/1.0\r\nA  b\r\n\r\n"), []byte("NATS/1.0\r\n\r\n")}[rnd.IntN(4)]
		}
		reply := []string{"", "r", "reply." + fmt.Sprint(i)}[rnd.IntN(3)]
		from := rnd.IntN(len(payload) - size + 1)
		frame := wire.AppendMsg(nil, "a."+fmt.Sprint(rnd.IntN(3)), uint64(1+rnd.IntN(subs)), reply, hdr, payload[from:from+size])
		switch rnd.IntN(10) {
		case 0: // as no server writes it, but may
			line, rest, _ := bytes.Cut(frame, []byte("\r\n"))
			frame = slices.Concat(bytes.ReplaceAll(bytes.ToLower(line), []byte(" "), []byte("  ")), []byte("\n"), rest)
		case 1:
			frame = append(frame, "PONG\r\n"...)
		case 2, 3:
			if len(frame) < 2000 {
				frame = bytes.Repeat(frame, 1+rnd.IntN(8))
			}
		}
		all = append(all, frame...)
	}
	return all
}

// However the stream comes in, a subscription that messages are lent to gets what an
// ordinary one gets, with quick handlers and slow ones, and everything is given back.
func TestLentAsOrdinary(t *testing.T) {
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		subs := 1 + rnd.IntN(4)
		stream := randomStream(rnd, 20+rnd.IntN(200), subs)
		most := []int{7, 300, 5000, 60 << 10, 300 << 10}[rnd.IntN(5)]
		if len(stream)/most > 20_000 {
			most = 300
		}
		var got [2]*heard
		for i, kind := range []Kind{Handler, lentHandler} {
			synctest.Test(t, func(t *testing.T) {
				x := &heard{}
				if slow := rnd.IntN(3); slow > 0 {
					x.wait = func() { time.Sleep(time.Duration(slow) * time.Millisecond) }
				}
				table, _ := newTable()
				all := x.add(t, table, subs, kind)
				l := newLink()
				table.Resume(l, func([]byte, []int, int) {})
				in := table.reading
				table.Read(l)
				for b := stream; len(b) > 0; {
					n := min(len(b), 1+rnd.IntN(most))
					l.reads <- slices.Clone(b[:n])
					if b = b[n:]; rnd.IntN(10) == 0 {
						time.Sleep(time.Millisecond)
					}
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				for _, s := range all {
					if msgs, n, err := s.in.Pending(); msgs != 0 || n != 0 || err != nil {
						t.Errorf("seed %d: %d messages of %d bytes are pending, %v", seed, msgs, n, err)
					}
					if kind == lentHandler && s.in.more.lent.piece != nil {
						t.Errorf("seed %d: an idle subscription keeps memory", seed)
					}
				}
				l.reads <- []byte("PONG\r\n") // the reader looks at its buffer
				synctest.Wait()
				close(l.reads)
				synctest.Wait()
				if kind == lentHandler {
					if b := in.lender.block; b.refs.Load() != 1 {
						t.Errorf("seed %d: %d runs were not given back", seed, b.refs.Load()-1)
					}
					if out := in.lender.out.Load(); out != 0 && out != int64(len(in.lender.block.bytes)) {
						t.Errorf("seed %d: %d bytes are counted as lent", seed, out)
					}
				}
				got[i] = x
			})
		}
		for i := range subs {
			if a, b := got[0].all[i], got[1].all[i]; !slices.Equal(a, b) {
				for j := range max(len(a), len(b)) {
					if j >= len(a) || j >= len(b) || a[j] != b[j] {
						t.Fatalf("seed %d: subscription %d: from message %d on the lent ones differ: %d instead of %d", seed, i, j, len(b), len(a))
					}
				}
			}
		}
	}
}

// One story told to both forms: random runs, limits, handlers that go on now and then, an
// auto-unsubscribe count. All that can be asked is the same after each step.
func TestLentCountsAsOrdinary(t *testing.T) {
	for seed := range uint64(40) {
		var told [2]string
		for i, kind := range []Kind{Handler, lentHandler} {
			synctest.Test(t, func(t *testing.T) { told[i] = countStory(t, seed, kind) })
		}
		if told[0] != told[1] {
			a, b := strings.Split(told[0], "\n"), strings.Split(told[1], "\n")
			for j := range a {
				if j >= len(b) || a[j] != b[j] {
					t.Fatalf("seed %d, step %d:\n%s\nlent:\n%s", seed, j, a[j], strings.Join(b[min(j, len(b)):min(j+1, len(b))], ""))
				}
			}
		}
	}
}

func countStory(t *testing.T, seed uint64, kind Kind) string {
	rnd := rand.New(rand.NewPCG(seed, 3))
	var told strings.Builder
	table, h := newTable()
	x := &heard{}
	held := make(chan struct{})
	x.wait = func() { <-held }
	s := x.add(t, table, 1, kind)[0]
	other := add(t, table, config{Subject: "b", Handler: func(*message) {}})
	statuses := listen(s).C()
	in := newInbound(table, newLink())
	s.in.SetLimits(1+rnd.IntN(20), 1+rnd.IntN(3000))
	limit := rnd.IntN(200)
	if limit < 60 {
		s.in.Unsubscribe(limit + 1)
	}
	for range 60 {
		switch rnd.IntN(5) {
		case 0, 1:
			var buf []byte
			for range rnd.IntN(12) {
				buf = append(buf, randomStream(rnd, 1, 2)...)
			}
			in.parse(buf)
		case 2:
			for range rnd.IntN(8) {
				select {
				case held <- struct{}{}:
				default:
				}
				synctest.Wait()
			}
		case 3:
			s.in.SetLimits(rnd.IntN(20)-3, rnd.IntN(5000)-100)
		case 4:
			if rnd.IntN(6) == 0 {
				s.in.ClearMaxPending()
			}
		}
		synctest.Wait()
		msgs, n, err := s.in.Pending()
		most, mostBytes, _ := s.in.MaxPending()
		delivered, _ := s.in.Delivered()
		dropped, _ := s.in.Dropped()
		fmt.Fprintln(&told, msgs, n, err, most, mostBytes, delivered, dropped, s.in.Losses(), h.slow, h.back, h.headers, len(x.all[0]), s.in.Valid())
	}
	if rnd.IntN(3) == 0 {
		s.in.Remove(true)
	}
	s.in.Drain()
	other.in.Remove(true)
	close(held)
	synctest.Wait()
	for len(statuses) > 0 {
		fmt.Fprint(&told, Status(<-statuses), " ")
	}
	if l := in.lender; l != nil {
		if l.block.refs.Load() != 1 {
			t.Errorf("seed %d: %d runs were not given back", seed, l.block.refs.Load()-1)
		}
		if l.block.uncount(); l.out.Load() != 0 {
			t.Errorf("seed %d: %d bytes are counted as lent", seed, l.out.Load())
		}
	}
	return told.String() + strings.Join(x.all[0], "\n") + fmt.Sprint(s.in.Valid(), table.Len())
}

// What is kept beyond the handler is overwritten where that is checked.
func TestCheckLent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, _ := newTable()
		var kept []*lent
		var subjects, replies []string
		var data [][]byte
		add(t, table, config{Subject: "a.b", CheckLent: true, Lent: func(m *lent) {
			if m.Subject != "a.b" || m.Reply != "r" || string(m.Data) != "hello" {
				t.Errorf("got %q, %q, %q", m.Subject, m.Reply, m.Data)
			}
			kept, subjects, replies, data = append(kept, m), append(subjects, m.Subject), append(replies, m.Reply), append(data, m.Data)
		}})
		in := newInbound(table, newLink())
		in.parse(bytes.Repeat(wire.AppendMsg(nil, "a.b", 1, "r", nil, []byte("hello")), 3))
		synctest.Wait()
		for i, m := range kept {
			if m.Subject != keptTooLong || m.Data != nil || strings.Trim(subjects[i], "\xdb") != "" || strings.Trim(replies[i], "\xdb") != "" ||
				len(bytes.Trim(data[i], "\xdb")) != 0 {
				t.Errorf("message %d, kept: %q, %q, %q, %q", i, m.Subject, subjects[i], replies[i], data[i])
			}
		}
		if len(kept) != 3 {
			t.Errorf("%d messages", len(kept))
		}
	})
}

// Nothing is allocated for messages that are lent, many or a lone one, headers included.
func TestAllocationsOfLentMessages(t *testing.T) {
	table, _ := newTable()
	var done sync.WaitGroup
	value := ""
	add(t, table, config{Subject: "a.b", Lent: func(m *lent) {
		m.EachHeader(func(_, v string) bool { value = v; return true })
		if value != "v" {
			t.Errorf("the header is %q", value)
		}
		value = ""
		done.Done()
	}})
	in := newInbound(table, newLink())
	one := wire.AppendMsg(nil, "a.b", 1, "r", wire.AppendHeader(nil, header{"K": {"v"}}), make([]byte, 16))
	for _, n := range []int{1, 1000} {
		stream := bytes.Repeat(one, n)
		buf := make([]byte, len(stream))
		took := testing.AllocsPerRun(100, func() {
			done.Add(n)
			used, err := in.parse(buf[:copy(buf, stream)])
			if used != len(stream) || err != nil {
				t.Fatal(used, err)
			}
			buf, _ = in.lender.next(buf, used, used)
			done.Wait()
		})
		if limit := 2 + float64(n)/100; took > limit && !raceDetector {
			t.Errorf("%d messages cost %v allocations", n, took)
		}
	}
}

// A handler that stands still keeps no more memory than what waits for it, and a bounded
// number of read buffers, whatever comes in for others.
func TestLentMessagesPinLittle(t *testing.T) {
	table, _ := newTable()
	held := make(chan struct{})
	var done sync.WaitGroup
	done.Add(1)
	add(t, table, config{Subject: "slow", Lent: func(*lent) { <-held; done.Done() }})
	add(t, table, config{Subject: "fast", Lent: func(*lent) {}})
	l := newLink()
	table.Resume(l, func([]byte, []int, int) {})
	table.Read(l)
	before := liveBytes()
	some := wire.AppendMsg(nil, "slow", 1, "", nil, make([]byte, 100))
	for len(some) < 64<<10 {
		some = wire.AppendMsg(some, "fast", 2, "", nil, make([]byte, 1000))
	}
	const reads = 2000 // 128 MB
	done.Add(reads - 1)
	for range reads {
		l.reads <- some
	}
	for n := 0; n < reads; {
		time.Sleep(time.Millisecond)
		msgs, _, _ := table.get(1).Pending()
		if left, _, _ := table.get(2).Pending(); left == 0 {
			n = msgs
		}
	}
	if pinned := liveBytes() - before; pinned > 6<<20 {
		t.Errorf("%d messages of 100 bytes pin %d KiB", reads, pinned>>10)
	}
	close(held)
	done.Wait()
	close(l.reads)
}
