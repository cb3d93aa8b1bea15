package window

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

func usual() Config {
	return Config{Limit: 100, Patience: time.Minute, Resend: 5 * time.Second, Replay: 2 * time.Minute}
}

// tape is a window whose actions are written down, by the number of the message.
type tape struct {
	t       *testing.T
	w       *Window
	tokens  map[Token]int
	byNo    map[int]Token
	number  uint64
	left    uint64 // numbers up to this one aren't queued any more
	stuck   bool   // what is queued stays there
	written []string
}

func (p *tape) inQueue(numbers []uint64) (n int) {
	for _, k := range numbers {
		if k > p.left {
			n++
		}
	}
	return n
}

func newTape(t *testing.T, cfg Config) *tape {
	return &tape{t: t, w: New(cfg), tokens: map[Token]int{}, byNo: map[int]Token{}}
}

func (p *tape) add(now time.Duration, no int, m Message) {
	t, send := p.w.Add(now, m)
	p.tokens[t], p.byNo[no] = no, t
	if send {
		p.number++
		if !p.stuck {
			p.left = p.number
		}
		p.w.Sent(now, t, p.number)
		p.written = append(p.written, fmt.Sprint("new ", no))
	}
}

func (p *tape) do(now time.Duration, acts []Action) {
	for _, a := range acts {
		no := p.tokens[a.Token]
		switch a.Kind {
		case Send:
			p.written = append(p.written, fmt.Sprint("send ", no))
			if !p.stuck {
				p.w.Sent(now, a.Token, 0)
				continue
			}
			p.number++
			p.w.Sent(now, a.Token, p.number)
		case Fail:
			how := ""
			if a.Doubt {
				how = " in doubt"
			}
			if a.InProcess {
				how += " in process"
			}
			p.written = append(p.written, fmt.Sprint("fail ", no, " ", a.Why, how))
		case Ask:
			p.written = append(p.written, fmt.Sprint("ask ", no))
		case Withdraw:
			n := p.inQueue(a.Numbers)
			if n > 0 {
				p.written = append(p.written, fmt.Sprint("withdraw ", no, " ", a.Numbers))
			}
			p.do(now, p.w.Withdrawn(now, a.Token, n, nil))
		}
	}
}

func (p *tape) want(want ...string) {
	p.t.Helper()
	if !slices.Equal(p.written, want) {
		p.t.Errorf("got %q, want %q", p.written, want)
	}
	p.written = nil
}

func (p *tape) ack(now time.Duration, no int) {
	acts, ok := p.w.Remove(now, p.byNo[no], nil)
	if !ok {
		p.t.Errorf("message %d wasn't there", no)
	}
	p.do(now, acts)
}

var (
	withID    = Message{Size: 10, ID: true, Attempts: 2, Wait: 250 * ms}
	withoutID = Message{Size: 10, Attempts: 2, Wait: 250 * ms}
)

func TestWhatIsQueuedWaitsBehindWhatWasRefused(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.add(0, 2, withID)
	p.stuck = true
	p.add(0, 3, withID)
	p.add(0, 4, withoutID)
	p.do(ms, p.w.Refused(ms, p.byNo[1], nil))
	p.do(2*ms, p.w.LinkDown(2*ms, 2, 0, nil))
	p.want("new 1", "new 2", "new 3", "new 4", "ask 1", "withdraw 3 [3]", "withdraw 4 [4]")
	p.stuck, p.left = false, 4
	p.do(3*ms, p.w.LinkUp(3*ms, nil))
	p.add(3*ms, 5, withID)
	p.do(4*ms, p.w.Tick(4*ms, nil))
	p.want("send 1")
	p.ack(5*ms, 1)
	p.want("send 2", "send 3", "send 4", "send 5")
}

