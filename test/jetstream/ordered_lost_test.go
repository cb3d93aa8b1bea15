package jetstream

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/jetstream"
)

// clerk hands requests to the JetStream API on, from subjects that begin with "clerk.", and
// loses those to make a consumer as it is told.
type clerk struct {
	nc      *nats.Conn
	mu      sync.Mutex
	lost    func(name string) bool
	names   []string // of consumers that were to be made, in order, each once in a row
	removed []string // and to be removed
	held    []*nats.Msg
}

func employ(t *testing.T, s *srv) *clerk {
	t.Helper()
	nc := connect(t, s.url())
	c := &clerk{nc: nc}
	_, err := nc.Subscribe("clerk.CONSUMER.CREATE.>", func(m *nats.Msg) {
		if !c.loses(m) {
			c.handOn(m)
		}
	})
	must(t, err)
	_, err = nc.Subscribe("clerk.CONSUMER.DELETE.*.*", func(m *nats.Msg) {
		c.handOn(m)
		c.mu.Lock()
		c.removed = append(c.removed, strings.Split(m.Subject, ".")[4])
		c.mu.Unlock()
	})
	must(t, err)
	for _, s := range []string{"STREAM.>", "CONSUMER.INFO.>", "CONSUMER.MSG.>", "INFO"} {
		_, err = nc.Subscribe("clerk."+s, c.handOn)
		must(t, err)
	}
	must(t, err)
	must(t, nc.Flush())
	return c
}

func (c *clerk) handOn(m *nats.Msg) {
	c.nc.PublishMsg(&nats.Msg{
		Subject: "$JS.API." + strings.TrimPrefix(m.Subject, "clerk."), Reply: m.Reply, Header: m.Header, Data: m.Data,
	})
}

func (c *clerk) loses(m *nats.Msg) bool {
	name := strings.Split(m.Subject, ".")[4]
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.names); n == 0 || c.names[n-1] != name {
		c.names = append(c.names, name)
	}
	if c.lost == nil || !c.lost(name) {
		return false
	}
	c.held = append(c.held, m)
	return true
}

// lose has those lost that are asked for from now on, if lost says so of their name.
func (c *clerk) lose(lost func(string) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost, c.names = lost, nil
}

// find hands on what was lost last.
func (c *clerk) find() {
	c.mu.Lock()
	m := c.held[len(c.held)-1]
	c.mu.Unlock()
	c.handOn(m)
}

func (c *clerk) removes(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.removed, name)
}

func (c *clerk) asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.names)
}

func all(string) bool { return true }

// takes gives what an ordered consumer's iterator gets.
func takes(t *testing.T, c jetstream.Consumer) (<-chan string, jetstream.MessagesContext) {
	t.Helper()
	it := must1[jetstream.MessagesContext](t)(c.Messages())
	got := make(chan string, 100)
	var done sync.WaitGroup
	done.Go(func() {
		for m, err := it.Next(); err != jetstream.ErrMsgIteratorClosed; m, err = it.Next() {
			if err == nil {
				got <- string(m.Data())
			}
		}
	})
	t.Cleanup(func() { it.Stop(); done.Wait() })
	return got, it
}

// shortly bounds what a try that goes unanswered, or a heartbeat, may take, and some.
func shortly(t *testing.T, begin time.Time) {
	t.Helper()
	d := time.Since(begin)
	t.Logf("it took %v", d.Round(time.Millisecond))
	if late := machine.late(d); d > 3*time.Second+mercy*late {
		t.Errorf("that is too long; the machine was late by %v", late)
	}
}

// asked waits until so many pulls wait at the consumers of a stream.
func asked(t *testing.T, st jetstream.Stream, want int) {
	t.Helper()
	until(t, "the pulls", func() bool {
		n := 0
		for c := range st.ListConsumers(moment(t)).Info() {
			n += c.NumWaiting
		}
		return n == want
	})
}

// heard waits until what a watch's consumer sends is wanted.
func heard(t *testing.T, st jetstream.Stream) {
	t.Helper()
	until(t, "the consumer that pushes", func() bool {
		n, bound := 0, 0
		for c := range st.ListConsumers(moment(t)).Info() {
			n++
			if c.PushBound {
				bound++
			}
		}
		return n == 1 && bound == 1
	})
}

