package outbound

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

type fate uint8

const (
	waiting fate = iota // queued, or written and unconfirmed
	confirmed
	inDoubt
	gone
)

// message is one publish in the model.
type message struct {
	seq       uint64
	stamp     int64
	frame     []byte
	fate      fate
	carried   int // connections that carried it, at least in part
	processed int // how often a server has processed it
}

// model is the trivially right Buffer: it keeps every message in a slice and
// parses every byte of a connection whenever it wants to know something.
type model struct {
	t   *testing.T
	b   *Buffer
	cfg Config
	now int64

	all          []*message
	unfenced     int
	tag          uint64
	confirmedSeq uint64

	up      bool
	prefix  []byte
	control int      // bytes of control frames queued and not written
	tags    []uint64 // of the fences queued or unanswered
	stream  []byte   // what this connection's socket took
	ahead   []byte   // what Batch handed out behind it
	batch   [][]byte // the same, while it is out: the Buffer's own bytes
	server  int      // bytes of stream that the server has processed
	pongs   int      // PONGs that it has sent, and
	heard   int      // how many of them came in
	poison  uint64   // the server hangs up on this message
	dead    bool     // it has
}

func newModel(t *testing.T, cfg Config) *model {
	return &model{t: t, b: New(cfg), cfg: cfg}
}

// frame is one frame of a connection's stream.
type frame struct {
	kind       wire.Kind
	msg        *message // PUB, HPUB, but for those of a prefix
	start, end int
}

// frames cuts the stream and what is ahead of it into frames. It fails the test
// if they aren't: a part of a frame was replayed, or something came between.
func (m *model) frames() (frames []frame) {
	view := slices.Concat(m.stream, m.ahead)
	var parser wire.Parser
	var op wire.Op
	for off := 0; off < len(view); {
		n, err := parser.Next(view[off:], &op)
		if err != nil || n == 0 {
			m.t.Fatalf("no whole frame at byte %d of the stream (%v): %.80q", off, err, view[off:])
		}
		f := frame{kind: op.Kind, start: off, end: off + n}
		if (op.Kind == wire.Pub || op.Kind == wire.HPub) && off >= len(m.prefix) {
			f.msg = m.all[seqOf(string(op.Subject))-1]
			if string(f.msg.frame) != string(view[off:off+n]) {
				m.t.Fatalf("message %d was changed: %.80q", f.msg.seq, view[off:off+n])
			}
		}
		frames = append(frames, f)
		off += n
	}
	return frames
}

func subjectOf(seq uint64) string { return fmt.Sprintf("m.%d", seq) }

func seqOf(subject string) uint64 {
	n, _ := strconv.ParseUint(subject[len("m."):], 10, 64)
	return n
}

func (m *model) waiting() (w []*message) {
	for _, x := range m.all {
		if x.fate == waiting {
			w = append(w, x)
		}
	}
	return w
}

// unconfirmed returns the messages written whole and unconfirmed, and the one
// that was written in part.
func (m *model) unconfirmed() (whole []*message, cut *message) {
	for _, f := range m.frames() {
		switch {
		case f.msg == nil || f.msg.fate != waiting:
		case f.end <= len(m.stream):
			whole = append(whole, f.msg)
		case f.start < len(m.stream):
			cut = f.msg
		}
	}
	return whole, cut
}

func countOf(ms []*message) (c Count) {
	for _, x := range ms {
		c = c.plus(Count{1, uint64(len(x.frame))})
	}
	return c
}

func (m *model) countFate(f fate) Count {
	var ms []*message
	for _, x := range m.all {
		if x.fate == f {
			ms = append(ms, x)
		}
	}
	return countOf(ms)
}

