// Command bench compares evernats with nats.go: both in one process run, in
// turn, at the same work.
//
//	go run ./bench            everything, and the page with its picture
//	go run ./bench -short     the same in about a minute
//	go run ./bench -run Request   some rows only, nothing written
//
// The other side of the connection is a process of its own, a bare socket or a
// real nats-server, so that only the client's work is counted.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/pprof"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

func main() {
	cluster.RunChildIfAsked()
	if os.Getenv(peerEnv) != "" {
		runPeer()
		return
	}
	if text := os.Getenv(childEnv); text != "" {
		runChild(text)
		return
	}
	short := flag.Bool("short", false, "do a fifth of the work, in a little over a minute")
	rounds := flag.Int("rounds", 0, "`rounds` of each row (default 5, with -short 3)")
	filter := flag.String("run", "", "measure only the rows that match this `regexp`; writes no page")
	page := flag.String("page", "docs/performance.md", "the `file` whose table is replaced; empty: none")
	picture := flag.String("picture", "docs/performance.png", "the `file` the picture goes to; empty: none")
	growth := flag.String("growth", "docs/performance-growth.png", "the `file` that the picture of how cost grows goes to; empty: none")
	profile := flag.String("cpuprofile", "", "write a CPU profile of the rounds to this `file`")
	memory := flag.String("memprofile", "", "write a profile of all allocations to this `file`")
	onlyOurs := flag.Bool("ours", false, "measure evernats alone, for profiling")
	flag.Parse()

	e := &env{short: *short, rounds: *rounds}
	switch {
	case e.rounds != 0:
	case e.short:
		e.rounds = 3
	default:
		e.rounds = 5
	}
	if *onlyOurs {
		theirs = ours
	}
	var err error
	e.peer, err = startPeer()
	must(err)
	defer e.close()
	if *profile != "" {
		f, err := os.Create(*profile)
		must(err)
		must(pprof.StartCPUProfile(f))
		defer f.Close()
		defer pprof.StopCPUProfile()
	}
	if *memory != "" {
		runtime.MemProfileRate = 512
		defer func() {
			f, err := os.Create(*memory)
			must(err)
			defer f.Close()
			must(pprof.Lookup("allocs").WriteTo(f, 0))
		}()
	}
	begin := time.Now()
	results := e.run(regexp.MustCompile(*filter), os.Stdout)
	if *filter == "" && *page != "" {
		must(writePage(*page, e, results, begin))
	}
	if *filter == "" && *picture != "" {
		must(drawPicture(*picture, results))
	}
	if *filter == "" && *growth != "" {
		must(drawGrowth(*growth, results))
	}
	fmt.Printf("%d rows in %s\n", len(results), time.Since(begin).Round(time.Second))
	if n := complaints.Load(); n > 0 {
		fmt.Fprintf(os.Stderr, "bench: %d errors were reported by a client: don't trust the figures\n", n)
	}
}