// The link changes while there is no consumer: whatever is made anew then is asked for
// messages, over the link of by then.
func TestAnOrderedConsumerIsMadeAnewWhileTheLinkChanges(t *testing.T) {
	s := start(t)
	c := employ(t, s)
	nc := connect(t, s.url())
	js := must1[jetstream.JetStream](t)(jetstream.NewWithAPIPrefix(nc, "clerk"))
	direct := newJS(t, connect(t, s.url()))
	st := must1[jetstream.Stream](t)(direct.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}))
	kv := bucketOf(t, js)
	oc := must1[jetstream.Consumer](t)(js.OrderedConsumer(within(t), "S", jetstream.OrderedConsumerConfig{}))
	got, _ := takes(t, oc)
	w := must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t)))
	defer w.Stop()
	updates := watching(t, w)
	receive(t, "the marker", updates)
	bucket := must1[jetstream.Stream](t)(direct.Stream(within(t), "KV_B"))
	writer := open(t, s)

	back := make(chan struct{}, 10)
	nc.SetReconnectHandler(func(*nats.Conn) { back <- struct{}{} })
	for i, links := range []int{0, 1, 2} {
		asked(t, st, 1)
		heard(t, bucket)
		c.lose(all)
		must(t, st.DeleteConsumer(within(t), oc.CachedInfo().Name))
		until(t, "no consumer of the bucket", func() bool {
			n := 0
			for name := range bucket.ConsumerNames(moment(t)).Name() {
				// A link that came while it was made may have had another made meanwhile.
				if err := bucket.DeleteConsumer(moment(t), name); err != nil && err != jetstream.ErrConsumerNotFound {
					t.Error(err)
				}
				n++
			}
			return n == 0
		})
		until(t, "both being made anew", func() bool {
			a, b := false, false
			for _, name := range c.asked() {
				a = a || strings.HasPrefix(name, strings.TrimRight(oc.CachedInfo().Name, "0123456789"))
				b = b || !strings.HasPrefix(name, strings.TrimRight(oc.CachedInfo().Name, "0123456789"))
			}
			return a && b
		})
		for range links {
			must(t, nc.ForceReconnect())
			receive(t, "the reconnect", back)
		}
		text := string(rune('a' + i))
		must1[*jetstream.PubAck](t)(direct.Publish(within(t), "s.x", []byte(text)))
		put(t, writer, "k", text)
		begin := time.Now()
		c.lose(nil)
		if m := receive(t, "the message", got); m != text {
			t.Errorf("after %d links: got %q", links, m)
		}
		if e := receive(t, "the update", updates); e == nil || string(e.Value()) != text {
			t.Errorf("after %d links: got %v", links, e)
		}
		shortly(t, begin)
	}
}

// What a server that nobody hears of any more was asked to make is asked for by another name.
func TestAConsumerThatNobodyAnswersForIsMadeByAnotherName(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := employ(t, s)
	js := must1[jetstream.JetStream](t)(jetstream.NewWithAPIPrefix(connect(t, s.url()), "clerk"))
	direct := newJS(t, connect(t, s.url()))
	st := must1[jetstream.Stream](t)(direct.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}))
	oc := must1[jetstream.Consumer](t)(js.OrderedConsumer(within(t), "S", jetstream.OrderedConsumerConfig{NamePrefix: "o"}))
	got, _ := takes(t, oc)
	asked(t, st, 1)
	c.lose(func(name string) bool { return name == "o_2" })
	must(t, st.DeleteConsumer(within(t), "o_1"))
	must1[*jetstream.PubAck](t)(direct.Publish(within(t), "s.x", []byte("x")))
	if m := receive(t, "the message", got); m != "x" {
		t.Errorf("got %q", m)
	}
	if n := c.asked(); len(n) != 2 || n[0] != "o_2" || n[1] != "o_3" {
		t.Errorf("it asked for %v", n)
	}
}

// So it is for a fetch, within its time.
func TestAFetchAsksByAnotherNameToo(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := employ(t, s)
	js := must1[jetstream.JetStream](t)(jetstream.NewWithAPIPrefix(connect(t, s.url()), "clerk"))
	direct := newJS(t, connect(t, s.url()))
	st := must1[jetstream.Stream](t)(direct.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}))
	oc := must1[jetstream.Consumer](t)(js.OrderedConsumer(within(t), "S", jetstream.OrderedConsumerConfig{NamePrefix: "o"}))
	b := must1[jetstream.MessageBatch](t)(oc.Fetch(1, jetstream.FetchMaxWait(20*time.Second)))
	asked(t, st, 1)
	c.lose(func(name string) bool { return name == "o_2" })
	must(t, st.DeleteConsumer(within(t), "o_1"))
	begin := time.Now()
	must1[*jetstream.PubAck](t)(direct.Publish(within(t), "s.x", []byte("x")))
	if m := receive(t, "the message", b.Messages()); m == nil || string(m.Data()) != "x" {
		t.Errorf("got %v, and %v", m, b.Error())
	}
	shortly(t, begin)
	if n := c.asked(); len(n) != 2 || n[0] != "o_2" || n[1] != "o_3" {
		t.Errorf("it asked for %v", n)
	}
}

