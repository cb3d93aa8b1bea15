package receive

import (
	"slices"
	"time"
)

// register notes that a link is read: what it brings is for subscriptions.
func (t *Table[M, H, S]) registerLocked(l Link) {
	at := &t.reading
	for *at != nil {
		at = &(*at).next
	}
	*at = newInbound(t, l)
}

// Read starts a goroutine that reads a link until it fails. The link was given to Resume
// before.
func (t *Table[M, H, S]) Read(l Link) {
	t.mu.RLock()
	in := t.reading
	for in != nil && in.link != l {
		in = in.next
	}
	t.mu.RUnlock()
	if in != nil {
		go in.serve()
	}
}

// serve is that goroutine. An idle connection keeps its stack, the calls down to Read's
// included, so they are few and small: all that an answer to a PING needs fits the
// smallest stack that there is.
func (in *inbound[M, H, S]) serve() {
	in.table.awaitReaders(in)
	in.read()
	in.table.readerEnded(in)
}

// awaitReaders waits until the links before in's have brought what they had, so that
// nothing of theirs comes behind what it brings. Their sockets are closed, so that
// takes a moment; one of the program's own that doesn't come back is left behind.
func (t *Table[M, H, S]) awaitReaders(in *inbound[M, H, S]) {
	var before []<-chan struct{}
	t.mu.Lock()
	for x := t.reading; x != in; x = x.next {
		before = append(before, x.overLocked())
	}
	t.mu.Unlock()
	if len(before) == 0 {
		return
	}
	limit := time.NewTimer(readerPatience)
	defer limit.Stop()
	for _, over := range before {
		select {
		case <-over:
		case <-limit.C:
			return
		}
	}
}

// readerPatience bounds awaitReaders.
const readerPatience = 100 * time.Millisecond

// overLocked returns a channel that is closed when the reader has ended.
func (in *inbound[M, H, S]) overLocked() <-chan struct{} {
	if in.over == nil {
		in.over = make(chan struct{})
	}
	return in.over
}

// readerEnded says that a link brings nothing more.
func (t *Table[M, H, S]) readerEnded(in *inbound[M, H, S]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	in.ended = true
	for at := &t.reading; *at != nil; at = &(*at).next {
		if *at == in {
			*at = in.next
			break
		}
	}
	if i := slices.Index(t.leaving, in); i >= 0 {
		t.leaving = slices.Delete(t.leaving, i, i+1)
	}
	if in.over != nil {
		close(in.over)
	}
}
