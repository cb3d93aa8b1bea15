package cluster_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/nats-io/nats-server/v2/server"
)

func TestClusterForms(t *testing.T) {
	ctx, c := start(t, cluster.Config{Servers: 3})
	want := []string{}
	for _, s := range c.Servers() {
		want = append(want, s.Addr())
		if !s.Running() || s.PID() == os.Getpid() {
			t.Errorf("%s: running %v, pid %d", s.Name(), s.Running(), s.PID())
		}
		if c.ByAddr(s.URL()) != s {
			t.Errorf("ByAddr(%s) isn't %s", s.URL(), s.Name())
		}
	}
	slices.Sort(want)
	got := dial(t, c.Server(0).Addr()).info(t)
	slices.Sort(got.ConnectURLs)
	if got.Name != c.Server(0).Name() || !slices.Equal(got.ConnectURLs, want) {
		t.Errorf("INFO %+v, want the URLs %v", got, want)
	}
	// A message crosses a route.
	sub, pub := dial(t, c.Server(2).Addr()), dial(t, c.Server(0).Addr())
	sub.send(t, "CONNECT {\"verbose\":false}\r\nSUB a 1\r\nPING\r\n")
	sub.until(t, "PONG")
	eventually(t, "the subscription is known to server 0", func() bool {
		// The count alone doesn't do: servers have subscriptions of their own.
		r, err := c.Server(0).Routez(ctx, &server.RoutezOptions{Subscriptions: true})
		must(t, err)
		return slices.ContainsFunc(r.Routes, func(r *server.RouteInfo) bool { return slices.Contains(r.Subs, "a") })
	})
	pub.send(t, "CONNECT {\"verbose\":false}\r\nPUB a 2\r\nhi\r\n")
	sub.until(t, "MSG a 1 2")
	v, err := c.Server(2).Varz(ctx)
	must(t, err)
	z, err := c.Server(2).Connz(ctx, nil)
	must(t, err)
	if v.Connections != 1 || z.NumConns != 1 || !slices.Equal(z.Conns[0].Subs, []string{"a"}) {
		t.Errorf("varz says %d connections, connz %d: %+v", v.Connections, z.NumConns, z.Conns)
	}
	must(t, c.Server(2).Disconnect(ctx, z.Conns[0].Cid))
	if _, err := sub.r.ReadString(0); err == nil {
		t.Error("a client that the server disconnected goes on reading")
	}
}

// What a server's configuration says of its routes decides how many there are.
func TestClusterFormsWithOtherPools(t *testing.T) {
	for config, want := range map[string]int{
		"cluster { pool_size: -1 }":                                  1,
		"cluster { pool_size: 5, accounts: [A] }\naccounts { A {} }": 7, // A and $SYS have their own
	} {
		ctx, c := start(t, cluster.Config{Servers: 2, Config: config})
		r, err := c.Server(0).Routez(ctx, nil)
		must(t, err)
		if r.NumRoutes != want {
			t.Errorf("%s: %d routes, want %d", config, r.NumRoutes, want)
		}
	}
}

func TestKillRestartAdd(t *testing.T) {
	ctx, c := start(t, cluster.Config{Servers: 2})
	first := c.Server(0)
	addr, pid, id := first.Addr(), first.PID(), first.ID()
	conn := dial(t, addr)
	conn.info(t)
	must(t, first.Kill())
	must(t, first.Kill())
	select {
	case <-first.Gone():
	default:
		t.Error("Kill returned before the process was gone")
	}
	if first.Running() || !refused(addr) {
		t.Errorf("killed: running %v, refuses %v", first.Running(), refused(addr))
	}
	if _, err := first.Varz(ctx); !errors.Is(err, cluster.ErrNotRunning) {
		t.Errorf("Varz of a dead server: %v", err)
	}
	must(t, c.WaitFormed(ctx))
	if i := dial(t, c.Server(1).Addr()).info(t); len(i.ConnectURLs) != 1 {
		t.Errorf("the survivor still advertises %v", i.ConnectURLs)
	}
	must(t, first.Restart(ctx))
	if first.Addr() != addr || first.PID() == pid || first.ID() == id {
		t.Errorf("restarted at %s as %d %s, was at %s as %d %s", first.Addr(), first.PID(), first.ID(), addr, pid, id)
	}
	must(t, c.WaitFormed(ctx))
	_, err := c.Add(ctx)
	must(t, err)
	must(t, c.WaitFormed(ctx))
	if i := dial(t, addr).info(t); len(i.ConnectURLs) != 3 {
		t.Errorf("after Add the first server advertises %v", i.ConnectURLs)
	}
	// All down, all up again: the ports are still theirs.
	for _, s := range c.Servers() {
		must(t, s.Kill())
	}
	for _, s := range c.Servers() {
		must(t, s.Restart(ctx))
	}
	must(t, c.WaitFormed(ctx))
}

