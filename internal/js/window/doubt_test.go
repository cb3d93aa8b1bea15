package window

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func (p *tape) refuse(now time.Duration, no int) {
	p.do(now, p.w.Refused(now, p.byNo[no], nil))
}

func (p *tape) tick(now time.Duration) { p.do(now, p.w.Tick(now, nil)) }

// A leader that dies takes messages with it, unanswered: they go out again before newer
// ones that nobody took.
func TestWhatNothingWasHeardOfGoesBeforeWhatWasRefused(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.add(0, 2, withID)
	p.add(100*ms, 3, withoutID) // can't be sent twice
	p.add(200*ms, 4, withID)
	p.refuse(201*ms, 4)
	p.add(202*ms, 5, withID)
	p.do(203*ms, p.w.Known(203*ms, p.byNo[4], Exists, nil))
	p.want("new 1", "new 2", "new 3", "new 4", "ask 4")
	p.tick(451 * ms)
	p.want("send 1")
	p.refuse(452*ms, 1) // it still has no leader, and 1 is in doubt
	p.do(453*ms, p.w.Known(453*ms, p.byNo[1], Exists, nil))
	p.tick(702 * ms)
	p.want("ask 1", "send 1")
	p.ack(703*ms, 1) // it is there
	p.want("send 2", "send 4", "send 5")
}

// That a silent one is stored doesn't say that the stream is back which refused another:
// it may be another stream's.
func TestASilentOneThatIsStoredReleasesOnlySilentOnes(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.add(0, 2, withID)
	p.add(200*ms, 3, withID)
	p.refuse(201*ms, 3)
	p.do(202*ms, p.w.Known(202*ms, p.byNo[3], Exists, nil))
	p.add(203*ms, 4, withID)
	p.want("new 1", "new 2", "new 3", "ask 3")
	p.tick(451 * ms)
	p.ack(452*ms, 1)
	p.want("send 1", "send 2")
	p.tick(452 * ms)
	p.want("send 3")
	p.refuse(453*ms, 3)
	p.tick(453 * ms)
	p.want()
	p.ack(460*ms, 2)
	p.tick(710 * ms)
	p.want("send 3")
	p.ack(711*ms, 3)
	p.want("send 4")
}

// A probe of which nothing is heard is soon sent again, with an id; without one another
// has to find out.
func TestAProbeThatIsSilentHoldsUpNobodyForLong(t *testing.T) {
	for _, m := range []Message{withID, withoutID} {
		p := newTape(t, usual())
		p.do(0, p.w.LinkUp(0, nil))
		p.add(0, 1, m)
		p.refuse(0, 1)
		p.do(0, p.w.Known(0, p.byNo[1], Exists, nil))
		p.add(0, 2, m)
		p.tick(250 * ms)
		p.want("new 1", "ask 1", "send 1")
		var at time.Duration
		for now := 251 * ms; now < 10*time.Second && len(p.written) == 0; now += 10 * ms {
			at = now
			p.tick(now)
		}
		if m.ID && (at > 2*time.Second || !slices.Equal(p.written, []string{"send 1"})) {
			t.Errorf("with an id: %v at %v", p.written, at)
		}
		if !m.ID && (at > 6*time.Second || !slices.Equal(p.written, []string{"send 2"})) {
			t.Errorf("without an id: %v at %v", p.written, at)
		}
	}
}

// One of which a copy may be stored isn't given up when nobody can say whether there is a
// stream, and when it is in the end that is said.
func TestWhatIsInDoubtIsTriedToTheEnd(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.do(ms, p.w.LinkDown(ms, 1, 0, nil))
	p.do(2*ms, p.w.LinkUp(2*ms, nil))
	p.want("new 1", "send 1")
	p.refuse(3*ms, 1)
	now := 4 * ms
	for ; now < 2*time.Minute && p.w.Count() > 0; now += 50 * ms {
		for len(p.written) > 0 {
			what := p.written[0]
			p.written = p.written[1:]
			switch what {
			case "send 1":
				p.refuse(now, 1)
			case "ask 1":
				p.do(now, p.w.Known(now, p.byNo[1], Unknown, nil))
			}
		}
		p.tick(now)
	}
	if now < 59*time.Second || len(p.written) != 1 || p.written[0] != "fail 1 2 in doubt" {
		t.Errorf("it ended with %q at %v", p.written, now)
	}
}

