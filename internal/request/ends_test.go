package request

import (
	"errors"
	"testing"
	"testing/synctest"
)

func TestLinkEndsWhatWentOutOnIt(t *testing.T) {
	for _, fail := range []bool{true, false} {
		table, _ := newTable()
		sent, _ := begin(t, table, "a", nil)
		queued, _ := begin(t, table, "a", nil)
		unpublished, _ := begin(t, table, "a", nil)
		sent.Number().Store(5)
		queued.Number().Store(6)
		table.LinkEnded("s", 5, 0, fail)
		var lost *LostError
		if err := failed(sent); fail != (errors.As(err, &lost) && lost.Server == "s") || !fail && err != nil {
			t.Errorf("fail %v: %v", fail, err)
		}
		if err := errors.Join(failed(queued), failed(unpublished)); err != nil {
			t.Errorf("what goes out on the next link: %v", err)
		}
	}
}

func TestRequestsAreSentAgainInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, h := newTable()
		data := []byte("data")
		second, toSecond := begin(t, table, "second", Again("second", nil, data))
		first, toFirst := begin(t, table, "first", Again("first", nil, data))
		left, _ := begin(t, table, "left", Again("left", nil, data))
		clear(data) // who asked may use it again
		first.Number().Store(1)
		second.Number().Store(2)
		left.Number().Store(3)
		h.number = 10
		table.LinkEnded("s", 2, 0, true)
		synctest.Wait()
		for i, want := range []Message{{"first", toFirst, nil, nil}, {"second", toSecond, nil, nil}} {
			m := <-h.sent
			if m.Subject != want.Subject || m.Reply != want.Reply || string(m.Data) != "data" {
				t.Errorf("%d: %+v, want %+v", i, m, want)
			}
		}
		if len(h.sent) != 0 || first.Number().Load() != 11 || second.Number().Load() != 12 || left.Number().Load() != 3 || table.again.running {
			t.Errorf("%d more sent; numbers %d, %d, %d", len(h.sent), first.Number().Load(), second.Number().Load(), left.Number().Load())
		}

		table.Release(first, false) // nobody waits any more
		h.publish = func() error { return errDoubt }
		table.LinkEnded("s", 12, 12, true)
		synctest.Wait()
		var again *AgainError
		if err := failed(second); !errors.As(err, &again) || again.Why != errDoubt || again.Subject != "second" || len(h.sent) != 0 {
			t.Errorf("%v, and %d sent", err, len(h.sent))
		}
	})
}

// The evidence against a request: only the end of the link on which it went out alone
// convicts it.
func TestPoisonEvidence(t *testing.T) {
	for name, c := range map[string]struct {
		confirmed uint64 // of each loss
		settle    func(table *Table[message], n int) error
		confirm   func(table *Table[message], n int) error
		convicted bool
		number    uint64 // of its last message; 0: any
	}{
		"ends it alone": {
			confirm: func(table *Table[message], _ int) error {
				table.LinkEnded("s", 0, 0, false)
				return errDoubt
			}, convicted: true,
		},
		"survives it":    {number: 12},
		"was processed":  {confirmed: 100, number: 12},
		"ends before it": {settle: func(_ *Table[message], n int) error { return orDoubt(n > 0) }},
		"another link's": {settle: func(table *Table[message], n int) error {
			if n == 0 {
				table.LinkEnded("s", 0, 0, false)
			}
			return nil
		}},
		"two links at once": {confirm: func(table *Table[message], n int) error {
			if n > 0 {
				return nil
			}
			table.LinkEnded("s", 0, 0, false)
			table.LinkEnded("s", 0, 0, false)
			return errDoubt
		}},
		"ends right behind": {confirm: func(table *Table[message], n int) error {
			if n == 0 {
				table.LinkEnded("s", 12, 0, false)
			}
			return nil
		}, number: 13},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				table, h := newTable()
				h.number = 10
				settled, confirmed := 0, 0
				h.settle = func() error {
					settled++
					if c.settle != nil {
						return c.settle(table, settled-1)
					}
					return nil
				}
				h.confirm = func() error {
					confirmed++
					if c.confirm != nil {
						return c.confirm(table, confirmed-1)
					}
					return nil
				}
				w, _ := begin(t, table, "a", Again("a", nil, nil))
				w.Number().Store(1)
				table.LinkEnded("s", 10, c.confirmed, false)
				synctest.Wait()
				if settled != 0 || w.Number().Load() != 11 {
					t.Fatalf("after one loss it is tried %d times, number %d", settled, w.Number().Load())
				}
				table.LinkEnded("s", 11, c.confirmed, false)
				synctest.Wait()
				var poison *PoisonError
				err := failed(w)
				if got := errors.As(err, &poison) && poison.Subject == "a"; got != c.convicted || !c.convicted && err != nil {
					t.Errorf("convicted %v: %v", got, err)
				}
				if n := w.Number().Load(); c.number != 0 && n != c.number {
					t.Errorf("its number is %d, want %d", n, c.number)
				}
				if tried := c.confirmed == 0; tried != (settled > 0) {
					t.Errorf("tried %d times", settled)
				}
			})
		})
	}
}