func TestStopIsOrderly(t *testing.T) {
	_, c := start(t, cluster.Config{Servers: 1})
	s := c.Server(0)
	must(t, s.Pause())
	must(t, s.Stop())
	if s.Running() || !strings.Contains(s.Log(), "Server Exiting") {
		t.Errorf("running %v, log:\n%s", s.Running(), s.Log())
	}
}

func TestPause(t *testing.T) {
	ctx, c := start(t, cluster.Config{Servers: 1})
	s := c.Server(0)
	must(t, s.Pause())
	must(t, s.Pause())
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := s.Varz(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a paused server answers: %v", err)
	}
	if refused(s.Addr()) || !s.Paused() || !s.Running() {
		t.Errorf("paused %v, running %v, refuses %v", s.Paused(), s.Running(), refused(s.Addr()))
	}
	must(t, s.Resume())
	must(t, s.Resume())
	dial(t, s.Addr()).info(t)
	must(t, s.Pause())
	must(t, s.Kill())
	if err := s.Pause(); !errors.Is(err, cluster.ErrNotRunning) {
		t.Errorf("pausing a dead server: %v", err)
	}
}

func TestLameDuck(t *testing.T) {
	ctx, c := start(t, cluster.Config{Servers: 2, LameDuckGrace: 10 * time.Millisecond, LameDuckDuration: 50 * time.Millisecond})
	conn := dial(t, c.Server(0).Addr())
	conn.info(t)
	conn.send(t, "CONNECT {\"verbose\":false,\"protocol\":1}\r\nPING\r\n")
	conn.until(t, "PONG")
	must(t, c.Server(0).LameDuck(ctx))
	for !conn.info(t).LameDuck {
	}
	select {
	case <-c.Server(0).Gone():
	case <-ctx.Done():
		t.Error("the lame duck never left")
	}
	must(t, c.WaitFormed(ctx))
}

func TestConfigAndReload(t *testing.T) {
	const user = "authorization { user: a, password: %s }\n"
	ctx, c := start(t, cluster.Config{
		Servers:      2,
		Config:       strings.Replace(user, "%s", "old", 1),
		ServerConfig: func(i int) string { return []string{"", "max_payload: 100"}[i] },
	})
	if i := dial(t, c.Server(1).Addr()).info(t); !i.AuthRequired || i.MaxPayload != 100 {
		t.Errorf("%+v", i)
	}
	try := func(password string) string {
		conn := dial(t, c.Server(0).Addr())
		conn.info(t)
		conn.send(t, `CONNECT {"verbose":true,"user":"a","pass":"`+password+"\"}\r\n")
		line, err := conn.r.ReadString('\n')
		must(t, err)
		return strings.TrimSpace(line)
	}
	if got := try("old"); got != "+OK" {
		t.Fatal(got)
	}
	must(t, c.Server(0).Reload(ctx, strings.Replace(user, "%s", "new", 1)))
	check := func() {
		t.Helper()
		if got := try("old"); !strings.HasPrefix(got, "-ERR 'Authorization") {
			t.Error("the old password:", got)
		}
		if got := try("new"); got != "+OK" {
			t.Error("the new password:", got)
		}
	}
	check()
	must(t, c.Server(0).Restart(ctx))
	check()
	if err := c.Server(0).Reload(ctx, "nonsense {"); err == nil {
		t.Error("nonsense was accepted")
	}
}