func TestWhatCantBeTakenBackGoesOutOnce(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.add(0, 2, withoutID)
	p.do(ms, p.w.Refused(ms, p.byNo[1], nil))
	p.do(2*ms, p.w.LinkDown(2*ms, 1, 0, nil)) // 2 is queued, and a write has it in hand
	p.do(3*ms, p.w.LinkUp(3*ms, nil))
	p.do(4*ms, p.w.Tick(4*ms, nil))
	p.ack(5*ms, 1)
	p.want("new 1", "new 2", "ask 1", "send 1")
	p.ack(6*ms, 2)
}

func TestWhatIsQueuedAgainGoesInItsPlace(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.add(0, 2, withID)
	p.add(0, 3, withID)
	p.do(ms, p.w.Refused(ms, p.byNo[2], nil))
	p.do(2*ms, p.w.LinkDown(2*ms, 3, 0, nil))
	p.do(3*ms, p.w.LinkUp(3*ms, nil))
	p.stuck = true
	p.do(4*ms, p.w.Tick(4*ms, nil)) // the first finds out
	p.ack(5*ms, 1)
	p.add(6*ms, 4, withID)
	p.want("new 1", "new 2", "new 3", "ask 2", "send 1", "withdraw 1 [4]", "send 2", "send 3", "new 4")
	p.do(7*ms, p.w.LinkDown(7*ms, 3, 0, nil))
	p.want("withdraw 3 [6]", "withdraw 2 [5]") // 3 may be lost, 2 comes before it, 4 stays queued
	p.left = 6
	p.do(8*ms, p.w.LinkUp(8*ms, nil))
	p.want("send 2", "send 3")
}

func TestALossIsReplayedInOrderOrInDoubt(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.add(0, 2, withoutID)
	p.add(0, 3, withID)
	p.add(0, 4, withoutID) // still queued when the link goes
	p.do(ms, p.w.LinkDown(ms, 3, 0, nil))
	p.want("new 1", "new 2", "new 3", "new 4", "fail 2 3 in doubt")
	p.add(2*ms, 5, withID)
	p.do(3*ms, p.w.LinkUp(3*ms, nil))
	p.want("new 5", "send 1", "send 3")
	p.do(4*ms, p.w.LinkDown(4*ms, 3, 0, nil)) // lost again: they went ahead of the queue
	p.do(5*ms, p.w.LinkUp(5*ms, nil))
	p.want("send 1", "send 3")
	for _, no := range []int{1, 3, 4, 5} {
		p.ack(6*ms, no)
	}
	if _, ok := p.w.Deadline(); ok || p.w.Count() != 0 {
		t.Errorf("%d are left", p.w.Count())
	}
}

func TestNothingIsReplayedPastTheDuplicateWindow(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.do(ms, p.w.LinkDown(ms, 1, 0, nil))
	now := 2*time.Minute + time.Second
	p.do(now, p.w.LinkUp(now, nil))
	p.want("new 1", "fail 1 3 in doubt")
}

func TestALossCanEndAll(t *testing.T) {
	cfg := usual()
	cfg.FailOnLoss = true
	p := newTape(t, cfg)
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.add(0, 2, withoutID)
	p.do(ms, p.w.LinkDown(ms, 0, 0, nil))
	p.want("new 1", "new 2", "fail 1 4 in doubt", "fail 2 4 in doubt")
}

func TestARefusalStopsTheWindowAndRewindsIt(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	for no := 1; no <= 3; no++ {
		p.add(0, no, withoutID)
	}
	p.do(ms, p.w.Refused(ms, p.byNo[1], nil))
	p.add(2*ms, 4, withoutID) // waits
	p.do(3*ms, p.w.Refused(3*ms, p.byNo[2], nil))
	p.do(4*ms, p.w.Known(4*ms, p.byNo[1], Exists, nil))
	p.ack(5*ms, 3)
	p.want("new 1", "new 2", "new 3", "ask 1", "ask 2")
	p.do(251*ms, p.w.Tick(251*ms, nil))
	p.do(252*ms, p.w.Refused(252*ms, p.byNo[1], nil))
	p.want("send 1")
	p.do(400*ms, p.w.Tick(400*ms, nil))
	p.want()
	p.do(502*ms, p.w.Tick(502*ms, nil))
	p.want("send 1")
	p.ack(503*ms, 1)
	p.want("send 2", "send 4")
}

