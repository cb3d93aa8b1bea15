package lives_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/evernats/nats"
)

// lifePlan is what a random life is made of.
type lifePlan struct {
	opts         []nats.Option
	said         []string // the options, for people
	given        int      // servers in the call
	maxPayload   [3]int64
	bouncer      bool // the first server of the call hangs up on whoever has connected, always
	lateServers  bool // no server is there when Connect is called
	lifetime     time.Duration
	end          string
	drainTimeout time.Duration
	hold         bool // AtLeastOnce
	moves        bool // it goes to other servers now and then, and less breaks meanwhile
	policy       nats.OutboundFullPolicy
}

func (p *lifePlan) String() string {
	return fmt.Sprintf("[%s; %d given; %s after %v]", strings.Join(p.said, " "), p.given, p.end, p.lifetime)
}

func (p *lifePlan) add(said string, o ...nats.Option) {
	p.opts = append(p.opts, o...)
	p.said = append(p.said, said)
}

func (p *lifePlan) options() []nats.Option { return p.opts }

func pick[T any](rnd *rand.Rand, list ...T) T { return list[rnd.IntN(len(list))] }

func planLife(rnd *rand.Rand) lifePlan {
	p := lifePlan{given: 1 + rnd.IntN(3), lifetime: time.Duration(300+rnd.IntN(4000)) * time.Millisecond}
	for i := range p.maxPayload {
		p.maxPayload[i] = pick(rnd, int64(1<<20), 1<<20, 4_000, 1_000)
	}
	p.end = pick(rnd, "close", "close in an outage", "drain", "drain in an outage",
		"drain twice, then close", "close in a handler", "outage for good")
	p.drainTimeout = pick(rnd, 200*time.Millisecond, 2*time.Second, 10*time.Second)
	p.add(fmt.Sprint("DrainTimeout ", p.drainTimeout), nats.DrainTimeout(p.drainTimeout))

	p.add("IgnoreAuthErrorAbort", nats.IgnoreAuthErrorAbort(), nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0))
	if p.end == "outage for good" {
		p.add("MaxReconnects 20", nats.MaxReconnects(20))
	} else {
		p.add("MaxReconnects -1", nats.MaxReconnects(-1))
	}
	if p.hold = rnd.IntN(2) == 0; p.hold {
		limit := pick(rnd, 0, 4<<10, 64<<10)
		p.add(fmt.Sprint("AtLeastOnceLimit ", limit), nats.AtLeastOnceLimit(limit))
	}
	size := pick(rnd, 0, -1, 200, 8<<10, 100<<10)
	p.add(fmt.Sprint("ReconnectBufSize ", size), nats.ReconnectBufSize(size))
	p.policy = pick(rnd, nats.OutboundDefault, nats.FailPublish, nats.WaitForRoom, nats.DropOldest)
	p.add(p.policy.String(), nats.OutboundFull(p.policy))
	if rnd.IntN(3) == 0 {
		ttl := pick(rnd, 50*time.Millisecond, time.Second)
		p.add(fmt.Sprint("PublishTTL ", ttl), nats.PublishTTL(ttl))
	}
	if rnd.IntN(2) == 0 {
		stale := pick(rnd, 300*time.Millisecond, 2*time.Second)
		p.add(fmt.Sprint("StaleAfter ", stale), nats.StaleAfter(stale))
	} else {
		p.add("PingInterval 500ms", nats.PingInterval(500*time.Millisecond), nats.MaxPingsOutstanding(1))
	}
	switch rnd.IntN(4) {
	case 0:
		p.add("RetryRequestsOnDisconnect", nats.RetryRequestsOnDisconnect())
	case 1:
		p.add("FailRequestsOnDisconnect", nats.FailRequestsOnDisconnect())
	case 2:
		p.add("UseOldRequestStyle", nats.UseOldRequestStyle())
	}
	if rnd.IntN(4) == 0 {
		p.add("FlusherTimeout 200ms", nats.FlusherTimeout(200*time.Millisecond))
		if rnd.IntN(2) == 0 {
			p.add("ReconnectOnFlusherError", nats.ReconnectOnFlusherError())
		}
	}
	if rnd.IntN(4) == 0 {
		p.add("FenceEvery", nats.FenceEvery(pick(rnd, 1, 500, 1<<30), pick(rnd, time.Millisecond, time.Hour)))
	}
	if p.bouncer = rnd.IntN(5) == 0; p.bouncer {
		p.said = append(p.said, "(the first server hangs up on everybody)")
	}
	if p.lateServers = rnd.IntN(5) == 0; p.lateServers {
		p.add("RetryOnFailedConnect", nats.RetryOnFailedConnect(true))
	}
	if rnd.IntN(4) == 0 {
		p.add("DontRandomize", nats.DontRandomize())
	}
	if rnd.IntN(4) == 0 {
		p.add("SyncQueueLen 5", nats.SyncQueueLen(5))
	}
	if rnd.IntN(6) == 0 {
		p.add("WriteBufferSize 64", nats.WriteBufferSize(64))
	}
	if rnd.IntN(6) == 0 {
		p.add("ConnectionAttemptDelay -1", nats.ConnectionAttemptDelay(-1))
	}
	if rnd.IntN(6) == 0 {
		p.add("ReconnectBackoff", nats.ReconnectBackoff(time.Millisecond, 100*time.Millisecond))
	}
	if p.moves = rnd.IntN(3) == 0; p.moves {
		p.add("LameDuckMigration", nats.LameDuckMigration(true))
		p.lifetime += time.Duration(rnd.IntN(6000)) * time.Millisecond
	}
	return p
}
