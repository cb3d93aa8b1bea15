package outbound

import (
	"errors"
	"slices"

	"github.com/evernats/nats/internal/wire"
)

var errKeep = errors.New("not on this server")

func (m *model) pub(reply string, hdr, data []byte) {
	x := &message{seq: uint64(len(m.all) + 1), stamp: m.now}
	x.frame = wire.AppendPub(nil, subjectOf(x.seq), reply, hdr, data)
	m.all = append(m.all, x)
	m.unfenced++
	m.b.Pub(subjectOf(x.seq), reply, hdr, data)
}

func (m *model) sendControl(frames []byte) {
	m.b.Control(frames)
	if m.up {
		m.control += len(frames)
	}
}

func (m *model) fence() {
	m.tag++
	m.tags = append(m.tags, m.tag)
	m.control += len(ping)
	m.unfenced = 0
	m.b.Fence(m.tag)
}

func (m *model) takeBatch(limit int) {
	if m.batch != nil {
		if again := m.b.Batch(nil, limit); len(again) > 0 {
			m.t.Fatal("a second batch is out")
		}
		return
	}
	known := len(m.stream)
	ready := m.b.Ready()
	m.batch = m.b.Batch(nil, limit)
	if ready != (len(m.batch) > 0) || len(m.batch) > 0 && !m.up {
		m.t.Fatalf("up %v, Ready %v, but a batch of %d", m.up, ready, len(m.batch))
	}
	if len(m.batch) == 0 {
		m.batch = nil
		m.ahead = m.ahead[:0]
		return
	}
	rest := m.ahead
	m.ahead = slices.Concat(m.batch...)
	if n := min(len(rest), len(m.ahead)); m.cutRest(rest) > n || string(rest[:m.cutRest(rest)]) != string(m.ahead[:m.cutRest(rest)]) {
		m.t.Fatalf("the batch doesn't go on where the last one stopped: %.80q", m.ahead)
	}
	for _, f := range m.frames() {
		if f.msg != nil && f.end > known && f.msg.fate != waiting {
			m.t.Fatalf("message %d goes out but its fate is %d", f.msg.seq, f.msg.fate)
		}
	}
}

// cutRest returns how many of the bytes that a partial write left over belong to
// the frame that it cut.
func (m *model) cutRest(rest []byte) int {
	save := m.ahead
	m.ahead = rest
	defer func() { m.ahead = save }()
	for _, f := range m.frames() {
		if f.start < len(m.stream) && f.end > len(m.stream) {
			return f.end - len(m.stream)
		}
	}
	return 0
}

func (m *model) wrote(n int) {
	if m.batch == nil {
		return
	}
	if string(slices.Concat(m.batch...)) != string(m.ahead) {
		m.t.Fatal("the batch changed while it was out")
	}
	n = min(n, len(m.ahead))
	for _, f := range m.frames() {
		from, to := max(f.start, len(m.stream)), min(f.end, len(m.stream)+n)
		if f.msg == nil && from < to {
			k := min(to-from, m.control)
			if f.start < len(m.prefix) || f.kind == wire.Ping && !m.mine(f) {
				k = 0
			}
			m.control -= k
		}
	}
	m.stream = append(m.stream, m.ahead[:n]...)
	m.ahead = slices.Clone(m.ahead[n:])
	m.batch = nil
	m.b.Wrote(n)
}

// mine says whether the PING f is one of the test's: the Buffer knows, and Pong
// will tell; what the model checks is that they come back in order.
func (m *model) mine(f frame) bool {
	n := 0
	for _, g := range m.frames() {
		if g.kind == wire.Ping && g.start < f.start {
			n++
		}
	}
	n -= m.heard
	return m.b.fences.q[m.b.fences.head+n].tag != 0
}

// serve lets the server process n more bytes, as whole frames.
func (m *model) serve(n int) {
	for _, f := range m.frames() {
		if m.dead || f.end > len(m.stream) || f.end > m.server+n {
			return
		}
		if f.end <= m.server {
			continue
		}
		n -= f.end - m.server
		m.server = f.end
		switch {
		case f.kind == wire.Ping:
			m.pongs++
		case f.msg == nil:
		case f.msg.seq == m.poison:
			m.dead = true
		default:
			m.process(f.msg)
		}
	}
}

func (m *model) process(x *message) {
	x.processed++
	if x.processed > 1 && !m.cfg.Hold {
		m.t.Fatalf("message %d was delivered twice", x.seq)
	}
	for _, y := range m.all[:x.seq-1] {
		if y.processed == 0 && y.fate == waiting {
			m.t.Fatalf("message %d was delivered before message %d", x.seq, y.seq)
		}
	}
}

