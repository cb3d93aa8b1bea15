package nats

import (
	"context"
	"slices"
	"sync"

	"github.com/evernats/nats/internal/js/port"
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
	link port.Link
	up   bool
}

// linkUp tells that l is about to be put to use, and returns the frames that go out
// before what is queued. It is called under the table's lock.
func (w *linkWatchers) linkUp(l *link, frames []byte) []byte {
	w.mu.Lock()
	w.link = port.Link{Epoch: l.epoch, MaxPayload: l.info.MaxPayload, Headers: l.info.Headers}
	w.up = true
	link, list := w.link, slices.Clone(w.list)
	w.mu.Unlock()
	for _, listener := range list {
		frames = listener.LinkUp(link, frames)
	}
	return frames
}

// linkDown tells that a link is gone. Messages up to the number gone are not sent
// again by the connection.
func (w *linkWatchers) linkDown(epoch, gone uint64) {
	w.mu.Lock()
	w.up = false
	list := slices.Clone(w.list)
	w.mu.Unlock()
	for _, listener := range list {
		listener.LinkDown(epoch, gone)
	}
}

func (p jsPort) Watch(l port.Listener) (port.Link, bool) {
	w := &p.nc.links
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, l)
	return w.link, w.up
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
	s := &Subscription{Subject: subject, typ: AsyncSubscription, take: take, onDrained: drained, quiet: quiet}
	if ended != nil {
		s.onClosed = func(string) { ended() }
	}
	if _, err := p.nc.subscribe(s); err != nil {
		return nil, err
	}
	return portSub{s}, nil
}

type portSub struct{ s *Subscription }

func (j portSub) Stop()  { j.s.remove(true) }
func (j portSub) Drain() { j.s.conn.drainSubs([]*Subscription{j.s}) }

// atOnce publishes without waiting for room.
var atOnce = &roomWait{never: true}

func (p jsPort) Publish(subject, reply string, hdr, data []byte) (uint64, error) {
	return p.nc.publish(atOnce, subject, reply, hdr, data)
}

func (p jsPort) Request(ctx context.Context, subject string, hdr, data []byte, again bool) (*Msg, error) {
	return p.nc.requestWith(ctx, subject, hdr, data, 0, again || p.nc.Opts.RetryRequestsOnDisconnect)
}
