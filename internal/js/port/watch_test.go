package port

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
)

type listener struct{ told []string }

func (l *listener) LinkUp(k Link, frames []byte) []byte {
	l.told = append(l.told, fmt.Sprint("up ", k.Epoch))
	return append(frames, 'x')
}

func (l *listener) LinkDown(epoch, gone uint64) {
	l.told = append(l.told, fmt.Sprint("down ", epoch, " ", gone))
}

func (l *listener) GaveUp(first, last uint64, why error) {
	l.told = append(l.told, fmt.Sprint("gave up ", first, "-", last, " ", why))
}

func TestWatchers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w Watchers
		why := errors.New("full")
		w.GaveUp(1, 1, why) // nobody listens
		a, b := new(listener), new(listener)
		if _, up := w.Add(a); up {
			t.Error("there is no link yet")
		}
		if frames := w.LinkUp(Link{Epoch: 3}, []byte("f")); string(frames) != "fx" {
			t.Errorf("frames %q", frames)
		}
		if k, up := w.Add(b); !up || k.Epoch != 3 {
			t.Errorf("link %v, %v", k, up)
		}
		if frames := w.LinkUp(Link{Epoch: 4}, nil); string(frames) != "xx" {
			t.Errorf("frames %q", frames)
		}
		w.GaveUp(5, 6, why)
		w.GaveUp(7, 7, why)
		synctest.Wait()
		w.Remove(b)
		w.Remove(b)
		w.LinkDown(4, 9)
		w.GaveUp(8, 8, why)
		synctest.Wait()
		if want := []string{"up 3", "up 4", "gave up 5-6 full", "gave up 7-7 full", "down 4 9", "gave up 8-8 full"}; !slices.Equal(a.told, want) {
			t.Errorf("told %q", a.told)
		}
		if want := []string{"up 4", "gave up 5-6 full", "gave up 7-7 full"}; !slices.Equal(b.told, want) {
			t.Errorf("the other was told %q", b.told)
		}
	})
}
