package events_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

func kinds(events []nats.Event) (list []string) {
	for _, e := range events {
		list = append(list, e.Kind.String())
	}
	return list
}

// Who subscribes learns which subscriptions may have missed something, from when to when.
func TestReconnectedTellsOfTheGap(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		sc := &scene{n: n, s: MemServer(t, n, AddrA), begin: time.Now()}
		nc := sc.connect(t)
		var subs []*nats.Subscription
		for _, subject := range []string{"a", "b", "c"} {
			sub, err := nc.Subscribe(subject, func(*nats.Msg) {})
			Must(t, err)
			subs = append(subs, sub)
		}
		Must(t, nc.Flush())
		time.Sleep(3 * time.Second)
		Must(t, nc.Publish("a", nil)) // comes back: the last that is heard
		Must(t, nc.Flush())
		heard := time.Now()
		time.Sleep(7 * time.Second)
		n.Refuse(AddrA)
		n.Cut(AddrA)
		sc.wait(t, nats.EventDisconnected, 1)
		_, err := nc.Subscribe("born in the outage", func(*nats.Msg) {})
		if err == nil {
			t.Error("a subject with spaces in it")
		}
		_, err = nc.Subscribe("later", func(*nats.Msg) {})
		Must(t, err)
		Must(t, subs[1].Unsubscribe())
		time.Sleep(time.Second)
		n.Heal(AddrA)
		e := sc.wait(t, nats.EventReconnected, 1)
		if e.Gap == nil || !slices.Equal(e.Gap.Subscriptions, []*nats.Subscription{subs[0], subs[2]}) &&
			!slices.Equal(e.Gap.Subscriptions, []*nats.Subscription{subs[2], subs[0]}) {
			t.Fatalf("the gap: %+v", e.Gap)
		}
		if !e.Gap.From.Equal(heard) || !e.Gap.To.Equal(e.Time) {
			t.Errorf("from %v to %v, want from %v to %v", e.Gap.From.Sub(sc.begin), e.Gap.To.Sub(sc.begin), heard.Sub(sc.begin), e.Time.Sub(sc.begin))
		}
		if e.Resubscribed != 3 || e.Epoch != 2 || e.Duration != 2*time.Second || e.Attempts != 2 {
			t.Errorf("%d subscriptions of epoch %d after %v and %d attempts", e.Resubscribed, e.Epoch, e.Duration, e.Attempts)
		}
	})
}

// A handler and a loop that hang delay nobody, and miss nothing while no more than the
// documented number of events waits for them. Past that they are told how many they miss.
func TestSlowListenersDelayNobodyWithinTheBound(t *testing.T) {
	const bound = 4096
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		sc := &scene{n: n, s: MemServer(t, n, AddrA), begin: time.Now()}
		let := make(chan struct{})
		var slow []nats.Event
		nc := Connect(t, sc.s.URL(), sc.r.Options(nats.SetCustomDialer(n), nats.EventHandler(func(_ *nats.Conn, e nats.Event) {
			<-let
			slow = append(slow, e)
		}))...)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		loop, quick := nc.Events(ctx), nc.Events(ctx)
		var swift []nats.Event
		done := make(chan struct{})
		go func() {
			defer close(done)
			for e := range quick {
				swift = append(swift, e)
			}
		}()
		// An error at a time, each of them told before the next comes.
		const errs = 2 * bound
		for i := range errs {
			sc.s.Last().SendErr(fmt.Sprintf("trouble %d", i))
			synctest.Wait()
		}
		if got := sc.r.Count("error"); got != errs {
			t.Errorf("the error handler was told of %d", got)
		}
		nc.Close()
		<-done
		errors := 0
		for _, e := range swift {
			if e.Kind == nats.EventError {
				errors++
			}
		}
		if errors != errs || swift[len(swift)-1].Kind != nats.EventClosed {
			t.Errorf("the quick loop has seen %d of them, and at the end %s", errors, swift[len(swift)-1].Kind)
		}

		close(let)
		synctest.Wait()
		var late []nats.Event
		for e := range loop {
			late = append(late, e)
		}
		for who, got := range map[string][]nats.Event{"handler": slow, "loop": late} {
			// All that found room, in order, then how many did not, and the end.
			n := len(got)
			if n < bound || n > bound+3 || got[n-1].Kind != nats.EventClosed || got[n-2].Kind != nats.EventsLost {
				t.Fatalf("the %s has %d events, the last of them %v", who, n, kinds(got[max(n-3, 0):]))
			}
			seen := 0
			for _, e := range got {
				if e.Kind != nats.EventError {
					continue
				}
				if want := fmt.Sprintf("nats: trouble %d", seen); e.Err.Error() != want {
					t.Fatalf("the %s heard %q, want %q", who, e.Err, want)
				}
				seen++
			}
			// What is missing are errors, and the disconnect at the end.
			if lost := got[n-2].Count; seen+lost != errs+1 {
				t.Errorf("the %s has seen %d and was told of %d missing, of %d", who, seen, lost, errs+1)
			}
		}
	})
}

