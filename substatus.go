package nats

// subListener is one channel of Subscription.StatusChanged.
type subListener struct {
	ch   chan SubStatus
	want map[SubStatus]bool
}

// StatusChanged returns a channel on which the listed statuses of the
// subscription are announced, without a list all of them; the present one comes
// first. The channel holds 10 announcements; past that the oldest makes room.
// It is closed when the subscription has ended.
func (s *Subscription) StatusChanged(statuses ...SubStatus) <-chan SubStatus {
	if len(statuses) == 0 {
		statuses = []SubStatus{SubscriptionActive, SubscriptionDraining, SubscriptionClosed, SubscriptionSlowConsumer}
	}
	l := subListener{ch: make(chan SubStatus, statusChanSize), want: make(map[SubStatus]bool)}
	for _, st := range statuses {
		l.want[st] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l.tell(s.statusLocked())
	if s.closed {
		close(l.ch)
		return l.ch
	}
	s.listeners = append(s.listeners, l)
	return l.ch
}

func (s *Subscription) statusLocked() SubStatus {
	switch {
	case s.closed:
		return SubscriptionClosed
	case s.draining:
		return SubscriptionDraining
	case s.slow:
		return SubscriptionSlowConsumer
	}
	return SubscriptionActive
}

// tellLocked announces a status. Sends never wait: the lock keeps other senders
// away, and a full channel loses its oldest announcement.
func (s *Subscription) tellLocked(st SubStatus) {
	for _, l := range s.listeners {
		l.tell(st)
	}
}

func (l *subListener) tell(st SubStatus) {
	if !l.want[st] {
		return
	}
	for {
		select {
		case l.ch <- st:
			return
		default:
		}
		select {
		case <-l.ch:
		default:
		}
	}
}
