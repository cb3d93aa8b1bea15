package reconnect_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
)

// A program with 20,000 subscriptions that its account may not have hears of each, at
// once and again after each reconnect, and no connection is lost over it.
func TestThousandsOfRefusedSubscriptions(t *testing.T) {
	const n = 20_000
	c := standalone(t, 1, `authorization { users: [ { user: me, password: pw, permissions: { subscribe: { deny: "no.>" } } } ] }`)
	var mu sync.Mutex
	named := make(map[*nats.Subscription]int)
	count := 0
	d := newDiary()
	nc := connect(t, c.URLs()[0], d.options(quick(nats.UserInfo("me", "pw"), nats.PermissionErrOnSubscribe(true),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, _ error) {
			mu.Lock()
			defer mu.Unlock()
			named[sub]++
			count++
		}))...)...)
	subs := make([]*nats.Subscription, n)
	for i := range subs {
		subject := fmt.Sprint("no.", i)
		if i%2 == 0 {
			subject = "no.shared"
		}
		var err error
		subs[i], err = nc.SubscribeSync(subject)
		must(t, err)
	}
	all := func(times int) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			return count == times*n
		}
	}
	begin := time.Now()
	until(t, "the refusals", all(1))
	first := time.Since(begin)
	must(t, nc.ForceReconnect())
	d.wait(t, "reconnected", 1)
	begin = time.Now()
	until(t, "the refusals after the reconnect", all(2))
	t.Logf("%v at first, %v after the reconnect", first, time.Since(begin))
	for i, s := range subs {
		if named[s] != 2 {
			t.Errorf("subscription %d on %q was named %d times, want 2", i, s.Subject, named[s])
			break
		}
		if _, err := s.NextMsg(patience); err == nil || err == nats.ErrTimeout {
			t.Fatalf("subscription %d: %v", i, err)
		}
	}
	if got := len(d.of("disconnected")); got != 1 {
		t.Errorf("%d disconnects, one was forced", got)
	}
}
