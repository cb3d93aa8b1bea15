package send

import "time"

const (
	// paceAbove is how much may be queued before publishers are slowed down to the
	// pace of a fast socket. More would be no faster, but out of every cache by the
	// time that it is written, and everything else would have to wait behind it.
	paceAbove = 1 << 20
	// paceFast is how long the socket may take for a byte to be fast. Then what may
	// be queued is written within a few milliseconds.
	paceFast = 4 * time.Nanosecond
	// pacePause is how long a publish pauses.
	pacePause = 50 * time.Microsecond
	// paceProof is how recently the socket must have taken something. A stalled one
	// slows nobody down.
	paceProof = 2 * time.Millisecond
	// paceEvery is at which of many messages of less than paceSmall it is looked at: the
	// clock costs as much as a small message.
	paceEvery = 8
	paceSmall = 1 << 10
)

// batchTookLocked notes how long the socket took for a batch of n bytes.
func (s *Sender) batchTookLocked(n int, took time.Duration) {
	s.fast = n >= gatherBytes && took < time.Duration(n)*paceFast
}

// pacedLocked says whether who has just published so many bytes should pause.
func (s *Sender) pacedLocked(payload int) bool {
	if !s.fast || !s.writing || s.buf.Size() <= paceAbove || payload < paceSmall && s.counts.OutMsgs%paceEvery != 0 {
		return false
	}
	return s.clock()-time.Duration(s.progress.Load()) < paceProof
}
