package drill

import (
	"slices"
	"sync"
	"time"
)

// How long a flow may pause before it counts as a gap, and how finely the curves
// are drawn.
const (
	gapFrom = 250 * time.Millisecond
	step    = 100 * time.Millisecond
)

// account keeps the books of one flow of numbered messages: what was sent, what came,
// how often, in which order, and when nothing did. Number 0 is a probe.
type account struct {
	mu       sync.Mutex
	began    time.Time // zero until the run has begun
	struck   time.Time
	accepted uint64
	failed   uint64
	errors   map[string]uint64
	state    []uint8 // by number
	arrived  uint64  // first copies
	twice    uint64
	behind   uint64 // first copies that came after a later message
	latest   uint64
	last     time.Time // of the arrivals
	gaps     []Gap
	curve    []uint32 // arrivals in each step
	probes   int
}

const (
	wasSent uint8 = 1 << iota
	wasSeen
)

// kindsOfErrors bounds how many different texts are kept.
const kindsOfErrors = 8

func (a *account) begin(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.began, a.last = now, now
}

// strike is when the fault begins: gaps are counted from then on.
func (a *account) strike(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.struck = now
}

// sent says that number i was handed over, or why it wasn't.
func (a *account) sent(i uint64, err error, hide func(string) string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.failed++
		text := hide(err.Error())
		if a.errors == nil {
			a.errors = make(map[string]uint64)
		}
		if _, known := a.errors[text]; !known && len(a.errors) >= kindsOfErrors {
			text = "other errors"
		}
		a.errors[text]++
		return
	}
	a.accepted++
	a.mark(i, wasSent)
}

func (a *account) mark(i uint64, bit uint8) (had bool) {
	for uint64(len(a.state)) <= i {
		a.state = append(a.state, 0)
	}
	had = a.state[i]&bit != 0
	a.state[i] |= bit
	return had
}

func (a *account) came(i uint64, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i == 0 {
		a.probes++
		return
	}
	if i > 1<<32 {
		return // not ours
	}
	if a.mark(i, wasSeen) {
		a.twice++
		return
	}
	a.arrived++
	if i < a.latest {
		a.behind++
	}
	a.latest = max(a.latest, i)
	if gap, ok := a.pause(now); ok {
		a.gaps = append(a.gaps, gap)
	}
	a.last = now
	if bucket := int(now.Sub(a.began) / step); bucket >= 0 && bucket < 1<<16 {
		for len(a.curve) <= bucket {
			a.curve = append(a.curve, 0)
		}
		a.curve[bucket]++
	}
}

// pause is the gap that ends now; a.mu is held.
func (a *account) pause(now time.Time) (Gap, bool) {
	if a.struck.IsZero() || !now.After(a.struck) || now.Sub(a.last) < gapFrom {
		return Gap{}, false
	}
	return Gap{From: ms(a.last.Sub(a.began)), Length: ms(now.Sub(a.last))}, true
}

// flows says whether messages are coming, and since when they have done so without
// a gap.
func (a *account) flows(now time.Time) (since time.Time, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.last) >= gapFrom {
		return time.Time{}, false
	}
	since = a.struck
	if k := len(a.gaps); k > 0 {
		since = a.began.Add(duration(a.gaps[k-1].end()))
	}
	return since, true
}

// stop ends the account of gaps: with the senders, messages end too.
func (a *account) stop(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if gap, ok := a.pause(now); ok {
		gap.Open = true
		a.gaps = append(a.gaps, gap)
	}
	a.struck = time.Time{}
}

func (a *account) missing() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lost()
}

func (a *account) lost() uint64 {
	var lost uint64
	for _, s := range a.state {
		if s == wasSent {
			lost++
		}
	}
	return lost
}

func (a *account) seen() (probes int, last time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.probes, a.last
}

// flow is what the report says of it.
func (a *account) flow() Flow {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := Flow{
		Sent: a.accepted, Failed: a.failed, Arrived: a.arrived, Lost: a.lost(), Duplicated: a.twice, Reordered: a.behind,
		Gaps: slices.Clone(a.gaps), Errors: a.errors, Curve: slices.Clone(a.curve),
	}
	return f
}

// durations are those of the calls of Publish.
type durations struct {
	mu    sync.Mutex
	began time.Time
	all   []time.Duration
	worst []time.Duration // in each step
}

func (d *durations) begin(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.began = now
}

func (d *durations) add(at time.Time, took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, took)
	bucket := int(at.Sub(d.began) / step)
	for len(d.worst) <= bucket {
		d.worst = append(d.worst, 0)
	}
	d.worst[bucket] = max(d.worst[bucket], took)
}

func (d *durations) latency() Latency {
	d.mu.Lock()
	defer d.mu.Unlock()
	var l Latency
	for _, w := range d.worst {
		l.Curve = append(l.Curve, ms(w))
	}
	if len(d.all) == 0 {
		return l
	}
	slices.Sort(d.all)
	at := func(q float64) float64 { return ms(d.all[min(len(d.all)-1, int(q*float64(len(d.all))))]) }
	l.P50, l.P99, l.Max = at(0.5), at(0.99), ms(d.all[len(d.all)-1])
	return l
}

// ms is a duration in milliseconds, to the microsecond.
func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func duration(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
