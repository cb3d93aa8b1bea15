package nats

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/evernats/nats/internal/js/alarm"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/pull"
)

// jsPull is what a subscription to a pull consumer has: one inbox, whose last token says
// which pull of which fetch a status answers. Messages go to the fetch that began first, as
// the server serves them. All of it is under the lock of its jsSub.
type jsPull struct {
	j       *jsSub
	inbox   string // with its final dot
	fetches []*jsFetch
	last    uint64
	left    []*Msg // came too late for the fetch that asked: the next gets them
	epoch   uint64
	down    bool
	over    bool // nothing comes any more

	advisory port.Sub // tells that the consumer has a new leader; nil: nobody does
}

// watchLeader has it told when a replicated consumer has a new leader, which knows nothing of
// pulls that were sent to the old one. It may be forbidden, and then it goes without.
func (p *jsPull) watchLeader() {
	j := p.j
	sub, err := (jsPort{j.js.nc}).Inline(api.LeaderElected(j.stream, j.name), p.elected, nil, nil, true)
	if err != nil {
		return
	}
	j.mu.Lock()
	ended := j.ended
	p.advisory = sub
	j.mu.Unlock()
	if ended {
		sub.Stop()
	}
}

func (p *jsPull) elected(*Msg) {
	p.j.mu.Lock()
	defer p.j.mu.Unlock()
	for _, f := range append([]*jsFetch(nil), p.fetches...) {
		f.acts = f.m.Leader(p.j.js.now(), f.acts[:0])
		f.act(nil)
	}
}

// take is called with each message on the inbox.
func (p *jsPull) take(m *Msg) {
	j := p.j
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ended {
		return
	}
	d, isAck := api.ParseAck(m.Reply)
	if !isAck {
		f, id := p.asked(m.Subject)
		if f != nil && m.Header != nil {
			info := api.ParseStatus(m.Header.Get("Status"), m.Header.Get("Description"))
			if info.Status == api.TooManyWaiting && id == 1 {
				// Behind a lost link it may be the fetch's own pull of before that waits.
				f.finish(jsStatusError(info))
				return
			}
			f.acts = f.m.Status(j.js.now(), id, info, f.acts[:0])
			f.act(nil)
		}
		return
	}
	j.acked.came(d.ConsumerSeq)
	if len(p.fetches) == 0 {
		p.left = append(p.left, m)
		j.s.in.Hold(m)
		return
	}
	p.fetches[0].message(m)
}

// asked is the fetch, and the number of its pull, that a status answers.
func (p *jsPull) asked(subject string) (*jsFetch, uint64) {
	token, ok := strings.CutPrefix(subject, p.inbox)
	if !ok {
		return nil, 0
	}
	of, n, _ := strings.Cut(token, "-")
	fetch, err := strconv.ParseUint(of, 10, 64)
	id, err2 := strconv.ParseUint(n, 10, 64)
	if err != nil || err2 != nil {
		return nil, 0
	}
	for _, f := range p.fetches {
		if f.id == fetch {
			return f, id
		}
	}
	return nil, 0
}

func (p *jsPull) linkUp(epoch uint64, frames []byte) []byte {
	p.epoch, p.down = epoch, false
	for _, f := range append([]*jsFetch(nil), p.fetches...) {
		f.acts = f.m.LinkUp(p.j.js.now(), epoch, f.acts[:0])
		f.act(&frames)
	}
	return frames
}

func (p *jsPull) linkDown(epoch uint64) {
	p.down = true
	for _, f := range p.fetches {
		f.m.LinkDown(epoch)
	}
}

// drained is called when a drain has brought in the last message. What came for nobody may
// still be fetched.
func (p *jsPull) drained() {
	p.j.mu.Lock()
	p.over = true
	for _, f := range append([]*jsFetch(nil), p.fetches...) {
		if f.got > 0 {
			f.finish(nil) // it has the rest
		} else {
			f.finish(ErrSubscriptionClosed)
		}
	}
	empty := len(p.left) == 0
	p.j.mu.Unlock()
	if empty {
		p.j.s.in.Remove(false)
	}
}

// closed ends the fetches with the subscription.
func (p *jsPull) closed(connEnded bool) {
	err := error(ErrSubscriptionClosed)
	if connEnded {
		err = ErrConnectionClosed
	}
	for _, f := range append([]*jsFetch(nil), p.fetches...) {
		f.finish(err)
	}
	p.left = nil
}

// jsFetch is one fetch at work.
type jsFetch struct {
	p       *jsPull
	id      uint64
	want    int
	bytes   int
	begin   time.Duration
	ttl     time.Duration
	hb      time.Duration
	first   bool // it asks for what is there at once
	byCtx   error
	m       *pull.Machine
	acts    []pull.Action
	alarm   alarm.Alarm
	put     func(*Msg) // takes a message; must not wait
	got     int
	over    bool
	err     error // why no more came
	done    chan struct{}
	stopCtx func() bool
}

// start gives the fetch what is there, and asks for the rest. It is called under the lock.
func (f *jsFetch) start() {
	p := f.p
	f.begin = p.j.js.now()
	for len(p.left) > 0 && f.got < f.want {
		m := p.left[0]
		p.left = p.left[1:]
		p.j.s.in.Release(m)
		f.got++
		f.put(m)
	}
	if f.got == f.want || p.over {
		f.finish(nil)
		return
	}
	p.last++
	f.id = p.last
	p.fetches = append(p.fetches, f)
	f.ask()
}

