package send

import (
	"sync"
	"testing"
	"time"
)

// nullLink is a link that costs nothing.
type nullLink struct{ *testLink }

func null(w *world) nullLink {
	l := w.link()
	l.terms.Now = true
	return nullLink{l}
}

func (nullLink) Write(pieces [][]byte, _ time.Duration) ([][]byte, int, error) {
	return nil, nullLink{}.WriteNow(pieces), nil
}

func (nullLink) WriteNow(pieces [][]byte) (n int) {
	for _, p := range pieces {
		n += len(p)
	}
	return n
}

// What a publish costs: no allocation, alone and in a stream.
func TestAllocationsOfPublish(t *testing.T) {
	s, w := newSender(usual)
	l := null(w)
	s.Attach(l, Prefix{})
	data := make([]byte, 128)
	for what, p := range map[string]*Publication{"plain": nil, "urgent": {Urgent: true}} {
		if n := testing.AllocsPerRun(10_000, func() { publish(t, s, p, data) }); n > 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
		eventually(t, "all is written", func() bool { return s.Size() == 0 })
	}
	finish(s, l)
}

func BenchmarkPublish(b *testing.B) {
	for _, callers := range []int{1, 4} {
		b.Run(map[int]string{1: "one", 4: "four"}[callers], func(b *testing.B) {
			s, w := newSender(usual)
			l := null(w)
			s.Attach(l, Prefix{})
			data := make([]byte, 16)
			b.ReportAllocs()
			var all sync.WaitGroup
			for range callers {
				all.Go(func() {
					for range b.N / callers {
						if _, err := s.Publish(nil, "bench.data", "", nil, data); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			finish(s, l)
		})
	}
}
