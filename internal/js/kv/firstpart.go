package kv

// Progress is what has become of a watch's first part.
type Progress uint8

// What may have become of it.
const (
	Going     Progress = iota // nothing new
	Completed                 // it is complete with that
	Again                     // this consumer isn't believed: another is to be made
)

// maxDoubts is how many consumers in succession aren't believed. Values that are removed
// while they are listed look like values that a consumer left out, so in the end it must
// be taken for the former.
const maxDoubts = 2

// firstPart counts what a consumer gives of the first part, and knows which values were
// given, by this one and those before it. A consumer is believed when it gave as many
// messages as it had at its beginning, and all keys that those before it gave.
type firstPart struct {
	given    map[string]value // by key; some 100 bytes for each, until it is complete
	consumer uint32           // the number of this consumer

	left    uint64 // messages of this consumer's beginning that are still to come
	counted bool   // left is known: the consumer had some, or the first has come
	empty   bool   // it said that it has none, though the bucket had something
	count   uint64 // messages of this consumer
	missing int    // keys given by earlier consumers, and not by this one

	again  bool // this consumer isn't believed
	doubts int  // so many in succession weren't
}

// value is what was given of a key.
type value struct {
	revision uint64
	consumer uint32 // that gave the key last
}

// forget lets go of what was given.
func (f *firstPart) forget() { f.given, f.missing = map[string]value{}, 0 }

// begin begins with another consumer. had says that the bucket had something for it.
func (f *firstPart) begin(pending uint64, renewed, had bool) {
	if !f.again {
		f.doubts = 0
	}
	f.again = false
	f.consumer++
	f.left, f.count, f.missing = pending, 0, len(f.given)
	f.counted = pending > 0
	f.empty = renewed && pending == 0 && had
}

// value notes a value of a key, and says whether it is to be given: the key wasn't, or
// an older one.
func (f *firstPart) value(key string, revision uint64) (give bool) {
	v, was := f.given[key]
	if was && v.consumer != f.consumer {
		f.missing--
	}
	give = !was || revision > v.revision
	f.given[key] = value{max(v.revision, revision), f.consumer}
	return give
}

// one counts a message, and says whether it is the last of those at the beginning. One
// that comes though there should be none says how many there are.
func (f *firstPart) one(delta uint64) (last bool) {
	f.count++
	switch {
	case !f.counted:
		f.left, f.counted = delta, true
	case f.left > 0:
		f.left--
	}
	return f.left == 0
}

// settle says whether this consumer, which seems to have no more, is believed.
func (f *firstPart) settle() Progress {
	switch {
	case f.again:
		return Going
	case f.left == 0 && f.missing == 0 && (!f.empty || f.count > 0), f.doubts == maxDoubts:
		return Completed
	}
	f.again = true
	f.doubts++
	return Again
}
