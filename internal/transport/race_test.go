package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// script says after how long each address answers, with success or not; an
// address that isn't in it stays silent.
type script map[string]answerAfter

type answerAfter struct {
	after time.Duration
	err   error
}

// runRace races addrs in a bubble and tells what happened.
func runRace(t *testing.T, addrs string, s script, delay, timeout time.Duration) (winner, log string, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var (
			mu     sync.Mutex
			lines  []string
			open   atomic.Int32
			racing atomic.Int32
		)
		start := time.Now()
		ctx := t.Context()
		if timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		c, e := race(ctx, strings.Fields(addrs), delay, func(ctx context.Context, addr string) (net.Conn, error) {
			mu.Lock()
			lines = append(lines, fmt.Sprintf("%s@%d", addr, time.Since(start).Milliseconds()))
			mu.Unlock()
			if racing.Add(1) > maxRacing {
				t.Errorf("more than %d at a time", maxRacing)
			}
			defer racing.Add(-1)
			a, ok := s[addr]
			if !ok {
				<-ctx.Done()
				return nil, &Error{Phase: "dial", Addr: addr, Err: ctx.Err()}
			}
			timer := time.NewTimer(a.after)
			defer timer.Stop()
			<-timer.C // ignores ctx, so that there are late winners
			if a.err != nil {
				return nil, a.err
			}
			open.Add(1)
			p, _ := net.Pipe()
			return &named{countingConn{Conn: p, open: &open}, addr}, nil
		})
		took, err = time.Since(start), e
		if c != nil {
			winner = c.(*named).name
			_ = c.Close()
		}
		time.Sleep(time.Hour) // of virtual time: all have answered
		if n := open.Load(); n != 0 {
			t.Errorf("%d connections of losers are open", n)
		}
		log = strings.Join(lines, " ")
	})
	return winner, log, took, err
}

type named struct {
	countingConn
	name string
}

var errNo = errors.New("no")

func TestRace(t *testing.T) {
	const ms = time.Millisecond
	for name, tc := range map[string]struct {
		addrs          string
		script         script
		delay, timeout time.Duration
		winner, log    string
		took           time.Duration
	}{
		"one": {"a", script{"a": {10 * ms, nil}}, 250 * ms, 0, "a", "a@0", 10 * ms},
		"the next isn't asked when the first is quick": {"a b", script{"a": {10 * ms, nil}, "b": {0, nil}}, 250 * ms, 0, "a", "a@0", 10 * ms},
		"silent first":                   {"a b", script{"b": {10 * ms, nil}}, 250 * ms, 0, "b", "a@0 b@250", 260 * ms},
		"failed first":                   {"a b", script{"a": {5 * ms, errNo}, "b": {10 * ms, nil}}, 250 * ms, 0, "b", "a@0 b@5", 15 * ms},
		"slow first wins over slower":    {"a b", script{"a": {300 * ms, nil}, "b": {100 * ms, nil}}, 250 * ms, 0, "a", "a@0 b@250", 300 * ms},
		"late loser":                     {"a b", script{"a": {400 * ms, nil}, "b": {100 * ms, nil}}, 250 * ms, 0, "b", "a@0 b@250", 350 * ms},
		"two at a time":                  {"a b c", script{"a": {2000 * ms, errNo}, "c": {ms, nil}}, 250 * ms, 0, "c", "a@0 b@250 c@2000", 2001 * ms},
		"second fails beside a silent":   {"a b c", script{"b": {10 * ms, errNo}, "c": {ms, nil}}, 250 * ms, 0, "c", "a@0 b@250 c@260", 261 * ms},
		"silent ones get only a share":   {"a b c d e", script{"e": {ms, nil}}, 250 * ms, 2000 * ms, "e", "a@0 b@250 c@666 d@1125 e@1333", 1334 * ms},
		"one after another":              {"a b", script{"a": {900 * ms, errNo}, "b": {ms, nil}}, -1, 0, "b", "a@0 b@900", 901 * ms},
		"one after another, with shares": {"a b c", script{"c": {ms, nil}}, -1, 3000 * ms, "c", "a@0 b@1000 c@2000", 2001 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			winner, log, took, err := runRace(t, tc.addrs, tc.script, tc.delay, tc.timeout)
			if err != nil || winner != tc.winner {
				t.Errorf("%q won (%v), want %q", winner, err, tc.winner)
			}
			if log != tc.log {
				t.Errorf("order %q, want %q", log, tc.log)
			}
			if took.Truncate(time.Millisecond) != tc.took {
				t.Errorf("took %v, want %v", took, tc.took)
			}
		})
	}
}

func TestRaceFails(t *testing.T) {
	other := errors.New("other")
	_, _, took, err := runRace(t, "a b", script{"a": {time.Millisecond, errNo}, "b": {time.Millisecond, other}}, time.Second, 0)
	if !errors.Is(err, errNo) || !errors.Is(err, other) || took != 2*time.Millisecond {
		t.Errorf("got %v after %v", err, took)
	}
	if got := err.Error(); got != "no; other" {
		t.Errorf("error says %q", got)
	}
	_, _, _, err = runRace(t, "a", script{"a": {time.Millisecond, errNo}}, time.Second, 0)
	if err != errNo {
		t.Errorf("got %v", err)
	}
}

func TestRaceTimesOut(t *testing.T) {
	for addrs := range map[string]bool{"a": true, "a b": true, "a b c": true} {
		_, _, took, err := runRace(t, addrs, nil, 250*time.Millisecond, 2*time.Second)
		timedOut(t, err)
		if took != 2*time.Second {
			t.Errorf("%s: took %v", addrs, took)
		}
		if !strings.Contains(err.Error(), "a") {
			t.Errorf("error says %q", err)
		}
	}
}

// One refusal among the silent ones doesn't hide that time ran out.
func TestRaceTimesOutAfterFailure(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errNo}
	_, _, _, err := runRace(t, "a b", script{"a": {time.Millisecond, refused}}, time.Second, 2*time.Second)
	timedOut(t, err)
	timedOut(t, &Error{Phase: "dial", Addr: "host", Err: err})
	if !errors.Is(err, errNo) {
		t.Errorf("got %v", err)
	}
}
