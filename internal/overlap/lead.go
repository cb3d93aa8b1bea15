package overlap

import "time"

// lead is how many messages of one hash the old link has delivered that the new one
// hasn't brought. Some of them it never will: those whose server didn't know of the
// new one yet. When equal messages follow each other, those can't be told from the
// others one by one, but by the time: the lead rises and falls with each message, and
// always comes back to what will never be matched. So what it has been for most of the
// time, and for a whole skew at least, is forgotten; where no equal one follows, a message may
// take its time, and is forgotten after patience.
type lead struct {
	by     int32
	rest   int32         // what it was for most of the time
	at     time.Duration // when it changed
	weight time.Duration // how much longer it was that than anything else
	often  bool          // the old link has delivered more than one of them
}

// patience is how many skews the copy of a message may take of which there is only one.
const patience = 3

// pass takes in that it has stayed as it is until now.
func (l *lead) pass(now time.Duration) {
	d := now - l.at
	l.at = now
	switch {
	case l.by == l.rest:
		l.weight += d
	case d > l.weight:
		l.rest, l.weight = l.by, d-l.weight
	default:
		l.weight -= d
	}
}

// lead changes the lead of a hash, and says whether it could: there is no less than
// none.
func (f *Filter[M]) lead(now time.Duration, h uint64, change int32) bool {
	l, known := f.ahead[h]
	switch {
	case !known && change <= 0:
		return false
	case !known:
		l.at = now
	case f.state == both:
		l.often = l.often || change > 0
		since := l.at
		l.pass(now)
		if l.often && l.by == l.rest && l.weight >= f.limits.Skew || now-since >= patience*f.limits.Skew {
			f.aheadBy -= int(l.by)
			l.by, l.rest = 0, 0
		}
	}
	ok := l.by+change >= 0
	if ok {
		l.by += change
		f.aheadBy += int(change)
	}
	if l.by == 0 && len(f.ahead) > f.limits.Messages {
		delete(f.ahead, h) // its past isn't worth the memory
	} else {
		f.ahead[h] = l
	}
	return ok
}

// sweep forgets those of which nothing was seen for too long, now and then.
func (f *Filter[M]) sweep(now time.Duration) {
	if f.state != both || now-f.swept < f.limits.Skew {
		return
	}
	f.swept = now
	for h, l := range f.ahead {
		if now-l.at >= patience*f.limits.Skew {
			f.aheadBy -= int(l.by)
			delete(f.ahead, h)
		}
	}
}