// A use that ended while its consumer was made anew has nothing to do with the next one's.
func TestAnOrderedConsumersNextUseHasAConsumerOfItsOwn(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := employ(t, s)
	js := must1[jetstream.JetStream](t)(jetstream.NewWithAPIPrefix(connect(t, s.url()), "clerk"))
	direct := newJS(t, connect(t, s.url()))
	st := must1[jetstream.Stream](t)(direct.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}))
	oc := must1[jetstream.Consumer](t)(js.OrderedConsumer(within(t), "S", jetstream.OrderedConsumerConfig{NamePrefix: "o"}))
	_, it := takes(t, oc)
	asked(t, st, 1)
	c.lose(all)
	must(t, st.DeleteConsumer(within(t), "o_1"))
	until(t, "its being made anew", func() bool { return len(c.asked()) > 0 })
	it.Stop()
	c.lose(nil)
	resets := make(chan error, 100)
	got := make(chan string, 10)
	cc := must1[jetstream.ConsumeContext](t)(oc.Consume(func(m jetstream.Msg) { got <- string(m.Data()) },
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { resets <- err })))
	defer cc.Stop()
	name := oc.CachedInfo().Name
	c.find() // it is made at last
	until(t, "its removal", func() bool { return c.removes("o_2") })
	must1[*jetstream.PubAck](t)(direct.Publish(within(t), "s.x", []byte("x")))
	if m := receive(t, "the message", got); m != "x" {
		t.Errorf("got %q", m)
	}
	if now := oc.CachedInfo().Name; now != name || len(resets) > 0 {
		t.Errorf("it was %s and is %s, with %d resets", name, now, len(resets))
	}
}

// The last message goes lost with the link, and none follows that would show it.
func TestTheLastMessageOfAnOrderedConsumerIsntLostWithTheLink(t *testing.T) {
	s := start(t)
	p := natstest.NewProxy(t, strings.TrimPrefix(s.url(), "nats://"))
	js := newJS(t, connect(t, p.URL()))
	direct := newJS(t, connect(t, s.url()))
	st := must1[jetstream.Stream](t)(direct.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}))
	kv := bucketOf(t, js)
	oc := must1[jetstream.Consumer](t)(js.OrderedConsumer(within(t), "S", jetstream.OrderedConsumerConfig{}))
	got, _ := takes(t, oc)
	fetched := must1[jetstream.Consumer](t)(js.OrderedConsumer(within(t), "S", jetstream.OrderedConsumerConfig{}))
	b := must1[jetstream.MessageBatch](t)(fetched.Fetch(2, jetstream.FetchMaxWait(4*time.Second)))
	w := must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t)))
	defer w.Stop()
	updates := watching(t, w)
	receive(t, "the marker", updates)
	bucket := must1[jetstream.Stream](t)(direct.Stream(within(t), "KV_B"))

	asked(t, st, 2)
	heard(t, bucket)
	p.BlackHole(natstest.ToClient)
	must1[*jetstream.PubAck](t)(direct.Publish(within(t), "s.x", []byte("x")))
	put(t, open(t, s), "k", "x")
	delivered := func(st jetstream.Stream, want int) bool {
		n := 0
		for c := range st.ListConsumers(within(t)).Info() {
			n += int(c.Delivered.Consumer)
		}
		return n == want
	}
	until(t, "the deliveries", func() bool { return delivered(st, 2) && delivered(bucket, 1) })
	p.Cut()
	p.Heal()
	begin := time.Now()
	if m := receive(t, "the message", got); m != "x" {
		t.Errorf("got %q", m)
	}
	if e := receive(t, "the update", updates); e == nil || string(e.Value()) != "x" {
		t.Errorf("got %v", e)
	}
	shortly(t, begin)
	for m := range b.Messages() {
		t.Errorf("the fetch got %q", m.Data())
	}
	m := must1[jetstream.Msg](t)(fetched.Next())
	if string(m.Data()) != "x" {
		t.Errorf("the next fetch got %q", m.Data())
	}
}

