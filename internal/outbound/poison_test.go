package outbound

import (
	"errors"
	"fmt"
	"testing"
)

// A message that ends each connection that carries it is out after the third that
// ended over it, wherever in the queue it is, and all others arrive. With Hold the
// first connection shows only that it is one of many, unless it is at the front.
func TestPoisonIsTakenOutAfterThree(t *testing.T) {
	for _, hold := range []bool{true, false} {
		for _, at := range []uint64{1, 2, 40, 1000, 2999, 3000} {
			t.Run(fmt.Sprintf("hold %v, message %d", hold, at), func(t *testing.T) {
				b := New(Config{Hold: hold})
				s := &server{t: t, poison: at, prefix: "SUB a 1\r\n"}
				if !hold {
					s.step = 3000 // else nothing is cut, and what is written is gone
				}
				publish(b, 3000, 20)
				want := 3
				if hold && at > 1 {
					want = 4
				}
				var out *Dropped
				ends := 0
				for s.serve(b) {
					ends++
					if l := b.Disconnected(); l.Poison != nil {
						out = l.Poison
						break
					}
					if ends > want {
						t.Fatalf("not recognised after %d connections", want)
					}
				}
				if ends != want || out == nil {
					t.Fatalf("%d connections, poison %+v", ends, out)
				}
				if out.Seq != at || out.Subject != subjectOf(at) || out.Size != 20 || !errors.Is(out.Err, ErrPoison) {
					t.Errorf("took out %+v, want message %d", out, at)
				}
				if s.serve(b) {
					t.Fatal("the connection ended without the poison")
				}
				inOrder(t, s.got, 3000, at)
				if d := b.Totals().Dropped; d.Msgs != 1 {
					t.Errorf("dropped %+v", d)
				}
			})
		}
	}
}

// Publishing goes on meanwhile.
func TestPoisonWhilePublishing(t *testing.T) {
	b := New(Config{Hold: true})
	s := &server{t: t, poison: 5}
	n := uint64(0)
	ends := 0
	for {
		publish(b, 10, 5)
		n += 10
		b.Fence(1)
		if !s.serve(b) {
			break
		}
		if ends++; ends > 4 {
			t.Fatal("not recognised")
		}
		publish(b, 10, 5)
		n += 10
		b.Disconnected()
	}
	inOrder(t, s.got, n, 5)
	if ends != 4 {
		t.Errorf("%d connections", ends)
	}
}

// Connections that die for other reasons, in the middle of a long queue, each a
// little further, are no reason to suspect a message.
func TestNoPoisonInSuccessiveConnectionsThatDie(t *testing.T) {
	for _, hold := range []bool{true, false} {
		for _, life := range []int{2, 3, 30, 63, 64, 65, 100, 1000, 15000} {
			t.Run(fmt.Sprintf("hold %v, each after %d", hold, life), func(t *testing.T) {
				const n = 100_000
				b := New(Config{Hold: hold})
				publish(b, n, 16)
				s := &server{t: t, life: life}
				doubt := uint64(0)
				for range 5 {
					if !s.serve(b) {
						t.Fatal("the connection didn't end")
					}
					l := b.Disconnected()
					doubt += l.Doubt.Msgs
					if l.Poison != nil {
						t.Fatalf("took message %d out", l.Poison.Seq)
					}
				}
				s.life = 0
				s.serve(b)
				b.Fence(1)
				s.goOn(b)
				if hold {
					inOrder(t, s.got, n)
				} else if lost := uint64(n - len(s.got)); lost > doubt {
					t.Errorf("%d lost, %d in doubt", lost, doubt)
				}
				if d := b.Totals().Dropped; d.Msgs != 0 {
					t.Errorf("dropped %+v", d)
				}
			})
		}
	}
}

// Nor are connections that end at the very moment when a message is tried alone,
// as long as the one before got on: it has cleared those that it got past, and
// that the others end over one and the same is chance.
func TestNoPoisonAfterConnectionsThatGotOn(t *testing.T) {
	b := New(Config{Hold: true})
	publish(b, 3000, 16)
	s := &server{t: t}
	for i := range 100 {
		s.life = []int{20, 1}[i%2] // the answer to the last is missing
		if !s.serve(b) {
			t.Fatal("the connection didn't end")
		}
		if l := b.Disconnected(); l.Poison != nil {
			t.Fatalf("connection %d: took message %d out", i, l.Poison.Seq)
		}
	}
	s.life = 0
	s.serve(b)
	inOrder(t, s.got, 3000)
}

// Servers that accept, and are gone before they answer anything, prove nothing
// against the message at the head of the queue, however often.
func TestNoPoisonWhileServersAnswerNothing(t *testing.T) {
	for _, hold := range []bool{true, false} {
		t.Run(fmt.Sprintf("hold %v", hold), func(t *testing.T) {
			b := New(Config{Hold: hold})
			publish(b, 1, 5000)
			for i := range 20 {
				b.Connected([]byte("SUB a 1\r\n"), nil)
				b.Batch(nil, 1<<20)
				b.Wrote(9 + 1000) // the socket takes the prefix and a part of what there is
				if l := b.Disconnected(); l.Poison != nil || l.Doubt.Msgs != 0 {
					t.Fatalf("connection %d: %+v", i, l)
				}
			}
			s := &server{t: t}
			s.serve(b)
			inOrder(t, s.got, 1)
		})
	}
}

// The suspicion ends with the answer: the writer isn't held back any more.
func TestSuspectThatIsHarmless(t *testing.T) {
	b := New(Config{Hold: true})
	publish(b, 200, 10)
	dying := &server{t: t, deaf: true, life: 150}
	for range 2 {
		if !dying.serve(b) {
			t.Fatal("the connection didn't end")
		}
		b.Disconnected()
	}
	b.Connected(nil, nil)
	if got := flushed(b); got != ping {
		t.Fatalf("the third connection starts with %q, want a PING alone", got)
	}
	if b.Ready() {
		t.Fatal("messages follow before the PING is answered")
	}
	b.Pong()
	if got, want := flushed(b), "PUB m.1 10\r\n"+string(make([]byte, 10))+"\r\n"+ping; got != want {
		t.Fatalf("then %q, want the first message and a PING", got)
	}
	alive := &server{t: t, got: []uint64{1}}
	b.Pong()
	alive.goOn(b)
	inOrder(t, alive.got, 200)
	if b.trial.strikes != 0 || b.stop != nil {
		t.Error("still suspicious")
	}
}