func TestWebsocketKeepsItsPort(t *testing.T) {
	ctx, c := start(t, cluster.Config{Servers: 1, Config: "websocket { port: -1, no_tls: true }"})
	s := c.Server(0)
	url := s.WebsocketURL()
	if !strings.HasPrefix(url, "ws://127.0.0.1:") || refused(strings.TrimPrefix(url, "ws://")) {
		t.Fatalf("no websocket listener at %q", url)
	}
	must(t, s.Kill())
	must(t, s.Restart(ctx))
	if s.WebsocketURL() != url {
		t.Errorf("was %s, is %s", url, s.WebsocketURL())
	}
}

func TestStandalone(t *testing.T) {
	ctx, c := start(t, cluster.Config{Servers: 2, Standalone: true})
	r, err := c.Server(1).Routez(ctx, nil)
	must(t, err)
	if i := dial(t, c.Server(0).Addr()).info(t); r.NumRoutes != 0 || len(i.ConnectURLs) > 1 {
		t.Errorf("%d routes, advertises %v", r.NumRoutes, i.ConnectURLs)
	}
}

func TestBadConfigIsExplained(t *testing.T) {
	for name, cfg := range map[string]cluster.Config{
		"0 servers": {},
		"negative":  {Servers: 1, LameDuckGrace: -1},
		"max_paylo": {Servers: 1, Config: "max_paylo: 1"},
	} {
		c, err := cluster.Start(t.Context(), cfg)
		if err == nil {
			c.Close()
		}
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStartObeysItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c, err := cluster.Start(ctx, cluster.Config{Servers: 2}); !errors.Is(err, context.Canceled) {
		if err == nil {
			c.Close()
		}
		t.Error(err)
	}
}

func TestClosedClusterStartsNothing(t *testing.T) {
	ctx, c := start(t, cluster.Config{Servers: 1})
	c.Close()
	c.Close()
	if !refused(c.Server(0).Addr()) {
		t.Error("a server of a closed cluster still listens")
	}
	if err := c.Server(0).Restart(ctx); err == nil || c.Server(0).Running() {
		t.Error("restarted in a closed cluster:", err)
	}
	if _, err := c.Add(ctx); err == nil {
		t.Error("a closed cluster took another server")
	}
}

// Children end with the program that started them, even when it is killed and
// even when one of them is stopped and can't notice.
func TestChildrenDieWithTheirParent(t *testing.T) {
	exe, err := os.Executable()
	must(t, err)
	victim := exec.CommandContext(t.Context(), exe)
	victim.Env = append(os.Environ(), victimVariable+"=1")
	victim.Stderr = os.Stderr
	in, err := victim.StdinPipe() // held open, it waits for its killer
	must(t, err)
	defer in.Close()
	out, err := victim.StdoutPipe()
	must(t, err)
	must(t, victim.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	addrs := strings.Fields(line)
	if len(addrs) != 2 || refused(addrs[0]) || refused(addrs[1]) {
		t.Fatalf("the servers at %q aren't up", line)
	}
	must(t, victim.Process.Kill())
	for _, addr := range addrs {
		eventually(t, addr+" is gone", func() bool { return refused(addr) })
	}
	_ = victim.Wait()
}

// A server that doesn't advertise itself is part of the cluster, and nobody waits for
// its address.
func TestAServerThatIsNotAdvertised(t *testing.T) {
	ctx, c := start(t, cluster.Config{Servers: 3, ServerConfig: func(i int) string {
		if i == 2 {
			return "cluster { no_advertise: true }"
		}
		return ""
	}})
	v, err := c.Server(0).Varz(ctx)
	must(t, err)
	if urls := v.ClientConnectURLs; len(urls) != 2 || slices.Contains(urls, c.Server(2).Addr()) {
		t.Errorf("%v are advertised", urls)
	}
}
