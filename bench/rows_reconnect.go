package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

func reconnectRows(e *env) []*row {
	rows := []*row{{
		section: "Reconnect",
		name:    "failover: SIGKILL of the server in use, three servers, until a message makes the round",
		metrics: []metric{millis},
		setup:   failover,
	}, {
		section: "Reconnect",
		name:    fmt.Sprintf("%d subscriptions made again", e.scale(50_000)),
		metrics: []metric{millis, cpuNs, allocs},
		targets: map[metric]target{millis: {ratio: 0.5}},
		setup:   resubscribe,
	}, {
		section: "Reconnect",
		name:    "Publish while reconnecting: the server is gone, the next one says nothing",
		metrics: []metric{p999us, p50us, maxUs},
		targets: map[metric]target{p999us: {atMost: 1000}},
		rounds:  e.few(),
		setup:   publishWhileDown,
	}, {
		section: "Reconnect",
		name:    "Publish while the socket is stalled: the server takes no more bytes",
		metrics: []metric{p999us, p50us, maxUs},
		targets: map[metric]target{p999us: {atMost: 1000}},
		rounds:  e.few(),
		setup:   publishWhileStalled,
	}}
	return rows
}

func failover(e *env, l lib) (func() sample, func()) {
	quiet.Store(true)
	servers := startServers(3)
	back := make(chan struct{}, 1024)
	c := connect(l, servers.Server(0).URL(), connOptions{reconnectSoon: true})
	must(c.receive(byCallback, "bench.fail", 1024, func([]byte) {
		select {
		case back <- struct{}{}:
		default:
		}
	}))
	must(c.flush())
	user := c.(interface{ server() string })
	return func() sample {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			victim := servers.ByAddr(hostOf(user.server()))
			for len(back) > 0 {
				<-back
			}
			begin := time.Now()
			must(victim.Kill())
			tick := time.NewTicker(200 * time.Microsecond)
			defer tick.Stop()
			// What the old server still handed out has come in before the
			// library can have another one.
			for arrived := false; !arrived; {
				<-tick.C
				if addr := user.server(); addr == "" || hostOf(addr) == victim.Addr() {
					for len(back) > 0 {
						<-back
					}
					continue
				}
				c.publish("bench.fail", nil)
				select {
				case <-back:
					arrived = true
				default:
				}
				if ctx.Err() != nil {
					fatal(fmt.Errorf("%s found no other server in a minute", l.name))
				}
			}
			took := time.Since(begin)
			must(victim.Restart(ctx))
			must(servers.WaitFormed(ctx))
			return sample{millis: took.Seconds() * 1e3}
		}, func() {
			c.close()
			servers.Close()
			quiet.Store(false)
		}
}

func resubscribe(e *env, l lib) (func() sample, func()) {
	quiet.Store(true)
	n := e.scale(50_000)
	again := make(chan struct{}, 1)
	c := connect(l, e.peer.source, connOptions{reconnectSoon: true, reconnected: func() { again <- struct{}{} }})
	for i := range n {
		must(c.idle("bench.many." + strconv.Itoa(i)))
	}
	must(c.flush())
	return func() sample {
			m := startMeter()
			e.peer.tell("drop %s %d", l.name, n)
			ns, err := strconv.ParseInt(<-e.peer.lines, 10, 64) // from CONNECT to the last SUB, seen by the peer
			must(err)
			<-again
			must(c.flush())
			cost := m.stop(n)
			return sample{millis: float64(ns) / 1e6, cpuNs: cost.cpu, allocs: cost.allocs}
		}, func() {
			c.close()
			quiet.Store(false)
		}
}

// publishWhileDown publishes at a moderate rate while the address that the
// library redials accepts and stays silent.
func publishWhileDown(e *env, l lib) (func() sample, func()) {
	quiet.Store(true)
	return func() sample {
		ln := listen()
		defer ln.Close()
		var conns struct {
			sync.Mutex
			all []net.Conn
		}
		defer func() {
			conns.Lock()
			for _, c := range conns.all {
				c.Close()
			}
			conns.Unlock()
		}()
		hangUp := make(chan struct{})
		go func() {
			for first := true; ; first = false {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				conns.Lock()
				conns.all = append(conns.all, conn)
				conns.Unlock()
				if first {
					go serveSink(conn)
					go func() { <-hangUp; conn.Close() }()
				}
			}
		}()
		gone := make(chan struct{}, 1)
		c := connect(l, "nats://"+ln.Addr().String(), connOptions{reconnectSoon: true, disconnected: func() {
			select {
			case gone <- struct{}{}:
			default:
			}
		}})
		close(hangUp)
		<-gone
		return publishLatency(e, c)
	}, func() { quiet.Store(false) }
}

// publishLatency takes the time of each Publish, some 5,000 a second. One that
// hasn't come back in the end counts as long as it was watched.
func publishLatency(e *env, c client) sample {
	data := make([]byte, 16)
	var mu sync.Mutex
	var took []time.Duration
	var begun time.Time // of the call that is under way
	stop := make(chan struct{})
	go func() {
		tick := time.NewTicker(200 * time.Microsecond)
		defer tick.Stop()
		defer c.close()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			t := time.Now()
			mu.Lock()
			begun = t
			mu.Unlock()
			c.publish(subject, data)
			d := time.Since(t)
			mu.Lock()
			begun = time.Time{}
			took = append(took, d)
			mu.Unlock()
		}
	}()
	time.Sleep(max(time.Duration(e.scale(5))*time.Second, 3*time.Second))
	close(stop)
	mu.Lock()
	defer mu.Unlock()
	if !begun.IsZero() {
		took = append(took, time.Since(begun))
	}
	return latencies(took, sample{})
}

// publishWhileStalled fills the socket of a server that has stopped reading and
// then takes the time of each Publish.
func publishWhileStalled(e *env, l lib) (func() sample, func()) {
	quiet.Store(true)
	return func() sample {
		ln := listen()
		defer ln.Close()
		stop := make(chan struct{})
		defer close(stop)
		go func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				go func() {
					defer conn.Close()
					io.WriteString(conn, infoLine)
					buf := make([]byte, 4096)
					conn.Read(buf) // CONNECT and PING
					conn.Write(pongLine)
					<-stop
				}()
			}
		}()
		c := connect(l, "nats://"+ln.Addr().String(), connOptions{reconnectSoon: true})
		// More than the buffers of two sockets hold, less than the library keeps.
		filled := make(chan struct{})
		go func() {
			defer close(filled)
			big := make([]byte, 64<<10)
			for range (7 << 20) / len(big) {
				c.publish(subject, big)
			}
		}()
		select {
		case <-filled:
		case <-time.After(500 * time.Millisecond): // it waits for the socket
		}
		return publishLatency(e, c)
	}, func() { quiet.Store(false) }
}