// When every copy was refused nothing is in doubt.
func TestWhatWasAlwaysRefusedIsntInDoubt(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	m := withID
	m.Attempts, m.Exactly = 1, true
	p.add(0, 1, m)
	for now := time.Duration(0); now <= 5500*ms; now += 100 * ms {
		p.tick(now) // sent again, since nothing is heard
	}
	p.want("new 1", "send 1")
	p.refuse(5600*ms, 1)
	p.refuse(5601*ms, 1) // the answer to the other copy
	p.tick(5851 * ms)
	p.refuse(5852*ms, 1)
	p.want("ask 1", "send 1", "fail 1 2")
}

// What may be stored isn't sent any more when the stream may have forgotten its id.
func TestWhatIsInDoubtIsntSentPastTheDuplicateWindow(t *testing.T) {
	cfg := usual()
	cfg.Patience = time.Hour
	p := newTape(t, cfg)
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.do(ms, p.w.LinkDown(ms, 1, 0, nil))
	p.do(2*ms, p.w.LinkUp(2*ms, nil))
	p.refuse(3*ms, 1)
	p.do(4*ms, p.w.Known(4*ms, p.byNo[1], Exists, nil))
	p.add(5*ms, 2, withID)
	now := 2*time.Minute + time.Second
	p.tick(now)
	p.want("new 1", "send 1", "ask 1", "fail 1 2 in doubt", "send 2")
}

