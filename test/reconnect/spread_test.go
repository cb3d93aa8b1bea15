package reconnect_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
	natsgo "github.com/nats-io/nats.go"
)

// crowdSize is how many clients were given the URL of one server of three.
const crowdSize = 30

// dialer connects one client and names it after its number.
type dialer func(t *testing.T, url string, no int)

func dialEvernats(more ...nats.Option) dialer {
	return func(t *testing.T, url string, no int) {
		t.Helper()
		connect(t, url, quick(append(more, nats.Name(fmt.Sprint("client ", no)))...)...)
	}
}

func dialNatsGo(t *testing.T, url string, no int) {
	t.Helper()
	nc, err := natsgo.Connect(url, natsgo.Timeout(patience), natsgo.MaxReconnects(-1),
		natsgo.ReconnectWait(10*time.Millisecond), natsgo.ReconnectJitter(0, 0), natsgo.Name(fmt.Sprint("client ", no)))
	must(t, err)
	t.Cleanup(nc.Close)
}

// crowd is a cluster of three and clients that know of its third server only, until
// they are told of the others.
func crowd(t *testing.T, dial dialer) *cluster.Cluster {
	t.Helper()
	c := start(t, 3)
	for no := range crowdSize {
		dial(t, c.Server(2).URL(), no)
	}
	return c
}

// guests are the clients that a server has, by their IDs there.
func guests(t *testing.T, s *cluster.Server) (ids []uint64) {
	t.Helper()
	v, err := s.Connz(within(t), nil)
	must(t, err)
	for _, conn := range v.Conns {
		ids = append(ids, conn.Cid)
	}
	return ids
}

// A server that hangs up on whoever connects loses its clients to the other two,
// though its URL is the only one that they were given.
func TestClientsLeaveAServerThatKicksThem(t *testing.T) {
	t.Parallel()
	for name, dial := range map[string]dialer{
		"evernats":           dialEvernats(),
		"evernats, in order": dialEvernats(nats.DontRandomize()),
		"evernats, no races": dialEvernats(nats.ConnectionAttemptDelay(-1)),
		"nats.go":            dialNatsGo,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := crowd(t, dial)
			kicks := 0
			until(t, "all clients to be on the other two", func() bool {
				for _, id := range guests(t, c.Server(2)) {
					must(t, c.Server(2).Disconnect(within(t), id))
					kicks++
				}
				return len(guests(t, c.Server(0)))+len(guests(t, c.Server(1))) == crowdSize
			})
			// A kick takes a moment, in which the same client may be kicked again.
			if kicks > 3*crowdSize {
				t.Errorf("%d kicks for %d clients", kicks, crowdSize)
			}
			if n := len(guests(t, c.Server(2))); n != 0 {
				t.Errorf("%d clients are back where they were kicked", n)
			}
		})
	}
}

// An operator who kicks what a server has beyond its share has a balanced cluster
// after a few rounds.
func TestKickedClientsSpread(t *testing.T) {
	t.Parallel()
	for name, dial := range map[string]dialer{
		"evernats":           dialEvernats(),
		"evernats, in order": dialEvernats(nats.DontRandomize()),
		"nats.go":            dialNatsGo,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := crowd(t, dial)
			const enough = 15
			for round := 0; ; round++ {
				seated := [3][]uint64{}
				until(t, "all clients to be connected", func() bool {
					n := 0
					for i, s := range c.Servers() {
						seated[i] = guests(t, s)
						n += len(seated[i])
					}
					return n == crowdSize
				})
				sizes := fmt.Sprint(len(seated[0]), len(seated[1]), len(seated[2]))
				t.Logf("after %d rounds: %s", round, sizes)
				if sizes == "10 10 10" {
					return
				}
				if round == enough {
					t.Fatalf("not balanced after %d rounds", round)
				}
				kickBeyond(t, c, seated)
			}
		})
	}
}

// kickBeyond sends away what each server has beyond a third, and waits until they
// are gone from there.
func kickBeyond(t *testing.T, c *cluster.Cluster, seated [3][]uint64) {
	t.Helper()
	for i, ids := range seated {
		for _, id := range ids[min(len(ids), crowdSize/3):] {
			must(t, c.Server(i).Disconnect(within(t), id))
		}
	}
	for i, ids := range seated {
		kicked := map[uint64]bool{}
		for _, id := range ids[min(len(ids), crowdSize/3):] {
			kicked[id] = true
		}
		until(t, "the kicked to be gone", func() bool {
			for _, id := range guests(t, c.Server(i)) {
				if kicked[id] {
					return false
				}
			}
			return true
		})
	}
}

// A server that is full, from the start or after a change of its limit, keeps what it
// has room for; the others go where there is room, though they were never told of it
// by a server that let them in.
func TestClientsOfAFullServerGoElsewhere(t *testing.T) {
	t.Parallel()
	for name, dial := range map[string]dialer{"evernats": dialEvernats(), "nats.go": dialNatsGo} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := func(n int) string { return fmt.Sprintf("max_connections: %d", n) }
			c := clustertest.Start(t, cluster.Config{Servers: 3, ServerConfig: func(i int) string {
				return limit([]int{1000, 1000, crowdSize / 2}[i])
			}})
			for no := range crowdSize {
				dial(t, c.Server(2).URL(), no)
			}
			sizes := func() (all, third int) {
				for i, s := range c.Servers() {
					n := len(guests(t, s))
					all += n
					if i == 2 {
						third = n
					}
				}
				return all, third
			}
			if all, third := sizes(); all != crowdSize || third != crowdSize/2 {
				t.Errorf("%d clients, %d of them on the full server", all, third)
			}
			must(t, c.Server(2).Reload(within(t), limit(crowdSize/3)))
			until(t, "the full server to have no more than it may, and all to be connected", func() bool {
				all, third := sizes()
				return all == crowdSize && third <= crowdSize/3
			})
		})
	}
}
