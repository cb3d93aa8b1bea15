package chaos

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// anomaly is something that must not be.
type anomaly struct {
	at   time.Duration // when it came to be, as far as that is known
	what string
}

// requestLimit is how long a request may take to return, whose context ends after
// requestPatience: what a busy machine needs comes on top.
const (
	requestPatience = 5 * time.Second
	requestLimit    = requestPatience + 10*time.Second
)

// check lists all anomalies, the earliest first.
func (h *history) check() []anomaly {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := slices.Concat(h.checkStream(), h.checkConsumers(), h.checkOrdered(), h.checkWatch(),
		h.checkCounters(), h.checkObjects(), h.checkRequests())
	slices.SortStableFunc(all, func(a, b anomaly) int { return int(a.at - b.at) })
	return all
}

type list []anomaly

func (l *list) add(at time.Duration, format string, args ...any) {
	*l = append(*l, anomaly{at, fmt.Sprintf(format, args...)})
}

func id(publisher, n int) string { return fmt.Sprintf("p%d-%d", publisher, n) }

// checkStream: what was acknowledged is in the stream, where the acknowledgement says,
// and nothing is there twice. What failed isn't, unless the error says that it may be. What
// was published when another message of the publisher was acknowledged is behind it.
func (h *history) checkStream() (l list) {
	at := map[string]uint64{}
	when := map[string]time.Duration{}
	for _, s := range h.sent {
		when[id(s.publisher, s.n)] = s.at
	}
	for _, m := range h.stored {
		name := id(m.publisher, m.n)
		if before, twice := at[name]; twice {
			l.add(when[name], "%s is in the stream twice: %d, %d", name, before, m.seq)
			continue
		}
		at[name] = m.seq
	}
	ended := slices.Clone(h.sent)
	slices.SortFunc(ended, func(a, b sent) int { return cmp.Compare(a.ended, b.ended) })
	newest := map[int]sent{}   // of what was acknowledged so far, by publisher
	for _, s := range h.sent { // in the order in which they were published
		for ; len(ended) > 0 && ended[0].ended <= s.at; ended = ended[1:] {
			if e := ended[0]; e.err == nil && !e.open && e.seq > newest[e.publisher].seq {
				newest[e.publisher] = e
			}
		}
		name, before := id(s.publisher, s.n), newest[s.publisher]
		if seq, is := at[name]; is && seq < before.seq && at[id(before.publisher, before.n)] == before.seq {
			l.add(s.at, "%s is in the stream as %d, before %s as %d, which was acknowledged when it was published",
				name, seq, id(before.publisher, before.n), before.seq)
		}
	}
	for _, s := range h.sent {
		name := id(s.publisher, s.n)
		seq, is := at[name]
		switch {
		case s.open:
			l.add(s.at, "the future of %s never ended", name)
		case s.err == nil && !is:
			l.add(s.ended, "%s was acknowledged as %d, and isn't in the stream", name, s.seq)
		case s.err == nil && seq != s.seq:
			l.add(s.ended, "%s was acknowledged as %d, and is %d", name, s.seq, seq)
		case s.err != nil && !s.unknown && is:
			l.add(s.ended, "%s is in the stream as %d, though its future says %v", name, seq, s.err)
		}
	}
	return l
}

// overtaken is how many messages are in the stream behind a later one of their publisher.
// That may be of those that were on their way at the same time: a leader that goes may take
// some with it without an answer, and the next take later ones before that shows.
func (h *history) overtaken() (n int) {
	last := map[int]int{}
	for _, m := range h.stored {
		if m.n < last[m.publisher] {
			n++
		}
		last[m.publisher] = max(last[m.publisher], m.n)
	}
	return n
}

// checkConsumers: every consumer delivered every message, and was told that it is done.
func (h *history) checkConsumers() (l list) {
	for name, got := range h.consumed {
		for _, m := range h.stored {
			d, is := got[m.seq]
			switch {
			case !is:
				l.add(h.sentAt(m), "consumer %s never delivered %d, %s", name, m.seq, id(m.publisher, m.n))
			case d.publisher != m.publisher || d.n != m.n:
				l.add(d.at, "consumer %s delivered %s as %d, which is %s", name, id(d.publisher, d.n), m.seq, id(m.publisher, m.n))
			}
		}
	}
	for name, n := range h.left {
		if n > 0 {
			l.add(h.now(), "consumer %s has %d messages left that aren't delivered and acknowledged", name, n)
		}
	}
	return l
}

// sentAt is when a message was published.
func (h *history) sentAt(m stored) time.Duration {
	for _, s := range h.sent {
		if s.publisher == m.publisher && s.n == m.n {
			return s.at
		}
	}
	return 0
}

