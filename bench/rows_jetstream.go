package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

const (
	jsPending = 4000 // messages that may be unacknowledged
	jsKept    = 100_000
	jsStall   = time.Minute
)

// jsClient is what both libraries can do with streams.
type jsClient interface {
	stream(name, subj string)
	bucket(name string)
	publishAsync(subj string, data []byte) error
	complete()
	put(name string, r io.Reader)
	get(name string) int64

	// fastIngest publishes by fast ingest, or else asynchronously, n messages.
	fastIngest(subj string, data []byte, n int)

	// consume has n messages of a stream handled one by one, from its first, by a consumer
	// of its own.
	consume(how, stream string, explicit bool, n int)
	keyValue(bucket string)
	putKey(key string, data []byte)
	getKey(key string)
}

// The ways of consuming.
const (
	byConsume  = "Consume"
	byMessages = "Messages.Next"
	byFetch    = "Fetch(500)"

	fetchSize = 500
)

// jetStreamRows: into a real nats-server in another process, in its memory.
func jetStreamRows(e *env) []*row {
	const object = 64 << 20
	rows := []*row{{
		section: "JetStream",
		name:    "PublishAsync of 128 B, until all are acknowledged",
		metrics: []metric{cpuNs, wallNs, allocs},
		targets: map[metric]target{cpuNs: {ratio: 0.40}, allocs: {atMost: 3}},
		setup: func(e *env, l lib) (func() sample, func()) {
			n := e.scale(200_000)
			c, js := e.jetStream(l)
			subj := "bench.async." + l.name
			js.stream("ASYNC-"+stem(l), subj)
			data := make([]byte, 128)
			return func() sample {
				m := startMeter()
				for range n {
					must(js.publishAsync(subj, data))
				}
				js.complete()
				return m.stop(n).sample()
			}, c.close
		},
	}, {
		section: "JetStream",
		name:    "128 B by fast ingest, against PublishAsync, until all are stored",
		metrics: []metric{cpuNs, wallNs, allocs},
		targets: map[metric]target{cpuNs: {ratio: 0.20}},
		versus:  "PublishAsync of nats.go",
		setup: func(e *env, l lib) (func() sample, func()) {
			n := e.scale(200_000)
			c, js := e.jetStream(l)
			subj := "bench.fast." + l.name
			js.stream("FAST-"+stem(l), subj)
			data := make([]byte, 128)
			return func() sample {
				m := startMeter()
				js.fastIngest(subj, data, n)
				return m.stop(n).sample()
			}, c.close
		},
	}, {
		section: "JetStream",
		name:    fmt.Sprintf("object of %d MiB: put", object>>20),
		metrics: []metric{wallNs, cpuNs, allocs},
		targets: map[metric]target{wallNs: {ratio: 0.75}},
		setup: func(e *env, l lib) (func() sample, func()) {
			c, js := e.jetStream(l)
			js.bucket("PUT-" + stem(l))
			data := make([]byte, object)
			return func() sample {
				m := startMeter()
				js.put("x", bytes.NewReader(data))
				return m.stop(1).sample()
			}, c.close
		},
	}, {
		section: "JetStream",
		name:    fmt.Sprintf("object of %d MiB: get", object>>20),
		metrics: []metric{cpuNs, wallNs, allocs},
		targets: map[metric]target{cpuNs: {ratio: 0.6}},
		setup: func(e *env, l lib) (func() sample, func()) {
			c, js := e.jetStream(l)
			js.bucket("GET-" + stem(l))
			js.put("x", bytes.NewReader(make([]byte, object)))
			return func() sample {
				m := startMeter()
				if n := js.get("x"); n != object {
					fatal(fmt.Errorf("%d bytes of %d", n, object))
				}
				return m.stop(1).sample()
			}, c.close
		},
	}}
	rows = append(rows,
		consumeRow(byConsume, false, 0.35),
		consumeRow(byConsume, true, 0.45),
		consumeRow(byMessages, false, 0.30),
		consumeRow(byFetch, false, 0.35))
	return append(rows, &row{
		section: "JetStream",
		name:    "key-value get, 64 callers",
		metrics: []metric{cpuNs, wallNs, allocs},
		targets: map[metric]target{cpuNs: {ratio: 0.55}},
		setup:   getKeys,
	})
}

