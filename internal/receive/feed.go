package receive

import "sync"

// feed is a channel of the program's. Only its methods touch the channel, and only
// offer sends: under the lock, and not once it was taken away. So nothing can be sent
// after end has returned, and the program may close the channel.
type feed[M Public[H, S], H ~map[string][]string, S any] struct {
	mu  sync.Mutex
	out chan<- *M // nil once nothing may be sent
	in  <-chan *M // the same, which the program reads, too
}

func newFeed[M Public[H, S], H ~map[string][]string, S any](ch chan *M) *feed[M, H, S] {
	return &feed[M, H, S]{out: ch, in: ch}
}

// offer sends what there is room for, and never waits. last says that the last message
// was sent, open that the channel may still be sent on.
func (f *feed[M, H, S]) offer(r run[H, S]) (sent int, last, open bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.out == nil {
		return 0, false, false
	}
	for st := r.next(); st != nil; st = r.next() {
		for i := range st {
			select {
			case f.out <- public[M](&st[i]):
				sent++
				last = true
			default:
				last = false
			}
		}
	}
	return sent, last, true
}

// end takes the channel away. A subscription without a channel has a nil feed.
func (f *feed[M, H, S]) end() {
	if f == nil {
		return
	}
	f.mu.Lock()
	f.out = nil
	f.mu.Unlock()
}

// waiting is how many messages the program hasn't read.
func (f *feed[M, H, S]) waiting() int { return len(f.in) }

// from is what [Sub.Next] reads; nil without a channel.
func (f *feed[M, H, S]) from() <-chan *M {
	if f == nil {
		return nil
	}
	return f.in
}
