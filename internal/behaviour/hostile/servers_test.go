package hostile_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// hostile is what a server does to a client.
type hostile struct {
	// before is what it says in place of INFO; empty: INFO as it should be.
	before string
	// slowly sends before byte by byte, one a second.
	slowly bool
	// greet is what it says before the PONG of the handshake.
	greet string
	// then is said to a client that is connected, so many times; each has its number.
	then  func(i int) string
	times int
	// deaf says that it reads nothing of what the client answers.
	deaf bool
	// opts are the client's own.
	opts []nats.Option
	// mib is how much the client may keep of it.
	mib int
}

// again says the same all the time.
func again(text string) func(int) string { return func(int) string { return text } }

// urls are n addresses that no other call has.
func urls(i, n int) string {
	var b strings.Builder
	for k := range n {
		fmt.Fprintf(&b, `"10.%d.%d.%d:4222",`, 1+i%250, k/250%250, k%250)
	}
	return strings.TrimSuffix(b.String(), ",")
}

func infoWith(fields string) string {
	return `INFO {"server_id":"X","headers":true,"proto":1,"max_payload":1048576,` + fields + "}\r\n"
}

// bigInfos each tell of other addresses.
var bigInfos = sync.OnceValue(func() (list []string) {
	for i := range 8 {
		list = append(list, infoWith(`"connect_urls":[`+urls(i, 40_000)+`]`))
	}
	return list
})

const mib = 1 << 20

