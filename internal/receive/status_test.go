package receive

import (
	"slices"
	"testing"

	"github.com/evernats/nats/internal/notify"
)

// channel is a program's channel of statuses.
type channel struct{ notify.Listener[statusInt] }

type statusInt int

func listen(s *subscription) *channel {
	c := &channel{notify.NewListener([]statusInt{statusInt(Active), statusInt(Draining), statusInt(Closed), statusInt(Slow)})}
	s.in.Listen(c)
	return c
}

func (c *channel) Tell(st Status) { c.Listener.Tell(statusInt(st)) }

// A subscription's channel begins with its present status, and ends with it.
func TestStatusChannelOfASubscriptionBeginsWithThePresent(t *testing.T) {
	for want, sub := range map[Status]*subscription{
		Active:   {},
		Draining: {in: Sub[message, header, subscription]{draining: true, slow: true}},
		Slow:     {in: Sub[message, header, subscription]{slow: true}},
		Closed:   {in: Sub[message, header, subscription]{closed: true, draining: true}},
	} {
		s := &sub.in
		ch := listen(sub).C()
		if got := <-ch; got != statusInt(want) {
			t.Errorf("it begins with %v, want %v", got, want)
		}
		if want == Closed {
			if st, open := <-ch; open {
				t.Errorf("after the end it brings %v", st)
			}
			continue
		}
		for range 11 {
			s.tellLocked(Draining)
		}
		s.tellLocked(Closed)
		var got []statusInt
		for len(ch) > 0 {
			got = append(got, <-ch)
		}
		if want := append(slices.Repeat([]statusInt{statusInt(Draining)}, 9), statusInt(Closed)); !slices.Equal(got, want) {
			t.Errorf("a reader that lags finds %v, want %v", got, want)
		}
	}
}