func orDoubt(ok bool) error {
	if ok {
		return nil
	}
	return errDoubt
}

func TestGivenUpMessagesEndTheirRequests(t *testing.T) {
	table, h := newTable()
	table.GaveUp(1, 9, errDoubt)
	if h.posted != nil {
		t.Error("told though nobody waits")
	}
	hit, _ := begin(t, table, "a", nil)
	other, _ := begin(t, table, "a", nil)
	hit.Number().Store(11)
	other.Number().Store(13)
	table.GaveUp(10, 10, errDoubt)
	table.GaveUp(11, 12, errDoubt)
	if len(h.posted) != 1 || len(table.given.spans) != 1 || failed(hit) != nil {
		t.Fatalf("posted %d times, %d spans", len(h.posted), len(table.given.spans))
	}
	h.posted[0]()
	if err := failed(hit); err != errDoubt {
		t.Error(err)
	}
	if err := failed(other); err != nil {
		t.Error(err)
	}
	if table.GaveUp(13, 13, errDoubt); len(h.posted) != 2 {
		t.Error("the next ones aren't told")
	}
}

func TestRefusals(t *testing.T) {
	table, h := newTable()
	refused := errors.New("refused")
	a, _ := begin(t, table, "a", nil)
	own, err := table.BeginOwn("own", "b")
	if err != nil {
		t.Fatal(err)
	}
	table.PublishRefused("b", refused)
	if failed(own) != refused || failed(a) != nil {
		t.Error("a refused publish")
	}
	table.InboxRefused(h.inboxes[1], "own", refused)
	if failed(own) != refused || failed(a) != nil {
		t.Error("a refused inbox of its own")
	}
	table.InboxRefused(h.inboxes[0], table.prefix+"*", refused)
	if failed(a) != refused || failed(own) != nil || !h.inboxes[0].removed || h.inboxes[0].told {
		t.Error("the refused inbox")
	}
	if begin(t, table, "a", nil); len(h.inboxes) != 3 {
		t.Error("it isn't made again")
	}
}

// An error that doesn't say what was refused is the inbox's only when it comes twice,
// with the inbox asked for in between.
func TestSomethingRefused(t *testing.T) {
	refused := errors.New("refused")
	t.Run("the inbox", func(t *testing.T) {
		table, h := newTable()
		if !table.SomethingRefused(refused) {
			t.Error("without an inbox it is for somebody else")
		}
		w, _ := begin(t, table, "a", nil)
		if !table.SomethingRefused(refused) || len(h.inboxes) != 2 || !h.inboxes[0].told || failed(w) != nil {
			t.Errorf("it isn't asked for: %+v", h.inboxes)
		}
		if table.SomethingRefused(refused) || failed(w) != refused {
			t.Error("the second time it is the inbox")
		}
		h.fence <- nil
	})
	t.Run("another", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			table, h := newTable()
			h.fence = make(chan error, 1)
			w, _ := begin(t, table, "a", nil)
			table.SomethingRefused(refused)
			h.fence <- nil
			synctest.Wait()
			if !table.SomethingRefused(refused) || len(h.inboxes) != 2 || failed(w) != nil {
				t.Error("the server has said that it has the inbox")
			}
			table.LinkEnded("s", 0, 0, false)
			if table.SomethingRefused(refused); len(h.inboxes) != 3 {
				t.Error("the next one hasn't")
			}
			h.fence <- errDoubt
			synctest.Wait()
			if table.heard || table.proof != nil {
				t.Error("that was no answer")
			}
		})
	})
}
