package sim

import (
	"slices"
	"time"
)

// Counts are what happened since World.Measure, and how it stands now.
type Counts struct {
	Attempts   int // dials
	Refused    int // nothing listened, or the connection was reset in between
	TimedOut   int
	Denied     int // the server said no: credentials, or too many connections
	Cancelled  int // attempts given up because another was quicker
	Losses     int // connections that ended
	Reconnects int
	Moves      int // connections that went on at another server
	GaveUp     int // clients that reached Closed
	Connected  int // clients connected now
}

// Series is what happened in each step of time since Start.
type Series struct {
	Start, Step time.Duration
	Attempts    [][]int32       // by server and step
	Connected   []int32         // at the end of each step
	GaveUp      []int32         // so far, at the end of each step
	Back        []time.Duration // when each reconnect was, after Start, in order
}

// meter counts for one shard. A nil meter counts nothing.
type meter struct {
	Counts
	start, step time.Duration
	attempts    [][]int32
	up, gone    []int32
	back        []time.Duration
}

// Measure counts from now on, in steps of that length.
func (w *World) Measure(step time.Duration) {
	for _, s := range w.shards {
		s.meter = &meter{start: w.now, step: step, attempts: make([][]int32, len(w.servers))}
	}
	for c := range w.clients {
		if w.clients[c].server >= 0 {
			w.shardOf(c).meter.Connected++
		}
	}
}

// Counts sums up.
func (w *World) Counts() (sum Counts) {
	for _, s := range w.shards {
		m := &s.meter.Counts
		sum.Attempts += m.Attempts
		sum.Refused += m.Refused
		sum.TimedOut += m.TimedOut
		sum.Denied += m.Denied
		sum.Cancelled += m.Cancelled
		sum.Losses += m.Losses
		sum.Reconnects += m.Reconnects
		sum.Moves += m.Moves
		sum.GaveUp += m.GaveUp
		sum.Connected += m.Connected
	}
	return sum
}

// Series puts together what was measured until now.
func (w *World) Series() Series {
	first := w.shards[0].meter
	out := Series{Start: first.start, Step: first.step, Attempts: make([][]int32, len(w.servers))}
	n := 0
	for _, s := range w.shards {
		n = s.meter.slot(w.now) + 1
	}
	out.Connected, out.GaveUp = make([]int32, n), make([]int32, n)
	for i := range out.Attempts {
		out.Attempts[i] = make([]int32, n)
	}
	for _, s := range w.shards {
		for k := range n {
			out.Connected[k] += s.meter.up[k]
			out.GaveUp[k] += s.meter.gone[k]
			for i := range out.Attempts {
				out.Attempts[i][k] += s.meter.attempts[i][k]
			}
		}
		out.Back = append(out.Back, s.meter.back...)
	}
	slices.Sort(out.Back)
	return out
}

// slot is the index of the step that now belongs to. Steps in which nothing
// happened repeat the counts of the one before.
func (m *meter) slot(now time.Duration) int {
	n := int((now - m.start) / m.step)
	for len(m.up) <= n {
		m.up = append(m.up, int32(m.Connected))
		m.gone = append(m.gone, int32(m.GaveUp))
		for i := range m.attempts {
			m.attempts[i] = append(m.attempts[i], 0)
		}
	}
	return n
}

func (m *meter) attempt(now time.Duration, server int) {
	if m == nil {
		return
	}
	n := m.slot(now)
	m.Attempts++
	m.attempts[server][n]++
}

func (m *meter) failed(how outcome) {
	switch {
	case m == nil:
	case how == denied || how == full:
		m.Denied++
	default:
		m.Refused++
	}
}

func (m *meter) timeout() {
	if m != nil {
		m.TimedOut++
	}
}

func (m *meter) cancelled() {
	if m != nil {
		m.Cancelled++
	}
}

func (m *meter) connected(now time.Duration) {
	if m == nil {
		return
	}
	n := m.slot(now)
	m.Reconnects++
	m.Connected++
	m.up[n] = int32(m.Connected)
	m.back = append(m.back, now-m.start)
}

func (m *meter) moved(now time.Duration) {
	if m == nil {
		return
	}
	m.slot(now)
	m.Moves++
}

func (m *meter) disconnected(now time.Duration) {
	if m == nil {
		return
	}
	n := m.slot(now)
	m.Losses++
	m.Connected--
	m.up[n] = int32(m.Connected)
}

func (m *meter) gaveUp(now time.Duration) {
	if m == nil {
		return
	}
	n := m.slot(now)
	m.GaveUp++
	m.gone[n] = int32(m.GaveUp)
}
