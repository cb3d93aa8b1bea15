package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/evernats/nats"
)

// grace is how long a lame duck lets its clients be. A client reckons with the ten
// seconds that are the server's default and leaves at some moment of the first four, lest
// a fleet comes to the other servers at once. This program is alone, and asks to be moved
// as soon as it hears of it, so the demonstration needn't wait.
const (
	grace        = 4 * time.Second
	duckDuration = grace + 2*time.Second
)

// RollingReport is the account of the rolling restart. Its JSON form is the field
// rolling_restart of the report.
type RollingReport struct {
	Servers        int     `json:"servers"` // that were restarted
	Moves          int     `json:"moves"`   // of the connection, without a moment between two
	Disconnects    int     `json:"disconnects"`
	Published      uint64  `json:"published"`
	Lost           uint64  `json:"lost"`
	Duplicated     uint64  `json:"duplicated"`
	Requests       uint64  `json:"requests"`
	RequestsFailed uint64  `json:"requests_failed"`
	LongestGapMS   float64 `json:"longest_gap_ms"`           // between two messages, as the subscriber saw it
	LongestPauseMS float64 `json:"longest_machine_pause_ms"` // meanwhile
	Seconds        float64 `json:"seconds"`
}

// rollingRestart makes each server in turn a lame duck, which ends when it has let its
// clients go, and starts it again. The first is the one that the program sits on.
func (r *run) rollingRestart(ctx context.Context) error {
	servers := r.cluster.Servers()
	if seat := r.seat(); seat != nil {
		servers = append(slices.Clone(servers[seat.Index():]), servers[:seat.Index()]...)
	}
	r.announce("restarting all servers, one after another")
	began, before := time.Now(), r.tallied()
	r.load.ledger.watchGaps(true)
	defer r.load.ledger.watchGaps(false)
	pause := r.load.pause.restart()
	for _, s := range servers {
		r.announce("%s is a lame duck", label(s))
		if err := s.LameDuck(ctx); err != nil {
			return err
		}
		select {
		case <-s.Gone():
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(duckDuration + recoveryPatience):
			return fmt.Errorf("%s is a lame duck that doesn't end", label(s))
		}
		r.announce("%s has ended, and is started again", label(s))
		if err := s.Restart(ctx); err != nil {
			return err
		}
		if err := r.cluster.WaitFormed(ctx); err != nil {
			return err
		}
	}
	if err := r.waitBack(ctx); err != nil {
		return err
	}
	gap := r.load.ledger.watchGaps(false)
	after := r.tallied()
	if err := r.nc.FlushTimeout(recoveryPatience); err != nil { // what was published by then is here
		return err
	}
	r.rolling = &RollingReport{
		Servers: len(servers), Moves: after.moves - before.moves, Disconnects: after.losses - before.losses,
		Published: after.published - before.published, Requests: after.requests - before.requests,
		Duplicated: after.duplicated - before.duplicated, RequestsFailed: after.failed - before.failed,
		LongestGapMS: ms(gap), LongestPauseMS: ms(pause()), Seconds: time.Since(began).Seconds(),
	}
	r.rollingFrom, r.rollingTo = before.published+1, after.published
	return nil
}

// tallied is what the account of a part of the run is the difference of.
type tallied struct {
	published, duplicated, requests, failed uint64
	moves, losses                           int
}

func (r *run) tallied() (t tallied) {
	t.published = r.load.published.Load()
	_, t.duplicated, _ = r.load.ledger.counts()
	t.requests, t.failed = r.load.answered.Load(), r.load.failed.Load()+r.load.unsure.Load()
	t.losses, _ = r.events.balance()
	t.moves = r.events.moves()
	return t
}

// moved shows that the client has gone to another server while the first still served it.
func (r *run) moved(_ *nats.Conn, e nats.Event) {
	if e.Kind == nats.EventMigrated {
		r.events.add(kindMoved, r.serverAt(e.Server), "", e.Duration)
	}
}

// leave moves the connection to another server, at once.
func leave(nc *nats.Conn) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), duckDuration)
		defer cancel()
		_ = nc.Migrate(ctx) // otherwise it moves by itself, or the server hangs up
	}()
}

// judge compares the figures with what the client promises.
func (r *RollingReport) judge(broken func(held bool, format string, args ...any)) {
	broken(r.Lost == 0, "%d messages lost in the rolling restart", r.Lost)
	broken(r.Duplicated == 0, "%d messages arrived twice in the rolling restart", r.Duplicated)
	broken(r.RequestsFailed == 0, "%d requests failed in the rolling restart", r.RequestsFailed)
	broken(r.Disconnects == 0, "%d disconnects in the rolling restart", r.Disconnects)
	broken(r.Moves > 0, "the connection never moved in the rolling restart")
}

// row is the table's.
func (r *RollingReport) row(row func(what, value, remark string), millis func(float64) string) {
	row("rolling restart", count(r.Moves, "move"), fmt.Sprintf("%d lost, %d doubled, %d requests failed, %s;\n%40s"+
		"longest gap %s; the machine paused up to %s", r.Lost, r.Duplicated, r.RequestsFailed, count(r.Disconnects, "disconnect"), "",
		millis(r.LongestGapMS), millis(r.LongestPauseMS)))
}
