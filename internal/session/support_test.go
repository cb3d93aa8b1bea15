package session

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/transport"
	"github.com/evernats/nats/internal/wire"
)

// hostOf is a connection that writes down what its session does to it, and sees that
// it keeps to what it promises.
type hostOf struct {
	t   *testing.T
	s   *Session
	cfg AttemptConfig

	askDelay  func(passes int) time.Duration
	askServer func(pool []Server, last *wire.ServerInfo) (*url.URL, time.Duration)

	mu       sync.Mutex
	log      []string
	reports  []*Error
	told     []reconnect.Action
	attempts []Attempt
	link     *Link // that is attached
	last     *Link
	gone     map[*Link]bool
	ended    bool
	busy     []func(bool)    // what is to be called when the write under way is back
	writing  bool            // one is
	settles  <-chan struct{} // what Settle waits for
	sent     Sent
	side     *Link // that is prepared
	unclean  bool  // the old link of a move has not answered
	pings    atomic.Int32
}

// open prepares a session with servers at addresses of the network.
func open(t *testing.T, n *natstest.Network, change func(h *hostOf, cfg *Config), addrs ...string) *hostOf {
	t.Helper()
	h := &hostOf{t: t, s: new(Session), gone: make(map[*Link]bool)}
	h.cfg = AttemptConfig{
		Timeout:   2 * time.Second,
		Transport: transport.Config{Custom: n},
		TLS:       func(address.Target) (*tls.Config, error) { return &tls.Config{}, nil },
	}
	servers, _, err := address.ParseList(addrs, "nats://127.0.0.1:4222")
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Policy: reconnect.Policy{
			AllowReconnect: true, MaxReconnect: -1, ReconnectWait: time.Second, NoRandomize: true, AttemptDelay: -1,
			RetryOnFailedConnect: true,
		},
		Servers: servers,
		Rules:   address.Rules{MaxDiscovered: reconnect.MaxDiscovered},
	}
	if change != nil {
		change(h, &cfg)
	}
	h.s.Open(h, &cfg)
	return h
}

// begin starts the session, and closes it when the test ends.
func (h *hostOf) begin() *hostOf {
	h.s.Start()
	h.t.Cleanup(func() {
		if h.s.BeginClose() {
			h.s.Close(nil)
		}
		<-h.s.Done()
		time.Sleep(10 * time.Second) // callbacks that hang return
	})
	synctest.Wait()
	return h
}

// bubble runs a test in virtual time, with a network in memory.
func bubble(t *testing.T, f func(t *testing.T, n *natstest.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, natstest.NewNetwork(t)) })
}

const (
	addrA = "10.0.0.1:4222"
	addrB = "10.0.0.2:4222"
)

func serve(t *testing.T, n *natstest.Network, addr string, bs ...natstest.Behavior) *natstest.Server {
	t.Helper()
	return natstest.NewServer(t, natstest.Config{Network: n, Addr: addr, Behave: natstest.Script(bs...)})
}

// note is called first by all methods.
func (h *hostOf) note(l *Link, format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	what := fmt.Sprintf(format, args...)
	if h.ended {
		h.t.Errorf("after the end: %s", what)
	}
	if h.gone[l] {
		h.t.Errorf("of a link that was gone: %s", what)
	}
	h.log = append(h.log, what)
}

// events returns what was noted since the last time, in order.
func (h *hostOf) events() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	log := h.log
	h.log = nil
	return log
}

func (h *hostOf) lastReport() *Error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.reports) == 0 {
		return nil
	}
	return h.reports[len(h.reports)-1]
}

func (h *hostOf) AttemptConfig() AttemptConfig { return h.cfg }

func (h *hostOf) Attach(l *Link) {
	h.note(l, "attach %d", l.Epoch())
	h.mu.Lock()
	defer h.mu.Unlock()
	h.link, h.last = l, l
}

// Read does what a reader does with what isn't a message.
func (h *hostOf) Read(l *Link) {
	var p wire.Parser
	var op wire.Op
	buf := l.TakeRest()
	chunk := make([]byte, 4<<10)
	for {
		for {
			n, err := p.Next(buf, &op)
			if err != nil {
				l.GiveUp(l.Ended(PhaseRead, err))
				return
			}
			if n == 0 {
				break
			}
			buf = buf[n:]
			switch op.Kind {
			case wire.Ping:
				_, _, _ = l.Write([][]byte{[]byte(wire.PongLine)}, 0)
			case wire.Pong:
				l.Pong()
			case wire.Info:
				l.TakeInfo(op.Arg)
			case wire.Err:
				l.Said(string(op.Arg))
			}
		}
		n, err := l.Read(chunk)
		buf = append(buf, chunk[:n]...)
		if err != nil {
			l.Lost(l.Ended(PhaseRead, err))
			return
		}
	}
}