// An ordered consumer that gives last values is made anew when a link is lost before it
// has given all that there were: the server may leave out the one that it was about to
// send. So none is missing.
func TestLastValuesAreWholeOverALostLink(t *testing.T) {
	t.Parallel()
	s := start(t)
	js := newJS(t, connect(t, s.url()))
	st := must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.*"}}))
	const n = 3000
	for range 2 {
		for i := range n {
			must1[jetstream.PubAckFuture](t)(js.PublishAsync(fmt.Sprint("s.", i), []byte("v")))
		}
		receive(t, "all acknowledgements", js.PublishAsyncComplete())
	}
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: []string{"s.>"}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy}

	nc := connect(t, s.url())
	c := must1[jetstream.Consumer](t)(must1[jetstream.Stream](t)(newJS(t, nc).Stream(within(t), st.CachedInfo().Config.Name)).OrderedConsumer(within(t), cfg))
	name := c.CachedInfo().Name
	it := must1[jetstream.MessagesContext](t)(c.Messages(jetstream.PullMaxMessages(100)))
	defer it.Stop()
	got := make(map[string]bool)
	for len(got) < n {
		m, err := it.Next(jetstream.NextMaxWait(patience))
		if err != nil {
			t.Fatalf("%d of %d came, then %v", len(got), n, err)
		}
		if got[m.Subject()] = true; len(got) == 700 {
			must(t, nc.ForceReconnect())
		}
	}
	if c.CachedInfo().Name == name {
		t.Error("it is the same consumer")
	}
	// Once all are given it goes on over another link.
	name = c.CachedInfo().Name
	must(t, nc.ForceReconnect())
	must1[*jetstream.PubAck](t)(js.Publish(within(t), "s.more", nil))
	if m := must1[jetstream.Msg](t)(it.Next(jetstream.NextMaxWait(patience))); m.Subject() != "s.more" {
		t.Errorf("then %s comes", m.Subject())
	}

	// Fetches end where the link does, and the next one begins behind.
	nc = connect(t, s.url())
	c = must1[jetstream.Consumer](t)(newJS(t, nc).OrderedConsumer(within(t), "S", cfg))
	got = make(map[string]bool)
	for late := time.Now().Add(patience); len(got) < n+1; {
		b := must1[jetstream.MessageBatch](t)(c.Fetch(200, jetstream.FetchMaxWait(time.Second)))
		for m := range b.Messages() {
			if got[m.Subject()] = true; len(got) == 700 {
				must(t, nc.ForceReconnect())
			}
		}
		if time.Now().After(late) {
			t.Fatalf("%d of %d were fetched, then %v", len(got), n+1, b.Error())
		}
	}
}

// The end of an ordered consumer's server is told by nobody. It is looked for sooner than its
// heartbeats would be missed, which is after 10 s.
func TestTheEndOfAnOrderedConsumersServerIsMissedSoon(t *testing.T) {
	t.Parallel()
	x := startThree(t)
	var oc jetstream.Consumer
	var lives *cluster.Server
	for i := 0; lives == nil; i++ {
		at := x.Server(i % 3)
		oc = must1[jetstream.Consumer](t)(newJS(t, connect(t, at.URL())).OrderedConsumer(within(t), "S", jetstream.OrderedConsumerConfig{}))
		if s := x.named(oc.CachedInfo().Cluster.Leader); s != at {
			lives = s
		}
	}
	got, _ := takes(t, oc)
	st := must1[jetstream.Stream](t)(x.js.Stream(within(t), "S"))
	until(t, "a pull", func() bool {
		c, err := st.Consumer(moment(t), oc.CachedInfo().Name)
		return err == nil && c.CachedInfo().NumWaiting > 0
	})
	must(t, lives.Kill())
	begin := time.Now()
	js := newJS(t, connect(t, x.elsewhere(lives).URL()))
	must1[*jetstream.PubAck](t)(js.Publish(within(t), "s.x", []byte("x"), jetstream.WithMsgID("x")))
	for receive(t, "the message", got) != "x" {
	}
	took := time.Since(begin)
	t.Logf("it came after %v", took)
	if took > 9*time.Second+mercy*machine.late(took) {
		t.Error("only the heartbeats were missed")
	}
}
