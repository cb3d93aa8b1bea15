package natstest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// peer is the client's side of a conversation.
type peer struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
}

func dialServer(t *testing.T, s *Server, n *Network) *peer {
	t.Helper()
	var c net.Conn
	var err error
	if n != nil {
		c, err = n.Dial("tcp", s.Addr())
	} else {
		c, err = net.Dial("tcp", s.Addr())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	return &peer{t, c, bufio.NewReader(c)}
}

func (p *peer) say(lines ...string) {
	p.t.Helper()
	if _, err := p.c.Write([]byte(strings.Join(lines, "\r\n") + "\r\n")); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) hear(want ...string) {
	p.t.Helper()
	for _, w := range want {
		line, err := p.r.ReadString('\n')
		if err != nil {
			p.t.Fatalf("waiting for %q: %v", w, err)
		}
		line = strings.TrimSuffix(line, "\r\n")
		if strings.HasSuffix(w, "…") && strings.HasPrefix(line, strings.TrimSuffix(w, "…")) {
			continue
		}
		if line != w {
			p.t.Fatalf("server said %q, want %q", line, w)
		}
	}
}

func (p *peer) hearEnd() error {
	p.t.Helper()
	if b, err := p.r.ReadByte(); err == nil {
		p.t.Fatalf("server said %q, want the end", b)
	} else {
		return err
	}
	return nil
}

// bothWorlds runs a test on loopback and in a bubble on a network in memory.
func bothWorlds(t *testing.T, f func(t *testing.T, cfg Config)) {
	t.Run("loopback", func(t *testing.T) { f(t, Config{}) })
	t.Run("bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f(t, Config{Network: NewNetwork(t), Addr: "10.0.0.1:4222"})
		})
	})
}

func TestServerConversation(t *testing.T) {
	bothWorlds(t, func(t *testing.T, cfg Config) {
		s := NewServer(t, cfg)
		a, b := dialServer(t, s, cfg.Network), dialServer(t, s, cfg.Network)
		a.hear("INFO {…")
		b.hear("INFO {…")
		a.say(`CONNECT {"verbose":false,"headers":true,"no_responders":true}`, "SUB foo.* q 1", "SUB > 2", "PING")
		a.hear("PONG")
		b.say(`CONNECT {"verbose":true,"echo":false}`, "SUB foo.bar 7", "PUB foo.bar re 5", "hello", "PING")
		b.hear("+OK", "+OK", "+OK", "PONG")
		a.hear("MSG foo.bar 2 re 5", "hello", "MSG foo.bar 1 re 5", "hello")

		a.say("UNSUB 2", "UNSUB 1 2", "HPUB foo.bar 12 15", "NATS/1.0", "", "abc", "PING")
		b.hear("MSG foo.bar 7 3", "abc")
		a.hear("HMSG foo.bar 1 12 15", "NATS/1.0", "", "abc", "PONG")
	})
}

func TestServerRecords(t *testing.T) {
	bothWorlds(t, func(t *testing.T, cfg Config) {
		s := NewServer(t, cfg)
		p := dialServer(t, s, cfg.Network)
		p.hear("INFO {…")
		p.say(`CONNECT {"name":"me"}`, "PUB a 0", "", "SUB a g 1", "UNSUB 1 5", "PING", "PONG")
		c := s.WaitConn(1)
		c.WaitOp("PONG", 1)
		var kinds []string
		for _, op := range c.Ops() {
			kinds = append(kinds, op.Kind)
		}
		if want := []string{"CONNECT", "PUB", "SUB", "UNSUB", "PING", "PONG"}; !reflect.DeepEqual(kinds, want) {
			t.Errorf("recorded %v, want %v", kinds, want)
		}
		if op, _ := c.Connect(); op.Field("name") != "me" {
			t.Errorf("CONNECT was %v", op)
		}
		if got := c.WaitOp("UNSUB", 1); got.Max != 5 || got.SID != "1" {
			t.Errorf("UNSUB was %v", got)
		}
		if got := c.Subscriptions(); len(got) != 1 || got[0] != "a g" {
			t.Errorf("subscriptions %q", got)
		}
		p.hear("PONG") // else the close would be a reset
		_ = p.c.Close()
		c.WaitClosed()
		if got := c.Subscriptions(); len(got) != 0 {
			t.Errorf("subscriptions %q outlived their connection", got)
		}
		if !errors.Is(c.Err(), io.EOF) {
			t.Errorf("connection ended by %v", c.Err())
		}
	})
}

