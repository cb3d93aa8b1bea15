package migrate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// The old server is gone at the switch without a word, and the new one lives: publishing
// goes on there after half a second. Nothing that was to come in is lost; of what was
// published, what the old server hasn't confirmed is in doubt, or comes again.
func TestTheOldServerIsSilentAtTheSwitch(t *testing.T) {
	for _, again := range []bool{false, true} {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			var options []nats.Option
			if again {
				options = append(options, nats.AtLeastOnce())
			}
			var links []*natstest.Link // to the old server, its own first
			n.OnLink(AddrA, func(l *natstest.Link) { links = append(links, l) })
			p := newPlace(t, n, options...)
			var plain, queue, out numbers
			_, err := p.nc.Subscribe("in", plain.handle)
			Must(t, err)
			_, err = p.nc.QueueSubscribe("in", "group", queue.handle)
			Must(t, err)
			_, err = p.other[1].Subscribe("out", out.handle)
			Must(t, err)
			Must(t, p.nc.Flush())
			Must(t, p.other[1].Flush())
			in, sent := stream(t, p.other[0], "in"), stream(t, p.nc, "out")
			link := links[0]
			p.a.Conns()[0].Update(func(b *natstest.Behavior) {
				b.On = func(c *natstest.Conn, op natstest.Op) bool {
					if strings.HasSuffix(op.Subject, ".n.1") {
						link.BlackHole(natstest.Both)
					}
					return false
				}
			})
			begin := time.Now()
			Must(t, p.migrate())
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("the move took %v", took)
			}
			time.Sleep(time.Second)
			plain.are(t, "the subscriber", in(), true)
			queue.are(t, "the queue group", len(plain.got), false)
			published := sent()
			time.Sleep(time.Second)
			lost, _ := out.missing(published)
			out.mu.Lock()
			defer out.mu.Unlock()
			if out.gap > 600*time.Millisecond {
				t.Errorf("publishing stood still for %v", out.gap)
			}
			for i, x := range out.got[1:] {
				if x < out.got[i] && !again {
					t.Errorf("%d comes behind %d", x, out.got[i])
				}
			}
			switch doubt := p.r.Count("in doubt"); {
			case again && (lost > 0 || doubt > 0):
				t.Errorf("%d were lost, %d told in doubt", lost, doubt)
			case !again && lost > 0 && doubt == 0:
				t.Errorf("%d were lost, and nobody was told", lost)
			}
			if got := p.nc.ConnectedUrl(); got != p.b.URL() || !p.nc.IsConnected() {
				t.Errorf("connected to %q", got)
			}
			p.quiet("in doubt")
			if s := p.nc.Stats(); s.Reconnects != 0 {
				t.Errorf("statistics: %+v", s)
			}
		})
	}
}
