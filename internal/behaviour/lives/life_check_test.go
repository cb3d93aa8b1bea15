package lives_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
)

// check looks at what a life has left.
func (l *life) check() {
	time.Sleep(5 * time.Second) // of virtual time: what Close does behind its back is over
	if got := l.rec.Count("closed"); got != 1 {
		l.bad("the closed handler was called %d times", got)
	}
	if s := l.nc.Status(); s != nats.CLOSED {
		l.bad("status %v", s)
	}
	if n := l.nc.NumSubscriptions(); n != 0 {
		l.bad("%d subscriptions are left", n)
	}
	for _, s := range l.servers {
		for _, c := range s.Open() {
			l.bad("connection %d of %s is still open", c.ID(), s.Addr())
		}
	}
	l.checkMessages()
	l.checkWaiters()
}

// checkWaiters looks for requests that waited on although their message had been
// given up.
func (l *life) checkWaiters() {
	for _, h := range l.rec.Of("dropped") {
		var e *nats.DroppedError
		if !errors.As(h.Err, &e) {
			continue
		}
		if back, ok := l.asked[e.Msg.Subject]; ok && back.Sub(h.At) > 5*time.Millisecond {
			l.bad("a request returned %v after its message was given up: %v", back.Sub(h.At), e)
		}
	}
}

// checkMessages holds what was accepted against what arrived.
func (l *life) checkMessages() {
	arrived := make(map[string]int)
	for _, s := range l.servers {
		for _, c := range s.Conns() {
			for w := range lifeWorkers {
				last := -1
				for _, p := range Published(c, fmt.Sprint("w.", w)) {
					id, _, _ := strings.Cut(p, " ")
					var worker, i int
					if _, err := fmt.Sscanf(id, "%d:%d", &worker, &i); err != nil {
						l.t.Fatalf("%v: a server has read %q", &l.plan, p)
					}
					if i <= last {
						l.bad("number %d of worker %d came after %d on one connection", i, w, last)
					}
					last = i
					arrived[id]++
				}
			}
		}
	}
	lost := 0
	for id := range l.accepted {
		switch n := arrived[id]; {
		case n == 0:
			lost++
		case n > 1 && !l.plan.hold:
			l.bad("message %s arrived %d times", id, n)
		}
	}
	for id := range l.refused {
		if arrived[id] > 0 {
			l.bad("message %s was refused and arrived", id)
		}
	}
	for _, id := range l.firm {
		if arrived[id] == 0 {
			l.bad("message %s was confirmed and never arrived", id)
		}
	}
	doubt, dropped := int(l.rec.InDoubt()), l.rec.Dropped()
	if l.plan.hold && doubt > 0 {
		l.bad("%d messages are in doubt", doubt)
	}
	if lost > doubt+dropped {
		l.bad("%d of %d accepted messages didn't arrive, but only %d are in doubt and %d were reported",
			lost, len(l.accepted), doubt, dropped)
	}
}
