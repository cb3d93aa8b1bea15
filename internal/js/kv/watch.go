package kv

import "time"

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
	created  int64         // of the bucket, as far as is known
	sure     bool          // the bucket itself said so, since the watch began
	since    int64         // when the first consumer was made
	begun    bool          // it had a consumer
	fresh    bool          // the bucket was made anew since
	complete bool          // the first part is over
	cursor   uint64        // the last revision that came
	at       int64         // when it was stored; 0: not known
	behind   bool          // before this consumer was made the bucket had something behind the cursor
	short    time.Duration // since when the bucket has less than the watch has seen; 0: it doesn't
	first    firstPart
}

// NewWatch begins a watch of a bucket. created is when it was made, as the program knew
// before, or 0: it may have been made anew since.
func NewWatch(cfg WatchConfig, created int64) *Watch {
	w := &Watch{cfg: cfg, created: created}
	w.first.forget()
	return w
}

// Complete says whether the first part is over.
func (w *Watch) Complete() bool { return w.complete }

// Begun says whether there was a consumer.
func (w *Watch) Begun() bool { return w.begun }

// values says whether the first part is the last value of each key.
func (w *Watch) values() bool { return !w.cfg.History && !w.cfg.UpdatesOnly && w.cfg.From == 0 }

// Fragile says whether a consumer mustn't go on over another link. One of last values may
// leave out what it was about to send when the link was lost, and nothing shows that: it
// counts as if there had been no such value.
func (w *Watch) Fragile() bool { return w.begun && !w.complete && w.values() }

// surelyShort is for how long a bucket must have less than a watch has seen.
const surelyShort = 3 * time.Second

// Stale says whether a bucket is to be asked again what it has: a leader that was just
// elected may not have applied all that it was sent, and has less than the watch has seen.
// If it stays so its server has lost them.
func (w *Watch) Stale(now time.Duration, s State) bool {
	if !w.begun || w.created != s.Created || s.Last >= w.cursor {
		w.short = 0
		return false
	}
	if w.short == 0 {
		w.short = max(now, 1)
	}
	return now-w.short < surelyShort
}

// Resume says what the bucket has, before another consumer takes the place of one that
// was lost.
func (w *Watch) Resume(s State) {
	if !w.begun {
		return
	}
	if w.another(s) {
		w.cursor, w.at, w.fresh = 0, 0, true
		w.first.forget()
	}
	from := w.cursor
	if w.Fragile() {
		from = 0 // it begins anew
	}
	w.behind = s.First <= s.Last && s.Last > from
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
// drops those that were given: a plain sequence behind the last would have old values in
// it, too. Afterwards every message is an update, and none may be missed.
func (w *Watch) Start() Start {
	values := w.values()
	switch {
	case w.cursor > 0 && values && !w.complete:
		return Start{Policy: LastPerKey}
	case w.cursor > 0:
		return Start{FromRevision, w.cursor + 1}
	case w.fresh && values && !w.complete:
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
// the watch, behind that revision. That there are none is believed of the first consumer
// alone: of another it shows when it is asked again, see Quiet.
func (w *Watch) Begin(at int64, behind, pending uint64) Progress {
	if !w.begun && w.cfg.UpdatesOnly {
		// It has no first part.
		w.complete = true
		if w.cfg.From == 0 {
			w.cursor, w.at = behind, at
		}
	}
	renewed := w.begun
	if !renewed {
		w.begun, w.since = true, at
	}
	w.first.begin(pending, renewed, w.behind)
	if pending == 0 && !renewed {
		return w.settle()
	}
	return Going
}

// Message is one that a consumer delivered.
type Message struct {
	Key      string
	Revision uint64
	At       int64  // when it was stored
	Delta    uint64 // messages behind it
	Op       Op
}

// Message says that one came: whether the program is given it, and what it means to the
// first part, behind it.
func (w *Watch) Message(m Message) (give bool, p Progress) {
	give = m.Revision > w.cursor
	if w.Fragile() {
		give = w.first.value(m.Key, m.Revision)
	}
	if m.Revision > w.cursor {
		w.cursor, w.at = m.Revision, m.At
	}
	give = give && (!w.cfg.IgnoreDeletes || !m.Op.Gone())
	if w.first.one(m.Delta) || m.Delta == 0 {
		p = w.settle()
	}
	return give, p
}

// Quiet says what the server knows of the consumer while nothing comes: how many
// messages it has delivered, and how many are pending. Messages that were to come may
// have been removed, or left out.
func (w *Watch) Quiet(delivered, pending uint64) Progress {
	if pending != 0 || delivered != w.first.count {
		return Going
	}
	return w.settle()
}

// settle is called when nothing of the first part seems to be behind.
func (w *Watch) settle() Progress {
	if w.complete {
		return Going
	}
	p := w.first.settle()
	if p == Completed {
		w.complete = true
		w.first.forget()
	}
	return p
}
