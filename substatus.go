package nats

import "github.com/evernats/nats/internal/notify"

// StatusChanged returns a channel on which the listed statuses of the
// subscription are announced, without a list all of them; the present one comes
// first. The channel holds 10 announcements; past that the oldest makes room.
// It is closed when the subscription has ended.
func (s *Subscription) StatusChanged(statuses ...SubStatus) <-chan SubStatus {
	if len(statuses) == 0 {
		statuses = []SubStatus{SubscriptionActive, SubscriptionDraining, SubscriptionClosed, SubscriptionSlowConsumer}
	}
	l := notify.NewListener(statuses)
	s.mu.Lock()
	defer s.mu.Unlock()
	l.Tell(s.statusLocked())
	if s.closed {
		l.Close()
		return l.C()
	}
	s.listeners = append(s.listeners, l)
	return l.C()
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

// tellLocked announces a status; the lock keeps other senders away.
func (s *Subscription) tellLocked(st SubStatus) {
	for _, l := range s.listeners {
		l.Tell(st)
	}
}
