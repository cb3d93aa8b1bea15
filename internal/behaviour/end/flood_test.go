package end_test

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
)

var endsFlag = flag.Int("ends", 4000, "how many subscriptions TestNothingIsSentAfterTheEnd ends in the flood")

// Whoever is told of a subscription's end, in whatever way, may close the channel:
// nothing is sent on it any more, however fast messages come in.
func TestNothingIsSentAfterTheEnd(t *testing.T) {
	url := floodServer(t)
	for _, way := range endings {
		t.Run(way.name, func(t *testing.T) {
			var nc *nats.Conn
			defer func() { nc.Close() }()
			n := *endsFlag / len(endings)
			for i := range n {
				if nc == nil || nc.Status() != nats.CONNECTED {
					nc.Close()
					nc = flooded(t, url)
				}
				ch := make(chan *nats.Msg, burst)
				over := make(chan struct{})
				var once sync.Once
				end := func() {
					once.Do(func() {
						close(ch)
						close(over)
					})
				}
				begin := func() *nats.Subscription {
					sub, err := nc.ChanSubscribe("x", ch)
					Must(t, err)
					return sub
				}
				way.run(t, nc, begin, ch, end)
				for range ch { // the program reads what is there, and finds the end
				}
				Ended(t, "the end", over)
				if i%100 == 0 {
					runtime.Gosched()
				}
			}
		})
	}
}

// ending is a way for a subscription to end. begin makes it; end is called as soon
// as the end has been announced, and closes its channel.
type ending struct {
	name string
	run  func(t *testing.T, nc *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func())
}

var endings = []ending{
	{"Unsubscribe", func(t *testing.T, _ *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		sub := begin()
		<-ch
		Must(t, sub.Unsubscribe())
		end()
	}},
	{"Unsubscribe, twice at once", func(t *testing.T, _ *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		sub := begin()
		<-ch
		go func() {
			sub.Unsubscribe()
			end()
		}()
		sub.Unsubscribe()
		end()
	}},
	{"closed handler", func(t *testing.T, _ *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		sub := begin()
		sub.SetClosedHandler(func(string) { end() })
		<-ch
		Must(t, sub.Unsubscribe())
	}},
	{"status of the subscription", func(t *testing.T, _ *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		sub := begin()
		st := sub.StatusChanged(nats.SubscriptionClosed)
		go func() {
			<-st
			end()
		}()
		<-ch
		Must(t, sub.Unsubscribe())
	}},
	{"Drain", func(t *testing.T, _ *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		sub := begin()
		sub.SetClosedHandler(func(string) { end() })
		<-ch
		Must(t, sub.Drain())
	}},
	{"Unsubscribe in a Drain", func(t *testing.T, _ *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		sub := begin()
		<-ch
		Must(t, sub.Drain())
		sub.Unsubscribe()
		end()
	}},
	{"AutoUnsubscribe", func(t *testing.T, _ *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		sub := begin()
		sub.SetClosedHandler(func(string) { end() })
		Must(t, sub.AutoUnsubscribe(burst/2))
	}},
	{"invalid", func(t *testing.T, _ *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		sub := begin()
		<-ch
		go sub.Unsubscribe()
		for sub.IsValid() {
			runtime.Gosched()
		}
		end()
	}},
	{"Close", func(t *testing.T, nc *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		begin()
		<-ch
		nc.Close()
		end()
	}},
	{"Close, twice at once", func(t *testing.T, nc *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		begin()
		<-ch
		go func() {
			nc.Close()
			end()
		}()
		nc.Close()
		end()
	}},
	{"status CLOSED", func(t *testing.T, nc *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		st := nc.StatusChanged(nats.CLOSED)
		begin()
		go func() {
			<-st
			end()
		}()
		<-ch
		nc.Close()
	}},
	{"IsClosed", func(t *testing.T, nc *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		begin()
		<-ch
		go nc.Close()
		for !nc.IsClosed() {
			runtime.Gosched()
		}
		end()
	}},
	{"ErrConnectionClosed", func(t *testing.T, nc *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		begin()
		<-ch
		go nc.Close()
		for nc.Publish("y", nil) == nil {
			runtime.Gosched()
		}
		end()
	}},
	{"connection's closed handler", func(t *testing.T, nc *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		nc.SetClosedHandler(func(*nats.Conn) { end() })
		begin()
		<-ch
		nc.Close()
	}},
	{"connection's Drain", func(t *testing.T, nc *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		begin().SetClosedHandler(func(string) { end() })
		<-ch
		Must(t, nc.Drain())
	}},
	{"Close in a Drain", func(t *testing.T, nc *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		begin()
		<-ch
		Must(t, nc.Drain())
		nc.Close()
		end()
	}},
	{"loss without reconnect", func(t *testing.T, nc *nats.Conn, begin func() *nats.Subscription, ch chan *nats.Msg, end func()) {
		begin().SetClosedHandler(func(string) { end() })
		<-ch
		Must(t, nc.Publish("bye", nil))
	}},
}

func flooded(t *testing.T, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, nats.NoReconnect(), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	return nc
}

// burst is how many messages the flood brings at a time.
const burst = 512

// floodServer is a server that answers each SUB and UNSUB with a burst of messages
// for that subscription, sends more of them before each PONG, and hangs up when
// something is published to "bye". It keeps nothing, so it can go on for ever.
func floodServer(t *testing.T) (url string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				flood(c)
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		all.Wait()
	})
	return "nats://" + ln.Addr().String()
}

func flood(c net.Conn) {
	if _, err := io.WriteString(c, `INFO {"server_id":"flood","version":"2.15.0","proto":1,"headers":true,"max_payload":1048576}`+"\r\n"); err != nil {
		return
	}
	lines := bufio.NewReader(c)
	last := ""
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		word := strings.Fields(line)
		if len(word) == 0 {
			continue
		}
		out := ""
		switch word[0] {
		case "SUB":
			last = burstFor(word[len(word)-1])
			out = last
		case "UNSUB":
			out = burstFor(word[1])
		case "PING":
			out = last + "PONG\r\n"
		case "PUB":
			if word[1] == "bye" {
				io.WriteString(c, last)
				return
			}
		}
		if _, err := io.WriteString(c, out); err != nil {
			return
		}
	}
}

func burstFor(sid string) string {
	return strings.Repeat(fmt.Sprintf("MSG x %s 1\r\nx\r\n", sid), burst)
}