// consumeRow: what is in a stream, by a consumer that each round makes.
func consumeRow(how string, explicit bool, goal float64) *row {
	name := fmt.Sprintf("128 B, %s without acknowledgements", how)
	if explicit {
		name = fmt.Sprintf("128 B, %s, each acknowledged", how)
	}
	var limit func(e *env) (func() sample, func())
	if how == byConsume && !explicit {
		limit = consumeLimit
	}
	return &row{
		section: "JetStream",
		name:    name,
		metrics: []metric{cpuNs, wallNs, allocs},
		targets: map[metric]target{cpuNs: {ratio: goal}},
		limit:   limit,
		setup: func(e *env, l lib) (func() sample, func()) {
			n := e.scale(jsKept)
			c, js := e.jetStream(l)
			name := e.filled(js)
			return func() sample {
				m := startMeter()
				js.consume(how, name, explicit, n)
				return m.stop(n).sample()
			}, c.close
		},
	}
}

// consumeLimit is Consume by a bare socket.
func consumeLimit(e *env) (func() sample, func()) {
	n := e.scale(jsKept)
	c, js := e.jetStream(ours)
	name := e.filled(js)
	raw := dialRaw(e.streams.Server(0).URL())
	_, err := fmt.Fprintf(raw, "SUB %s 1\r\nPING\r\n", rawInbox)
	must(err)
	awaitPong(raw)
	return func() sample {
			m := startMeter()
			ask, done := js.(*evernatsJS).consumer(name)
			rawConsume(raw, ask, n)
			done()
			return m.stop(n).sample()
		}, func() {
			raw.Close()
			c.close()
		}
}

// filled is a stream with messages to consume, the same for all.
func (e *env) filled(js jsClient) string {
	const name, subj = "FILLED", "bench.filled"
	if e.streamFilled {
		return name
	}
	e.streamFilled = true
	js.stream(name, subj)
	data := make([]byte, 128)
	for range jsKept {
		must(js.publishAsync(subj, data))
	}
	js.complete()
	return name
}

func getKeys(e *env, l lib) (func() sample, func()) {
	const keys, callers = 1000, 64
	n := e.scale(20_000) / callers * callers
	c, js := e.jetStream(l)
	js.keyValue("KEYS-" + stem(l))
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprintf("key.%d", i)
		js.putKey(names[i], make([]byte, 128))
	}
	return func() sample {
		m := startMeter()
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				for j := range n / callers {
					js.getKey(names[(i*131+j)%keys])
				}
			})
		}
		wg.Wait()
		return m.stop(n).sample()
	}, c.close
}

// stem is a library's name as a stream may have it.
func stem(l lib) string {
	if l.name == ours.name {
		return "ours"
	}
	return "theirs"
}

func (e *env) jetStream(l lib) (client, jsClient) {
	if e.streams == nil {
		dir, err := os.MkdirTemp("", "evernats-bench")
		must(err)
		e.streamsDir = dir
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		e.streams, err = cluster.Start(ctx, cluster.Config{
			Servers: 1, Standalone: true,
			Config: fmt.Sprintf("jetstream { store_dir: %q, max_mem: 2GB }\n", filepath.ToSlash(dir)),
		})
		must(err)
	}
	c := connect(l, e.streams.Server(0).URL(), connOptions{})
	return c, c.(interface{ jetStream() jsClient }).jetStream()
}

func (e *env) closeStreams() {
	if e.streams != nil {
		e.streams.Close()
		os.RemoveAll(e.streamsDir)
	}
}
