package receive

import (
	"fmt"
	"runtime"
	"testing"
)

// A table that once had many subscriptions keeps nothing of them, nor of those
// that a server refused.
func TestEndedSubscriptionsLeaveNoMemory(t *testing.T) {
	const n = 20_000
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	table, texts := refusing(n, func(i int) (string, string) { return fmt.Sprint("a.", i), "" })
	for _, text := range texts[:n/2] {
		refuse(table, 1, text)
	}
	texts = nil
	full := heap()
	left := 10
	for _, s := range table.all() {
		if left > 0 {
			left--
			continue
		}
		s.Remove(false)
	}
	after := heap()
	runtime.KeepAlive(table)
	table = nil
	floor := heap()
	if kept := int(after) - int(floor); kept > 100<<10 {
		t.Errorf("%d subscriptions took %d KiB, and when they had ended still %d KiB", n, (full-floor)>>10, kept>>10)
	}
}