// checkOrdered: the ordered consumer delivered the stream as it is.
func (h *history) checkOrdered() (l list) {
	for i, m := range h.ordered {
		if i == len(h.stored) {
			l.add(m.at, "the ordered consumer delivered %d messages, and the stream has %d", len(h.ordered), len(h.stored))
			return l
		}
		s := h.stored[i]
		if m.seq != s.seq || m.publisher != s.publisher || m.n != s.n {
			l.add(m.at, "message %d of the ordered consumer is %s as %d, and in the stream it is %s as %d",
				i+1, id(m.publisher, m.n), m.seq, id(s.publisher, s.n), s.seq)
			return l // all that follow differ, too
		}
	}
	if len(h.ordered) < len(h.stored) {
		m := h.stored[len(h.ordered)]
		l.add(h.sentAt(m), "the ordered consumer delivered %d of %d messages", len(h.ordered), len(h.stored))
	}
	return l
}

// checkWatch: the revisions that the watch gave rise, and what it gave last of each key
// is what the bucket has.
func (h *history) checkWatch() (l list) {
	last := map[string]update{}
	for _, u := range h.watched {
		if before, any := last[u.key]; any && u.rev <= before.rev {
			l.add(u.at, "the watch gave revision %d of %s behind revision %d", u.rev, u.key, before.rev)
			continue
		}
		last[u.key] = u
	}
	for key, want := range h.bucket {
		got, any := last[key]
		switch {
		case !any:
			l.add(h.now(), "the watch never gave %s, which has revision %d", key, want.rev)
		case got.rev != want.rev || got.value != want.value || got.gone != want.gone:
			l.add(got.at, "the watch ended with revision %d of %s, %q, and the bucket has revision %d, %q",
				got.rev, key, got.value, want.rev, want.value)
		}
	}
	for key, got := range last {
		if _, any := h.bucket[key]; !any {
			l.add(got.at, "the watch gave revision %d of %s, which the bucket doesn't have", got.rev, key)
		}
	}
	return l
}

// checkCounters: a counter is the number of writes that succeeded, and of those whose
// end isn't known as many as there may be. It never went by more than one at a time.
func (h *history) checkCounters() (l list) {
	for key, c := range h.counters {
		u := h.bucket[key]
		value, err := strconv.Atoi(u.value)
		if err != nil && c.successes > 0 {
			l.add(h.now(), "counter %s is %q after %d writes", key, u.value, c.successes)
			continue
		}
		if value < c.successes || value > c.successes+c.unknown {
			l.add(h.now(), "counter %s is %d after %d writes that succeeded and %d of which it isn't known", key, value, c.successes, c.unknown)
		}
	}
	before := map[string]update{}
	for _, u := range h.watched {
		if _, is := h.counters[u.key]; !is {
			continue
		}
		was, _ := strconv.Atoi(before[u.key].value)
		if is, err := strconv.Atoi(u.value); err != nil || is <= was {
			l.add(u.at, "counter %s was %d, and with revision %d it is %q", u.key, was, u.rev, u.value)
		}
		before[u.key] = u
	}
	return l
}

// checkObjects: what could be read is what was written, and in the end all can be.
func (h *history) checkObjects() (l list) {
	for _, r := range h.objects {
		switch {
		case r.damaged != "":
			l.add(r.at, "object %s was read without an error, and %s", r.name, r.damaged)
		case r.err != nil && r.last:
			l.add(r.at, "object %s can't be read in the end: %v", r.name, r.err)
		}
	}
	return l
}

// checkRequests: each was answered, or failed with an error, in time.
func (h *history) checkRequests() (l list) {
	for i, r := range h.requests {
		switch {
		case r.open:
			l.add(r.at, "request %d never returned", i+1)
		case r.wrong:
			l.add(r.at, "request %d got the answer to another", i+1)
		case r.took > requestLimit:
			l.add(r.at, "request %d returned after %v, with a context of %v", i+1, r.took.Round(time.Millisecond), requestPatience)
		}
	}
	return l
}

// ledTo is what happened before a moment, and shortly behind it.
func (h *history) ledTo(at time.Duration) string {
	const before, behind = 8, 2 * time.Second
	h.mu.Lock()
	defer h.mu.Unlock()
	end := 0
	for end < len(h.events) && h.events[end].at <= at+behind {
		end++
	}
	return tell(h.events[max(0, end-before):end])
}

// story is all that happened.
func (h *history) story() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return tell(h.events)
}

func tell(events []event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "    %9.3f s  %s\n", e.at.Seconds(), e.text)
	}
	return b.String()
}
