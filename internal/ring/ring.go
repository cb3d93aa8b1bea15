// Package ring remembers the last values of a series, in their order. A Ring takes
// memory as it is filled, up to its size, and none before.
package ring

// Ring keeps the last values that were added to it. It isn't safe for concurrent use.
type Ring[E any] struct {
	size int
	at   int // the oldest value, once the ring is full
	all  uint64
	list []E
}

// New returns an empty ring for size values, at least one.
func New[E any](size int) *Ring[E] { return &Ring[E]{size: max(size, 1)} }

// Add adds a value; a full ring forgets its oldest for it.
func (r *Ring[E]) Add(e E) {
	r.all++
	if len(r.list) < r.size {
		r.list = append(r.list, e)
		return
	}
	r.list[r.at] = e
	r.at = (r.at + 1) % r.size
}

// Values returns a copy of what is in the ring, oldest first.
func (r *Ring[E]) Values() []E {
	return append(append(make([]E, 0, len(r.list)), r.list[r.at:]...), r.list[:r.at]...)
}

// Forgotten is how many values were added and aren't in the ring any more.
func (r *Ring[E]) Forgotten() uint64 { return r.all - uint64(len(r.list)) }
