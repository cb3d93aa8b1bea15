package sim

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "play this one seed and print its transcript")
	seedsFlag = flag.Uint64("seeds", 20_000, "how many seeds TestSeeds plays")
	fromFlag  = flag.Uint64("from", 1, "the first of them")
)

// TestSeeds plays random scenarios and checks after every event what must always
// hold. Its long form is
//
//	go test ./internal/sim -run TestSeeds -seeds 1000000 -timeout 0
//
// and one seed is played again, with its transcript, by
//
//	go test ./internal/sim -v -run TestSeeds -seed 4711
func TestSeeds(t *testing.T) {
	if *seedFlag != 0 {
		err := play(*seedFlag, func(format string, args ...any) {
			fmt.Fprintf(os.Stdout, format+"\n", args...)
		})
		if err != nil {
			t.Fatalf("seed %d: %v", *seedFlag, err)
		}
		return
	}
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
				if err := play(seed, nil); err != nil {
					t.Errorf("seed %d: %v\nreplay it with: go test ./internal/sim -v -run TestSeeds -seed %d", seed, err, seed)
				}
				played.Add(1)
			}
		})
	}
	wg.Wait()
	t.Logf("%d seeds", played.Load())
}
