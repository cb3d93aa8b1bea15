package port

import (
	"slices"
	"sync"
)

// Watchers are told of each link of a connection as it comes and goes. The zero value
// has none. Its lock is a leaf; listeners are called without it.
type Watchers struct {
	mu   sync.Mutex
	list []Listener
	link Link
	up   bool      // link is in use
	gone *goneList // made when a message is given up
}

// goneList is the messages that were given up, and listeners haven't been told of.
type goneList struct {
	runs    []gaveUp
	telling bool
}

// gaveUp is a run of them.
type gaveUp struct {
	first, last uint64
	why         error
}

// Add makes l a listener and returns the link in use, or false.
func (w *Watchers) Add(l Listener) (Link, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, l)
	if !w.up {
		return Link{}, false
	}
	return w.link, true
}

// Remove ends that.
func (w *Watchers) Remove(l Listener) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.Index(w.list, l); i >= 0 {
		w.list = slices.Delete(w.list, i, i+1)
	}
}

// LinkUp tells that l is about to be put to use, and returns the frames that go out
// before what is queued.
func (w *Watchers) LinkUp(l Link, frames []byte) []byte {
	w.mu.Lock()
	w.link, w.up = l, true
	list := slices.Clone(w.list)
	w.mu.Unlock()
	for _, listener := range list {
		frames = listener.LinkUp(l, frames)
	}
	return frames
}

// Moved notes a link that took the place of another one without a loss. Nobody is told:
// what was asked for on that one goes on.
func (w *Watchers) Moved(l Link) {
	w.mu.Lock()
	w.link, w.up = l, true
	w.mu.Unlock()
}

// LinkDown tells that a link is gone. Messages up to the number gone are not sent
// again by the connection.
func (w *Watchers) LinkDown(epoch, gone uint64) {
	w.mu.Lock()
	w.up = false
	list := slices.Clone(w.list)
	w.mu.Unlock()
	for _, listener := range list {
		listener.LinkDown(epoch, gone)
	}
}

// GaveUp notes that messages were given up. It is called under the sender's lock, which
// listeners publish under, so they are told by a goroutine that is there for as long
// as there is something to tell.
func (w *Watchers) GaveUp(first, last uint64, why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) == 0 {
		return
	}
	if w.gone == nil {
		w.gone = &goneList{}
	}
	w.gone.runs = append(w.gone.runs, gaveUp{first, last, why})
	if !w.gone.telling {
		w.gone.telling = true
		go w.tellGone()
	}
}

func (w *Watchers) tellGone() {
	for {
		w.mu.Lock()
		gone, list := w.gone.runs, slices.Clone(w.list)
		w.gone.runs = nil
		w.gone.telling = len(gone) > 0
		w.mu.Unlock()
		if len(gone) == 0 {
			return
		}
		for _, g := range gone {
			for _, listener := range list {
				if l, ok := listener.(Loser); ok {
					l.GaveUp(g.first, g.last, g.why)
				}
			}
		}
	}
}
