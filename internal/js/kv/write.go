package kv

// Codes of the API that say what became of a write.
const (
	codeWrongLast         = 10071 // the key's last revision is another
	codeWrongLastConstant = 10164 // of replicated buckets: a write of the key is proposed, and not stored yet
)

// Refusal is why a bucket refused a write.
type Refusal uint8

// The refusals.
const (
	Other    Refusal = iota // see the error
	Conflict                // the key's last revision isn't the expected one
	UnderWay                // another write of the key is on its way into the bucket, and may never be stored
)

// Conflicts says that the key's last revision isn't the expected one, or may not be.
func (r Refusal) Conflicts() bool { return r != Other }

// RefusalOf says what a code of the API means to a write.
func RefusalOf(code int) Refusal {
	switch code {
	case codeWrongLast:
		return Conflict
	case codeWrongLastConstant:
		return UnderWay
	}
	return Other
}

// IDHeader identifies a write that depends on a revision. A copy of it that is sent
// because the answer to the first was lost is refused, since the first has changed the
// key; by its id the writer finds out that it was its own.
const IDHeader = "KV-Write-Id"

// IDOf is the id of a message; empty: it has none.
func IDOf(h map[string][]string) string { return first(h, IDHeader) }

// Verdict is what became of a write that was sent more than once and refused.
type Verdict uint8

// The verdicts.
const (
	Lost   Verdict = iota // another was quicker: it isn't stored
	Stored                // it is stored
	Unsure                // something else is there now, and perhaps it was stored before
	Open                  // nothing has changed the key so far: a write is on its way into the bucket, perhaps this
)

// Judge says what became of a write with that id, by what the key has now: its last
// message, and the first behind the revision that the write depends on. whole says that
// the bucket still has that revision, and so all that was stored behind it.
func Judge(id, first, last string, whole bool) Verdict {
	switch {
	case id == "":
		return Unsure
	case first == id || last == id:
		return Stored
	case whole:
		return Lost
	}
	return Unsure
}

// Last is the last message of a key.
type Last struct {
	Found    bool
	Revision uint64
	Op       Op
}

// Recreate says how a key is created that isn't new, by what its last message is:
// whether it may be, and which revision it then replaces. A key that was deleted or
// purged may, behind its marker; one whose marker is gone is new.
func Recreate(l Last) (revision uint64, may bool) {
	switch {
	case !l.Found:
		return 0, true
	case l.Op.Gone():
		return l.Revision, true
	}
	return 0, false
}

// Purging is what is purged for one marker: what of its key is below the revision.
type Purging struct {
	Subject string
	Below   uint64
}

// PurgeFor says what to purge for a marker: the values below it, and if it isn't to be
// kept the marker too. What was written behind the marker meanwhile stays.
func PurgeFor(subject string, revision uint64, keep bool) Purging {
	if !keep {
		revision++
	}
	return Purging{Subject: subject, Below: revision}
}
