package nats

import (
	"context"
	"slices"
	"sync"

	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/send"
)

// What the JetStream packages need of a connection beyond its exported methods.

func init() {
	port.Register(func(conn any) any { return jsPort{conn.(*Conn)} })
}

type jsPort struct{ nc *Conn }

// linkWatchers are told of each link as it comes and goes.
type linkWatchers struct {
	mu   sync.Mutex
	list []port.Listener
	link *link     // nil while there is none
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

func portLink(l *link) port.Link {
	return port.Link{Epoch: l.Epoch(), MaxPayload: l.Info().MaxPayload, Headers: l.Info().Headers}
}

// linkUp tells that l is about to be put to use, and returns the frames that go out
// before what is queued. It is called under the table's lock.
func (w *linkWatchers) linkUp(l *link, frames []byte) []byte {
	w.mu.Lock()
	w.link = l
	list := slices.Clone(w.list)
	w.mu.Unlock()
	for _, listener := range list {
		frames = listener.LinkUp(portLink(l), frames)
	}
	return frames
}

// moved notes the link that took the place of another one without a loss. Nobody is told:
// what was asked for on that one goes on.
func (w *linkWatchers) moved(l *link) {
	w.mu.Lock()
	w.link = l
	w.mu.Unlock()
}

// linkDown tells that a link is gone. Messages up to the number gone are not sent
// again by the connection.
func (w *linkWatchers) linkDown(epoch, gone uint64) {
	w.mu.Lock()
	w.link = nil
	list := slices.Clone(w.list)
	w.mu.Unlock()
	for _, listener := range list {
		listener.LinkDown(epoch, gone)
	}
}

// gaveUp notes that messages were given up. It is called under the sender's lock, which
// listeners publish under, so they are told by a goroutine that is there for as long
// as there is something to tell.
func (w *linkWatchers) gaveUp(first, last uint64, why error) {
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

func (w *linkWatchers) tellGone() {
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
				if l, ok := listener.(port.Loser); ok {
					l.GaveUp(g.first, g.last, g.why)
				}
			}
		}
	}
}

func (p jsPort) Watch(l port.Listener) (port.Link, bool) {
	w := &p.nc.links
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, l)
	if w.link == nil {
		return port.Link{}, false
	}
	return portLink(w.link), true
}

func (p jsPort) Unwatch(l port.Listener) {
	w := &p.nc.links
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.Index(w.list, l); i >= 0 {
		w.list = slices.Delete(w.list, i, i+1)
	}
}

func (p jsPort) Inline(subject string, take func(*Msg), drained, ended func(), quiet bool) (port.Sub, error) {
	cfg := subConfig{Subject: subject, Inline: take, Drained: drained, Quiet: quiet}
	if ended != nil {
		cfg.Closed = func(string) { ended() }
	}
	s, err := p.nc.subscribe(cfg, nil)
	if err != nil {
		return nil, err
	}
	return jsSub{s}, nil
}

type jsSub struct{ s *Subscription }

func (j jsSub) Stop()  { j.s.in.Remove(true) }
func (j jsSub) Drain() { j.s.in.Drain() }

// atOnce publishes without waiting for room.
var atOnce = &send.Publication{Never: true}

func (p jsPort) Publish(subject, reply string, hdr, data []byte) (uint64, error) {
	return p.nc.publish(atOnce, subject, reply, hdr, data)
}

func (p jsPort) Request(ctx context.Context, subject string, hdr, data []byte, again bool) (*Msg, error) {
	return p.nc.requestWith(ctx, subject, hdr, data, 0, again || p.nc.Opts.RetryRequestsOnDisconnect)
}
