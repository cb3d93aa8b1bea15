package session

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/wire"
)

func hosts(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s-%d.example:4222", prefix, i)
	}
	return list
}

// discovered are the URLs that the cluster has told of.
func discovered(s *Session) (urls []string) {
	for _, x := range s.Servers() {
		if !x.Given {
			urls = append(urls, x.URL.String())
		}
	}
	slices.Sort(urls)
	return urls
}

// However many servers an INFO names, and however often they change, the client
// keeps 1,000 of them beside those of the call.
func TestDiscoveredServersAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, nil, addrA).begin()
		for i := range 20 {
			s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = hosts(fmt.Sprint("h", i), 3000) })
			synctest.Wait()
			if n := len(discovered(h.s)); n != reconnect.MaxDiscovered {
				t.Fatalf("%d servers are discovered", n)
			}
			if n := h.s.urls.Len(); n > 2*(reconnect.MaxDiscovered+1)+64 {
				t.Fatalf("the book has %d servers", n)
			}
		}
	})
}

// What is advertised to a client that ignores it is not kept.
func TestIgnoredServersAreNotKept(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, func(_ *hostOf, cfg *Config) {
			cfg.Policy.IgnoreDiscovered, cfg.Rules.IgnoreDiscovered = true, true
		}, addrA).begin()
		s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = hosts("h", 500) })
		synctest.Wait()
		if n := h.s.urls.Len(); n != 1 {
			t.Errorf("the book has %d servers", n)
		}
		if info, _ := h.s.Info(); len(info.ConnectURLs) != 500 {
			t.Errorf("the INFO wasn't taken in: %d URLs", len(info.ConnectURLs))
		}
	})
}

// A pool that was replaced leaves nothing behind, and what is in use stays known
// with its credentials.
func TestReplacedPoolsAreForgotten(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		serve(t, n, addrA)
		h := open(t, n, nil, addrA).begin()
		for i := range 100 {
			var urls []string
			for _, h := range hosts(fmt.Sprint("p", i), 20) {
				urls = append(urls, "nats://me:secret@"+h)
			}
			list, _, err := address.ParseList(urls, "")
			if err != nil {
				t.Fatal(err)
			}
			h.s.SetPool(list)
		}
		if n := h.s.urls.Len(); n > 2*20+64+20 {
			t.Errorf("the book has %d servers", n)
		}
		for _, x := range h.s.Servers() {
			if x.URL.User.String() != "me:secret" {
				t.Fatalf("the pool has %s", &x.URL)
			}
		}
		if l := h.s.Current(); h.s.urls.Target(l.server.Key()).Server != l.server {
			t.Error("the server in use isn't known any more")
		}
	})
}

// INFOs that come quicker than they can be taken in are taken in as one: the last,
// and that the server is a lame duck if any of them said so.
func TestInfosDontPileUp(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, nil, addrA).begin()
		h.events()
		held := make(chan struct{})
		h.s.Post(func() { <-held })
		for i := range 1000 {
			s.SetInfo(func(info *natstest.Info) {
				info.ConnectURLs, info.LameDuckMode = hosts(fmt.Sprint("h", i), 2), i == 7
			})
		}
		synctest.Wait()
		h.s.drv.mu.Lock()
		waiting := len(h.s.drv.queue)
		h.s.drv.mu.Unlock()
		if waiting > 2 {
			t.Errorf("%d INFOs wait for the driver", waiting)
		}
		close(held)
		synctest.Wait()
		if got := fmt.Sprint(discovered(h.s)); got != "[nats://h999-0.example:4222 nats://h999-1.example:4222]" {
			t.Errorf("discovered: %s", got)
		}
		ducks := 0
		for _, what := range h.events() {
			if what == "lame duck" {
				ducks++
			}
		}
		if ducks != 1 {
			t.Errorf("told of a lame duck %d times", ducks)
		}
	})
}

// An INFO that comes late, of a link that has been left, doesn't take the place of one
// that waits for the driver.
func TestInfoOfALinkThatIsGone(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		serve(t, n, addrA)
		h := open(t, n, nil, addrA).begin()
		old := h.last
		h.s.Force()
		synctest.Wait()
		held := make(chan struct{})
		h.s.Post(func() { <-held })
		h.last.TakeInfo([]byte(`{"connect_urls":["new:4222"]}`))
		old.TakeInfo([]byte(`{"connect_urls":["old:4222"],"ldm":true}`))
		close(held)
		synctest.Wait()
		if got := fmt.Sprint(discovered(h.s)); got != "[nats://new:4222]" {
			t.Errorf("discovered: %s", got)
		}
	})
}

// The program is asked which server is next; one that isn't in the pool is reported, and
// left to the machine like none.
func TestAskingForTheServer(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		a, b := serve(t, n, addrA), serve(t, n, addrB)
		answers := make(chan *url.URL, 1)
		h := open(t, n, func(h *hostOf, cfg *Config) {
			cfg.Policy.ChooseServer = true
			h.askServer = func(pool []Server, last *wire.ServerInfo) (*url.URL, time.Duration) {
				if len(pool) != 2 || last.ID == "" {
					t.Errorf("asked with %d servers and %q", len(pool), last.ID)
				}
				return <-answers, time.Second
			}
		}, "u:secret@"+addrA, "u:secret@"+addrB).begin()
		lose := func(s *natstest.Server, answer string) {
			t.Helper()
			time.Sleep(time.Minute) // it was a good one
			s.Last().HangUp()
			synctest.Wait()
			u, _ := url.Parse(answer)
			if answer == "" {
				u = nil
			}
			answers <- u
			synctest.Wait()
			if h.s.Current() != nil {
				t.Error("the delay wasn't waited for")
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if h.s.Current() == nil {
				t.Error("no link after the delay")
			}
		}
		at := func() string { u := h.s.Current().Server().URL(); return u.Host }
		lose(a, "nats://u:secret@"+addrB)
		if at() != addrB || h.lastReport() != nil {
			t.Errorf("it is at %s, report: %v", at(), h.lastReport())
		}
		lose(b, "nats://u:secret@10.0.0.9:4222")
		if r := h.lastReport(); r == nil || r.Fault != NotInPool || r.Text != "nats://u:xxxxx@10.0.0.9:4222" {
			t.Errorf("reported: %v", r)
		}
		h.reports = nil
		lose(map[string]*natstest.Server{addrA: a, addrB: b}[at()], "")
		if r := h.lastReport(); r != nil {
			t.Errorf("reported: %v", r)
		}
	})
}