// Messages given up one by one are told of together while a listener is busy.
func TestDroppedMessagesAreSummedUp(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		sc := &scene{n: n, s: MemServer(t, n, AddrA), begin: time.Now()}
		nc := sc.connect(t, nats.ReconnectBufSize(1000), nats.OutboundFull(nats.DropOldest))
		events := nc.Events(t.Context())
		n.Refuse(AddrA)
		n.Cut(AddrA)
		sc.wait(t, nats.EventDisconnected, 1)
		const msgs = 100_000
		for range msgs {
			Must(t, nc.Publish("abc", make([]byte, 85)))
		}
		nc.Close()
		var dropped, bytes, left uint64
		count := 0
		for e := range events {
			switch e.Kind {
			case nats.EventMessagesDropped:
				count++
				dropped += e.Dropped
				bytes += e.DroppedBytes
				if e.Subject != "" {
					t.Errorf("a run with subject %q", e.Subject)
				}
			case nats.EventClosed:
				left = e.Dropped
			case nats.EventsLost:
				t.Errorf("%d events lost", e.Count)
			}
		}
		if dropped != msgs || bytes != msgs*99 || left != 11 && left != 10 {
			t.Errorf("%d messages and %d bytes in %d events, %d of them at the end", dropped, bytes, count, left)
		}
		if count > 10 {
			t.Errorf("%d events for them", count)
		}
	})
}

// A connect that fails tells how, by events as by its error.
func TestEventsOfAConnectThatFails(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		n.Refuse(AddrA)
		sc := &scene{n: n, begin: time.Now()}
		_, err := nats.Connect("nats://"+AddrA, sc.options()...)
		if !errors.Is(err, nats.ErrNoServers) {
			t.Fatal(err)
		}
		synctest.Wait()
		if got, want := kinds(sc.all()), []string{"attempt.started", "attempt.failed", "connect.failed", "closed"}; !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		for _, e := range sc.all()[2:] {
			if !errors.Is(e.Err, nats.ErrNoServers) {
				t.Errorf("%s: %v", e.Kind, e.Err)
			}
		}
	})
}

// Who wants no callbacks gets no events by a handler either; a loop goes on to the end.
func TestEventHandlerIsMuted(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		sc := &scene{n: n, s: MemServer(t, n, AddrA), begin: time.Now()}
		nc := sc.connect(t, nats.NoCallbacksAfterClientClose())
		synctest.Wait()
		before := len(sc.all())
		events := nc.Events(t.Context())
		nc.Close()
		var got []nats.Event
		for e := range events {
			got = append(got, e)
		}
		synctest.Wait()
		if !slices.Equal(kinds(got), []string{"disconnected", "closed"}) || len(sc.all()) != before {
			t.Errorf("the loop has %v, the handler was told %v", kinds(got), kinds(sc.all()[before:]))
		}

		// Nor does a connection that nobody got to see.
		n.HangDial(AddrB)
		quiet := &scene{n: n, begin: time.Now()}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := nats.ConnectWithContext(ctx, "nats://"+AddrB, quiet.options()...); err == nil {
			t.Error("connected")
		}
		synctest.Wait()
		if got := kinds(quiet.all()); !slices.Equal(got, []string{"attempt.started"}) {
			t.Errorf("told of %v", got)
		}
	})
}

func TestEventsLoopEnds(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)

		// When its context is done.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begin := time.Now()
		for range nc.Events(ctx) {
			t.Error("an event")
		}
		if d := time.Since(begin); d != time.Minute {
			t.Errorf("it ended after %v", d)
		}
		// When the program breaks out of it.
		events := nc.Events(t.Context())
		s.Last().HangUp()
		for e := range events {
			if e.Kind != nats.EventDisconnected {
				t.Errorf("began with %v", e)
			}
			break
		}
		// For an endless context, with the connection, and when there is none.
		rest := nc.Events(nil) //nolint:staticcheck // it is allowed
		nc.Close()
		last := nats.Event{}
		for e := range rest {
			last = e
		}
		if last.Kind != nats.EventClosed {
			t.Errorf("ended with %v", last)
		}
		synctest.Wait()
		for e := range nc.Events(t.Context()) {
			t.Errorf("%v of a closed connection", e)
		}
		for range (*nats.Conn)(nil).Events(t.Context()) {
			t.Error("an event of no connection")
		}
		// Nobody listened before it was closed.
		other := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		other.Close()
		synctest.Wait()
		for e := range other.Events(t.Context()) {
			t.Errorf("%v of a closed connection", e)
		}
	})
}