var hostileServers = map[string]hostile{
	"garbage before INFO":            {before: "\x00\x01\x02\xff garbage"},
	"another protocol":               {before: "HTTP/1.1 400 Bad Request\r\n\r\n"},
	"a TLS record":                   {before: "\x16\x03\x01\x02\x00\x01"},
	"a message before INFO":          {before: "MSG a 1 5\r\nhello\r\n"},
	"an error before INFO":           {before: "-ERR 'go away'\r\n"},
	"a long error before INFO":       {before: "-ERR '" + strings.Repeat("x", mib-100) + "'\r\n", mib: 3},
	"an INFO that is no JSON":        {before: "INFO {\"server_id\":\r\n"},
	"an INFO of the wrong types":     {before: `INFO {"server_id":5,"port":"x"}` + "\r\n"},
	"numbers that overflow in INFO":  {before: infoWith(`"port":99999999999999999999`)},
	"negative numbers in INFO":       {before: infoWith(`"client_id":-1`)},
	"a fraction in INFO":             {before: infoWith(`"max_payload":1e400`)},
	"an INFO of 10 MB":               {before: infoWith(`"x":"` + strings.Repeat("y", 10<<20) + `"`), mib: 6},
	"an INFO without end":            {before: "INFO {" + strings.Repeat(" ", 8<<20), mib: 6},
	"an INFO that nests":             {before: infoWith(`"x":` + strings.Repeat("[", 20_000)), mib: 2},
	"an INFO one byte a second":      {before: infoWith(`"x":1`), slowly: true},
	"errors without end before INFO": {before: strings.Repeat("+OK\r\n", 1<<20), mib: 4},

	"a message that is never whole": {greet: "MSG a 1 60000000\r\n" + strings.Repeat("x", 20<<20), mib: 4},
	"PINGs for ever":                {greet: strings.Repeat("PING\r\n", 1<<20), mib: 4},
	"INFOs for ever":                {greet: strings.Repeat(infoWith(`"connect_urls":[`+urls(1, 40_000)+`]`), 40), mib: 12},

	"messages to nobody":                {then: again("MSG a 18446744073709551615 5\r\nhello\r\nMSG b 77 0\r\n\r\n"), times: 20_000},
	"a sid past 64 bits":                {then: again("MSG a 18446744073709551616 5\r\nhello\r\n"), times: 1},
	"a size below zero":                 {then: again("MSG a 1 -5\r\nhello\r\n"), times: 1},
	"a size past 64 bits":               {then: again("MSG a 1 99999999999999999999999\r\nhello\r\n"), times: 1},
	"a size of 2 GB":                    {then: again("MSG a 1 2147483648\r\nhello\r\n"), times: 1},
	"a size that wraps":                 {then: again("MSG a 1 9223372036854775807\r\nhello\r\n"), times: 1},
	"a size below the payload":          {then: again("MSG a 1 2\r\nhello\r\n"), times: 1},
	"64 MB announced and not sent":      {then: again("MSG a 1 67108864\r\nhello"), times: 1, mib: 3},
	"64 MB announced and a third sent":  {then: again("MSG a 1 67108864\r\n" + strings.Repeat("x", 20<<20)), times: 1, mib: 48},
	"a header larger than its message":  {then: again("HMSG a 1 50 12\r\nNATS/1.0\r\n\r\n\r\n"), times: 1},
	"a header size below zero":          {then: again("HMSG a 1 -12 12\r\nNATS/1.0\r\n\r\n\r\n"), times: 1},
	"a header size past 64 bits":        {then: again("HMSG a 1 99999999999999999999999 12\r\nNATS/1.0\r\n\r\n\r\n"), times: 1},
	"a garbage header":                  {then: again("HMSG a 1 10 12\r\n\x00\x01\x02\x03\xff\xfe\xfd\xfc\r\nhi\r\n"), times: 20_000, mib: 12},
	"a header without an end":           {then: again(hmsg("NATS/1.0\r\nA: " + strings.Repeat("x", 8<<20))), times: 1, mib: 2},
	"a header of a million lines":       {then: again(hmsg("NATS/1.0\r\n" + strings.Repeat("a:\r\n", 1<<20) + "\r\n")), times: 1, mib: 8},
	"a header of a million empty lines": {then: again(hmsg("NATS/1.0\r\n\r\n" + strings.Repeat("\n", 4<<20))), times: 1, mib: 16},
	"a control line without end":        {then: again("MSG " + strings.Repeat("x", 8<<20)), times: 1, mib: 4},
	"a PING without end":                {then: again("PING" + strings.Repeat(" ", 8<<20)), times: 1},
	"an error without end":              {then: again("-ERR '" + strings.Repeat("x", 8<<20)), times: 1, mib: 4},
	"garbage":                           {then: again("\x00\xff\xfe garbage\r\n"), times: 1},
	"more than its own max_payload":     {then: again("MSG a 1 2000000\r\n" + strings.Repeat("x", 2_000_000) + "\r\n"), times: 4, mib: 12},
	"PONGs that nobody asked for":       {then: again(strings.Repeat("PONG\r\n", 1000)), times: 2000, mib: 4},
	"a flood of PINGs":                  {then: again(strings.Repeat("PING\r\n", 1000)), times: 2000, mib: 14, deaf: true},
	"a flood of errors":                 {then: func(i int) string { return strings.Repeat(fmt.Sprintf("-ERR 'error %d'\r\n", i), 1000) }, times: 2000, mib: 16},
	"a flood of long errors":            {then: func(i int) string { return fmt.Sprintf("-ERR '%d%s'\r\n", i, strings.Repeat("x", mib-100)) }, times: 100, mib: 16},
	"a flood of refusals": {then: func(i int) string {
		return strings.Repeat(fmt.Sprintf("-ERR 'Permissions Violation for Subscription to \"x%d\"'\r\n", i), 1000)
	}, times: 1000, mib: 16},
	"a flood of INFOs":                   {then: func(i int) string { return bigInfos()[i%8] }, times: 100, mib: 24},
	"a flood of INFOs to an ignorer":     {then: func(i int) string { return bigInfos()[i%8] }, times: 100, mib: 24, opts: []nats.Option{nats.IgnoreDiscoveredServers()}},
	"an INFO of 100,000 addresses":       {then: again(infoWith(`"connect_urls":[` + urls(1, 100_000) + `]`)), times: 1, mib: 4},
	"a flood of lame duck INFOs":         {then: func(i int) string { return infoWith(`"ldm":` + strconv.FormatBool(i%2 == 0)) }, times: 260_000, mib: 16},
	"broken INFOs":                       {then: again("INFO {\"connect_urls\":[5]}\r\n"), times: 260_000, mib: 16},
	"an INFO that nests, when connected": {then: again(infoWith(`"x":` + strings.Repeat("[", 20_000))), times: 40, mib: 8},
}

