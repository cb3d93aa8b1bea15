package pull

import (
	"time"

	"github.com/evernats/nats/internal/js/api"
)

// Status says what the server answered to a pull. Answers to pulls that are void are
// ignored.
func (m *Machine) Status(now time.Duration, id uint64, info api.Info, acts []Action) []Action {
	if id == m.look && id > 0 && !m.over {
		return m.seen(now, info, acts)
	}
	i := m.find(id)
	if i < 0 || m.over {
		return acts
	}
	m.word(now)
	if !info.Status.Ends() {
		m.pulls[i].answered = true
		m.settle()
		return m.take(acts)
	}
	p := m.pulls[i]
	m.drop(i)
	switch info.Status {
	case api.NoMessages:
		m.settle()
		if m.cfg.Once {
			m.end(Done, info)
		}
	case api.Expired, api.BatchCompleted:
		m.settle()
		if m.cfg.Once && (p.limited && info.Status == api.BatchCompleted || m.cfg.NoWait || m.rest(now) < fetchGrace/2) {
			m.end(Done, info)
		}
	case api.TooLarge:
		m.tooLarge(now, p, info)
	case api.Deleted:
		m.end(Deleted, info)
	case api.PushBased:
		m.end(PushBased, info)
	case api.BadRequest:
		m.end(BadRequest, info)
	case api.LeadershipChange:
		m.moved(now, LeadershipChange, info)
	case api.ServerShutdown:
		m.moved(now, ServerShutdown, info)
	case api.TooManyWaiting:
		m.fail(now, TooManyWaiting, info)
	case api.OverBatch, api.OverBytes, api.OverExpires:
		m.overLimit(now, info)
	case api.WrongPin:
		m.settle()
		m.pin = ""
		if m.cfg.Once {
			m.end(WrongPin, info) // so that who fetches knows that it isn't the pinned one now
		}
		m.warn(now, WrongPin, info)
	case api.NoResponders:
		if m.cfg.NoWait {
			m.end(NoResponders, info)
		}
		m.fail(now, NoResponders, info)
	default:
		if m.cfg.Once {
			m.end(Other, info)
		}
		m.fail(now, Other, info)
	}
	m.refill(now)
	return m.take(acts)
}

func (m *Machine) find(id uint64) int {
	for i := range m.pulls {
		if m.pulls[i].id == id {
			return i
		}
	}
	return -1
}

// tooLarge deals with a message that is larger than the bytes that are left of a
// pull. One that is larger than all of the window would be so again.
func (m *Machine) tooLarge(now time.Duration, p pulled, info api.Info) {
	switch {
	case m.cfg.Once:
		m.settle()
		m.end(Done, info) // whether something came or not, as programs know it
	case p.whole:
		m.fail(now, TooLarge, info)
	default:
		m.settle()
	}
}

// moved deals with a consumer whose leader goes: the next may be there already.
func (m *Machine) moved(now time.Duration, why Reason, info api.Info) {
	m.warn(now, why, info)
	m.trouble, m.unsure = why, true
	if m.times > 0 {
		m.fail(now, why, info)
		return
	}
	m.times, m.badFrom = 1, now
}

// overLimit deals with a pull that asks for more than the consumer allows: the next
// asks for less.
func (m *Machine) overLimit(now time.Duration, info api.Info) {
	if m.cfg.Once {
		m.end(OverLimit, info)
		return
	}
	switch {
	case info.Status == api.OverBatch && info.Limit > 0 && m.capBatch != info.Limit:
		m.capBatch = info.Limit
	case info.Status == api.OverBytes && info.Limit > 0 && m.capBytes != info.Limit:
		m.capBytes = info.Limit
	case info.Status == api.OverExpires && info.MaxExpires > 0 && m.capExpires != info.MaxExpires:
		m.capExpires = info.MaxExpires
	default:
		m.fail(now, OverLimit, info)
		return
	}
	m.warn(now, OverLimit, info)
}

// fail notes a trouble that is over only when the server says something better, and
// waits before the next pull.
func (m *Machine) fail(now time.Duration, why Reason, info api.Info) {
	if m.over {
		return
	}
	m.warn(now, why, info)
	m.trouble, m.unsure = why, true
	if m.retryAt > 0 {
		return // it waits already
	}
	if m.times == 0 {
		m.badFrom = now
	}
	m.times++
	m.retryAt = now + m.backoff(now)
	m.askIfNeeded()
}

func (m *Machine) askIfNeeded() {
	after := askAfter
	if m.cfg.Single {
		after = 1
	}
	if !m.asking && m.times >= after && (m.times-after)%askEvery == 0 {
		m.asking = true
		m.acts = append(m.acts, Action{Kind: Ask})
	}
}

// backoff is how long to wait after so many troubles, less up to a quarter of it by
// chance.
func (m *Machine) backoff(now time.Duration) time.Duration {
	d := quickRetry
	switch {
	case m.times <= 2:
		d = firstRetry << (m.times - 1)
	case now-m.badFrom > patience:
		d = min(quickRetry<<min((now-m.badFrom)/patience, 10), slowRetry)
	}
	if m.cfg.Chance != nil {
		d -= time.Duration(m.cfg.Chance(int64(d) / 4))
	}
	return max(d, time.Millisecond)
}
