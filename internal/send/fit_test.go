package send

import "testing"

// When the next server takes none of very many queued messages, nobody waits long for
// the lock that publishers meet at.
func TestGivingUpManyMessagesHoldsTheLockBriefly(t *testing.T) {
	cfg := usual
	cfg.AwayLimit = 1 << 30
	s, w := newSender(cfg)
	const total = 300_000
	for range total {
		publish(t, s, nil, make([]byte, 90))
	}
	before := uint64(0)
	for more := true; more; {
		more = s.fitSome(Terms{MaxPayload: 80})
		if w.gone-before > 2000 {
			t.Fatalf("%d messages under one hold", w.gone-before)
		}
		before = w.gone
	}
	if s.buf.Size() != 0 {
		t.Errorf("%d bytes are left", s.buf.Size())
	}
	if w.gone != total {
		t.Errorf("%d of %d were reported", w.gone, total)
	}
	for _, why := range w.reasons {
		if why != TooLarge {
			t.Fatalf("given up: %v", why)
		}
	}
}
