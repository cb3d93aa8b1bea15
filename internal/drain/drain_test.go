package drain

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var errDoubt = errors.New("in doubt")

// testHost is a connection whose server does as the test says.
type testHost struct {
	left          int // subscriptions
	asked         int // fences
	forgotten     int
	begun, middle bool
	nothing       bool
	answer        func(n int) error // to the fence; nil: there is none
	refuse        error             // of Fence
	closed        chan struct{}
}

func (h *testHost) DrainSubscriptions()     { h.begun = true }
func (h *testHost) Draining() int           { return h.left }
func (h *testHost) SubscriptionsEnded()     { h.middle = true }
func (h *testHost) NothingToSave() bool     { return h.nothing }
func (h *testHost) InDoubt(err error) bool  { return err == errDoubt }
func (h *testHost) Closed() <-chan struct{} { return h.closed }

func (h *testHost) Fence() (<-chan error, func(), error) {
	if h.refuse != nil {
		return nil, nil, h.refuse
	}
	answer := make(chan error, 1)
	if h.answer != nil {
		answer <- h.answer(h.asked)
	}
	h.asked++
	return answer, func() { h.forgotten++ }, nil
}

func TestOutcomes(t *testing.T) {
	over := errors.New("closed")
	for name, c := range map[string]struct {
		host  testHost
		then  func(d *Drain, h *testHost) // when it waits
		want  Outcome
		doubt error
		takes time.Duration
	}{
		"nothing is left":        {host: testHost{nothing: true}, want: Done},
		"answered":               {host: testHost{answer: func(int) error { return nil }}, want: Done},
		"a subscription's end":   {host: testHost{left: 1, nothing: true}, then: func(d *Drain, h *testHost) { h.left = 0; d.Poke(); d.Poke() }, want: Done},
		"no subscription ends":   {host: testHost{left: 1, nothing: true}, want: OutOfTime, takes: time.Minute},
		"closed meanwhile":       {host: testHost{left: 1}, then: func(_ *Drain, h *testHost) { close(h.closed) }, want: Ended},
		"no answer":              {host: testHost{}, want: OutOfTime, takes: time.Minute},
		"the link goes":          {host: testHost{}, then: func(d *Drain, h *testHost) { h.nothing = true; d.Poke() }, want: Done},
		"in doubt on one link":   {host: testHost{answer: func(n int) error { return []error{errDoubt, nil}[n] }}, want: InDoubt, doubt: errDoubt},
		"in doubt, and no link":  {host: testHost{nothing: true, answer: func(n int) error { return []error{errDoubt, nil}[n] }}, want: InDoubt, doubt: errDoubt},
		"closed behind the PING": {host: testHost{answer: func(int) error { return over }}, want: Ended},
		"closed before it":       {host: testHost{refuse: over}, want: Ended},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := c.host
				h.closed = make(chan struct{})
				var d Drain
				if d.Active() || !d.Begin(true) || d.Begin(true) || !d.Active() {
					t.Error("it begins once")
				}
				start := time.Now()
				var got Outcome
				var doubt error
				ended := make(chan struct{})
				d.Start(time.Minute, &h, func(_ context.Context, o Outcome, why error) {
					got, doubt = o, why
					close(ended)
				})
				synctest.Wait()
				if c.then != nil {
					c.then(&d, &h)
				}
				<-ended
				if got != c.want || doubt != c.doubt || time.Since(start) != c.takes {
					t.Errorf("%v, %v after %v, want %v, %v after %v", got, doubt, time.Since(start), c.want, c.doubt, c.takes)
				}
				if !h.begun || h.forgotten != h.asked || h.middle != (h.left == 0) {
					t.Errorf("%+v", h)
				}
				if !d.Due() || d.Due() {
					t.Error("the report is due once")
				}
			})
		})
	}
}

func TestOneThatHasNotBegun(t *testing.T) {
	var d Drain
	d.Poke()
	if d.Due() || d.Active() || !d.Begin(false) || d.Due() {
		t.Error("owes a report")
	}
}