func TestServerNoResponders(t *testing.T) {
	s := NewServer(t, Config{})
	p := dialServer(t, s, nil)
	p.hear("INFO {…")
	p.say(`CONNECT {"headers":true,"no_responders":true}`, "SUB inbox.* 1", "PUB nobody inbox.7 0", "")
	p.hear("HMSG inbox.7 1 16 16", "NATS/1.0 503", "", "")
}

func TestServerMisbehaves(t *testing.T) {
	const hello = `CONNECT {}`
	for name, tc := range map[string]struct {
		behavior Behavior
		talk     func(p *peer)
	}{
		"refuses": {Behavior{Refuse: "Authorization Violation"}, func(p *peer) {
			p.hear("INFO {…")
			p.say(hello, "PING")
			p.hear("-ERR 'Authorization Violation'")
			_ = p.hearEnd()
		}},
		"says odd things": {Behavior{Say: "-ERR 'Odd'\r\n"}, func(p *peer) {
			p.hear("INFO {…")
			p.say(hello, "PING")
			p.hear("-ERR 'Odd'", "PONG")
		}},
		"gives garbage for INFO": {Behavior{RawInfo: "HTTP/1.1 400 Bad Request\r\n"}, func(p *peer) {
			p.hear("HTTP/1.1 400 Bad Request")
		}},
		"hangs up after operations": {Behavior{HangUpAfterOps: 2}, func(p *peer) {
			p.hear("INFO {…")
			p.say(hello, "PING")
			_ = p.hearEnd()
		}},
		"hangs up after bytes": {Behavior{HangUpAfterBytes: 14}, func(p *peer) {
			p.hear("INFO {…")
			p.say(hello, "PING")
			_ = p.hearEnd()
		}},
		"is told": {Behavior{On: func(c *Conn, op Op) bool {
			if op.Kind == "PING" {
				c.SendErr("no pings today")
			}
			return op.Kind == "PING"
		}}, func(p *peer) {
			p.hear("INFO {…")
			p.say(hello, "PING")
			p.hear("-ERR 'no pings today'")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			bothWorlds(t, func(t *testing.T, cfg Config) {
				cfg.Behave = Script(tc.behavior)
				s := NewServer(t, cfg)
				tc.talk(dialServer(t, s, cfg.Network))
				p := dialServer(t, s, cfg.Network) // the script is over
				p.hear("INFO {…")
				p.say(hello, "PING")
				p.hear("PONG")
			})
		})
	}
}

// TestServerSilence shows the forms of saying nothing, on virtual time: that
// nothing comes can only be shown by waiting.
func TestServerSilence(t *testing.T) {
	for name, tc := range map[string]struct {
		behavior Behavior
		info     bool
		read     bool
	}{
		"no INFO": {Behavior{NoInfo: true}, false, true},
		"no PONG": {Behavior{NoPong: true}, true, true},
		"mute":    {Behavior{Mute: true}, true, true},
		"deaf":    {Behavior{Deaf: true}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := NewNetwork(t)
				s := NewServer(t, Config{Network: n, Addr: "a:1", Behave: Always(tc.behavior)})
				p := dialServer(t, s, n)
				if tc.info {
					p.hear("INFO {…")
				}
				p.say("CONNECT {}", "PING")
				var ne net.Error
				if err := p.hearEnd(); !errors.As(err, &ne) || !ne.Timeout() {
					t.Errorf("got %v, want a time-out", err)
				}
				if got := s.Last().Bytes() > 0; got != tc.read {
					t.Errorf("server read something: %t, want %t", got, tc.read)
				}
			})
		})
	}
}

func TestServerAnswersLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(t)
		s := NewServer(t, Config{Network: n, Addr: "a:1", Behave: Always(Behavior{AnswerDelay: time.Second})})
		start := time.Now()
		p := dialServer(t, s, n)
		p.hear("INFO {…")
		if d := time.Since(start); d != time.Second {
			t.Errorf("INFO came after %v", d)
		}
		p.say("CONNECT {}", "PING")
		p.hear("PONG")
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("PONG came after %v", d)
		}
	})
}

func TestServerPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(t)
		n.SetBuffer(1024)
		s := NewServer(t, Config{Network: n, Addr: "a:1"})
		p := dialServer(t, s, n)
		p.hear("INFO {…")
		p.say("CONNECT {}", "PING")
		p.hear("PONG")
		c := s.WaitConn(1)
		c.Pause()
		done := make(chan error)
		go func() {
			_, err := p.c.Write(make([]byte, 4096))
			done <- err
		}()
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("write of more than the buffer ended with %v while the server doesn't read", err)
		default:
		}
		c.Resume()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}

func TestServerInfo(t *testing.T) {
	s := NewServer(t, Config{Info: Info{ServerName: "one"}})
	p := dialServer(t, s, nil)
	p.hear("INFO {…")
	p.say("CONNECT {}", "PING")
	p.hear("PONG")
	s.SetInfo(func(i *Info) { i.ConnectURLs = []string{"127.0.0.1:1"}; i.LameDuckMode = true })
	line, err := p.r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"server_name":"one"`, `"connect_urls":["127.0.0.1:1"]`, `"ldm":true`, `"headers":true`, `"client_id":1`, `"client_ip":"127.0.0.1"`} {
		if !strings.Contains(line, part) {
			t.Errorf("%s isn't in %s", part, line)
		}
	}
}

func TestServerRestarts(t *testing.T) {
	bothWorlds(t, func(t *testing.T, cfg Config) {
		s := NewServer(t, cfg)
		addr := s.Addr()
		p := dialServer(t, s, cfg.Network)
		p.hear("INFO {…")
		s.Stop()
		_ = p.hearEnd()
		s.Start()
		if s.Addr() != addr {
			t.Errorf("moved from %s to %s", addr, s.Addr())
		}
		p = dialServer(t, s, cfg.Network)
		p.hear("INFO {…")
		if c := s.WaitAccepted(2); c.ID() != 2 || len(s.Open()) != 1 {
			t.Errorf("connection %d, %d open", c.ID(), len(s.Open()))
		}
	})
}

func TestServersShareABus(t *testing.T) {
	bus := NewBus()
	a, b := NewServer(t, Config{Bus: bus}), NewServer(t, Config{Bus: bus})
	sub, pub := dialServer(t, a, nil), dialServer(t, b, nil)
	sub.hear("INFO {…")
	pub.hear("INFO {…")
	sub.say("CONNECT {}", "SUB x 1", "PING")
	sub.hear("PONG")
	pub.say("CONNECT {}", "PUB x 2", "hi")
	sub.hear("MSG x 1 2", "hi")
}

func TestServerRefusesNonsense(t *testing.T) {
	for _, line := range []string{"NONSENSE", "PUB a", "PUB a b c d 1", "PUB a x", "PUB a -1", "SUB a", "UNSUB", "UNSUB 1 x",
		"PING 1", "CONNECT {", "HPUB a 5 3", "PING\n", "PUB a 1\r\nab"} {
		s := NewServer(t, Config{})
		p := dialServer(t, s, nil)
		p.hear("INFO {…")
		p.say(line)
		p.hear("-ERR…")
		_ = p.hearEnd()
		s.Close()
	}
}

func TestMatches(t *testing.T) {
	for _, tc := range []struct {
		pattern, subject string
		want             bool
	}{
		{"a", "a", true}, {"a", "b", false}, {"a.*", "a.b", true}, {"a.*", "a", false}, {"a.*", "a.b.c", false},
		{"a.>", "a.b.c", true}, {"a.>", "a", false}, {">", "a", true}, {"*.b", "a.b", true}, {"a.b", "a", false},
	} {
		if got := Matches(tc.pattern, tc.subject); got != tc.want {
			t.Errorf("Matches(%q, %q) = %t", tc.pattern, tc.subject, got)
		}
	}
}
