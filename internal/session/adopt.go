package session

// adopt makes the attempt's link the connection: subscriptions first, then what
// was queued, then whatever is published from now on.
func (s *Session) adopt(no uint32, epoch uint64) {
	at := s.attempts[no]
	if at == nil || at.link == nil {
		return
	}
	s.forgetAttempt(no)
	l := at.link
	l.epoch.Store(epoch)
	l.adopted = s.now()
	l.heard.Store(int64(l.adopted))
	s.host.Attempt(Attempt{Stage: Adopted, No: no, Server: l.server, Took: l.adopted - at.begun, Epoch: epoch})
	s.setLink(l)
	s.host.Attach(l)
	l.startHeartbeat()
	go s.host.Read(l)
}