func hmsg(header string) string {
	return fmt.Sprintf("HMSG a 1 %d %d\r\n%s\r\n", len(header), len(header), header)
}

// Whatever is at the other end, the client survives it within bounds and goes on to a
// better server.
func TestHostileServers(t *testing.T) {
	for name, h := range hostileServers {
		t.Run(name, func(t *testing.T) {
			h.test(t, false)
		})
	}
}

// The same over WebSocket, for what isn't the same code there.
func TestHostileWebSocketServers(t *testing.T) {
	for _, name := range []string{"garbage before INFO", "an INFO of 10 MB", "an INFO one byte a second", "INFOs for ever",
		"64 MB announced and a third sent", "a control line without end", "a flood of PINGs"} {
		t.Run(name, func(t *testing.T) {
			h := hostileServers[name]
			h.test(t, true)
		})
	}
}

func (h *hostile) test(t *testing.T, websocket bool) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		var drips sync.WaitGroup
		t.Cleanup(drips.Wait)
		speaking := func(cfg *natstest.Config) { cfg.WebSocket = websocket }
		s := MemServer(t, n, AddrA, speaking, Behaving(func(c *natstest.Conn) natstest.Behavior { return h.behavior(c, &drips) }))
		better := MemServer(t, n, AddrB, speaking)
		// A handler that never returns lets reports gather.
		stuck := make(chan struct{})
		hang := func() { <-stuck }
		nc := Connect(t, s.URL()+","+better.URL(), append([]nats.Option{
			nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1),
			nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0), nats.ConnectionAttemptDelay(-1),
			nats.PingInterval(time.Second), nats.MaxPingsOutstanding(2),
			nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) { hang() }),
			nats.DiscoveredServersHandler(func(*nats.Conn) { hang() }),
			nats.LameDuckModeHandler(func(*nats.Conn) { hang() }),
		}, h.opts...)...)
		t.Cleanup(func() { close(stuck) })
		_, err := nc.Subscribe("a", func(*nats.Msg) {})
		Must(t, err)
		heap := LiveHeap()
		if h.then != nil {
			c := s.Last()
			c.WaitOp("SUB", 1)
			c.Update(func(b *natstest.Behavior) { b.Mute = true }) // no PONG makes it look well
			if h.deaf {
				c.Pause()
			}
			last, sent := "", 0
			for i := 0; i < h.times && c.Open(); i++ {
				last = h.then(i)
				c.Send(last)
				if sent += len(last) + 500; sent > mib {
					sent = 0
					synctest.Wait() // what the server has in hand isn't the client's
				}
			}
			synctest.Wait()
			heap += int64(len(last))
		}
		if grew := (LiveHeap() - heap) >> 20; grew > int64(h.mib)+1 {
			t.Errorf("the client keeps %d MiB, more than %d", grew, h.mib+1)
		}
		UntilIn(t, time.Minute, "a better server", func() bool { return nc.IsConnected() && nc.ConnectedAddr() == AddrB })
		RequestsWork(t, nc)
		if n := len(nc.Servers()); n > 2+2*1024 {
			t.Errorf("it knows %d servers", n)
		}
	})
}

// behavior is how it treats a connection.
func (h *hostile) behavior(c *natstest.Conn, drips *sync.WaitGroup) natstest.Behavior {
	b := natstest.Behavior{RawInfo: h.before, Say: h.greet, Mute: h.greet != ""}
	if h.slowly {
		b.RawInfo = h.before[:1]
		drips.Go(func() {
			for i := 1; i < len(h.before) && c.Open(); i++ {
				time.Sleep(time.Second)
				c.Send(h.before[i : i+1])
			}
		})
	}
	return b
}