// Errors are as detailed as the options say, and the rest of the event always is.
func TestEventErrorsAreAsDetailedAsWanted(t *testing.T) {
	for _, detailed := range []bool{false, true} {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA, Behaving(natstest.Always(natstest.Behavior{Refuse: "Authorization Violation"})))
			sc := &scene{n: n, s: s, begin: time.Now()}
			opts := sc.options()
			if detailed {
				opts = append(opts, nats.DetailedErrors())
			}
			_, err := nats.Connect(s.URL(), opts...)
			if !errors.Is(err, nats.ErrAuthorization) {
				t.Fatal(err)
			}
			e := sc.wait(t, nats.EventAttemptFailed, 1)
			var ce *nats.ConnError
			if errors.As(e.Err, &ce) != detailed || !detailed && e.Err != nats.ErrAuthorization {
				t.Errorf("detailed %v: %#v", detailed, e.Err)
			}
			if e.Server != s.URL() || e.Phase != "PONG" || e.Attempt != 1 {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A drain that can't finish says what is left, once, and before the end.
func TestDrainedSaysWhatIsLeft(t *testing.T) {
	for _, closed := range []bool{false, true} {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			sc := &scene{n: n, s: MemServer(t, n, AddrA), begin: time.Now()}
			nc := sc.connect(t, nats.DrainTimeout(5*time.Second))
			let := make(chan struct{})
			_, err := nc.Subscribe("a", func(*nats.Msg) { <-let })
			Must(t, err)
			PublishNumbers(t, nc, "a", 0, 3)
			Must(t, nc.Flush())
			Must(t, nc.Drain())
			want := nats.ErrDrainTimeout
			if closed {
				time.Sleep(time.Second)
				nc.Close()
				want = nats.ErrConnectionClosed
			}
			sc.wait(t, nats.EventClosed, 1)
			close(let)
			e := sc.wait(t, nats.EventDrained, 1)
			if !errors.Is(e.Err, want) || e.Unhandled != 3 || e.Duration != map[bool]time.Duration{false: 5 * time.Second, true: time.Second}[closed] {
				t.Errorf("closed %v: %v, %d not handled, after %v", closed, e.Err, e.Unhandled, e.Duration)
			}
			got := kinds(sc.all())
			if i := slices.Index(got, "drained"); strings.Count(strings.Join(got, " "), "drained") != 1 || i > slices.Index(got, "closed") {
				t.Errorf("%v", got)
			}
			if sc.r.Count("error") != 1 || slices.Contains(got, "error") {
				t.Errorf("errors told: %d; events %v", sc.r.Count("error"), got)
			}
		})
	}
}

// Nobody pays for what nobody asked for: without a listener nothing is kept.
func TestEventsAreForWhoListens(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		s.Last().HangUp()
		Until(t, "a reconnect", func() bool { return nc.Stats().Reconnects == 1 })
		events := nc.Events(t.Context())
		var n2 atomic.Int32
		go func() {
			for e := range events {
				if n2.Add(1) == 1 && e.Epoch != 2 {
					t.Errorf("the first event is of epoch %d: %v", e.Epoch, e)
				}
			}
		}()
		synctest.Wait()
		if got := n2.Load(); got != 0 {
			t.Errorf("%d events of what was before", got)
		}
		s.Last().HangUp()
		Until(t, "a reconnect", func() bool { return nc.Stats().Reconnects == 2 })
		nc.Close()
		synctest.Wait()
		if n2.Load() < 4 {
			t.Errorf("%d events", n2.Load())
		}
	})
}

// A server that is given up for good, and one that was chosen and isn't known, are told of.
func TestServersThatAreGoneOrUnknown(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		sc := &scene{n: n, s: MemServer(t, n, AddrA), begin: time.Now()}
		var asked atomic.Int32
		sc.connect(t, nats.MaxReconnects(1), nats.ReconnectToServer(func(pool []nats.Server, _ nats.ServerInfo) (*nats.Server, time.Duration) {
			if asked.Add(1) == 1 {
				return &nats.Server{URL: &url.URL{Scheme: "nats", Host: "10.9.9.9:4222"}}, 0
			}
			return &pool[0], 0
		}))
		n.Refuse(AddrA)
		n.Cut(AddrA)
		if e := sc.wait(t, nats.EventError, 1); !errors.Is(e.Err, nats.ErrServerNotInPool) {
			t.Errorf("told: %v", e)
		}
		if e := sc.wait(t, nats.EventServersGone, 1); !slices.Equal(e.Servers, []string{"nats://" + AddrA}) || e.Err == nil {
			t.Errorf("told: %v", e)
		}
		sc.wait(t, nats.EventClosed, 1)
	})
}
