package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// model follows one client in the plainest words: what it was told, and what it
// may therefore do. check_test.go compares it with what the machine did.
type model struct {
	p *reconnect.Policy
	m *reconnect.Machine

	most     int // servers that can be known at all
	pool     []known
	flying   []try
	state    reconnect.State
	deadline time.Duration // of the machine after the last step
	timed    bool          // it has one
	started  time.Duration
	lastDial time.Duration
	raced    bool          // a race was run in this pass
	epoch    uint64        // of the last connection
	url      string        // its server
	since    time.Duration // connected, or not connected, since then
	mourning bool          // a disconnect was told and nothing after it yet
	told     bool          // TellConnectFailed was
	passes   int
	short    int
	backoff  int
	tls      bool
	question reconnect.ActionKind // AskDelay or AskServer while unanswered
	token    uint32
	fresh    bool   // a pass is due and hasn't begun
	choosing bool   // a delay that came with a choice runs
	chosen   string // that choice

	move        *movement // to another server; nil: there is none
	prepared    []string  // what the INFO of the prepared link advertised
	preparedTLS bool
}

// known is a server of the pool.
type known struct {
	url     string
	given   bool
	fails   int
	reason  string
	refused bool
	had     bool          // a whole attempt in this pass
	refusal time.Duration // when it last refused, if refused
	held    bool          // it ended a connection by refusing, and no success or force came after that
	skipped bool          // held when this pass began
}

// try is an attempt under way.
type try struct {
	id    uint32
	url   string
	began time.Duration
}

func (mo *model) find(url string) *known {
	for i := range mo.pool {
		if mo.pool[i].url == url {
			return &mo.pool[i]
		}
	}
	return nil
}

func (mo *model) remove(url string) {
	if mo.move != nil {
		delete(mo.move.tried, url) // whoever comes back may be tried again
	}
	mo.pool = slices.DeleteFunc(mo.pool, func(k known) bool { return k.url == url })
}

func (mo *model) setPool(urls []string) {
	old := mo.pool
	mo.pool = nil
	for _, u := range urls {
		if mo.find(u) != nil {
			continue
		}
		k := known{url: u}
		for i := range old {
			if old[i].url == u {
				k = old[i]
			}
		}
		k.given = true
		mo.pool = append(mo.pool, k)
	}
}

// take removes an attempt that was answered or cancelled.
func (mo *model) take(id uint32) (try, bool) {
	for i, t := range mo.flying {
		if t.id == id {
			mo.flying = slices.Delete(mo.flying, i, i+1)
			return t, true
		}
	}
	return try{}, false
}

func (mo *model) flies(url string) bool {
	return slices.ContainsFunc(mo.flying, func(t try) bool { return t.url == url })
}

func (mo *model) newPass() {
	for i := range mo.pool {
		mo.pool[i].had, mo.pool[i].skipped = false, false
	}
	mo.raced, mo.fresh = false, true
}

// waits says whether a server must not have its turn because it ended a
// connection by refusing the credentials.
func (mo *model) waits(k *known, now time.Duration) bool {
	return k.held && now < k.refusal+mo.p.ReconnectWait
}

// begin is when the pass that was due has begun.
func (mo *model) begin(now time.Duration) {
	for i := range mo.pool {
		mo.pool[i].skipped = mo.waits(&mo.pool[i], now)
	}
	mo.fresh = false
}

// release is a user who doesn't want to wait.
func (mo *model) release() {
	for i := range mo.pool {
		mo.pool[i].held = false
	}
}

// expectPass is what comes of a pass that is due: a wait, when every server has
// just refused.
func (mo *model) expectPass(now time.Duration, x *expectation) {
	first := time.Duration(-1)
	for i := range mo.pool {
		k := &mo.pool[i]
		if !mo.waits(k, now) {
			return
		}
		if free := k.refusal + mo.p.ReconnectWait; first < 0 || free < first {
			first = free
		}
	}
	if first >= 0 && !mo.p.ChooseServer {
		x.mayWait, x.least, x.most = true, first-now, first-now+mo.jitter()
	}
}

func (mo *model) allHad() bool {
	return !slices.ContainsFunc(mo.pool, func(k known) bool { return !k.had && !k.skipped })
}

func (mo *model) racing() bool {
	return mo.p.AttemptDelay > 0 && mo.short < 3 && (!mo.p.ChooseServer || mo.state == reconnect.Connecting)
}

