package receive

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/evernats/nats/internal/wire"
)

// refusing is a table with n subscriptions, and the texts in which a server refuses
// each of them.
func refusing(n int, name func(i int) (subject, queue string)) (_ *table, texts []string) {
	t, h := newTable()
	for i := range n {
		subject, queue := name(i)
		s := new(subscription)
		if err := t.Add(&s.in, s, config{Subject: subject, Queue: queue}); err != nil {
			panic(err)
		}
		text := fmt.Sprintf(`Permissions Violation for Subscription to "%s"`, subject)
		if queue != "" {
			text += fmt.Sprintf(` using queue "%s"`, queue)
		}
		texts = append(texts, text)
	}
	h.said() // and forget it
	return t, texts
}

var errRefused = errors.New("refused")

func refuse(t *table, epoch uint64, text string) *subscription {
	subject, queue, ok := wire.SubscriptionDenied(text)
	if !ok {
		panic(text)
	}
	return t.Denied(subject, queue, epoch, errRefused)
}

// Ten times as many refusals take ten times as long, not a hundred times, whatever
// the subscriptions are called.
func TestRefusalsTakeNoLongerTheMoreThereAre(t *testing.T) {
	for what, name := range map[string]func(i int) (subject, queue string){
		"each of its own":   func(i int) (string, string) { return fmt.Sprint("a.", i), "" },
		"one for all":       func(int) (string, string) { return "a", "" },
		"a queue for each":  func(i int) (string, string) { return "a", fmt.Sprint("q", i) },
		"some of each name": func(i int) (string, string) { return fmt.Sprint("a.", i%100), "q" },
	} {
		t.Run(what, func(t *testing.T) {
			run := func(n int) time.Duration {
				table, texts := refusing(n, name)
				begin := time.Now()
				for epoch := range uint64(3) { // and at each reconnect
					for _, text := range texts {
						refuse(table, epoch, text)
					}
				}
				for _, s := range table.all() {
					s.Remove(false)
				}
				return time.Since(begin)
			}
			// A busy machine can make one run slow; it doesn't do so again and again.
			var few, many time.Duration
			for range 5 {
				few, many = min(run(300), run(300), run(300)), min(run(3000), run(3000), run(3000))
				if many < 40*few {
					return
				}
			}
			t.Errorf("300 take %v, 3,000 take %v", few, many)
		})
	}
}

// denied is what Next returns since the refusal.
func denied(s *Sub[message, header, subscription]) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deniedLocked()
}

// All that share subject and queue are marked, and each is named once.
func TestRefusalConcernsAllOfItsName(t *testing.T) {
	table, texts := refusing(600, func(i int) (string, string) {
		return fmt.Sprint("a.", i%2), []string{"", "q", "r"}[i%3]
	})
	all := table.all()
	n := subName{"a.0", ""}
	marked := func() (count int) {
		for _, s := range all {
			if denied(s) == nil {
				continue
			}
			count++
			if s.subject != n.subject || s.group != n.queue {
				t.Errorf("%q in queue %q is marked", s.subject, s.group)
			}
		}
		return count
	}
	refuse(table, 1, texts[0])
	if got := marked(); got != 100 {
		t.Errorf("%d are marked, want 100", got)
	}
	named := make(map[*Sub[message, header, subscription]]int)
	for range 100 {
		named[table.denied(n, 2)]++
	}
	if len(named) != 100 {
		t.Errorf("%d of 100 were named", len(named))
	}
	// Those that come later are marked when they are refused, those that have ended
	// are named no more.
	late := &add(t, table, config{Subject: n.subject, Queue: n.queue}).in
	gone := make(map[*Sub[message, header, subscription]]bool)
	for _, s := range all {
		if s.subject == n.subject && s.group == n.queue && len(gone) < 60 {
			gone[s] = true
			s.Remove(false)
		}
	}
	if denied(late) != nil {
		t.Error("it is marked before it was refused")
	}
	refuse(table, 1, texts[0])
	if denied(late) == nil {
		t.Error("the one that came later isn't marked")
	}
	for range 200 {
		if s := table.denied(n, 1); s == nil || gone[s] {
			t.Fatal("one that has ended is named")
		}
	}
	for _, s := range table.all() {
		s.Remove(false)
	}
	if len(table.byName) != 0 {
		t.Errorf("%d names are left", len(table.byName))
	}
	if s := table.denied(n, 1); s != nil {
		t.Error("one that has ended is named")
	}
}
