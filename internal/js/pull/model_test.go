package pull

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/evernats/nats/internal/js/api"
)

// model is a consumer on a server, as far as pulls can tell: it serves them in
// order, sends heartbeats and ends them, and its leader comes and goes.
type model struct {
	t     *testing.T
	rng   *rand.Rand
	now   time.Duration
	m     *Machine
	cfg   Config
	epoch uint64

	link, leader bool
	stopped      bool // it has no consumer, until it is renewed
	deleted      bool
	stored       int // messages that nobody got yet
	waiting      []served
	hand         int // messages that the program has and isn't done with

	up     time.Duration // the link came
	silent bool          // pulls were lost without a word since then
	voided bool          // pulls at the server that the machine has given up
	ended  Reason
}

type served struct {
	id        uint64
	left      int
	until, hb time.Duration
	next      time.Duration // heartbeat
}

func (s *model) do(acts []Action) {
	for _, a := range acts {
		switch a.Kind {
		case Pull:
			s.pull(a.Request)
		case Warn:
			if a.Why == NoHeartbeat {
				if !s.link {
					s.t.Fatalf("at %v it misses heartbeats without a link", s.now)
				}
				if s.now-s.up < 2*s.cfg.Heartbeat {
					s.t.Fatalf("at %v it misses heartbeats of a link that came at %v", s.now, s.up)
				}
			}
		case End:
			s.ended = a.Why
		case Ask:
			s.ask()
		}
	}
	if got := s.m.Pending() + s.m.Buffered(); got > s.cfg.Messages && !s.voided {
		s.t.Fatalf("at %v %d are asked for or waiting, the window is %d", s.now, got, s.cfg.Messages)
	}
	if at, ok := s.m.Deadline(); ok && at < s.now-5*ms {
		s.t.Fatalf("at %v something is due since %v", s.now, at)
	}
}

func (s *model) pull(r Request) {
	if !s.link {
		s.t.Fatalf("at %v it pulls without a link", s.now)
	}
	switch {
	case s.silent:
	case !s.leader || s.deleted:
		// The answer comes behind whatever else is on its way.
		s.end(r.ID, "503", "")
	default:
		s.waiting = append(s.waiting, served{r.ID, r.Messages, s.now + r.Expires, r.Heartbeat, s.now + r.Heartbeat})
	}
}

var later []func()

func (s *model) end(id uint64, code, text string) {
	later = append(later, func() {
		s.do(s.m.Status(s.now, id, api.ParseStatus(code, text), nil))
	})
}

func (s *model) ask() {
	a := Exists
	switch {
	case s.deleted:
		a = Missing
	case s.rng.IntN(2) == 0:
		a = Unknown
	}
	later = append(later, func() { s.do(s.m.Asked(s.now, a, nil)) })
}

// endAll tells every pull the same.
func (s *model) endAll(code, text string) {
	for _, w := range s.waiting {
		s.end(w.id, code, text)
	}
	s.waiting = nil
}

// serve does what a leader does in a millisecond.
func (s *model) serve() {
	for len(s.waiting) > 0 && s.stored > 0 && s.rng.IntN(3) > 0 {
		w := &s.waiting[0]
		w.left--
		s.stored--
		s.hand++
		s.do(s.m.Message(s.now, 10, "", nil))
		if len(s.waiting) > 0 && s.waiting[0].left <= 0 {
			s.waiting = s.waiting[1:]
		}
	}
	keep := s.waiting[:0]
	for _, w := range s.waiting {
		switch {
		case s.now >= w.until:
			s.end(w.id, "408", "Request Timeout")
			continue
		case w.hb > 0 && s.now >= w.next:
			w.next = s.now + w.hb
			s.end(w.id, "100", "Idle Heartbeat")
		}
		keep = append(keep, w)
	}
	s.waiting = keep
}

// fate lets something happen to link and leader.
func (s *model) fate() {
	switch s.rng.IntN(8) {
	case 0:
		s.lose()
	case 1: // the leader dies without a word
		s.leader = false
		s.silent = s.rng.IntN(2) == 0
		s.waiting = nil
		s.voided = true
	case 2:
		s.leader = false
		s.endAll("409", "Leadership Change")
	case 3:
		s.leader = false
		s.endAll("409", "Server Shutdown")
	case 4:
		s.endAll("408", "Interest Expired")
	case 5:
		s.endAll("409", "Exceeded MaxWaiting")
	case 6:
		s.endAll("500", "Whatever")
	case 7: // the consumer is lost, and maybe the link with it or soon after
		if s.rng.IntN(2) == 0 {
			s.lose()
		}
		s.m.Stop()
		s.stopped = true
		s.waiting, later = nil, nil
		if s.rng.IntN(2) == 0 {
			s.lose()
		}
	}
}

