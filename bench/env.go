package main

import (
	"context"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

// env is what the rows share: how much work to do, the peer and the servers.
type env struct {
	short  bool
	rounds int
	peer   *peer

	servers      *cluster.Cluster
	streams      *cluster.Cluster // with JetStream
	streamsDir   string
	streamFilled bool // there is one to consume
}

// scale shortens the work in the short form.
func (e *env) scale(n int) int {
	if e.short {
		return max(n/5, 1)
	}
	return n
}

// server returns the address of a real nats-server.
func (e *env) server() string {
	if e.servers == nil {
		e.servers = startServers(1)
	}
	return e.servers.Server(0).URL()
}

func startServers(n int) *cluster.Cluster {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := cluster.Start(ctx, cluster.Config{Servers: n})
	must(err)
	if n > 1 {
		must(c.WaitFormed(ctx))
	}
	return c
}

func (e *env) close() {
	if e.servers != nil {
		e.servers.Close()
	}
	e.closeStreams()
	e.peer.stop()
}

// connect is Connect that can't fail.
func connect(l lib, url string, o connOptions) client {
	c, err := l.connect(url, o)
	must(err)
	return c
}

func hostOf(url string) string { return strings.TrimPrefix(url, "nats://") }

// all lists every row in the order of the page.
func (e *env) all() []*row {
	var rows []*row
	rows = append(rows, publishRows(e)...)
	rows = append(rows, receiveRows(e)...)
	rows = append(rows, serverRows(e)...)
	rows = append(rows, requestRows(e)...)
	rows = append(rows, jetStreamRows(e)...)
	rows = append(rows, pacedRows(e)...)
	rows = append(rows, reconnectRows(e)...)
	rows = append(rows, rollingRows(e)...)
	rows = append(rows, memoryRows(e)...)
	return append(rows, growthRows(e)...)
}

// run measures the rows whose section and name match the filter.
func (e *env) run(filter *regexp.Regexp, progress io.Writer) []*result {
	var out []*result
	for _, r := range e.all() {
		if filter.MatchString(r.section + ": " + r.name) {
			out = append(out, e.measure(r, progress))
		}
	}
	return out
}

// few is the number of rounds for rows that take seconds each.
func (e *env) few() int {
	if e.short {
		return 2
	}
	return 5
}
