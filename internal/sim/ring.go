package sim

// ring is a queue that reuses its room.
type ring struct {
	buf  []waiting
	head int
	n    int
}

func (r *ring) len() int { return r.n }

func (r *ring) push(v waiting) {
	if r.n == len(r.buf) {
		grown := make([]waiting, max(16, 2*len(r.buf)))
		for i := range r.n {
			grown[i] = r.buf[(r.head+i)%len(r.buf)]
		}
		r.buf, r.head = grown, 0
	}
	r.buf[(r.head+r.n)%len(r.buf)] = v
	r.n++
}

func (r *ring) peek() waiting { return r.buf[r.head] }

func (r *ring) pop() (waiting, bool) {
	if r.n == 0 {
		return waiting{}, false
	}
	v := r.buf[r.head]
	r.head = (r.head + 1) % len(r.buf)
	r.n--
	return v, true
}