func (s *model) lose() {
	if s.link {
		s.link = false
		s.waiting, later = nil, nil
		s.m.LinkDown(s.epoch)
	}
}

func (s *model) mend() {
	if s.stopped && s.rng.IntN(2) == 0 {
		s.renew() // before there is a link
	}
	if !s.link {
		s.link = true
		s.up = s.now
		s.epoch++
		acts := s.m.LinkUp(s.now, s.epoch, nil)
		low := s.m.Buffered() <= s.cfg.LowMessages
		if low && !s.m.Over() && (len(acts) == 0 || acts[0].Kind != Pull) {
			s.t.Fatalf("at %v a new link led to no pull", s.now)
		}
		s.do(acts)
	}
	if !s.leader {
		s.leader, s.silent = true, false
		if s.rng.IntN(2) == 0 { // the advisory may get lost
			s.do(s.m.Leader(s.now, nil))
		}
	}
	if s.stopped {
		s.renew()
	}
}

func (s *model) renew() {
	s.stopped = false
	s.do(s.m.Renew(s.now, nil))
}

// step is a millisecond.
func (s *model) step() {
	s.now += ms
	for n := len(later); n > 0 && len(later) > 0; n-- {
		f := later[0]
		later = later[1:]
		f()
	}
	if s.link && s.leader {
		s.serve()
	}
	if at, ok := s.m.Deadline(); ok && at <= s.now {
		s.do(s.m.Tick(s.now, nil))
	}
	if s.hand > 0 && s.rng.IntN(2) == 0 {
		n := 1 + s.rng.IntN(s.hand)
		s.hand -= n
		s.do(s.m.Handled(s.now, n, 10*n, nil))
	}
	if s.rng.IntN(20) == 0 {
		s.stored += s.rng.IntN(200)
	}
}

// Whatever happens to links and leaders, in any order: once both are there again
// the messages come, soon; heartbeats are missed only where they could be; and the
// window holds.
func TestRandomTroublesEndWell(t *testing.T) {
	seeds := uint64(300)
	if testing.Short() {
		seeds = 50
	}
	for seed := range seeds {
		later = nil
		rng := rand.New(rand.NewPCG(seed, 7))
		s := &model{t: t, rng: rng}
		s.cfg = Config{
			Messages: 1 + rng.IntN(300), Expires: time.Duration(1+rng.IntN(10)) * time.Second, Chance: rng.Int64N,
		}
		s.cfg.LowMessages = s.cfg.Messages / 2
		s.cfg.Heartbeat = s.cfg.Expires / time.Duration(2+rng.IntN(3))
		s.m = New(s.cfg)
		s.mend()
		for range 2 + rng.IntN(6) {
			for range rng.IntN(1500) {
				s.step()
			}
			s.fate()
			for range rng.IntN(400) {
				s.step()
			}
			s.mend()
			// The quick way back is a pull that is answered with 503, or the
			// advisory; the slow one a heartbeat that is missed.
			limit := s.now + 2*s.cfg.Heartbeat + 2*time.Second
			got := s.m.Received()
			s.stored++
			for s.m.Received() == got {
				if s.step(); s.now > limit {
					t.Fatalf("seed %d: at %v nothing came since %v, %d are stored", seed, s.now, limit, s.stored)
				}
			}
		}
		if s.ended != None {
			t.Fatalf("seed %d: it ended with %d", seed, s.ended)
		}
		s.deleted = true
		s.endAll("408", "Request Timeout")
		limit := s.now + 2*s.cfg.Heartbeat + 5*time.Second
		s.leader = false
		for s.ended == None {
			if s.step(); s.now > limit {
				t.Fatalf("seed %d: at %v it doesn't know that the consumer is gone", seed, s.now)
			}
		}
		if s.ended != Deleted {
			t.Fatalf("seed %d: it ended with %d", seed, s.ended)
		}
	}
}

// While nobody answers, a consumer that gets a leader is asked within 200 ms.
func TestALeaderIsFoundWithinTheRetry(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 3))
		cfg := standard()
		cfg.Chance = rng.Int64N
		m := New(cfg)
		now := time.Duration(0)
		acts := m.LinkUp(now, 1, nil)
		last := now
		for now < 20*time.Second {
			if len(acts) > 0 && acts[0].Kind == Pull {
				if now-last > quickRetry {
					t.Fatalf("seed %d: %v between two pulls", seed, now-last)
				}
				last = now
				m.Status(now, acts[0].Request.ID, api.ParseStatus("503", ""), nil)
			}
			at, ok := m.Deadline()
			if !ok {
				t.Fatalf("seed %d: nothing is due", seed)
			}
			if at <= now {
				t.Fatalf("seed %d: at %v something is due since %v, and stays so", seed, now, at)
			}
			now = at
			acts = m.Tick(now, nil)
		}
	}
}