// mayRace says whether silence must be a reason to try another server.
func (mo *model) mayRace() bool {
	return mo.racing() && len(mo.flying) < 2 && slices.ContainsFunc(mo.pool, func(k known) bool {
		return !k.had && !k.skipped && !mo.flies(k.url)
	})
}

func (mo *model) bounded() bool {
	return mo.p.RetryOnFailedConnect && mo.p.ConnectWithin > 0
}

// waitBounds are the least and the greatest wait after a failed pass.
func (mo *model) waitBounds() (least, most time.Duration) {
	if first := mo.p.BackoffFirst; first > 0 {
		ceiling := max(mo.p.BackoffMax, first)
		if mo.backoff < 30 {
			ceiling = min(ceiling, first<<mo.backoff)
		}
		return 0, ceiling
	}
	return mo.p.ReconnectWait, mo.p.ReconnectWait + mo.jitter()
}

func (mo *model) jitter() time.Duration {
	j := mo.p.ReconnectJitter
	if mo.p.Secure || mo.tls || slices.ContainsFunc(mo.pool, func(k known) bool { return strings.HasPrefix(k.url, "tls:") }) {
		j = mo.p.ReconnectJitterTLS
	}
	if mo.p.ReconnectJitterMax >= 0 {
		j = min(j, mo.p.ReconnectJitterMax)
	}
	return j
}

// judge is the end of a connection that the user didn't close.
func (mo *model) judge(now time.Duration, forced bool) {
	switch {
	case !mo.soon(now):
		mo.short, mo.backoff = 0, 0
	case !forced:
		mo.short++
	}
}

// soon says whether a connection that ends now was short.
func (mo *model) soon(now time.Duration) bool { return now-mo.since < mo.stable() }

func (mo *model) stable() time.Duration {
	if mo.p.StableAfter > 0 {
		return mo.p.StableAfter
	}
	return mo.p.ReconnectWait
}

// refuse takes in that an attempt of that beginning was refused, and says whether
// it is the same refusal once more, after the wait that it takes to get new
// credentials.
func (k *known) refuse(now, began, wait time.Duration, reason string) bool {
	again := k.refused && k.reason == reason
	if again && began-k.refusal < wait {
		return false
	}
	k.refused, k.reason, k.refusal = true, reason, now
	return again
}

// learn takes in what a server advertises, and says what must be told of it.
func (mo *model) learn(advertised []string, tell bool, x *expectation) {
	if advertised == nil || mo.p.IgnoreDiscovered {
		return
	}
	for _, k := range slices.Clone(mo.pool) {
		if !k.given && k.url != mo.url && !slices.Contains(advertised, k.url) {
			x.forgotten = append(x.forgotten, k.url)
			mo.remove(k.url)
		}
	}
	x.forgottenWhy = reconnect.ErrLeftCluster
	for _, u := range advertised {
		if mo.find(u) == nil {
			mo.pool = append(mo.pool, known{url: u})
			if tell {
				x.discovered = append(x.discovered, u)
			}
		}
	}
}

// hear takes in what a server advertises that didn't accept the connection.
func (mo *model) hear(advertised []string, x *expectation) {
	if mo.p.IgnoreDiscovered {
		return
	}
	for _, u := range advertised {
		if mo.find(u) == nil {
			mo.pool = append(mo.pool, known{url: u})
			if mo.epoch > 0 {
				x.discovered = append(x.discovered, u)
			}
		}
	}
}

// samePool compares the machine's pool with the model's.
func (mo *model) samePool() error {
	servers := mo.m.Servers()
	if len(servers) > mo.most {
		return fmt.Errorf("%d servers in the pool, and no more than %d were ever named", len(servers), mo.most)
	}
	if len(servers) != len(mo.pool) {
		return fmt.Errorf("the pool has %d servers instead of %d", len(servers), len(mo.pool))
	}
	for _, s := range servers {
		switch k := mo.find(s.URL); {
		case k == nil:
			return fmt.Errorf("the pool has %s, which nobody named", s.URL)
		case k.given != s.Given:
			return fmt.Errorf("given is %v for %s", s.Given, s.URL)
		case k.fails != s.Failures:
			return fmt.Errorf("%s failed %d times in a row and the machine counts %d", s.URL, k.fails, s.Failures)
		}
	}
	return nil
}