func TestASubjectWithoutAStreamHoldsUpNobody(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withoutID)
	p.do(ms, p.w.Refused(ms, p.byNo[1], nil))
	p.add(ms, 2, withoutID)
	p.want("new 1", "ask 1")
	p.do(2*ms, p.w.Known(2*ms, p.byNo[1], Missing, nil))
	p.want("send 2")
	for _, at := range []time.Duration{251 * ms, 502 * ms} {
		p.do(at, p.w.Tick(at, nil))
		p.do(at+ms, p.w.Refused(at+ms, p.byNo[1], nil))
	}
	p.want("send 1", "send 1", "fail 1 2")
}

func TestAttemptsThatTheProgramSetHold(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	m := withoutID
	m.Attempts, m.Exactly = 1, true
	p.add(0, 1, m)
	p.do(0, p.w.Refused(0, p.byNo[1], nil))
	p.do(250*ms, p.w.Tick(250*ms, nil))
	p.do(251*ms, p.w.Refused(251*ms, p.byNo[1], nil))
	p.want("new 1", "ask 1", "send 1", "fail 1 2")
}

func TestTimeouts(t *testing.T) {
	cfg := usual()
	cfg.Timeout = 50 * ms
	p := newTape(t, cfg)
	p.add(0, 1, withID)
	if at, ok := p.w.Deadline(); !ok || at != 50*ms {
		t.Errorf("the deadline is %v %v", at, ok)
	}
	p.do(50*ms, p.w.Tick(50*ms, nil))
	p.want("new 1", "fail 1 1 in doubt")

	p = newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.add(0, 2, withoutID)
	for now := time.Duration(0); now < 2*time.Minute; {
		at, ok := p.w.Deadline()
		if !ok {
			break
		}
		now = at
		p.do(now, p.w.Tick(now, nil))
	}
	got := p.written
	if len(got) < 6 || got[2] != "send 1" || got[len(got)-2] != "fail 1 1 in doubt" || got[len(got)-1] != "fail 2 1 in doubt" {
		t.Errorf("got %q", got)
	}
}

func TestTheWindowHasRoomForSoMany(t *testing.T) {
	cfg := usual()
	cfg.Limit, cfg.LimitBytes = 2, 100
	w := New(cfg)
	if !w.Room(1000) {
		t.Error("an empty window takes no large message")
	}
	tok, _ := w.Add(0, Message{Size: 60})
	if w.Room(41) || !w.Room(40) {
		t.Error("the bytes aren't bounded")
	}
	w.Add(0, Message{Size: 10})
	if w.Room(0) {
		t.Error("the number isn't bounded")
	}
	w.Remove(0, tok, nil)
	if !w.Room(40) {
		t.Error("there is no room again")
	}
	if _, ok := w.Remove(0, tok, nil); ok {
		t.Error("a token is good twice")
	}
}

