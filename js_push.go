package nats

import (
	"strconv"
	"time"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/push"
)

// Arrive takes out of what has come in what isn't for the program. It is called on the
// reader's goroutine; Arrived follows when the rest is where the program takes it from.
func (j *jsSub) Arrive(filter func(wanted func(*Msg) bool)) {
	room := -1
	if j.ordered != nil && j.ch != nil {
		room = cap(j.ch) - len(j.ch) // only the reader fills it
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.js.now()
	j.acts = j.acts[:0]
	filter(func(m *Msg) bool {
		switch {
		case room == 0:
			j.noRoom(now, m)
			return false
		case j.wanted(now, m):
			room--
			return true
		}
		return false
	})
	j.act()
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

// Arrived is called when what Arrive has let through waits for the program.
func (j *jsSub) Arrived() {
	j.mu.Lock()
	reply, asked := j.fc, j.fc != "" && j.fcAt == 0
	j.mu.Unlock()
	if !asked {
		return
	}
	if j.typ == AsyncSubscription {
		j.mu.Lock()
		j.fc = ""
		j.mu.Unlock()
		j.s.in.AfterPending(func() { j.js.nc.publish(atOnce, reply, "", nil, nil) })
		return
	}
	at := j.s.in.Admitted() + 1 // so that it is never 0
	j.mu.Lock()
	j.fcAt = at
	j.mu.Unlock()
	j.taken()
}

// taken answers flow control when the program has taken what came before it. On a channel,
// which can't tell, it looks again and again.
func (j *jsSub) taken() {
	if answer := j.Taken(j.s.in.Taken()); answer != nil {
		answer()
		return
	}
	if j.ch == nil {
		return
	}
	j.mu.Lock()
	awaited := !j.ended && j.fc != "" && j.fcAt > 0
	j.mu.Unlock()
	if awaited {
		time.AfterFunc(2*time.Millisecond, j.taken)
	}
}

// Taken is the answer to flow control that is due when the program has taken so many
// messages; nil: none.
func (j *jsSub) Taken(msgs uint64) (answer func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fc == "" || j.fcAt == 0 || msgs+1 < j.fcAt {
		return nil
	}
	reply := j.fc
	j.fc = ""
	return func() { j.js.nc.publish(atOnce, reply, "", nil, nil) }
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

// renew has another consumer made in place of an ordered one.
func (j *jsSub) renew() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ended || j.m == nil {
		return
	}
	j.acts = j.m.Renew(j.js.now(), j.acts[:0])
	j.act()
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
	j.alarm.Rang()
	if j.ended {
		return
	}
	now := j.js.now()
	if o := j.ordered; o != nil && o.full {
		if o.full = 2*len(j.ch) > cap(j.ch); o.full {
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
	j.name = o.nextName()
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
	j.s.in.MoveOn()
	plan := j.ordered.plan
	var err error
	if plan != nil {
		err = plan.next(cfg, patience)
	}
	if err == nil {
		var info *ConsumerInfo
		info, err = j.js.putConsumer(j.stream, cfg.Name, cfg, jsCreate, []JSOpt{MaxWait(patience)})
		if err == nil && plan != nil {
			plan.made(info)
		}
	}
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
		j.disown()
		if plan != nil {
			plan.failed(err)
		} else {
			j.js.nc.events.asyncError(j.js.nc, j.s, err)
		}
		j.s.in.Remove(true)
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
