package send

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats/internal/wire"
)

var probe = []byte("pub p 0\r\n\r\n")

// until waits for what a link is written to end in.
func (l *testLink) until(t *testing.T, end string) {
	t.Helper()
	for late := time.After(5 * time.Second); !strings.HasSuffix(l.text(), end); {
		select {
		case <-l.news:
		case <-time.After(10 * time.Millisecond):
		case <-late:
			t.Fatalf("written: %q, not %q at the end", l.text(), end)
		}
	}
}

// What is published while the link is held goes out on the next one, in order, and
// nobody hears of a loss: neither the owner nor those who wait.
func TestSwitchLosesNothing(t *testing.T) {
	for _, hold := range []bool{false, true} {
		cfg := usual
		cfg.AtLeastOnce = hold
		s, w := newSender(cfg)
		a, b := w.link(), w.link()
		s.Attach(a, Prefix{})
		confirm := &Publication{Confirm: true}
		publish(t, s, confirm, []byte("1"))
		a.until(t, "PING\r\n")
		if done, _ := s.Switch(b, Prefix{}); done {
			t.Error("switched without being held")
		}
		held := s.Hold(probe)
		if held == nil || s.Hold(probe) != nil {
			t.Fatal("not held, or twice")
		}
		later := &Publication{Confirm: true}
		publish(t, s, later, []byte("2"))
		a.until(t, "pub p 0\r\n\r\nPING\r\n")
		s.Pong()
		if done, _ := s.Switch(b, Prefix{}); done {
			t.Error("switched without the last answer")
		}
		for len(held) == 0 {
			select {
			case <-held:
			case <-time.After(10 * time.Millisecond):
				s.Pong()
				continue
			}
			break
		}
		for late := time.Now().Add(5 * time.Second); ; {
			done, busy := s.Switch(b, Prefix{Frames: []byte("SUB a 1\r\n")})
			if done {
				break
			}
			if !busy || time.Now().After(late) {
				t.Fatal("not switched")
			}
		}
		b.until(t, "PUB a 1\r\n2\r\nPING\r\n")
		if !strings.HasPrefix(b.text(), "SUB a 1\r\nPUB a 1\r\n2\r\n") {
			t.Errorf("to the next link: %q", b.text())
		}
		s.Pong()
		for i, p := range []*Publication{confirm, later} {
			if err := <-p.Waiter.Done(); err != nil {
				t.Errorf("message %d: %v", i+1, err)
			}
		}
		if len(w.lost) > 0 || w.doubt.Msgs > 0 || w.gone > 0 {
			t.Errorf("told: %+v, %+v, %d gone", w.lost, w.doubt, w.gone)
		}
	}
}

// A link that isn't answered for is ended by Detach and Ended, with all that it owes.
func TestSwitchWithoutAnAnswer(t *testing.T) {
	s, w := newSender(usual)
	a, b := w.link(), w.link()
	s.Attach(a, Prefix{})
	publish(t, s, nil, []byte("1"))
	a.until(t, "1\r\n")
	held := s.Hold(probe)
	a.until(t, "PING\r\n")
	if done, busy := s.Switch(b, Prefix{}); done || busy {
		t.Error("switched")
	}
	back := make(chan bool, 1)
	s.Detach(func(atOnce bool) { back <- atOnce })
	<-back
	<-held
	s.Ended(a, false)
	if w.doubt.Msgs != 1 {
		t.Errorf("in doubt: %+v", w.doubt)
	}
	if s.Hold(probe) != nil {
		t.Error("held without a link")
	}
}

// A Side writes what it is given in order, and gives away the rest.
func TestSide(t *testing.T) {
	_, w := newSender(usual)
	l := w.link()
	x := NewSide(l, func(err error) { t.Errorf("failed: %v", err) })
	x.Write([]byte("SUB a 1\r\n"))
	if x.Pong() {
		t.Error("nobody asked")
	}
	pong := x.Fence([]byte(wire.PingLine))
	l.until(t, "SUB a 1\r\nPING\r\n")
	if !x.Pong() {
		t.Error("somebody asked")
	}
	<-pong
	for !x.Close() {
		time.Sleep(time.Millisecond)
	}
	x.Write([]byte("SUB b 2\r\n"))
	if rest := string(x.Rest()); rest != "SUB b 2\r\n" {
		t.Errorf("the rest: %q", rest)
	}
}

// What is asked of the server goes with the rest, and its answer is awaited behind that;
// nothing is asked any more when the rest was given away, unless it is taken back.
func TestSideThatIsOver(t *testing.T) {
	_, w := newSender(usual)
	x := NewSide(w.link(), func(err error) { t.Errorf("failed: %v", err) })
	isClosed := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	if !isClosed(x.Answered()) {
		t.Error("an answer is awaited")
	}
	x.Close()
	pong := x.Fence([]byte(wire.PingLine))
	rest := x.Rest()
	late := x.Fence([]byte(wire.PingLine))
	answered := x.Answered()
	if string(rest) != wire.PingLine || len(x.Rest()) > 0 || isClosed(answered) {
		t.Errorf("the rest: %q", rest)
	}
	x.Write([]byte("SUB a 1\r\n"))
	x.TakeBack(rest)
	again := x.Fence([]byte(wire.PingLine))
	if rest := string(x.Rest()); rest != "PING\r\nSUB a 1\r\nPING\r\n" {
		t.Errorf("the rest that was taken back: %q", rest)
	}
	if !x.Pong() || !isClosed(pong) || !isClosed(answered) || isClosed(again) || isClosed(x.Answered()) {
		t.Error("the first answer is another question's")
	}
	if !x.Pong() || !isClosed(again) || !isClosed(x.Answered()) || isClosed(late) || x.Pong() {
		t.Error("so is the second, or a third is awaited")
	}
}

// A Side whose link takes nothing says so, once.
func TestSideFails(t *testing.T) {
	_, w := newSender(usual)
	l := w.link()
	broken := errors.New("broken")
	l.write = func([][]byte) (int, error) { return 0, broken }
	failed := make(chan error, 10)
	x := NewSide(l, func(err error) { failed <- err })
	x.Write([]byte("SUB a 1\r\n"))
	if err := <-failed; err != broken {
		t.Errorf("failed: %v", err)
	}
	x.Write([]byte("SUB b 2\r\n"))
	x.Write(make([]byte, sideBytes+1))
	if len(failed) > 0 {
		t.Error("told twice")
	}
}