// Whatever happens to link and stream: every message ends, what is acknowledged is
// stored, and once, and those with ids are stored in their order unless one was
// already on its way behind a refused one.
func TestRandomTroublesEndWell(t *testing.T) {
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 11))
		w := New(usual())
		type frame struct {
			number uint64
			token  Token
			no     int
		}
		var (
			now         time.Duration
			queue, wire []frame // to be written; on their way to the stream
			answers     []func()
			number      uint64
			up, leader  = false, true
			ids         = map[Token]int{}
			ended       = map[int]string{}
			stored      []int
		)
		var do func([]Action)
		do = func(acts []Action) {
			for _, a := range acts {
				no := ids[a.Token]
				switch a.Kind {
				case Send:
					if up {
						number++
						queue = append(queue, frame{number, a.Token, no})
						w.Sent(now, a.Token, number)
					} else {
						wire = append(wire, frame{0, a.Token, no}) // ahead of the queue
						w.Sent(now, a.Token, 0)
					}
				case Fail:
					if ended[no] != "" {
						t.Fatalf("seed %d: message %d ends twice", seed, no)
					}
					ended[no] = fmt.Sprint("failed ", a.Why)
				case Withdraw:
					had := len(queue)
					queue = slices.DeleteFunc(queue, func(f frame) bool { return f.number > 0 && slices.Contains(a.Numbers, f.number) })
					do(w.Withdrawn(now, a.Token, had-len(queue), nil))
				case Ask:
					tok := a.Token
					answers = append(answers, func() { do(w.Known(now, tok, Exists, nil)) })
				}
			}
		}
		total := 20 + rng.IntN(60)
		next := 0
		for step := 0; len(ended) < total; step++ {
			if step > 200000 {
				t.Fatalf("seed %d: %d of %d have ended", seed, len(ended), total)
			}
			now += ms
			if step < 3000 && rng.IntN(150) == 0 { // troubles
				switch rng.IntN(2) {
				case 0:
					leader = !leader
				case 1:
					if up {
						up = false
						gone := number
						if len(queue) > 0 {
							gone = queue[0].number - 1
						}
						if rng.IntN(2) == 0 { // the answers get lost, or the messages
							wire = nil
						}
						answers = nil
						do(w.LinkDown(now, gone, 0, nil))
					}
				}
			}
			if step >= 3000 {
				leader = true
			}
			if !up && (rng.IntN(20) == 0 || step >= 3000) {
				do(w.LinkUp(now, nil))
				up = true
			}
			if next < total && rng.IntN(5) == 0 && w.Room(1) {
				tok, send := w.Add(now, withID)
				ids[tok] = next
				if send {
					number++
					queue = append(queue, frame{number, tok, next})
					w.Sent(now, tok, number)
				}
				next++
			}
			if up && len(queue) > 0 && rng.IntN(2) == 0 {
				wire = append(wire, queue[0])
				queue = queue[1:]
			}
			if len(wire) > 0 && rng.IntN(2) == 0 {
				f := wire[0]
				wire = wire[1:]
				if leader {
					if !slices.Contains(stored, f.no) {
						stored = append(stored, f.no)
					}
					if up {
						answers = append(answers, func() {
							acts, ok := w.Remove(now, f.token, nil)
							if ok {
								ended[f.no] = "acked"
							}
							do(acts)
						})
					}
				} else if up {
					answers = append(answers, func() { do(w.Refused(now, f.token, nil)) })
				}
			}
			if up && len(answers) > 0 && rng.IntN(2) == 0 {
				f := answers[0]
				answers = answers[1:]
				f()
			}
			if at, ok := w.Deadline(); ok && at <= now {
				do(w.Tick(now, nil))
				if at, ok := w.Deadline(); ok && at <= now {
					t.Fatalf("seed %d: at %v something is due since %v, and stays so", seed, now, at)
				}
			}
		}
		for no, how := range ended {
			if how == "acked" && !slices.Contains(stored, no) {
				t.Fatalf("seed %d: message %d is acknowledged and not stored", seed, no)
			}
			if how != "acked" {
				t.Fatalf("seed %d: message %d with an id %s", seed, no, how)
			}
		}
		if w.Count() != 0 || len(stored) != total {
			t.Fatalf("seed %d: %d left, %d stored of %d", seed, w.Count(), len(stored), total)
		}
	}
}

// What the connection gave up before it was sent ends, and nothing else does.
func TestWhatTheConnectionGaveUpEnds(t *testing.T) {
	w := New(usual())
	w.LinkUp(0, nil)
	var tokens []Token
	for i := range 4 {
		tok, send := w.Add(0, withID)
		if !send {
			t.Fatal("it isn't sent")
		}
		w.Sent(0, tok, uint64(10+i))
		tokens = append(tokens, tok)
	}
	acts := w.GaveUp(0, 11, 12, nil)
	want := []Action{{Kind: Fail, Token: tokens[1], Why: Dropped}, {Kind: Fail, Token: tokens[2], Why: Dropped}}
	if !reflect.DeepEqual(acts, want) || w.Count() != 2 {
		t.Errorf("got %v, %d are left", acts, w.Count())
	}
}
