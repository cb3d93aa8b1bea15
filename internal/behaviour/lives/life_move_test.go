package lives_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/evernats/nats"
)

// move has the connection go to other servers, because the program asks for it or because
// the one in use says that it leaves, until it is ended. What else happens doesn't wait for
// it.
func (l *life) move() {
	rnd := rand.New(rand.NewPCG(l.seed, 3))
	for {
		select {
		case <-l.ending:
			return
		case <-time.After(time.Duration(rnd.IntN(1000)) * time.Millisecond):
		}
		l.ops.Add(1)
		if rnd.IntN(3) == 0 {
			l.lameDuck()
			continue
		}
		d := time.Duration(1+rnd.IntN(4000)) * time.Millisecond
		l.watched.Go(func() { l.migrate(d) })
	}
}

// migrate asks for a move, and for no more than that.
func (l *life) migrate(d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	begin := time.Now()
	err := l.nc.Migrate(ctx)
	if took := time.Since(begin); took > d+5*time.Millisecond {
		l.bad("Migrate took %v, more than %v", took, d)
	}
	switch {
	case err == nil, errors.Is(err, nats.ErrMigration), errors.Is(err, context.DeadlineExceeded),
		err == nats.ErrConnectionClosed, err == nats.ErrConnectionDraining:
	default:
		l.bad("Migrate: %v", err)
	}
}

// told counts moves.
func (l *life) told(_ *nats.Conn, e nats.Event) {
	if e.Kind != nats.EventMigrated {
		return
	}
	l.moved.Add(1)
	if _, duck := l.ducks.Load(e.From); duck {
		l.left.Add(1)
	}
}

// lameDuck has the server in use say that it leaves.
func (l *life) lameDuck() {
	at := l.nc.ConnectedUrl()
	for _, s := range l.servers {
		if s.URL() != at {
			continue
		}
		l.ducks.Store(at, true)
		info := s.Info()
		info.LameDuckMode = true
		for _, c := range s.Open() {
			c.SendInfo(info)
		}
	}
}