// A stream whose leaders die, hang and are elected while links are lost, in front of a
// window with messages of all kinds: what ends without doubt ends with the truth, nothing
// is stored twice, and with ids everything is stored, unless a limit ends it before.
func TestEndsAreTrue(t *testing.T) {
	var doubts, refusals, stores int
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 12))
		cfg := usual()
		if rng.IntN(4) == 0 {
			cfg.Timeout = time.Duration(1+rng.IntN(10)) * time.Second
		}
		w := New(cfg)
		const (
			leads  = iota
			absent // nobody takes messages, which is answered
			hangs  // they are taken, and that is all that is heard
			last   // the number of states
		)
		type frame struct {
			number uint64
			token  Token
			no     int
		}
		var (
			now         time.Duration
			queue, wire []frame
			answers     []func()
			number      uint64
			up, stream  = false, leads
			kinds       []Message
			nos         = map[Token]int{}
			ended       = map[int]string{}
			stored      []int
		)
		end := func(no int, how string) {
			if ended[no] != "" {
				t.Fatalf("seed %d: message %d ends twice", seed, no)
			}
			ended[no] = how
		}
		var do func([]Action)
		do = func(acts []Action) {
			for _, a := range acts {
				no, tok := nos[a.Token], a.Token
				switch a.Kind {
				case Send:
					if up {
						number++
						queue = append(queue, frame{number, tok, no})
						w.Sent(now, tok, number)
					} else {
						wire = append(wire, frame{0, tok, no})
						w.Sent(now, tok, 0)
					}
				case Fail:
					switch {
					case a.Doubt:
						end(no, "in doubt")
					case a.Why == Timeout:
						end(no, "late")
					default:
						end(no, fmt.Sprint("failed ", a.Why))
					}
				case Withdraw:
					had := len(queue)
					queue = slices.DeleteFunc(queue, func(f frame) bool { return f.number > 0 && slices.Contains(a.Numbers, f.number) })
					do(w.Withdrawn(now, a.Token, had-len(queue), nil))
				case Ask:
					said := []Answer{Exists, Exists, Unknown}[rng.IntN(3)]
					answers = append(answers, func() { do(w.Known(now, tok, said, nil)) })
				}
			}
		}
		total, next := 20+rng.IntN(40), 0
		for step := 0; len(ended) < total; step++ {
			if step > 400000 {
				t.Fatalf("seed %d: %d of %d have ended", seed, len(ended), total)
			}
			now += 5 * ms
			calm := step > 4000
			if calm {
				stream = leads
			} else if rng.IntN(150) == 0 {
				stream = rng.IntN(last)
			} else if up && rng.IntN(400) == 0 {
				up = false
				gone := number
				if len(queue) > 0 {
					gone = queue[0].number - 1
				}
				if rng.IntN(2) == 0 {
					wire = nil
				}
				answers = nil
				do(w.LinkDown(now, gone, 0, nil))
			}
			if !up && (calm || rng.IntN(20) == 0) {
				do(w.LinkUp(now, nil))
				up = true
			}
			if next < total && rng.IntN(20) == 0 && w.Room(1) {
				m := Message{Size: 1, ID: rng.IntN(4) > 0, Attempts: 2, Wait: 250 * ms, Exactly: rng.IntN(5) == 0}
				tok, send := w.Add(now, m)
				nos[tok] = next
				kinds = append(kinds, m)
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
				take := stream == leads || stream == hangs && rng.IntN(2) == 0
				if take && (!kinds[f.no].ID || !slices.Contains(stored, f.no)) {
					stored = append(stored, f.no)
				}
				switch {
				case !up:
				case stream == leads:
					answers = append(answers, func() {
						acts, ok := w.Remove(now, f.token, nil)
						if ok {
							end(f.no, "acked")
						}
						do(acts)
					})
				case stream == absent:
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
		for _, f := range slices.Concat(queue, wire) { // what is still under way arrives
			if !kinds[f.no].ID || !slices.Contains(stored, f.no) {
				stored = append(stored, f.no)
			}
		}
		for no, how := range ended {
			n := 0
			for _, s := range stored {
				if s == no {
					n++
				}
			}
			unlimited := kinds[no].ID && !kinds[no].Exactly && cfg.Timeout == 0
			switch {
			case n > 1:
				t.Fatalf("seed %d: message %d is stored %d times", seed, no, n)
			case how == "acked" && n == 0:
				t.Fatalf("seed %d: message %d is acknowledged and not stored", seed, no)
			case how == "in doubt":
				doubts++
			case how != "acked" && n > 0:
				t.Fatalf("seed %d: message %d %s, and is stored", seed, no, how)
			case how != "acked":
				refusals++
			default:
				stores++
			}
			if unlimited && how == "in doubt" {
				t.Fatalf("seed %d: message %d has an id and no limit, and is in doubt", seed, no)
			}
		}
	}
	t.Logf("%d acknowledged, %d refused, %d in doubt", stores, refusals, doubts)
	if doubts == 0 || refusals == 0 {
		t.Error("the troubles are too small")
	}
}

// What waited behind one that failed is sent, and has its own time then.
func TestWhatWaitedForTooLongAnotherHasItsOwnTimeOnceSent(t *testing.T) {
	p := newTape(t, Config{Limit: 100, Patience: 5 * time.Second, Resend: time.Minute, Replay: 2 * time.Minute})
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, Message{Size: 10, Attempts: 1000, Wait: time.Hour})
	p.refuse(1*ms, 1)
	p.add(2*ms, 2, withID)
	p.want("new 1", "ask 1")
	p.tick(6 * time.Second)
	p.want(fmt.Sprint("fail 1 ", NoStream), "send 2")
	p.tick(10 * time.Second)
	p.want()
	p.tick(12 * time.Second)
	p.want(fmt.Sprint("fail 2 ", Timeout, " in doubt"))
}
