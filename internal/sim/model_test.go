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
	choosing bool   // a delay that came with a choice runs
	chosen   string // that choice
}

// known is a server of the pool.
type known struct {
	url     string
	given   bool
	fails   int
	reason  string
	refused bool
	had     bool // a whole attempt in this pass
}

// try is an attempt under way.
type try struct {
	id  uint32
	url string
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
		mo.pool[i].had = false
	}
	mo.raced = false
}

func (mo *model) allHad() bool {
	return !slices.ContainsFunc(mo.pool, func(k known) bool { return !k.had })
}

func (mo *model) racing() bool {
	return mo.p.AttemptDelay > 0 && (!mo.p.ChooseServer || mo.state == reconnect.Connecting)
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
	j := mo.p.ReconnectJitter
	if mo.p.Secure || mo.tls || slices.ContainsFunc(mo.pool, func(k known) bool { return strings.HasPrefix(k.url, "tls:") }) {
		j = mo.p.ReconnectJitterTLS
	}
	if mo.p.ReconnectJitterMax >= 0 {
		j = min(j, mo.p.ReconnectJitterMax)
	}
	return mo.p.ReconnectWait, mo.p.ReconnectWait + j
}

// judge is the end of a connection that the user didn't close.
func (mo *model) judge(now time.Duration, forced bool) {
	stable := mo.p.StableAfter
	if stable <= 0 {
		stable = mo.p.ReconnectWait
	}
	switch {
	case now-mo.since >= stable:
		mo.short, mo.backoff = 0, 0
	case !forced:
		mo.short++
	}
}

// refuse takes in an auth failure and says whether it equals the last.
func (k *known) refuse(reason string) bool {
	again := k.refused && k.reason == reason
	k.refused, k.reason = true, reason
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

// samePool compares the machine's pool with the model's.
func (mo *model) samePool() error {
	servers := mo.m.Servers()
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
