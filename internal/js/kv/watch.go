package kv

// WatchConfig says what a watch gives. With From it begins with that revision,
// whatever else is asked for.
type WatchConfig struct {
	History       bool // all values of each key, not the last alone
	UpdatesOnly   bool // nothing of what is there
	IgnoreDeletes bool
	From          uint64 // 0: none
}

// Policy is where a consumer begins.
type Policy uint8

// The policies.
const (
	LastPerKey Policy = iota
	Everything
	OnlyNew
	FromRevision // see Start.Revision
)

// Start is what the next consumer of a watch begins with.
type Start struct {
	Policy   Policy
	Revision uint64
}

// State is what a bucket's stream has, in nanoseconds where it is a time.
type State struct {
	Created     int64
	First, Last uint64 // revisions; nothing is there when First > Last or both are 0
	FirstTime   int64
}

// Watch is the state of a watch. It isn't safe for concurrent use.
type Watch struct {
	cfg      WatchConfig
	created  int64  // of the bucket, as far as is known
	sure     bool   // the bucket itself said so, since the watch began
	since    int64  // when the first consumer was made
	begun    bool   // it had a consumer
	fresh    bool   // the bucket was made anew since
	complete bool   // the first part is over
	cursor   uint64 // the last revision that came
	at       int64  // when it was stored; 0: not known
	left     uint64 // messages of this consumer's first part that are still to come
	count    uint64 // messages of this consumer
}

// NewWatch begins a watch of a bucket. created is when it was made, as the program knew
// before, or 0: it may have been made anew since.
func NewWatch(cfg WatchConfig, created int64) *Watch { return &Watch{cfg: cfg, created: created} }

// Complete says whether the first part is over.
func (w *Watch) Complete() bool { return w.complete }

// Begun says whether there was a consumer.
func (w *Watch) Begun() bool { return w.begun }

// Resume says what the bucket has, before another consumer takes the place of one that
// was lost.
func (w *Watch) Resume(s State) {
	if !w.begun {
		return
	}
	if w.another(s) {
		w.cursor, w.at, w.fresh = 0, 0, true
	}
	w.created, w.sure = s.Created, true
}

// another says whether these can't be the messages that the watch has seen: the bucket
// was made anew, or its server has lost them.
func (w *Watch) another(s State) bool {
	switch {
	case w.created != s.Created && (w.sure || s.Created > w.since):
		return true
	case w.cursor == 0:
		return false
	case s.Last < w.cursor:
		return true
	}
	return w.at != 0 && s.First != 0 && s.First <= s.Last && s.First <= w.cursor && s.FirstTime > w.at
}

// Start says where the next consumer begins.
//
// Until the first part is complete a watch of last values begins anew with them, and
// drops what came before: a plain sequence behind the last would have old values in
// it, too. Afterwards every message is an update, and none may be missed.
func (w *Watch) Start() Start {
	values := !w.cfg.History && !w.cfg.UpdatesOnly && w.cfg.From == 0
	switch {
	case w.cursor > 0 && values && !w.complete:
		return Start{Policy: LastPerKey}
	case w.cursor > 0:
		return Start{FromRevision, w.cursor + 1}
	case w.fresh && values:
		return Start{Policy: LastPerKey}
	case w.fresh:
		return Start{Policy: Everything}
	case w.cfg.From > 0:
		return Start{FromRevision, w.cfg.From}
	case w.begun && w.complete:
		return Start{Policy: Everything} // there was nothing, so all is an update
	case w.cfg.UpdatesOnly:
		return Start{Policy: OnlyNew}
	case w.cfg.History:
		return Start{Policy: Everything}
	}
	return Start{Policy: LastPerKey}
}

// Begin says that a consumer is there, made at that time, that has so many messages for
// the watch, behind that revision. It returns whether the first part is complete with
// that.
func (w *Watch) Begin(at int64, behind, pending uint64) (complete bool) {
	if !w.begun && w.cfg.UpdatesOnly {
		// It has no first part.
		w.complete = true
		if w.cfg.From == 0 {
			w.cursor, w.at = behind, at
		}
	}
	if !w.begun {
		w.begun, w.since = true, at
	}
	w.left, w.count = pending, 0
	return w.finish(pending == 0)
}

// Message is one that a consumer delivered.
type Message struct {
	Revision uint64
	At       int64  // when it was stored
	Delta    uint64 // messages behind it
	Op       Op
}

// Message says that one came: whether the program is given it, and whether the first
// part is complete behind it.
func (w *Watch) Message(m Message) (give, complete bool) {
	w.count++
	if w.left > 0 {
		w.left--
	}
	if m.Revision > w.cursor {
		w.cursor, w.at = m.Revision, m.At
		give = !w.cfg.IgnoreDeletes || !m.Op.Gone()
	}
	return give, w.finish(w.left == 0 || m.Delta == 0)
}

// Quiet says what the server knows of the consumer while nothing comes: how many
// messages it has delivered, and how many are pending. Messages that were to come may
// have been removed.
func (w *Watch) Quiet(delivered, pending uint64) (complete bool) {
	return w.finish(pending == 0 && delivered == w.count)
}

// Count is how many messages of this consumer came.
func (w *Watch) Count() uint64 { return w.count }

func (w *Watch) finish(done bool) bool {
	if !done || w.complete {
		return false
	}
	w.complete = true
	return true
}
