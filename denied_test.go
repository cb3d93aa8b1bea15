package nats

import (
	"fmt"
	"testing"
	"time"
)

// refusing is a connection with n subscriptions, and the texts in which a server
// refuses each of them.
func refusing(n int, name func(i int) (subject, queue string)) (nc *Conn, texts []string) {
	nc = &Conn{}
	nc.Opts.PermissionErrOnSubscribe = true
	nc.events.Mute()
	nc.subs.init()
	nc.initOut()
	for i := range n {
		subject, queue := name(i)
		s := &Subscription{Subject: subject, Queue: queue, typ: SyncSubscription}
		if _, err := nc.subscribe(s); err != nil {
			panic(err)
		}
		text := fmt.Sprintf(`Permissions Violation for Subscription to "%s"`, subject)
		if queue != "" {
			text += fmt.Sprintf(` using queue "%s"`, queue)
		}
		texts = append(texts, text)
	}
	return nc, texts
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
				nc, texts := refusing(n, name)
				begin := time.Now()
				for epoch := range uint64(3) { // and at each reconnect
					for _, text := range texts {
						nc.permissionDenied(&link{epoch: epoch}, serverError(text), text)
					}
				}
				for _, s := range nc.subs.all() {
					s.remove(false)
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

// All that share subject and queue are marked, and each is named once.
func TestRefusalConcernsAllOfItsName(t *testing.T) {
	nc, texts := refusing(600, func(i int) (string, string) {
		return fmt.Sprint("a.", i%2), []string{"", "q", "r"}[i%3]
	})
	all := nc.subs.all()
	n, ok := deniedName(texts[0])
	if !ok {
		t.Fatal(texts[0])
	}
	marked := func() (count int) {
		for _, s := range all {
			if s.denied == nil {
				continue
			}
			count++
			if s.Subject != n.subject || s.Queue != n.queue {
				t.Errorf("%q in queue %q is marked", s.Subject, s.Queue)
			}
		}
		return count
	}
	l := &link{epoch: 1}
	nc.permissionDenied(l, ErrPermissionViolation, texts[0])
	if got := marked(); got != 100 {
		t.Errorf("%d are marked, want 100", got)
	}
	named := make(map[*Subscription]int)
	for range 100 {
		named[nc.subs.denied(n, 2)]++
	}
	if len(named) != 100 {
		t.Errorf("%d of 100 were named", len(named))
	}
	// Those that come later are marked when they are refused, those that have ended
	// are named no more.
	late, err := nc.subscribe(&Subscription{Subject: n.subject, Queue: n.queue, typ: SyncSubscription})
	if err != nil {
		t.Fatal(err)
	}
	gone := make(map[*Subscription]bool)
	for _, s := range all {
		if s.Subject == n.subject && s.Queue == n.queue && len(gone) < 60 {
			gone[s] = true
			s.remove(false)
		}
	}
	if late.denied != nil {
		t.Error("it is marked before it was refused")
	}
	nc.permissionDenied(l, ErrPermissionViolation, texts[0])
	if late.denied == nil {
		t.Error("the one that came later isn't marked")
	}
	for range 200 {
		if s := nc.subs.denied(n, 1); s == nil || gone[s] {
			t.Fatal("one that has ended is named")
		}
	}
	for _, s := range nc.subs.all() {
		s.remove(false)
	}
	if len(nc.subs.byName) != 0 {
		t.Errorf("%d names are left", len(nc.subs.byName))
	}
	if s := nc.subs.denied(n, 1); s != nil {
		t.Error("one that has ended is named")
	}
}