func (h *hostOf) Sent(*Link) Sent {
	h.mu.Lock()
	defer h.mu.Unlock()
	sent := h.sent
	sent.Mark = sent.Written
	return sent
}

func (h *hostOf) Ping(l *Link) {
	h.pings.Add(1)
	_, _, _ = l.Write([][]byte{[]byte(wire.PingLine)}, 0)
}

func (h *hostOf) Settle(l *Link) func() {
	h.note(l, "settle %d", l.Epoch())
	h.mu.Lock()
	defer h.mu.Unlock()
	ch := h.settles
	if ch == nil {
		return nil
	}
	return func() { <-ch }
}

func (h *hostOf) Detach(l *Link, f func(atOnce bool)) {
	if l != nil {
		h.note(l, "detach %d", l.Epoch())
	}
	h.mu.Lock()
	if l != nil && l != h.link {
		h.t.Errorf("link %d is detached and wasn't attached", l.Epoch())
	}
	h.link = nil
	if h.writing {
		h.busy = append(h.busy, f)
		h.mu.Unlock()
		return
	}
	h.mu.Unlock()
	f(true)
}

// writes says whether a write is under way; when one comes back that is told as a
// writer does.
func (h *hostOf) writes(on bool) {
	h.mu.Lock()
	h.writing = on
	var back []func(bool)
	if !on {
		back, h.busy = h.busy, nil
	}
	h.mu.Unlock()
	for _, f := range back {
		f(false)
	}
}

func (h *hostOf) Gone(l *Link, why error) {
	h.note(l, "gone %d: %v", l.Epoch(), why)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gone[l] = true
	if h.link != nil {
		h.t.Errorf("link %d is gone while %d is attached", l.Epoch(), h.link.Epoch())
	}
}

func (h *hostOf) Attempt(a Attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		h.t.Errorf("after the end: attempt %d is %v", a.No, a.Stage)
	}
	h.attempts = append(h.attempts, a)
}

func (h *hostOf) Tell(a *reconnect.Action) {
	if a.Kind == reconnect.StateIs {
		h.note(nil, "%v", a.State)
	} else {
		h.note(nil, "%v", a.Kind)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, *a)
}

// lastTold is the last action of its kind.
func (h *hostOf) lastTold(k reconnect.ActionKind) *reconnect.Action {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.told) - 1; i >= 0; i-- {
		if h.told[i].Kind == k {
			return &h.told[i]
		}
	}
	return nil
}

func (h *hostOf) Report(e *Error) {
	h.note(nil, "report")
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reports = append(h.reports, e)
}

func (h *hostOf) Info(l *Link, info *wire.ServerInfo) { h.note(l, "info %d", l.Epoch()) }

func (h *hostOf) LameDuck() bool { h.note(nil, "lame duck"); return true }

func (h *hostOf) Prepare(l *Link) {
	h.note(l, "prepare")
	go h.Read(l)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.side = l
}

func (h *hostOf) Unprepare(l *Link) {
	h.note(l, "unprepare")
	l.Close()
}

func (h *hostOf) Switch(old, l *Link) { h.note(l, "switch %d to %d", old.Epoch(), l.Epoch()) }
func (h *hostOf) OldGone(old *Link)   { h.note(old, "old %d gone", old.Epoch()) }

func (h *hostOf) HandOver(old, l *Link) (done, again bool) {
	h.note(l, "hand over %d to %d", old.Epoch(), l.Epoch())
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.unclean {
		h.link, h.last = l, l
	}
	return !h.unclean, false
}

func (h *hostOf) Rescue(l *Link) {
	h.note(l, "rescue %d", l.Epoch())
	h.mu.Lock()
	defer h.mu.Unlock()
	h.link, h.last = l, l
}

func (h *hostOf) Ended(last *reconnect.Action) {
	h.note(nil, "ended: %v", last.Kind)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	h.told = append(h.told, *last)
	if h.link != nil {
		h.t.Errorf("the end comes while link %d is attached", h.link.Epoch())
	}
	select {
	case <-h.s.Done():
		h.t.Error("Done before Ended has returned")
	default:
	}
}

func (h *hostOf) AskDelay(passes int) time.Duration { return h.askDelay(passes) }

func (h *hostOf) AskServer(pool []Server, last *wire.ServerInfo) (*url.URL, time.Duration) {
	return h.askServer(pool, last)
}
