package receive

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// However runs are put together and taken apart, the messages keep their order
// and none is lost.
func TestRunsKeepTheirOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	sub := &subscription{}
	for range 500 {
		var q run[header, subscription]
		var want, got []string
		n := 0
		make1 := func() (r queue[header, subscription]) {
			for range rnd.IntN(40) {
				st := make([]Msg[header, subscription], 1+rnd.IntN(3))
				for i := range st {
					n++
					st[i] = Msg[header, subscription]{Sub: sub, Subject: strconv.Itoa(n)}
					want = append(want, st[i].Subject)
				}
				r.push(st)
			}
			return r
		}
		took := func(m *Msg[header, subscription]) { got = append(got, m.Subject) }
		for range 30 {
			switch rnd.IntN(4) {
			case 0:
				q.join(make1())
			case 1:
				for range rnd.IntN(60) {
					if q.first == nil {
						break
					}
					took(q.pop())
				}
			case 2:
				if q.first != nil {
					st := q.next()
					for i := range st {
						took(&st[i])
					}
				}
			case 3:
				n++
				want = append(want, strconv.Itoa(n))
				q.add([]Msg[header, subscription]{{Sub: sub, Subject: strconv.Itoa(n)}})
			}
		}
		for st := q.next(); st != nil; st = q.next() {
			for i := range st {
				took(&st[i])
			}
		}
		if !slices.Equal(got, want) || q.head != nil || q.tail != nil {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	}
}

// Subscriptions whose messages come in turns get theirs in order, in one piece for
// each large read, and before whoever waits for a PONG behind them.
func TestTurnsOfSubscriptions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, many := range []int{1, 2, 5, 100} {
		table, _ := newTable()
		got := make([][]string, many+1)
		for sid := 1; sid <= many; sid++ {
			add(t, table, config{Subject: fmt.Sprint("s.", sid),
				Inline: func(m *message) { got[sid] = append(got[sid], string(m.Data)) }})
		}
		in := newInbound(table, newLink())
		want := make([][]string, many+1)
		n := 0
		for _, size := range []int{10, 2000, 40 << 10, 100, 128 << 10, 60 << 10} {
			var buf []byte
			for len(buf) < size {
				n++
				sid := 1 + rnd.IntN(many+1) // one of them is unknown
				data := strconv.Itoa(n)
				buf = wire.AppendMsg(buf, fmt.Sprint("s.", sid), uint64(sid), "", nil, []byte(data))
				if sid <= many {
					want[sid] = append(want[sid], data)
				}
			}
			if used, err := in.parse(buf); used != len(buf) || err != nil {
				t.Fatal(used, err)
			}
			for sid := range want {
				if !slices.Equal(got[sid], want[sid]) {
					t.Fatalf("%d subscriptions, read of %d bytes: number %d got %v, want %v", many, size, sid, got[sid], want[sid])
				}
			}
		}
	}
}
