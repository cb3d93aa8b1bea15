package jetstream

import "sync"

// What small messages that are published one after another share: one allocation for so many
// futures, and one for so many bytes of what may have to be sent again. A future that the
// program keeps keeps the others with it, and what they were given to publish, so those of
// larger messages share nothing.
const (
	sharedFutures = 9 // which with what the allocator adds take 2 KiB
	sharedFrames  = 2 << 10
)

// room is what is left of what is shared.
type room struct {
	futures []future
	frames  []byte
}

// rooms are those that nobody has in hand.
var rooms = sync.Pool{New: func() any { return new(room) }}

// future is one for a payload of a size.
func (r *room) future(size int) *future {
	if size > sharedSize {
		return &future{}
	}
	if len(r.futures) == 0 {
		r.futures = make([]future, sharedFutures)
	}
	f := &r.futures[0]
	r.futures = r.futures[1:]
	return f
}

// frame is empty and has room for so many bytes.
func (r *room) frame(size int) []byte {
	if size > sharedSize {
		return make([]byte, 0, size)
	}
	if len(r.frames) < size {
		r.frames = make([]byte, sharedFrames)
	}
	b := r.frames[:0:size]
	r.frames = r.frames[size:]
	return b
}
