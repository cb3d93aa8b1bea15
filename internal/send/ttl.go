package send

// expireLocked gives up what has waited longer than the TTL.
func (s *Sender) expireLocked() {
	if s.cfg.TTL <= 0 {
		return
	}
	if cutoff := int64(s.clock() - s.cfg.TTL); cutoff > 0 {
		s.reportSpanLocked(s.buf.Expire(cutoff), Expired)
	}
}

// stampLocked dates what is published next, and while there is no connection sees
// to it that what gets too old is given up.
func (s *Sender) stampLocked() {
	s.buf.Stamp(int64(s.clock()))
	if s.link == nil {
		s.expireLaterLocked()
	}
}

// expireAwayLocked is called when a connection has ended, and by the timer while
// there is no other: what is too old by now is given up, and the rest when it is.
func (s *Sender) expireAwayLocked() {
	if s.cfg.TTL <= 0 || s.link != nil || s.refused == Closed {
		return
	}
	s.expireLocked()
	if s.buf.Size() > 0 {
		s.expireLaterLocked()
	}
}

func (s *Sender) expireLaterLocked() {
	if s.ttlSet {
		return
	}
	s.ttlSet = true
	s.arm(&s.busyLocked().ttl, s.cfg.TTL/8, (*Sender).expireDue)
}

// expireDue is the timer's.
func (s *Sender) expireDue() {
	s.mu.Lock()
	s.ttlSet = false
	s.expireAwayLocked()
	s.mu.Unlock()
}