// pong delivers one PONG of the server, if there is one on its way; else one that
// nobody asked for.
func (m *model) pong() {
	asked := m.pongs > m.heard
	if !asked {
		for _, f := range m.frames() {
			if f.kind == wire.Ping && f.end > m.server && f.end <= len(m.stream) {
				return // a server doesn't answer before it was asked, and Pong can't tell
			}
		}
	}
	tag, ok := m.b.Pong()
	if ok != asked {
		m.t.Fatalf("Pong says %v, %d of %d answers heard", ok, m.heard, m.pongs)
	}
	if !ok {
		return
	}
	m.heard++
	if tag != 0 {
		if m.tags[0] != tag {
			m.t.Fatalf("fence %d answered, want %d", tag, m.tags[0])
		}
		m.tags = m.tags[1:]
	}
	pings := 0
	for _, f := range m.frames() {
		if f.msg != nil && f.msg.fate == waiting {
			f.msg.fate = confirmed
			if f.msg.processed == 0 {
				m.t.Fatalf("message %d is confirmed, but no server has processed it", f.msg.seq)
			}
		}
		if f.kind == wire.Ping {
			if pings++; pings == m.heard {
				break
			}
		}
	}
	m.settleSeq(m.b.Totals().ConfirmedSeq)
}

// settleSeq checks what the Buffer says is behind it.
func (m *model) settleSeq(seq uint64) {
	if seq < m.confirmedSeq {
		m.t.Fatalf("ConfirmedSeq fell from %d to %d", m.confirmedSeq, seq)
	}
	for _, x := range m.all[:seq] {
		if x.fate == waiting {
			m.t.Fatalf("ConfirmedSeq is %d, but message %d is waiting", seq, x.seq)
		}
	}
	m.confirmedSeq = seq
}

func (m *model) connect(prefix []byte, limit int) {
	if m.up {
		return
	}
	var keep func(*wire.Op) error
	var want []uint64
	if limit > 0 {
		keep = func(op *wire.Op) error {
			if len(op.Header)+len(op.Payload) > limit {
				return errKeep
			}
			return nil
		}
		for _, x := range m.waiting() {
			if payloadOf(x.frame) > limit {
				want = append(want, x.seq)
				x.fate = gone
			}
		}
	}
	var got []uint64
	dropped := m.b.ConnectedWithin
	if limit%4 == 0 { // ask about all
		dropped = func(prefix []byte, _ int, _ bool, keep func(*wire.Op) error) []Dropped {
			return m.b.Connected(prefix, keep)
		}
	}
	var first []Dropped
	for more := keep != nil && limit%3 == 0; more; { // a part of the queue at a time
		var some []Dropped
		some, more = m.b.Fit(limit, true, 1+limit%2, keep)
		first = append(first, some...)
	}
	for _, d := range append(first, dropped(prefix, limit, true, keep)...) {
		got = append(got, d.Seq)
		if !errors.Is(d.Err, errKeep) || d.Subject != subjectOf(d.Seq) || d.Size != payloadOf(m.all[d.Seq-1].frame) {
			m.t.Fatalf("dropped: %+v", d)
		}
	}
	if !slices.Equal(got, want) {
		m.t.Fatalf("dropped %v, want %v", got, want)
	}
	m.up, m.prefix = true, prefix
}

func (m *model) disconnect(lastWrite int) {
	if !m.up {
		return
	}
	m.wrote(lastWrite)
	whole, cut := m.unconfirmed()
	var alone []*message
	for _, f := range m.frames() {
		if f.msg != nil && f.start < len(m.stream) {
			f.msg.carried++
			alone = append(alone, f.msg)
		}
	}
	l := m.b.Disconnected()
	if l.Doubt.Count != countOf(whole) {
		m.t.Fatalf("in doubt %+v, want %+v", l.Doubt, countOf(whole))
	}
	if len(whole) > 0 && (l.Doubt.First > whole[0].seq || l.Doubt.Last != whole[len(whole)-1].seq) {
		m.t.Fatalf("in doubt %+v, want %d to %d", l.Doubt, whole[0].seq, whole[len(whole)-1].seq)
	}
	if l.Doubt.Msgs > 0 {
		for _, x := range m.all[l.Doubt.First-1 : l.Doubt.Last] {
			if x.fate != gone && !slices.Contains(whole, x) {
				m.t.Fatalf("in doubt %+v, but message %d isn't", l.Doubt, x.seq)
			}
		}
	}
	if !slices.Equal(l.Unanswered, m.tags) {
		m.t.Fatalf("unanswered %v, want %v", l.Unanswered, m.tags)
	}
	if !m.cfg.Hold {
		for _, x := range whole {
			x.fate = inDoubt
		}
	}
	if p := l.Poison; p != nil {
		x := m.all[p.Seq-1]
		if len(alone) != 1 || alone[0] != x || x.carried < 3 || x.fate != waiting || x != cut && !m.cfg.Hold {
			m.t.Fatalf("message %d is no poison: carried %d times, %d messages on this connection", x.seq, x.carried, len(alone))
		}
		x.fate = gone
	}
	m.up, m.tags, m.control = false, nil, 0
	m.stream, m.ahead, m.server, m.pongs, m.heard, m.dead = nil, nil, 0, 0, 0, false
	m.unfenced = len(m.waiting())
}

