package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is one server of a cluster, through all its lives.
type Server struct {
	c        *Cluster
	index    int
	name     string
	log      logBuffer
	reserved []*reservation // client, route, websocket

	// life is held by what starts or ends the process, while it waits.
	life     sync.Mutex
	released bool

	mu      sync.Mutex // guards what follows, never held while waiting
	config  string
	info    started
	process *process
	paused  bool
}

// Name is the server's name, as clients see it in ConnectedServerName.
func (s *Server) Name() string { return s.name }

// Index is the server's place in the cluster, from 0.
func (s *Server) Index() int { return s.index }

// Addr is host and port for clients, the same in all the server's lives.
func (s *Server) Addr() string {
	return net.JoinHostPort(loopback, strconv.Itoa(s.state().Ports.Client))
}

// URL is what a client connects to: nats:// and Addr.
func (s *Server) URL() string { return "nats://" + s.Addr() }

// WebsocketURL is the URL of the websocket listener, empty if the configuration
// has none.
func (s *Server) WebsocketURL() string { return s.state().WebsocketURL }

// ID is the server's identity in its present or last life.
func (s *Server) ID() string { return s.state().ID }

// PID is the process of the server's present or last life.
func (s *Server) PID() int {
	if p := s.current(); p != nil {
		return p.cmd.Process.Pid
	}
	return 0
}

// Running says whether the server's process exists; a paused one does.
func (s *Server) Running() bool {
	p := s.current()
	return p != nil && p.running()
}

// Gone is closed when the server's present life has ended.
func (s *Server) Gone() <-chan struct{} {
	if p := s.current(); p != nil {
		return p.gone
	}
	closed := make(chan struct{})
	close(closed)
	return closed
}

// Log is what the server logged, the latest 256 KiB of all its lives.
func (s *Server) Log() string { return s.log.String() }

func (s *Server) state() started {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

func (s *Server) current() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process
}

// bindPatience is for how long a start is tried again while another program
// sits on one of the server's ports.
const bindPatience = 10 * time.Second

var errPortTaken = errors.New("a port is taken by another program")

// Restart starts a server that has ended, on the ports it had, and returns when
// it accepts clients. One that still runs is stopped first. Its routes come up
// a moment later: see [Cluster.WaitFormed].
func (s *Server) Restart(ctx context.Context) error {
	s.life.Lock()
	defer s.life.Unlock()
	if err := s.stop(); err != nil {
		return err
	}
	return s.start(ctx)
}

func (s *Server) start(ctx context.Context) error {
	ctx, cancel := s.c.startContext(ctx)
	defer cancel()
	if s.c.closed.Err() != nil {
		return errClosed
	}
	patience := time.After(bindPatience)
	for {
		err := s.spawn(ctx)
		if !errors.Is(err, errPortTaken) {
			return err
		}
		select {
		case <-patience:
			return err
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *Server) spawn(ctx context.Context) error {
	sp := s.spec()
	p, err := startProcess(s.c.starter, &s.log)
	if err != nil {
		return fmt.Errorf("cluster: can't start the process of %s: %w", s.name, err)
	}
	s.mu.Lock()
	s.process, s.paused = p, false
	s.mu.Unlock()
	var info started
	if err := p.ctl.call(ctx, opStart, sp, &info); err != nil {
		_ = p.cmd.Process.Kill()
		<-p.gone
		if portTaken(err) {
			err = fmt.Errorf("%w: %w", errPortTaken, err)
		}
		return fmt.Errorf("cluster: %s didn't start: %w\n%s", s.name, err, s.log.tail(10))
	}
	s.mu.Lock()
	s.info = info
	s.mu.Unlock()
	return nil
}

func portTaken(err error) bool {
	text := err.Error()
	return strings.Contains(text, "address already in use") || strings.Contains(text, "Only one usage of each socket")
}

func (s *Server) spec() spec {
	cfg := s.c.cfg
	s.mu.Lock()
	sp := spec{
		Name: s.name, Config: s.config, Ports: s.info.Ports,
		LameDuckDuration: cfg.LameDuckDuration, LameDuckGrace: cfg.LameDuckGrace,
		Debug: cfg.Debug, Trace: cfg.Trace,
	}
	s.mu.Unlock()
	for i, p := range []*int{&sp.Ports.Client, &sp.Ports.Route, &sp.Ports.Websocket} {
		if *p == 0 {
			*p = s.reserved[i].port
		}
	}
	if !cfg.Standalone {
		sp.Cluster, sp.Routes = cfg.Name, s.c.routesFor(s)
	}
	return sp
}

// Kill ends the server at once, without a word to its clients, and returns when
// its process is gone. Killing a server that doesn't run does nothing.
func (s *Server) Kill() error {
	s.life.Lock()
	defer s.life.Unlock()
	p := s.current()
	if p == nil || !p.running() {
		return nil
	}
	if err := p.cmd.Process.Kill(); err != nil && p.running() {
		return fmt.Errorf("cluster: can't kill %s: %w", s.name, err)
	}
	<-p.gone
	return nil
}

// stopPatience is how long a graceful shutdown may take.
const stopPatience = 10 * time.Second

// Stop shuts the server down in an orderly way and returns when its process is
// gone. A paused server is resumed for it; one that takes longer than ten
// seconds is killed, which is an error.
func (s *Server) Stop() error {
	s.life.Lock()
	defer s.life.Unlock()
	return s.stop()
}

func (s *Server) stop() error {
	p := s.current()
	if p == nil || !p.running() {
		return nil
	}
	if err := s.Resume(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	err := p.ctl.call(ctx, opShutdown, nil, nil)
	if errors.Is(err, ErrNotRunning) {
		err = nil // it left before it could answer
	}
	if err != nil {
		_ = p.cmd.Process.Kill()
		err = fmt.Errorf("cluster: %s had to be killed: %w", s.name, err)
	}
	<-p.gone
	return err
}

// LameDuck tells the server to leave as a lame duck and returns when it has been
// told; see [Server.Gone] for the end.
func (s *Server) LameDuck(ctx context.Context) error {
	return s.ask(ctx, opLameDuck, nil, nil)
}

// Pause stops the server's process as SIGSTOP does: its connections stay open
// and nobody answers. Pausing twice is the same as once.
func (s *Server) Pause() error { return s.setPaused(true) }

// Resume lets a paused server go on. A server that isn't paused just goes on.
func (s *Server) Resume() error { return s.setPaused(false) }

func (s *Server) setPaused(want bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.process
	if p == nil || !p.running() {
		return fmt.Errorf("%w: %s", ErrNotRunning, s.name)
	}
	if s.paused == want {
		return nil
	}
	act, verb := resume, "resume"
	if want {
		act, verb = pause, "pause"
	}
	if err := act(p.cmd.Process); err != nil {
		return fmt.Errorf("cluster: can't %s %s: %w", verb, s.name, err)
	}
	s.paused = want
	return nil
}

// Paused says whether the server is paused.
func (s *Server) Paused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paused && s.process.running()
}

// release gives the ports back; the server must be gone for good.
func (s *Server) release() {
	s.life.Lock()
	defer s.life.Unlock()
	if s.released {
		return
	}
	s.released = true
	for _, r := range s.reserved {
		r.release()
	}
}
