package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// meter measures what this process spends on some work.
type meter struct {
	wall    time.Time
	cpu     time.Duration
	mallocs uint64
	bytes   uint64
}

// startMeter begins after a collection, so that nobody pays for the garbage of
// the work before.
func startMeter() *meter {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return &meter{wall: time.Now(), cpu: cpuTime(), mallocs: m.Mallocs, bytes: m.TotalAlloc}
}

// cost is what one operation took.
type cost struct {
	cpu    float64 // nanoseconds of this process
	wall   float64 // nanoseconds
	allocs float64
	bytes  float64
}

func (m *meter) stop(ops int) cost {
	wall, cpu := time.Since(m.wall), cpuTime()-m.cpu
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	n := float64(ops)
	return cost{
		cpu:    float64(cpu) / n,
		wall:   float64(wall) / n,
		allocs: float64(s.Mallocs-m.mallocs) / n,
		bytes:  float64(s.TotalAlloc-m.bytes) / n,
	}
}

// sample turns a cost into the metrics of most rows.
func (c cost) sample() sample {
	return sample{cpuNs: c.cpu, wallNs: c.wall, allocs: c.allocs}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// residentBytes reads how much memory the process occupies.
func residentBytes() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var total, resident int64
	fmt.Sscan(string(b), &total, &resident)
	return resident * int64(os.Getpagesize())
}

var complaints atomic.Int64

// complain reports an error that a library told its handler about. A benchmark
// with complaints isn't worth much; main exits with an error.
func complain(who string, err error) {
	if strings.Contains(err.Error(), "connection closed") || strings.Contains(err.Error(), "EOF") || strings.Contains(err.Error(), "reset") || quiet.Load() {
		return
	}
	if complaints.Add(1) < 10 {
		fmt.Fprintf(os.Stderr, "%s: %v\n", who, err)
	}
}

// quiet is set while connections are broken on purpose.
var quiet atomic.Bool

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

func must(err error) {
	if err != nil {
		fatal(err)
	}
}
