package js

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "play this one seed and print its transcript")
	seedsFlag = flag.Uint64("seeds", 20_000, "how many seeds TestSeeds plays")
	fromFlag  = flag.Uint64("from", 1, "the first of them")
)

// TestSeeds plays random scenarios and checks what must hold while they last and in the
// end. Its long form is
//
//	go test ./internal/sim/js -run TestSeeds -seeds 1000000 -timeout 0
//
// and one seed is played again, with its transcript, by
//
//	go test ./internal/sim/js -v -run TestSeeds -seed 4711
func TestSeeds(t *testing.T) {
	if *seedFlag != 0 {
		_, err := play(*seedFlag, func(format string, args ...any) {
			fmt.Fprintf(os.Stdout, format+"\n", args...)
		})
		if err != nil {
			t.Fatalf("seed %d: %v", *seedFlag, err)
		}
		return
	}
	var mu sync.Mutex
	var ordered, pushed time.Duration
	var next, played atomic.Uint64
	next.Store(*fromFlag)
	end := *fromFlag + *seedsFlag
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for !t.Failed() {
				seed := next.Add(1) - 1
				if seed >= end {
					return
				}
				w, err := play(seed, nil)
				mu.Lock()
				ordered, pushed = max(ordered, w.OrderedLag), max(pushed, w.PushLag)
				mu.Unlock()
				if err != nil {
					t.Errorf("seed %d: %v\nreplay it with: go test ./internal/sim/js -v -run TestSeeds -seed %d", seed, err, seed)
				}
				played.Add(1)
			}
		})
	}
	wg.Wait()
	t.Logf("%d seeds; an ordered consumer was made anew within %v, one that pushes within %v", played.Load(), ordered, pushed)
}

// A seed is the same world each time.
func TestASeedIsOneWorld(t *testing.T) {
	for seed := uint64(1); seed <= 100; seed++ {
		var told [2][]string
		for i := range told {
			if _, err := play(seed, func(format string, args ...any) {
				told[i] = append(told[i], fmt.Sprintf(format, args...))
			}); err != nil {
				t.Fatal(err)
			}
		}
		for i, line := range told[0] {
			if i >= len(told[1]) || told[1][i] != line {
				t.Fatalf("seed %d: the second time it isn't %q", seed, line)
			}
		}
	}
}