// ask begins a machine for what is still wanted.
func (f *jsFetch) ask() {
	now := f.p.j.js.now()
	if f.begin+f.ttl-now < time.Microsecond {
		f.finish(ErrTimeout) // nobody can answer in time
		return
	}
	cfg := pull.Config{
		Messages: f.want - f.got, Total: f.want - f.got, Bytes: f.bytes, Once: true, NoWait: f.first,
		Expires: max(f.begin+f.ttl-now, time.Millisecond), Heartbeat: f.hb,
	}
	if f.first {
		cfg.Heartbeat = 0
	}
	f.m = pull.New(cfg)
	f.acts = f.acts[:0]
	if f.p.down {
		f.acts = f.m.Tick(now, f.acts)
	} else {
		f.acts = f.m.LinkUp(now, max(f.p.epoch, 1), f.acts)
	}
	f.act(nil)
}

// message takes a message that came in.
func (f *jsFetch) message(m *Msg) {
	f.got++
	f.put(m)
	f.acts = f.m.Message(f.p.j.js.now(), m.Size(), "", f.acts[:0])
	f.act(nil)
	if f.got >= f.want {
		f.finish(nil)
	}
}

// act does what the machine says. Pulls are published, or appended to frames.
func (f *jsFetch) act(frames *[]byte) {
	for i := 0; i < len(f.acts) && !f.over; i++ {
		switch a := f.acts[i]; a.Kind {
		case pull.Pull:
			f.pull(&a.Request, frames)
		case pull.Ask:
			go f.lookUp(f.m)
		case pull.End:
			f.ended(a)
			return
		}
	}
	f.arm()
}

// ended deals with the machine's end.
func (f *jsFetch) ended(a pull.Action) {
	if f.got >= f.want {
		f.finish(nil)
		return
	}
	now := f.p.j.js.now()
	if f.first && f.got == 0 && now < f.begin+f.ttl && (a.Why == pull.NoResponders || a.Why == pull.Done && a.Info.Status != api.TooLarge) {
		f.first = false
		f.ask()
		return
	}
	f.finish(f.reason(a))
}

// reason is the error that a program knows for the end of a fetch; nil: it has what there is.
func (f *jsFetch) reason(a pull.Action) error {
	why := a.Why
	if why == pull.Timeout {
		why = a.Trouble
	}
	switch {
	case a.Info.Status == api.TooLarge || a.Why == pull.BadRequest || a.Why == pull.OverLimit || a.Why == pull.Other:
		return jsStatusError(a.Info)
	case why == pull.Deleted && a.Info.Code == 0:
		return ErrNoResponders
	case why == pull.Deleted:
		return ErrConsumerDeleted
	case why == pull.NoHeartbeat:
		return ErrNoHeartbeat
	case why == pull.NoResponders:
		return ErrNoResponders
	case why == pull.LeadershipChange:
		return ErrConsumerLeadershipChanged
	case f.p.down:
		return ErrFetchDisconnected
	case a.Info.Status == api.BatchCompleted || f.first:
		return nil
	}
	return ErrTimeout
}

func jsStatusError(info api.Info) error {
	return &jsError{message: info.Text}
}

// finish ends the fetch. It is called under the lock.
func (f *jsFetch) finish(err error) {
	if f.over {
		return
	}
	f.over, f.err = true, err
	if f.m != nil {
		f.m.Stop()
	}
	f.alarm.Stop()
	for i, x := range f.p.fetches {
		if x == f {
			f.p.fetches = append(f.p.fetches[:i], f.p.fetches[i+1:]...)
			break
		}
	}
	close(f.done)
}

func (f *jsFetch) arm() {
	if at, ok := f.m.Deadline(); ok && !f.over && f.alarm.Wants(at) {
		f.alarm.Set(at, at-f.p.j.js.now(), f.tick)
	}
}

func (f *jsFetch) tick() {
	f.p.j.mu.Lock()
	defer f.p.j.mu.Unlock()
	f.alarm.Rang()
	if f.over {
		return
	}
	f.acts = f.m.Tick(f.p.j.js.now(), f.acts[:0])
	f.act(nil)
}

// jsPullRequest is a pull in JSON.
type jsPullRequest struct {
	Batch     int           `json:"batch,omitempty"`
	MaxBytes  int           `json:"max_bytes,omitempty"`
	Expires   time.Duration `json:"expires,omitempty"`
	Heartbeat time.Duration `json:"idle_heartbeat,omitempty"`
	NoWait    bool          `json:"no_wait,omitempty"`
}

func (f *jsFetch) pull(r *pull.Request, frames *[]byte) {
	body, err := json.Marshal(&jsPullRequest{r.Messages, r.Bytes, r.Expires, r.Heartbeat, r.NoWait})
	if err != nil {
		return // a struct of numbers
	}
	j := f.p.j
	reply := f.p.inbox + strconv.FormatUint(f.id, 10) + "-" + strconv.FormatUint(r.ID, 10)
	subject := j.js.opts.api.MsgNext(j.stream, j.name)
	if frames != nil {
		*frames = appendPub(*frames, subject, reply, nil, body)
		return
	}
	// One that finds no room is missed like one that got lost.
	j.js.nc.publish(atOnce, subject, reply, nil, body)
}

// lookUp finds out whether the consumer exists.
func (f *jsFetch) lookUp(m *pull.Machine) {
	j := f.p.j
	answer := pull.Unknown
	_, err := j.js.ConsumerInfo(j.stream, j.name, MaxWait(jsLookupTimeout))
	switch err {
	case nil:
		answer = pull.Exists
	case ErrConsumerNotFound, ErrStreamNotFound:
		answer = pull.Missing
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if f.over || f.m != m {
		return
	}
	f.acts = m.Asked(j.js.now(), answer, f.acts[:0])
	f.act(nil)
}
