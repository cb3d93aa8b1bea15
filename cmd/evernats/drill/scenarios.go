package drill

import (
	"context"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

// scenario is a fault and how it is played.
type scenario struct {
	name, what string
	own        bool // needs the servers' processes, and so a cluster of our own
	lasting    bool // it is over when the client gives the connection up
	play       func(ctx context.Context, s *stage) error
}

// What a fault is made of.
const (
	slowAnswer   = 700 * time.Millisecond
	extraLatency = 200 * time.Millisecond
	narrowRate   = 16 << 10 // bytes a second
	flapEvery    = 700 * time.Millisecond
)

// stage is where a scenario is played.
type stage struct {
	net    *network
	own    *ownCluster // nil on servers that aren't ours
	seat   string      // the address of the server that the program sits on
	all    bool        // strike everywhere
	outage time.Duration
	where  func() string // the seat of the moment
	note   func(text string)
}

// struck are the addresses that a fault is for; none means everywhere.
func (s *stage) struck() []string {
	if s.all {
		return nil
	}
	return []string{s.seat}
}

// victims are the servers of our own cluster that a fault is for.
func (s *stage) victims() []*cluster.Server {
	if v := s.own.at(s.seat); v != nil && !s.all {
		return []*cluster.Server{v}
	}
	return s.own.program()
}

// wait lets the outage last, or less if the drill is ended.
func (s *stage) wait(ctx context.Context) { sleep(ctx, s.outage) }

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// network is a scenario of the network alone.
func onNetwork(f fault, reset bool) func(context.Context, *stage) error {
	return func(ctx context.Context, s *stage) error {
		s.net.set(f, s.struck()...)
		if reset {
			s.net.each((*pipe).reset, s.struck()...)
		}
		s.wait(ctx)
		s.net.lift()
		return nil
	}
}

var scenarios = []scenario{
	{"cut", "The connection is reset, and the server refuses new ones for a while.", false, false, onNetwork(fault{refuse: true}, true)},
	{"half-open", "The server's side of the connection is gone, and nobody says so; new connections work.", false, true, halfOpen},
	{"black-hole", "No packet goes through for a while, in neither direction, and nobody says so.", false, false, onNetwork(fault{swallow: true}, false)},
	{"silent-accept", "The connection is reset; new ones are accepted, and nothing is said on them for a while.", false, false, onNetwork(fault{silent: true}, true)},
	{"slow-handshake", "The connection is reset; on new ones the server takes 700 ms for each answer for a while.", false, false, onNetwork(fault{handshake: slowAnswer}, true)},
	{"latency", "Each packet takes 200 ms more, each way, for a while.", false, false, onNetwork(fault{latency: extraLatency}, false)},
	{"narrow", "Only 16 KiB a second go through, each way, for a while.", false, false, onNetwork(fault{rate: narrowRate}, false)},
	{"flapping", "The connection is reset every 700 ms, wherever the program sits, for a while.", false, false, flapping},
	{"kill", "The server is killed (SIGKILL), and started again after a while.", true, false, kill},
	{"stop", "The server is stopped (SIGSTOP): it accepts and says nothing, until it goes on after a while.", true, false, stop},
	{"lame-duck", "The server leaves as a lame duck, and is started again.", true, false, lameDuck},
	{"rolling-restart", "One server after the other leaves as a lame duck and is started again.", true, false, rolling},
	{"auth-outage", "All servers refuse the program's credentials for a while.", true, false, authOutage},
}

func halfOpen(ctx context.Context, s *stage) error {
	s.net.each((*pipe).halfOpen, s.struck()...)
	s.wait(ctx)
	return nil
}

func flapping(ctx context.Context, s *stage) error {
	for end := time.Now().Add(s.outage); time.Now().Before(end) && ctx.Err() == nil; {
		if s.all {
			s.net.each((*pipe).reset)
		} else {
			s.net.each((*pipe).reset, s.where())
		}
		sleep(ctx, min(flapEvery, time.Until(end)))
	}
	return nil
}

// each does something with all victims, one after the other.
func each(victims []*cluster.Server, do func(*cluster.Server) error) error {
	for _, v := range victims {
		if err := do(v); err != nil {
			return err
		}
	}
	return nil
}

// startAgain starts what was ended, also when the drill is ended meanwhile: the
// cluster is needed until the programs have left.
func startAgain(v *cluster.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return v.Restart(ctx)
}

func kill(ctx context.Context, s *stage) error {
	victims := s.victims()
	if err := each(victims, (*cluster.Server).Kill); err != nil {
		return err
	}
	s.wait(ctx)
	return each(victims, startAgain)
}

func stop(ctx context.Context, s *stage) error {
	victims := s.victims()
	if err := each(victims, (*cluster.Server).Pause); err != nil {
		return err
	}
	s.wait(ctx)
	return each(victims, (*cluster.Server).Resume)
}

// duckPatience bounds how long a lame duck may take.
const duckPatience = 20 * time.Second

func duck(ctx context.Context, v *cluster.Server) error {
	if err := v.LameDuck(ctx); err != nil {
		return err
	}
	select {
	case <-v.Gone():
	case <-ctx.Done():
	case <-time.After(duckPatience):
	}
	return nil
}

func lameDuck(ctx context.Context, s *stage) error {
	victims := s.victims()
	if err := each(victims, func(v *cluster.Server) error { return duck(ctx, v) }); err != nil {
		return err
	}
	return each(victims, startAgain)
}

func rolling(ctx context.Context, s *stage) error {
	for _, v := range s.own.program() {
		if ctx.Err() != nil {
			return nil
		}
		s.note(v.Name() + " leaves")
		if err := duck(ctx, v); err != nil {
			return err
		}
		if err := startAgain(v); err != nil {
			return err
		}
		if err := s.own.c.WaitFormed(ctx); err != nil {
			return err
		}
	}
	return nil
}

func authOutage(ctx context.Context, s *stage) error {
	if err := s.own.admit(ctx, false); err != nil {
		return err
	}
	s.wait(ctx)
	again, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return s.own.admit(again, true)
}
