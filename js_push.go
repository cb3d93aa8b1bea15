package nats

import (
	"strconv"
	"time"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/push"
)

// arrive takes out of what has come in what isn't for the program. It is called on the
// reader's goroutine; arrived follows when the rest is where the program takes it from.
func (j *jsSub) arrive(r run) run {
	if j.core {
		return r
	}
	room := -1
	if j.ordered != nil && j.s.typ == ChanSubscription {
		room = cap(j.s.ch) - len(j.s.ch) // only the reader fills it
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.js.now()
	kept := run{}
	msgs, bytes := r.msgs, r.bytes
	j.acts = j.acts[:0]
	for st := r.next(); st != nil; st = r.next() {
		from := 0
		for i := range st {
			if room == 0 {
				j.noRoom(now, &st[i])
			} else if j.wanted(now, &st[i]) {
				room--
				continue
			}
			if i > from {
				kept.push(st[from:i])
			}
			from = i + 1
			msgs--
			bytes -= st[i].queued()
		}
		if from < len(st) {
			kept.push(st[from:])
		}
	}
	kept.msgs, kept.bytes = msgs, bytes
	j.act()
	return kept
}

// noRoom deals with a message for which the program's channel has no room: the consumer is
// made anew, behind the last that had, when there is some.
func (j *jsSub) noRoom(now time.Duration, m *Msg) {
	if isControl(m) {
		j.control(now, m)
		return
	}
	j.ordered.full = true
	j.m.Full(now)
}

func isControl(m *Msg) bool {
	return len(m.Data) == 0 && m.Header != nil && m.Header.Get("Status") == "100"
}

// wanted says whether a message is for the program, and lets the machine know of it.
func (j *jsSub) wanted(now time.Duration, m *Msg) bool {
	if isControl(m) {
		j.control(now, m)
		return false
	}
	d, ok := api.ParseAck(m.Reply)
	if !ok {
		return j.ordered == nil // somebody has published to the consumer's subject
	}
	if j.ordered != nil && d.Consumer != j.name {
		return false // of one that was before
	}
	j.acked.came(d.ConsumerSeq)
	through := true
	if j.m != nil {
		j.acts, through = j.m.Message(now, d.ConsumerSeq, d.StreamSeq, j.acts)
	}
	return through
}

// control takes a heartbeat, or the question whether the program has got as far.
func (j *jsSub) control(now time.Duration, m *Msg) {
	if j.ordered != nil && m.Subject != j.ordered.deliverSubject() {
		return
	}
	reply := m.Reply
	if reply == "" {
		reply = m.Header.Get("Nats-Consumer-Stalled")
		if sent, err := strconv.ParseUint(m.Header.Get("Nats-Last-Consumer"), 10, 64); err == nil && j.m != nil {
			j.acts = j.m.Heartbeat(now, sent, j.acts)
		}
	}
	if reply != "" && reply != j.fc {
		j.fc, j.fcAt = reply, 0
	}
}

// arrived is called when what arrive has let through waits for the program.
func (j *jsSub) arrived() {
	j.mu.Lock()
	reply, asked := j.fc, j.fc != "" && j.fcAt == 0
	j.mu.Unlock()
	if !asked {
		return
	}
	s := j.s
	if s.typ == AsyncSubscription {
		j.mu.Lock()
		j.fc = ""
		j.mu.Unlock()
		s.afterPending(func() { j.js.nc.publish(atOnce, reply, "", nil, nil) })
		return
	}
	s.mu.Lock()
	at := s.admitted + 1 // so that it is never 0
	s.mu.Unlock()
	j.mu.Lock()
	j.fcAt = at
	j.mu.Unlock()
	j.taken()
}

// taken answers flow control when the program has taken what came before it. On a channel,
// which can't tell, it looks again and again.
func (j *jsSub) taken() {
	s := j.s
	s.mu.Lock()
	delivered := s.admitted
	if s.typ == ChanSubscription {
		delivered -= min(uint64(len(s.ch)), delivered)
	} else {
		delivered = s.deliveredLocked()
	}
	reply := j.dueLocked(delivered)
	s.mu.Unlock()
	if reply != "" {
		j.js.nc.publish(atOnce, reply, "", nil, nil)
	} else if s.typ == ChanSubscription {
		time.AfterFunc(2*time.Millisecond, func() {
			select {
			case <-s.done:
			default:
				j.taken()
			}
		})
	}
}

// dueLocked is the answer to flow control that is due when the program has taken so many
// messages; empty: none. It is called with the subscription's lock held.
func (j *jsSub) dueLocked(delivered uint64) (reply string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fc != "" && j.fcAt > 0 && delivered+1 >= j.fcAt {
		reply, j.fc = j.fc, ""
	}
	return reply
}

// act does what the machine says.
func (j *jsSub) act() {
	for _, a := range j.acts {
		switch a.Kind {
		case push.Make:
			j.remake(a.Cursor, a.Patience)
		case push.Inactive:
			j.js.nc.events.asyncError(j.js.nc, j.s, ErrConsumerNotActive)
		case push.Mismatch:
			j.js.nc.events.asyncError(j.js.nc, j.s, &ErrConsumerSequenceMismatch{a.Cursor, a.Came, a.Sent})
		}
	}
	j.acts = j.acts[:0]
	j.arm()
}

// LinkUp is called for each new link.
func (j *jsSub) LinkUp(l port.Link, frames []byte) []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ended {
		return frames
	}
	if j.pull != nil {
		return j.pull.linkUp(l.Epoch, frames)
	}
	j.fc = "" // of a server that has forgotten it
	j.acts = j.m.LinkUp(j.js.now(), j.acts[:0])
	j.act()
	return frames
}

