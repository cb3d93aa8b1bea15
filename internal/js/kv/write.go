package kv

// Codes of the API that say what became of a write.
const (
	codeWrongLast         = 10071 // the key's last revision is another
	codeWrongLastConstant = 10164 // the same, of replicated buckets
	codeDuplicateUnderway = 10158 // the same message is being stored
)

// Refusal is why a bucket refused a write.
type Refusal uint8

// The refusals.
const (
	Other    Refusal = iota // see the error
	Conflict                // the key's last revision isn't the expected one
	Underway                // a copy that was sent before is being stored: ask again
)

// RefusalOf says what a code of the API means to a write.
func RefusalOf(code int) Refusal {
	switch code {
	case codeWrongLast, codeWrongLastConstant:
		return Conflict
	case codeDuplicateUnderway:
		return Underway
	}
	return Other
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