// check compares all that the Buffer says with what the model knows.
func (m *model) check() {
	m.t.Helper()
	checkLists(m.t, m.b)

	whole, cut := m.unconfirmed()
	wait := m.waiting()
	un := countOf(whole)
	want := Totals{
		Appended:     countOf(m.all),
		Queued:       countOf(wait).minus(un),
		Unconfirmed:  un,
		Confirmed:    m.countFate(confirmed),
		InDoubt:      m.countFate(inDoubt),
		Dropped:      m.countFate(gone),
		ConfirmedSeq: m.confirmedSeq,
	}
	if got := m.b.Totals(); got != want {
		m.t.Fatalf("Totals\n%+v, want\n%+v", got, want)
	}
	if got := m.b.Unconfirmed(); got != un {
		m.t.Fatalf("Unconfirmed %+v, want %+v", got, un)
	}
	if got := m.b.SinceFence().Msgs; got != uint64(m.unfenced) {
		m.t.Fatalf("SinceFence %d messages, want %d", got, m.unfenced)
	}

	asked := 0
	for _, f := range m.frames() {
		if f.kind == wire.Ping && f.end <= len(m.stream) {
			asked++
		}
	}
	if f := m.b.fences; f.written-f.head != asked-m.heard {
		m.t.Fatalf("%d fences unanswered, want %d", f.written-f.head, asked-m.heard)
	}

	// What is waiting is on the stream from its front on, without a gap.
	for i, x := range slices.Concat(whole, []*message{cut}) {
		if x != nil && wait[i] != x {
			m.t.Fatalf("message %d was written before message %d", x.seq, wait[i].seq)
		}
	}

	// Size, but for the PINGs that the Buffer adds by itself.
	size := int(want.Queued.Bytes) + m.control
	if cut != nil {
		for _, f := range m.frames() {
			if f.msg == cut {
				size -= len(m.stream) - f.start
			}
		}
	}
	if got := m.b.Size(); got < size || (got-size)%len(ping) != 0 && m.controlCut() == 0 {
		m.t.Fatalf("Size %d, want %d and some PINGs", got, size)
	}
	if held := m.b.Held(); !m.cfg.Hold && held != 0 || held < 0 {
		m.t.Fatalf("Held %d", held)
	}
	if p, _ := m.b.Largest(); len(wait) > len(whole) {
		for _, x := range wait[len(whole):] {
			if n := payloadOf(x.frame); n > p {
				m.t.Fatalf("Largest %d, message %d has %d", p, x.seq, n)
			}
		}
	}
}

// controlCut returns how much of a control frame was written, if one was cut.
func (m *model) controlCut() int {
	for _, f := range m.frames() {
		if f.msg == nil && f.start < len(m.stream) && f.end > len(m.stream) {
			return len(m.stream) - f.start
		}
	}
	return 0
}

func payloadOf(frame []byte) int {
	var op wire.Op
	parseFrame(frame, &op)
	return len(op.Header) + len(op.Payload)
}

// checkLists looks inside the Buffer.
func checkLists(t *testing.T, b *Buffer) {
	t.Helper()
	size, held, before := 0, 0, true
	var last uint64
	var prev *chunk
	at := b.fences.written
	for c := b.head; c != nil; prev, c = c, c.next {
		if c == b.w {
			before = false
		}
		if before && (!b.hold || c.wr != len(c.data)) || !before && c != b.w && c.wr != 0 {
			t.Fatalf("chunk written to %d of %d, behind the cursor: %v", c.wr, len(c.data), before)
		}
		if !c.own {
			size += c.size() - c.wr
			if b.hold {
				held += c.wr - c.conf.off
			}
		}
		var m mark
		for m.off < len(c.data) {
			n, msg := frameLen(c.data[m.off:])
			msg = msg && !c.own
			if msg {
				d := droppedFrame(0, c.data[m.off:m.off+n], nil)
				if want := subjectOf(c.first + uint64(m.msgs)); d.Subject != want {
					t.Fatalf("message %s is where %s should be", d.Subject, want)
				}
			}
			m.step(n, msg)
			if at < len(b.fences.q) && b.fences.q[at].c == c && b.fences.q[at].at.off == m.off {
				if b.fences.q[at].at != m || string(c.data[m.off-n:m.off]) != ping {
					t.Fatalf("fence at %+v, frames say %+v: %q", b.fences.q[at].at, m, c.data[m.off-n:m.off])
				}
				if m.off <= c.wr {
					t.Fatalf("fence at %d, written to %d, counts as unwritten", m.off, c.wr)
				}
				at++
			}
		}
		if m != c.end() {
			t.Fatalf("chunk says %+v, its frames say %+v", c.end(), m)
		}
		if c.msgs > 0 {
			if c.first <= last {
				t.Fatalf("chunk starts with message %d behind message %d", c.first, last)
			}
			last = c.first + uint64(c.msgs) - 1
		}
	}
	if prev != b.tail || (b.w == nil) != (b.head == nil) {
		t.Fatal("broken list")
	}
	if at != len(b.fences.q) {
		t.Fatalf("fence %d of %d isn't where it says", at, len(b.fences.q))
	}
	if b.size != size || b.held != held {
		t.Fatalf("size %d and held %d, chunks say %d and %d", b.size, b.held, size, held)
	}
	if b.room < 0 || b.tail != nil && b.room > cap(b.tail.data)-len(b.tail.data) {
		t.Fatalf("room %d", b.room)
	}
}
