package nats

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/internal/reconnect"
)

func hosts(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s-%d.example:4222", prefix, i)
	}
	return list
}

// connectInBubble connects to a server of a network in memory.
func connectInBubble(t *testing.T, opts ...Option) (*Conn, *natstest.Server) {
	t.Helper()
	n := natstest.NewNetwork(t)
	s := natstest.NewServer(t, natstest.Config{Network: n, Addr: "10.0.0.1:4222"})
	nc, err := Connect(s.URL(), append(opts, SetCustomDialer(n), DiscoveredServersHandler(func(*Conn) {}))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc, s
}

// However many servers an INFO names, and however often they change, the client
// keeps 1,000 of them beside those of the call.
func TestDiscoveredServersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc, s := connectInBubble(t)
		for i := range 20 {
			s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = hosts(fmt.Sprint("h", i), 3000) })
			if err := nc.Flush(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if n := len(nc.DiscoveredServers()); n != reconnect.MaxDiscovered {
				t.Fatalf("%d servers are discovered", n)
			}
			if n := nc.urls.Len(); n > 2*(reconnect.MaxDiscovered+1)+64 {
				t.Fatalf("the book has %d servers", n)
			}
		}
	})
}

// What is advertised to a client that ignores it is not kept.
func TestIgnoredServersAreNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc, s := connectInBubble(t, IgnoreDiscoveredServers())
		s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = hosts("h", 500) })
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := nc.urls.Len(); n != 1 {
			t.Errorf("the book has %d servers", n)
		}
	})
}

// A pool that was replaced leaves nothing behind, and what is in use stays known
// with its credentials.
func TestReplacedPoolsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc, _ := connectInBubble(t)
		for i := range 100 {
			var urls []string
			for _, h := range hosts(fmt.Sprint("p", i), 20) {
				urls = append(urls, "nats://me:secret@"+h)
			}
			if err := nc.SetServerPool(urls); err != nil {
				t.Fatal(err)
			}
		}
		if n := nc.urls.Len(); n > 2*20+64+20 {
			t.Errorf("the book has %d servers", n)
		}
		for _, s := range nc.ServerPool() {
			if s.URL.User.String() != "me:secret" {
				t.Fatalf("the pool has %s", s.URL)
			}
		}
		if l := nc.state.current(); nc.urls.Target(l.url.Key()).Server != l.url {
			t.Error("the server in use isn't known any more")
		}
	})
}

// INFOs that come quicker than they can be taken in are taken in as one: the last,
// and that the server is a lame duck if any of them said so.
func TestInfosDontPileUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ducks := 0
		nc, s := connectInBubble(t, LameDuckModeHandler(func(*Conn) { ducks++ }))
		held := make(chan struct{})
		nc.drv.post(func() { <-held })
		for i := range 1000 {
			s.SetInfo(func(info *natstest.Info) {
				info.ConnectURLs, info.LameDuckMode = hosts(fmt.Sprint("h", i), 2), i == 7
			})
		}
		synctest.Wait()
		nc.drv.mu.Lock()
		waiting := len(nc.drv.queue)
		nc.drv.mu.Unlock()
		if waiting > 2 {
			t.Errorf("%d INFOs wait for the driver", waiting)
		}
		close(held)
		synctest.Wait()
		if got := fmt.Sprint(nc.DiscoveredServers()); got != "[nats://h999-0.example:4222 nats://h999-1.example:4222]" {
			t.Errorf("discovered: %s", got)
		}
		if ducks != 1 {
			t.Errorf("told of a lame duck %d times", ducks)
		}
	})
}
