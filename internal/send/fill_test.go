package send

import (
	"testing"
	"testing/synctest"
)

// The owner is told once that much waits, once that there is no room, and when there is
// again.
func TestLevels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(Config{Limit: 1000, AwayLimit: 1000, Full: Fail})
		for range 3 {
			publish(t, s, nil, make([]byte, 240))
		}
		if len(w.fills) != 1 || w.fills[0].Level != High || w.fills[0].Msgs != 3 || w.fills[0].Limit != 1000 || w.fills[0].Bytes < 750 {
			t.Errorf("told: %+v", w.fills)
		}
		publish(t, s, nil, make([]byte, 300))
		for range 3 {
			if _, err := s.Publish(nil, "a", "", nil, nil); err == nil {
				t.Error("there was room")
			}
		}
		if len(w.fills) != 2 || w.fills[1].Level != Full || s.State().Level != Full || s.State().Msgs != 4 {
			t.Errorf("told: %+v", w.fills)
		}
		s.Attach(w.link(), Prefix{})
		synctest.Wait()
		if len(w.fills) != 3 || w.fills[2].Level != Normal || s.State().Level != Normal || s.State().Bytes != 0 {
			t.Errorf("told: %+v", w.fills)
		}
	})
}

// With a limit of what is unconfirmed it is the nearer one that counts.
func TestLevelsOfWhatIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(Config{Limit: 10_000, AwayLimit: 10_000, HeldLimit: 1000, AtLeastOnce: true, Full: Fail})
		s.Attach(w.link(), Prefix{})
		for range 3 {
			publish(t, s, nil, make([]byte, 240))
			synctest.Wait()
		}
		publish(t, s, nil, make([]byte, 60))
		if len(w.fills) != 1 || w.fills[0].Level != High || w.fills[0].Limit != 1000 {
			t.Errorf("told: %+v", w.fills)
		}
		if st := s.State(); st.ConfirmedAt != 0 || st.Unconfirmed.Msgs == 0 {
			t.Errorf("%+v", st)
		}
		synctest.Wait()
		s.Ping()
		synctest.Wait()
		s.Pong()
		if st := s.State(); len(w.fills) != 2 || w.fills[1].Level != Normal || st.ConfirmedAt == 0 {
			t.Errorf("told: %+v, %+v", w.fills, st)
		}
		finish(s, s.link)
	})
}
