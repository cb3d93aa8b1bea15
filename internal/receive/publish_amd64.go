//go:build !race && gc

package receive

// publish stores v for others to load: what was done before is seen by whoever sees it.
// That is what any store does on this processor. Those of sync/atomic also wait until all
// see it, which is more than a handler's progress needs and most of what a small message
// costs.
//
//go:noescape
func publish(p *uint64, v uint64)