// loose returns the messages that may be dropped.
func (m *model) loose() (l []*message) {
	l = m.waiting()
	for _, f := range m.frames() {
		if f.msg != nil && f.msg.fate == waiting && (f.start < len(m.stream) || m.batch != nil) {
			l = slices.DeleteFunc(l, func(x *message) bool { return x == f.msg })
		}
	}
	return l
}

func (m *model) dropOldest(need int) {
	loose := m.loose()
	n, freed := 0, 0
	for n < len(loose) && freed < need {
		freed += len(loose[n].frame)
		n++
	}
	m.dropped(m.b.DropOldest(need), loose[:n])
}

func (m *model) expire(cutoff int64) {
	got := m.b.Expire(cutoff)
	loose := m.loose()
	n := 0
	for n < len(loose) && loose[n].stamp <= cutoff && uint64(n) < got.Msgs {
		n++
	}
	for _, x := range loose[n:] {
		if m.cfg.TTL > 0 && x.stamp+m.cfg.TTL/16 <= cutoff {
			m.t.Fatalf("message %d of time %d is still there at cutoff %d", x.seq, x.stamp, cutoff)
		}
	}
	m.dropped(got, loose[:n])
}

// withdraw takes back every step-th message from first on, whatever became of it.
func (m *model) withdraw(first, step int) {
	var seqs []uint64
	for i := first; i < len(m.all); i += step {
		seqs = append(seqs, m.all[i].seq)
	}
	loose := m.loose()
	for _, x := range m.all {
		if got, want := m.b.Queued(x.seq), slices.Contains(loose, x); got != want {
			m.t.Fatalf("message %d is queued: %v, want %v", x.seq, got, want)
		}
	}
	var want, got []uint64
	var size, bytes uint64
	for _, x := range loose {
		if slices.Contains(seqs, x.seq) {
			want = append(want, x.seq)
			size += uint64(len(x.frame))
			x.fate = gone
		}
	}
	for _, run := range m.b.Withdraw(seqs) {
		if run.Last-run.First+1 != run.Msgs {
			m.t.Fatalf("withdrawn %+v", run)
		}
		bytes += run.Bytes
		for seq := run.First; seq <= run.Last; seq++ {
			got = append(got, seq)
		}
	}
	if !slices.Equal(got, want) || bytes != size {
		m.t.Fatalf("withdrawn %v of %d bytes, want %v of %d", got, bytes, want, size)
	}
}

func (m *model) dropped(got Span, want []*message) {
	w := Span{Count: countOf(want)}
	if len(want) > 0 {
		w.First, w.Last = want[0].seq, want[len(want)-1].seq
	}
	if got != w {
		m.t.Fatalf("dropped %+v, want %+v", got, w)
	}
	for _, x := range want {
		x.fate = gone
	}
}

// finish connects to a server that takes everything and sees what came of it all.
func (m *model) finish() {
	m.disconnect(0)
	m.connect([]byte("SUB end 1\r\n"), 0)
	m.poison = 0
	m.fence()
	for i := 0; m.b.Size() > 0 || len(m.tags) > 0; i++ {
		m.takeBatch(1 << 20)
		m.wrote(1 << 20)
		m.serve(1 << 20)
		for m.pongs > m.heard {
			m.pong()
		}
		if i > 10*len(m.all)+100 {
			m.t.Fatalf("stuck with %d bytes", m.b.Size())
		}
	}
	m.check()
	for _, x := range m.all {
		if x.processed == 0 && x.fate != gone && (m.cfg.Hold || x.fate != inDoubt) {
			m.t.Fatalf("message %d is lost without a word", x.seq)
		}
	}
	if m.b.head != nil || m.b.held != 0 {
		m.t.Fatal("something is left in the buffer")
	}
}
