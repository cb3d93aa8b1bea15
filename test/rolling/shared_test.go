package rolling_test

import (
	"bytes"
	"flag"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
)

var (
	moves = flag.Int("moves", 1, "how many times a connection with shared subjects is moved")
	rate  = flag.Int("rate", usualRate, "messages a second of each of three publishers to each of three shared subjects")
)

const usualRate = 100

// tallies are of the messages of several publishers.
type tallies []*tally

func newTallies(publishers int) (all tallies) {
	for range publishers {
		all = append(all, newTally())
	}
	return all
}

func (all tallies) note(m *nats.Msg) {
	who, n, _ := bytes.Cut(m.Data, []byte{' '})
	if p, err := strconv.Atoi(string(who)); err == nil && p < len(all) {
		all[p].note(n)
	}
}

// The ways in which the tallies of a shared subject are held against what was sent.
const (
	exactly   = "each once, in order"
	eachOnce  = "each once"
	atLeast   = "none is lost"
	publishes = 3 // publishers, one at each server
)

// One connection has a subscriber and a member of a queue group for the same subject, to
// which a publisher at each server publishes: while it moves the subscriber gets each
// message once and in each publisher's order, and the group gets each once. Other members
// are nowhere, at one server or at all of them.
//
// Subscribers of others may get a message twice, and are only asked for what is missing:
// when a server's last member leaves, a message that is on its way there is sent on, and
// given to all plain subscriptions once more. That is so whoever leaves, and in which way.
func TestMigrateASharedSubject(t *testing.T) {
	cl := clustertest.StartN(t, publishes)
	proves(t, func(t *testing.T) *fleet {
		f := &fleet{t: t, all: newTally(), work: newTally(), stop: make(chan struct{})}
		must := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		type account struct {
			who, how string
			got      tallies
		}
		var accounts []account
		note := func(who, how string) nats.MsgHandler {
			a := account{who, how, newTallies(publishes)}
			accounts = append(accounts, a)
			return a.got.note
		}
		nc := f.connect(cl, 0)
		subjects := []string{"alone", "two", "all"}
		for _, subject := range subjects {
			must(nc.Subscribe(subject, note(subject+": the subscriber", exactly)))
			member := note(subject+": the group", eachOnce)
			must(nc.QueueSubscribe(subject, "group", member))
			for i := range publishes {
				other := f.connect(cl, i)
				must(other.Subscribe(subject, note(fmt.Sprintf("%s: a subscriber at %d", subject, i), atLeast)))
				if subject == "all" || subject == "two" && i == publishes-1 {
					must(other.QueueSubscribe(subject, "group", member))
				}
			}
		}
		var pubs []*nats.Conn
		for i := range publishes {
			pubs = append(pubs, f.connect(cl, i))
		}
		for _, nc := range f.conns {
			must(nil, nc.Flush())
		}
		time.Sleep(time.Second) // the servers tell each other of the queue groups
		f.watchStill()
		sent := make([]int, publishes)
		for p, pub := range pubs {
			f.every(*rate, func() {
				for _, subject := range subjects {
					if err := pub.Publish(subject, fmt.Append(nil, p, " ", sent[p])); err != nil {
						f.fail("publish: %v", err)
					}
				}
				sent[p]++
			})
		}
		for range *moves {
			f.migrate(nc)
		}
		close(f.stop)
		f.wg.Wait()
		for _, a := range accounts {
			for p, got := range a.got {
				lost, doubled, swaps := got.count(sent[p])
				if lost > 0 || doubled > 0 && a.how != atLeast || swaps > 0 && a.how == exactly {
					f.fail("%s, publisher %d, %s: of %d messages %d were lost, %d came more than once, %d out of order",
						a.who, p, a.how, sent[p], lost, doubled, swaps)
				}
				if doubled > 0 {
					t.Logf("%s, publisher %d: %d came more than once", a.who, p, doubled)
				}
			}
		}
		f.quiet()
		f.close()
		t.Logf("%d times %v messages; it stood still for %v", len(subjects), sent, time.Duration(f.still.Load()))
		return f
	})
}
