//go:build !amd64 || race || !gc

package receive

import "sync/atomic"

// publish stores v for others to load: what was done before is seen by whoever sees it.
func publish(p *uint64, v uint64) { atomic.StoreUint64(p, v) }
