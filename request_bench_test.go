package nats

import "testing"

// registered returns a connection whose requests need no server.
func registered(tb testing.TB) *Conn {
	tb.Helper()
	nc := &Conn{}
	nc.subs.Init(receiving{nc}, 1)
	return nc
}

// What a request costs besides its message: one allocation, for the reply subject.
func TestAllocationsOfRequests(t *testing.T) {
	nc := registered(t)
	r := &nc.reqs
	if n := testing.AllocsPerRun(1000, func() { book(t, nc, r) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRequestBookkeeping(b *testing.B) {
	nc := registered(b)
	r := &nc.reqs
	b.ReportAllocs()
	for b.Loop() {
		book(b, nc, r)
	}
}

func BenchmarkNewInbox(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		NewInbox()
	}
}

func book(tb testing.TB, nc *Conn, r *requests) {
	w, reply, err := r.register(nc, "a", nil)
	if err != nil {
		tb.Fatal(err)
	}
	r.release(reply[len(r.prefix):], w)
}
