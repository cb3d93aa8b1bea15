package session

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/natstest"
)

// Every attempt is told of when it begins and when it has come to something.
func TestAttemptsAreTold(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		serve(t, n, addrB, natstest.Behavior{}, natstest.Behavior{})
		h := open(t, n, func(_ *hostOf, cfg *Config) { cfg.Policy.MaxReconnect = 2 }, addrA, addrB).begin()
		var got []string
		for _, a := range h.attempts {
			got = append(got, fmt.Sprintf("%d of %d to %s, epoch %d", a.Stage, a.No, a.Server.Redacted(), a.Epoch))
		}
		want := fmt.Sprintf("[%d of 1 to nats://%s, epoch 0 %d of 1 to nats://%s, epoch 0 %d of 2 to nats://%s, epoch 0 %d of 2 to nats://%s, epoch 1]",
			Begun, addrA, Over, addrA, Begun, addrB, Adopted, addrB)
		if fmt.Sprint(got) != want {
			t.Errorf("%v, want %s", got, want)
		}
	})
}

// When something last came in on a link is known; at first it is when it was adopted.
func TestHeard(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		h := open(t, n, nil, addrA).begin()
		s := serve(t, n, addrA)
		time.Sleep(time.Minute)
		synctest.Wait()
		if h.last.Adopted() == 0 || h.last.Heard() != h.last.Adopted() {
			t.Errorf("%v, adopted after %v", h.last.Heard(), h.last.Adopted())
		}
		time.Sleep(time.Minute)
		s.Last().Send("PING\r\n")
		synctest.Wait()
		time.Sleep(time.Minute)
		if d := h.last.Heard() - h.last.Adopted(); d < time.Minute || d >= 2*time.Minute {
			t.Errorf("heard %v after it was adopted", d)
		}
	})
}

// What the machine did is remembered from the first trouble on, and shows no password.
func TestTrace(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, nil, "nats://bob:hunter22@"+addrA).begin()
		if lines, _ := h.s.Trace(); len(lines) > 0 {
			t.Errorf("without trouble: %v", lines)
		}
		s.Last().HangUp()
		synctest.Wait()
		lines, forgotten := h.s.Trace()
		if len(lines) < 2 || forgotten != 0 || !strings.HasPrefix(lines[0].Text, "< Lost epoch=1") || !strings.HasPrefix(lines[1].Text, "> ") {
			t.Errorf("%v, %d forgotten", lines, forgotten)
		}
		for range traced {
			h.s.Force()
			synctest.Wait()
		}
		if lines, forgotten = h.s.Trace(); len(lines) != traced || forgotten == 0 || strings.Contains(fmt.Sprint(lines), "hunter22") {
			t.Errorf("%d lines, %d forgotten: %v", len(lines), forgotten, lines[:3])
		}
	})
}

// A server that repeats what it was told is quoted without it, in the handshake, in an
// -ERR, in an INFO that can't be read, and of the last few passwords each.
func TestSecretsAreNotRepeated(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, func(h *hostOf, _ *Config) {
			passwords := 0
			h.cfg.Client.UserInfo = func() (string, string) {
				passwords++
				return "bob", fmt.Sprintf("hunter-%d", passwords)
			}
		}, addrA).begin()
		s.Last().HangUp()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if said := h.last.Said("Authorization Violation for hunter-2, hunter-1 before"); said.Kind != SaidUnauthorized || strings.Contains(said.Text, "hunter") {
			t.Errorf("%+v", said)
		}
		h.last.TakeInfo([]byte("{hunter-2"))
		if e := h.lastReport(); e == nil || strings.Contains(e.Error(), "hunter") {
			t.Errorf("%v", e)
		}
		if err := h.last.Scrub(fmt.Errorf("bad: hunter-2")); err.Error() != "bad: xxxxx" {
			t.Errorf("%v", err)
		}
		for i := range 3 * mostGiven {
			h.s.gave(fmt.Sprintf("secret-%d", i))
		}
		if given := h.s.past.given; len(given) != mostGiven || given[mostGiven-1] != fmt.Sprintf("secret-%d", 3*mostGiven-1) {
			t.Errorf("remembered: %v", given)
		}
	})
}

// An attempt that isn't wanted any more is told of as well, before the end.
func TestAnAttemptThatIsGivenUpIsTold(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		serve(t, n, addrA, natstest.Behavior{NoInfo: true})
		h := open(t, n, nil, addrA).begin()
		time.Sleep(time.Second)
		h.s.BeginClose()
		h.s.Close(nil)
		<-h.s.Done()
		if got := h.attempts; len(got) != 2 || got[1].Stage != GivenUp || got[1].No != 1 || got[1].Took != time.Second {
			t.Errorf("told: %+v", got)
		}
	})
}
