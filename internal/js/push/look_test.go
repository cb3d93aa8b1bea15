package push

import (
	"slices"
	"testing"
	"time"
)

// play is a machine whose clock the test moves.
type play struct {
	*testing.T
	m   *Machine
	now time.Duration
}

func kinds(acts []Action) (k []Kind) {
	for _, a := range acts {
		k = append(k, a.Kind)
	}
	return k
}

func (p *play) want(what string, acts []Action, want ...Kind) {
	p.Helper()
	if got := kinds(acts); !slices.Equal(got, want) {
		p.Errorf("%s at %v: %v, want %v", what, p.now, got, want)
	}
}

// due goes on to the deadline.
func (p *play) due() []Action {
	p.Helper()
	at, ok := p.m.Deadline()
	if !ok {
		p.Fatalf("nothing is due at %v", p.now)
	}
	p.now = max(p.now, at)
	return p.m.Tick(p.now, nil)
}

func TestASilentConsumerIsLookedAt(t *testing.T) {
	p := &play{t, New(0, Config{Heartbeat: time.Second, Look: true}), 0}
	p.want("silence", p.due(), Inactive, Look)
	if p.now != 2*time.Second {
		t.Errorf("after %v", p.now)
	}
	p.want("more silence while it is looked at", p.due(), Inactive)
	p.want("gone", p.m.Looked(p.now, Gone, nil), Lost)
	p.want("more silence", p.due(), Inactive, Look)
	p.want("gone, and told", p.m.Looked(p.now, Gone, nil))
	p.want("alive", p.m.Heartbeat(p.now, 0, nil))
	p.want("silence again", p.due(), Inactive, Look)
	p.want("gone again", p.m.Looked(p.now, Gone, nil), Lost)
	p.want("silence", p.due(), Inactive, Look)
	p.want("there", p.m.Looked(p.now, There, nil))
	p.want("silence", p.due(), Inactive, Look)
	p.want("no answer", p.m.Looked(p.now, Unknown, nil))
	p.want("silence", p.due(), Inactive, Look)
	p.want("gone once more", p.m.Looked(p.now, Gone, nil), Lost)
}

func TestAnAnswerIsVoidWhenTheConsumerWasHeardSince(t *testing.T) {
	p := &play{t, New(0, Config{Heartbeat: time.Second, Look: true}), 0}
	p.want("silence", p.due(), Inactive, Look)
	p.m.Message(p.now, 1, 1, nil)
	p.want("gone", p.m.Looked(p.now, Gone, nil))
	p.want("doubt", p.m.Doubt(nil), Look)
	p.want("gone", p.m.Looked(p.now, Gone, nil), Lost)
}

func TestNothingIsMissedOrLookedAtWithoutALink(t *testing.T) {
	for _, hb := range []time.Duration{0, time.Second} {
		p := &play{t, New(0, Config{Heartbeat: hb, Look: true}), 0}
		p.m.LinkDown()
		if at, ok := p.m.Deadline(); ok {
			t.Errorf("something is due at %v", at)
		}
		p.now = time.Minute
		p.want("a minute later", p.m.Tick(p.now, nil))
		p.want("a link", p.m.LinkUp(p.now, nil))
		if at, ok := p.m.Deadline(); !ok || at != p.now+2*time.Second {
			t.Errorf("due at %v, %v", at, ok)
		}
	}
}

func TestWithoutHeartbeatsItIsLookedAtAfterANewLink(t *testing.T) {
	p := &play{t, New(0, Config{Look: true}), 0}
	if at, ok := p.m.Deadline(); ok {
		t.Errorf("something is due at %v", at)
	}
	p.want("a link", p.m.LinkUp(0, nil))
	for _, wait := range []time.Duration{2, 4, 8, 16, 30, 30} {
		before := p.now
		p.want("silence", p.due(), Look)
		if p.now-before != wait*time.Second {
			t.Errorf("after %v, want %v s", p.now-before, wait)
		}
		p.want("no answer", p.m.Looked(p.now, Unknown, nil))
	}
	p.m.Message(p.now, 1, 1, nil)
	if at, ok := p.m.Deadline(); ok {
		t.Errorf("it is heard of, and something is due at %v", at)
	}
	p.want("another link", p.m.LinkUp(p.now, nil))
	p.want("silence", p.due(), Look)
	p.want("gone", p.m.Looked(p.now, Gone, nil), Lost)
	if at, ok := p.m.Deadline(); ok {
		t.Errorf("it is gone, and something is due at %v", at)
	}
}

func TestOrderedConsumersAreMadeAnewAndNotLookedAt(t *testing.T) {
	p := &play{t, New(0, Config{Ordered: true, Heartbeat: time.Second, Look: true}), 0}
	p.want("silence", p.due(), Make)
}