// LinkDown is called when a link is gone.
func (j *jsSub) LinkDown(epoch, _ uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lostLink()
	if j.pull != nil {
		j.pull.linkDown(epoch)
	}
}

// tick is called by the timer.
func (j *jsSub) tick() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.due = 0
	if j.ended {
		return
	}
	now := j.js.now()
	if o := j.ordered; o != nil && o.full {
		if o.full = 2*len(j.s.ch) > cap(j.s.ch); o.full {
			j.m.Full(now)
		}
	}
	j.acts = j.m.Tick(now, j.acts[:0])
	j.act()
}

// remake has the ordered consumer made anew, behind the cursor.
func (j *jsSub) remake(cursor uint64, patience time.Duration) {
	o := j.ordered
	o.old = append(o.old, j.name)
	o.serial++
	o.full = false
	j.fc = ""
	j.name = o.prefix + strconv.Itoa(o.serial)
	cfg := o.cfg
	cfg.Name, cfg.DeliverSubject = j.name, o.deliverSubject()
	if cursor == 0 {
		cursor = o.start
	}
	if cursor > 0 {
		cfg.DeliverPolicy, cfg.OptStartSeq, cfg.OptStartTime = DeliverByStartSequencePolicy, cursor+1, nil
	}
	go j.making(&cfg, patience)
}

func (j *jsSub) making(cfg *ConsumerConfig, patience time.Duration) {
	j.moveOn()
	_, err := j.js.putConsumer(j.stream, cfg.Name, cfg, jsCreate, []JSOpt{MaxWait(patience)})
	j.mu.Lock()
	if j.ended {
		j.mu.Unlock()
		if err == nil {
			j.removeOld(cfg.Name)
		}
		return
	}
	now := j.js.now()
	var old []string
	switch err {
	case nil:
		old, j.ordered.old = j.ordered.old, nil
		j.acts = j.m.Made(now, j.acts[:0])
	case ErrStreamNotFound:
		j.mu.Unlock()
		j.deletes.Store(false)
		j.js.nc.events.asyncError(j.js.nc, j.s, err)
		j.s.remove(true)
		return
	default:
		j.m.Failed(now)
	}
	j.act()
	j.mu.Unlock()
	for _, name := range old {
		j.removeOld(name)
	}
}
