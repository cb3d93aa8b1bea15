package chaos

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// sound is a history of a few messages, values, objects and requests with which nothing
// is wrong.
func sound() *history {
	h := newHistory()
	for n := range 4 {
		for p := range 2 {
			seq := uint64(n*2 + p + 1)
			h.publish(p, n)(seq, nil, false)
			m := stored{seq: seq, publisher: p, n: n}
			h.stored = append(h.stored, m)
			h.ordered = append(h.ordered, m)
			h.consume("C", m)
		}
	}
	h.consume("C", h.stored[3]) // delivered again
	h.publish(0, 4)(0, errors.New("in doubt"), true)
	h.left["C"] = 0
	for i, u := range []update{{key: "a", value: "x"}, {key: "c", value: "1"}, {key: "a", value: "y"}, {key: "c", value: "3"}, {key: "b", gone: true}} {
		u.rev = uint64(i + 10)
		h.watched = append(h.watched, u)
		h.bucket[u.key] = u
	}
	h.count("c", 2, 1)
	h.objects = []read{{name: "o", err: errors.New("too late")}, {name: "o", last: true}}
	h.ask()(nil, false)
	h.ask()(errors.New("nobody answers"), false)
	return h
}

// Whatever is wrong is found, alone, and said.
func TestTheCheckerFinds(t *testing.T) {
	for what, change := range map[string]func(*history){
		"":                       func(*history) {},
		"is in the stream twice": func(h *history) { m := h.stored[2]; m.seq = 9; h.stored = append(h.stored, m); twin(h, m) },
		"before p0-1 as 5":       func(h *history) { swap(h, 2, 4) },
		"p1-1 was acknowledged as 4, and isn't": func(h *history) {
			h.stored = append(h.stored[:3:3], h.stored[4:]...)
			h.ordered = append(h.ordered[:3:3], h.ordered[4:]...)
		},
		"was acknowledged as 99":       func(h *history) { h.sent[2].seq = 99 },
		"the future of p0-4":           func(h *history) { h.sent[8].open = true },
		"though its future says":       func(h *history) { h.sent[3].err = errors.New("refused") },
		"never delivered 5":            func(h *history) { delete(h.consumed["C"], 5) },
		"delivered p0-7 as 5":          func(h *history) { d := h.consumed["C"][5]; d.n = 7; h.consumed["C"][5] = d },
		"has 1 messages left":          func(h *history) { h.left["C"] = 1 },
		"ordered consumer is":          func(h *history) { h.ordered[1], h.ordered[2] = h.ordered[2], h.ordered[1] },
		"delivered 7 of 8":             func(h *history) { h.ordered = h.ordered[:7] },
		"delivered 9 messages":         func(h *history) { h.ordered = append(h.ordered, h.ordered[7]) },
		"behind revision 12":           func(h *history) { h.watched = append(h.watched, h.watched[0]) },
		"never gave b":                 func(h *history) { h.watched = h.watched[:4] },
		"ended with revision 10 of a":  func(h *history) { h.watched = append(h.watched[:2:2], h.watched[3:]...) },
		"the bucket doesn't have":      func(h *history) { delete(h.bucket, "b") },
		"counter c is 3 after 1":       func(h *history) { h.counters["c"] = counter{1, 1} },
		"counter c is 3 after 4":       func(h *history) { h.counters["c"] = counter{4, 1} },
		"counter c was 3":              func(h *history) { h.watched[1].value = "3" },
		"can't be read in the end":     func(h *history) { h.objects[1].err = errors.New("no such object") },
		"was read without an error":    func(h *history) { h.objects[0].damaged = "half of it is missing" },
		"request 2 never returned":     func(h *history) { h.requests[1].open = true },
		"request 1 got the answer":     func(h *history) { h.requests[0].wrong = true },
		"request 2 returned after 20s": func(h *history) { h.requests[1].took = 20 * time.Second },
	} {
		t.Run(what, func(t *testing.T) {
			h := sound()
			change(h)
			found := h.check()
			if what == "" {
				if len(found) != 0 {
					t.Fatal(found)
				}
				return
			}
			if len(found) != 1 || !strings.Contains(found[0].what, what) {
				t.Errorf("found %v, want %q alone", found, what)
			}
		})
	}
}

// Of messages that were on their way together the later one may be stored first, which is
// counted.
func TestAMessageThatOvertakesAnother(t *testing.T) {
	h := sound()
	swap(h, 2, 4)
	h.sent[2].ended = h.sent[4].ended
	if found := h.check(); len(found) != 0 || h.overtaken() != 1 {
		t.Errorf("found %v, %d overtaken", found, h.overtaken())
	}
}

// twin lets the others see what was stored twice, as they would.
func twin(h *history, m stored) {
	h.ordered = append(h.ordered, m)
	h.consume("C", m)
}

// swap exchanges two messages of the stream, with their acknowledgements.
func swap(h *history, i, j int) {
	h.stored[i], h.stored[j] = h.stored[j], h.stored[i]
	h.stored[i].seq, h.stored[j].seq = h.stored[j].seq, h.stored[i].seq
	h.sent[i].seq, h.sent[j].seq = h.sent[j].seq, h.sent[i].seq
	h.ordered = append([]stored(nil), h.stored...)
	for _, m := range h.stored {
		h.consumed["C"][m.seq] = delivered{stored: m, times: 1}
	}
}

// What led to an anomaly is what happened before it and shortly behind.
func TestWhatLedToIt(t *testing.T) {
	h := newHistory()
	h.events = []event{{time.Second, "one"}, {2 * time.Second, "two"}, {3 * time.Second, "three"}, {9 * time.Second, "four"}}
	if got := h.ledTo(2 * time.Second); !strings.Contains(got, "one") || !strings.Contains(got, "three") || strings.Contains(got, "four") {
		t.Error(got)
	}
}
