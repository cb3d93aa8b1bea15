package jetstream

import (
	"sync"
	"time"
)

// machine says how late this machine is at its work: tests that bound a time take it into
// account, since everything else is late, too.
var machine busy

// mercy is how many times in a row what is waited for may be late: a message goes through a
// handful of goroutines here and in the server, and each waits for its turn.
const mercy = 10

// busy sleeps shortly, again and again, and notes by how much it overslept.
type busy struct {
	mu    sync.Mutex
	notes []lateness
	stop  chan struct{}
	done  chan struct{}
}

type lateness struct {
	at time.Time
	by time.Duration
}

const nap = 5 * time.Millisecond

func (b *busy) watch() {
	b.stop, b.done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(b.done)
		for {
			begin := time.Now()
			select {
			case <-b.stop:
				return
			case <-time.After(nap):
			}
			now := time.Now()
			b.mu.Lock()
			b.notes = append(b.notes, lateness{now, now.Sub(begin) - nap})
			if len(b.notes) > 20_000 {
				b.notes = append(b.notes[:0], b.notes[10_000:]...)
			}
			b.mu.Unlock()
		}
	}()
}

func (b *busy) rest() {
	close(b.stop)
	<-b.done
}

// late is by how much it was late at most in the time that began d ago.
func (b *busy) late(d time.Duration) (most time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	begin := time.Now().Add(-d)
	for i := len(b.notes) - 1; i >= 0 && b.notes[i].at.After(begin); i-- {
		most = max(most, b.notes[i].by)
	}
	return most
}
