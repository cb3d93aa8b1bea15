package receive

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/outbound"
)

// server is one that ends each connection on which a certain subscription is made.
type server struct {
	t     *testing.T
	table *table
	h     *testHost
	hates string
}

// connect lets the table use a link, and judges what came of it. It returns the lines
// that the link began with.
func (s *server) connect() string {
	l := newLink()
	close(l.reads)
	loss := Loss{Link: l, ByPeer: true, Age: time.Second}
	var made string
	s.table.Resume(l, func(lines []byte, ends []int, alone int) {
		made = string(lines)
		loss.Parts.Tried = ends != nil
		from := 0
		for i, end := range ends {
			if strings.Contains(made[from:end], s.hates) {
				if loss.Parts.Alone = alone > 0; loss.Parts.Alone {
					loss.Parts.Passed = i
				} else {
					loss.Parts.Passed = max(i-1, 0) // the last answers are lost with it
				}
				break
			}
			loss.Parts.Passed, from = i+1, end
		}
	})
	s.table.Read(l)
	synctest.Wait()
	if !strings.Contains(made, s.hates) {
		loss.Answered = true
		time.Sleep(2 * calmBefore)
		synctest.Wait()
		s.h.run() // it is asked to make the accused one
		if s.h.said() == "" {
			loss.ByPeer = false
		} else if len(s.h.fences) > 0 {
			s.h.answer(errRefused)
		}
	}
	l.away = true
	s.table.Judge(loss)
	return made
}

// A subscription over which each connection ends is found among many and taken out, and
// the others are made again.
func TestSubscriptionThatEndsConnectionsIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, h := newTable()
		var bad *subscription
		for i := range 100 {
			s := add(t, table, config{Subject: fmt.Sprint("a.", i)})
			if i == 70 {
				bad = s
			}
		}
		h.said()
		s := &server{t: t, table: table, h: h, hates: "SUB a.70 "}
		n := 0
		for ; len(h.poison) == 0 && n < 20; n++ {
			s.connect()
		}
		if !slices.Equal(h.poison, []*subscription{bad}) || n > 7 {
			t.Fatalf("after %d connections %d are convicted", n, len(h.poison))
		}
		if _, err := bad.in.Next(0); err != Poisonous {
			t.Errorf("Next: %v", err)
		}
		if made := s.connect(); strings.Count(made, "SUB") != 99 {
			t.Errorf("then %d are made", strings.Count(made, "SUB"))
		}
		if table.trial != nil && table.trial.strikes == 0 {
			t.Error("the trial is over, and kept")
		}
	})
}

// Losses that say nothing of the subscriptions make none suspect.
func TestOtherLossesMakeNobodySuspect(t *testing.T) {
	for _, loss := range []Loss{
		{ByPeer: false, Age: time.Second},
		{ByPeer: true, Age: time.Minute},
		{ByPeer: true, Age: time.Second, Answered: true},
	} {
		table, _ := newTable()
		add(t, table, config{Subject: "a"})
		for range 5 {
			loss.Link = newLink()
			loss.Parts = outbound.Parts{}
			table.Judge(loss)
		}
		if table.trial != nil {
			t.Errorf("%+v: there are suspects", loss)
		}
	}
}
