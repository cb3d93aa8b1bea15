package kv

// Floors remembers which revision of a key was written or seen last, to know which
// reads are older. It keeps a bounded number of keys exactly; of those that it had to
// forget it knows a bound for all together. It isn't safe for concurrent use.
type Floors struct {
	max          int
	newer, older map[string]uint64
	forgotten    uint64 // no key that was forgotten has a higher floor
}

// NewFloors remembers at least max keys, and at most twice as many.
func NewFloors(max int) *Floors {
	return &Floors{max: max, newer: map[string]uint64{}, older: map[string]uint64{}}
}

// Saw notes a revision of a key.
func (f *Floors) Saw(key string, revision uint64) {
	if revision <= f.known(key) {
		return
	}
	f.set(key, revision)
}

// Known is the floor of a key; 0: none that is known exactly.
func (f *Floors) Known(key string) uint64 { return f.known(key) }

// Truth notes what the leader says, which is right even when it is lower: the bucket
// was made anew, or the key is gone. revision is 0 when there is no such key, and asked
// what was Known when the leader was asked: what was written since counts.
func (f *Floors) Truth(key string, asked, revision uint64) {
	if f.known(key) == asked {
		f.set(key, revision)
	}
}

func (f *Floors) set(key string, revision uint64) {
	f.newer[key] = revision
	if len(f.newer) < f.max {
		return
	}
	for k, r := range f.older {
		if _, ok := f.newer[k]; !ok {
			f.forgotten = max(f.forgotten, r)
		}
	}
	f.newer, f.older = make(map[string]uint64, f.max), f.newer
}

func (f *Floors) known(key string) uint64 {
	if r, ok := f.newer[key]; ok {
		return r
	}
	return f.older[key]
}

// Stale says whether a read may be older than what was written or seen: it gave that
// revision, or 0 for no such key.
func (f *Floors) Stale(key string, revision uint64) bool {
	if r, ok := f.newer[key]; ok {
		return revision < r
	}
	if r, ok := f.older[key]; ok {
		return revision < r
	}
	return revision < f.forgotten
}
