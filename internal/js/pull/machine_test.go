package pull

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats/internal/js/api"
)

const ms = time.Millisecond

// standard is what Consume asks for by default, without jitter.
func standard() Config {
	return Config{Messages: 500, LowMessages: 250, Expires: 30 * time.Second, Heartbeat: 5 * time.Second}
}

func text(acts []Action) string {
	var b []string
	for _, a := range acts {
		switch a.Kind {
		case Pull:
			s := fmt.Sprintf("pull %d: %d", a.Request.ID, a.Request.Messages)
			if a.Request.Bytes > 0 {
				s += fmt.Sprintf("/%dB", a.Request.Bytes)
			}
			if a.Request.NoWait {
				s += " now"
			}
			if a.Request.Expires > 0 {
				s += fmt.Sprintf(" %v", a.Request.Expires)
			}
			if a.Request.Heartbeat > 0 {
				s += fmt.Sprintf(" hb %v", a.Request.Heartbeat)
			}
			if a.Request.Pin != "" {
				s += " pin " + a.Request.Pin
			}
			b = append(b, s)
		case Warn:
			b = append(b, fmt.Sprintf("warn %d", a.Why))
		case End:
			b = append(b, fmt.Sprintf("end %d/%d", a.Why, a.Trouble))
		case Ask:
			b = append(b, "ask")
		}
	}
	return strings.Join(b, ", ")
}

// play feeds a script of lines "<ms> <event> [arguments] → <what it answers>".
func play(t *testing.T, cfg Config, script string) *Machine {
	t.Helper()
	m := New(cfg)
	for _, line := range strings.Split(strings.TrimSpace(script), "\n") {
		line = strings.TrimSpace(line)
		left, want, _ := strings.Cut(line, "→")
		f := strings.Fields(left)
		var at int
		fmt.Sscan(f[0], &at)
		now := time.Duration(at) * ms
		num := func(i int) (n int) { fmt.Sscan(f[i], &n); return n }
		var acts []Action
		switch f[1] {
		case "up":
			acts = m.LinkUp(now, uint64(num(2)), nil)
		case "down":
			m.LinkDown(uint64(num(2)))
		case "leader":
			acts = m.Leader(now, nil)
		case "msgs": // count size [pin]
			pin := ""
			if len(f) > 4 {
				pin = f[4]
			}
			for range num(2) {
				acts = m.Message(now, num(3), pin, acts)
			}
		case "done": // count size
			acts = m.Handled(now, num(2), num(2)*num(3), nil)
		case "status": // id code text…
			acts = m.Status(now, uint64(num(2)), api.ParseStatus(f[3], strings.Join(f[4:], " ")), nil)
		case "stop":
			m.Stop()
		case "go":
			acts = m.Go(now, nil)
		case "renew":
			acts = m.Renew(now, nil)
		case "asked":
			acts = m.Asked(now, Answer(num(2)), nil)
		case "tick":
			if dl, ok := m.Deadline(); !ok || dl > now {
				t.Errorf("%s: the deadline is %v, %v", line, dl, ok)
			}
			acts = m.Tick(now, nil)
		case "idle": // nothing is due
			if dl, ok := m.Deadline(); ok && dl <= now {
				t.Errorf("%s: something is due since %v", line, dl)
			}
			acts = m.Tick(now, nil)
		default:
			t.Fatalf("what is %q?", f[1])
		}
		if got := text(acts); got != strings.TrimSpace(want) {
			t.Fatalf("%s\n  it answered: %s", line, got)
		}
	}
	return m
}

func TestPullsWhenHalfIsHandled(t *testing.T) {
	play(t, standard(), `
		0 up 1 → pull 1: 500 30s hb 5s
		1 msgs 500 10 →
		2 done 249 10 →
		3 done 1 10 → pull 2: 250 30s hb 5s
		4 msgs 250 10 →
		5 done 500 10 → pull 3: 500 30s hb 5s`)
}

func TestBytesAreBoundedToo(t *testing.T) {
	cfg := standard()
	cfg.Messages, cfg.LowMessages, cfg.Bytes, cfg.LowBytes = 1000000, 500000, 1000, 500
	play(t, cfg, `
		0 up 1 → pull 1: 1000000/1000B 30s hb 5s
		1 msgs 4 100 →
		2 done 4 100 →
		3 status 1 409 Message Size Exceeds MaxBytes → pull 2: 1000000/1000B 30s hb 5s
		4 status 2 409 Message Size Exceeds MaxBytes → warn 10
		53 idle →
		54 tick → pull 3: 1000000/1000B 2s hb 400ms`)
}

func TestEachEndOfAPullLeadsToANewOne(t *testing.T) {
	for status, want := range map[string]string{
		"408 Request Timeout":                  "pull 2: 500 30s hb 5s",
		"408 Interest Expired":                 "pull 2: 500 30s hb 5s",
		"404 No Messages":                      "pull 2: 500 30s hb 5s",
		"409 Batch Completed":                  "pull 2: 500 30s hb 5s",
		"409 Leadership Change":                "warn 5, pull 2: 500 2s hb 400ms",
		"409 Server Shutdown":                  "warn 6, pull 2: 500 2s hb 400ms",
		"409 Message Size Exceeds MaxBytes":    "pull 2: 500 30s hb 5s",
		"409 Exceeded MaxRequestBatch of 100":  "warn 12, pull 2: 100 30s hb 5s, pull 3: 100 30s hb 5s, pull 4: 100 30s hb 5s",
		"409 Exceeded MaxRequestExpires of 1s": "warn 12, pull 2: 500 1s hb 500ms",
		"423 Nats-Pin-Id mismatch":             "warn 13, pull 2: 500 30s hb 5s",
	} {
		play(t, standard(), "0 up 1 → pull 1: 500 30s hb 5s\n 10 status 1 "+status+" → "+want)
	}
	for status, why := range map[string]Reason{
		"503 ": NoResponders, "409 Exceeded MaxWaiting": TooManyWaiting, "409 Something New": Other,
		"499 Whatever": Other, "500 Internal": Other,
	} {
		play(t, standard(), fmt.Sprintf(`
			0 up 1 → pull 1: 500 30s hb 5s
			10 status 1 %s → warn %d
			60 tick → pull 2: 500 2s hb 400ms`, status, why))
	}
}

func TestOnlyWhatIsFinalEndsIt(t *testing.T) {
	for status, why := range map[string]Reason{
		"409 Consumer Deleted": Deleted, "409 Consumer is push based": PushBased, "400 Bad Request": BadRequest,
	} {
		m := play(t, standard(), fmt.Sprintf(`
			0 up 1 → pull 1: 500 30s hb 5s
			10 status 1 %s → end %d/0
			11 up 2 →`, status, why))
		if _, ok := m.Deadline(); ok || !m.Over() {
			t.Errorf("%s: it waits for something", status)
		}
	}
}

func TestANewLinkVoidsAllPullsAndPullsAtOnce(t *testing.T) {
	play(t, standard(), `
		0 up 1 → pull 1: 500 30s hb 5s
		1 msgs 100 10 →
		2 down 1 →
		3 up 2 → pull 2: 400 2s hb 400ms
		4 status 1 408 Request Timeout →
		5 status 2 100 Idle Heartbeat →
		6 up 2 →
		7 status 2 408 Request Timeout → pull 3: 400 30s hb 5s`)
}

func TestNothingIsMissedWhileTheLinkIsDown(t *testing.T) {
	m := play(t, standard(), `
		0 up 1 → pull 1: 500 30s hb 5s
		9000 down 1 →
		60000 idle →
		60001 up 2 → pull 2: 500 2s hb 400ms
		60800 idle →`)
	if at, _ := m.Deadline(); at != 60801*ms {
		t.Errorf("the probe is missed at %v", at)
	}
}

func TestALostProbeIsFoundOutSoonAndReportedLate(t *testing.T) {
	play(t, standard(), `
		0 up 1 → pull 1: 500 30s hb 5s
		1 down 1 →
		2 up 2 → pull 2: 500 2s hb 400ms
		802 tick → pull 3: 500 2s hb 400ms
		1602 tick → pull 4: 500 2s hb 400ms
		2402 tick → ask, pull 5: 500 2s hb 400ms
		2403 status 5 100 Idle Heartbeat →`)
	play(t, standard(), `
		0 up 1 → pull 1: 500 30s hb 5s
		9999 idle →
		10000 tick → warn 3, pull 2: 500 2s hb 400ms
		10800 tick → pull 3: 500 2s hb 400ms
		10900 status 3 100 Idle Heartbeat →
		11000 status 3 408 Request Timeout → pull 4: 500 30s hb 5s`)
}

func TestAConsumerWithoutLeaderIsAskedQuickly(t *testing.T) {
	play(t, standard(), `
		0 up 1 → pull 1: 500 30s hb 5s
		0 status 1 503 → warn 4
		50 tick → pull 2: 500 2s hb 400ms
		50 status 2 503 →
		150 tick → pull 3: 500 2s hb 400ms
		150 status 3 503 → ask
		200 asked 1 →
		350 tick → pull 4: 500 2s hb 400ms
		350 msgs 1 10 →
		351 status 4 503 →
		401 tick → pull 5: 499 2s hb 400ms
		401 status 5 503 →
		501 tick → pull 6: 499 2s hb 400ms
		501 status 6 503 → ask
		502 asked 2 → end 7/0`)
}

func TestANewLeaderIsAskedAtOnce(t *testing.T) {
	play(t, standard(), `
		0 up 1 → pull 1: 500 30s hb 5s
		3000 leader → pull 2: 500 2s hb 400ms
		3001 msgs 500 10 →
		3002 leader →
		3003 done 500 10 → pull 3: 500 30s hb 5s
		3004 msgs 1 10 →
		3005 leader →`)
}

// A pull of which nothing has come may have been sent just when there was no leader, and
// then nobody has it, whatever was heard before.
func TestANewLeaderIsAskedForWhatMayHaveReachedNobody(t *testing.T) {
	play(t, standard(), `
		0 up 1 → pull 1: 500 30s hb 5s
		3000 msgs 250 10 →
		3001 done 250 10 → pull 2: 250 30s hb 5s
		3050 leader → pull 3: 500 2s hb 400ms
		3100 status 3 100 →
		3101 leader →`)
}

func TestBytesMayBoundEachPullAlone(t *testing.T) {
	cfg := standard()
	cfg.Messages, cfg.LowMessages, cfg.Bytes, cfg.Each = 10, 4, 1000, true
	play(t, cfg, `
		0 up 1 → pull 1: 10/1000B 30s hb 5s
		1 msgs 5 100 →
		2 done 5 100 →
		3 msgs 1 100 →
		4 done 1 100 → pull 2: 6/1000B 30s hb 5s
		5 status 1 409 Message Size Exceeds MaxBytes →
		6 msgs 1 990 →
		7 status 2 409 Message Size Exceeds MaxBytes → pull 3: 9/1000B 30s hb 5s
		8 done 1 990 →`)
}

func TestNothingIsAskedForBeforeItIsWanted(t *testing.T) {
	cfg := standard()
	cfg.Held = true
	play(t, cfg, `
		0 up 1 →
		20000 idle →
		20001 go → pull 1: 500 30s hb 5s
		20002 go →`)
}

func TestAConsumerOnOneServerIsAskedAboutAtOnce(t *testing.T) {
	cfg := Config{Messages: 5, Total: 5, Once: true, Single: true, Expires: 100 * ms}
	play(t, cfg, `
		0 up 1 → pull 1: 5 100ms
		1 status 1 503 → ask
		2 renew → pull 2: 5 98ms`)
}

func TestAConsumerOfWhichNothingIsHeardIsLookedFor(t *testing.T) {
	cfg := standard()
	cfg.Look = 2 * time.Second
	play(t, cfg, `
		0 up 1 → pull 1: 500 30s hb 5s
		1999 idle →
		2000 tick → pull 2: 1 now
		2001 status 2 404 No Messages →
		4000 idle →
		4001 tick → pull 3: 1 now
		4500 msgs 1 10 →
		6499 idle →
		6500 tick → pull 4: 1 now
		6501 status 4 503 → warn 4
		6550 idle →
		6551 tick → pull 5: 499 2s hb 400ms
		6552 status 4 503 →
		6553 up 2 → pull 6: 499 2s hb 400ms`)
	// What nobody answers isn't asked for all the time, and one of before says nothing.
	play(t, cfg, `
		0 up 1 → pull 1: 500 30s hb 5s
		2000 tick → pull 2: 1 now
		3999 idle →
		4000 tick → pull 3: 1 now
		4001 down 1 →
		5000 up 2 → pull 4: 500 2s hb 400ms
		5001 status 3 503 →
		5002 status 4 100 Idle Heartbeat →
		5003 stop →
		5004 renew → pull 5: 500 2s hb 400ms
		5005 status 4 503 →`)
}

func TestThePinGoesWithThePulls(t *testing.T) {
	cfg := standard()
	cfg.Messages, cfg.LowMessages = 2, 1
	play(t, cfg, `
		0 up 1 → pull 1: 2 30s hb 5s
		1 msgs 1 10 P →
		2 done 1 10 → pull 2: 1 30s hb 5s pin P
		3 status 1 423 Nats-Wrong-Pin-Id → warn 13, pull 3: 1 30s hb 5s
		4 status 2 423 Nats-Wrong-Pin-Id → pull 4: 1 30s hb 5s`)
}

func TestAFetchThatIsNotThePinnedOneEnds(t *testing.T) {
	cfg := fetch(2, time.Second)
	cfg.Pin = "P"
	play(t, cfg, `
		0 up 1 → pull 1: 2 1s pin P
		3 status 1 423 Nats-Wrong-Pin-Id → end 13/0`)
}

func TestItStopsAfterTheTotal(t *testing.T) {
	cfg := standard()
	cfg.Total = 600
	play(t, cfg, `
		0 up 1 → pull 1: 500 30s hb 5s
		1 msgs 500 10 →
		2 done 300 10 → pull 2: 100 30s hb 5s
		3 msgs 99 10 →
		4 done 200 10 →
		5 msgs 1 10 → end 1/0`)
}

func fetch(batch int, wait time.Duration) Config {
	return Config{Messages: batch, Total: batch, Expires: wait, Once: true}
}

func TestAFetchGoesOnOverALeaderChangeAndANewLink(t *testing.T) {
	play(t, fetch(10, time.Second), `
		0 up 1 → pull 1: 10 1s
		100 msgs 3 10 →
		200 status 1 409 Leadership Change → pull 2: 7 800ms
		210 status 2 503 →
		310 tick → pull 3: 7 690ms
		320 down 1 →
		600 up 2 → pull 4: 7 400ms
		700 msgs 7 10 → end 1/0`)
}

func TestAFetchEndsWithItsTime(t *testing.T) {
	play(t, fetch(10, time.Second), `
		0 up 1 → pull 1: 10 1s
		990 status 1 408 Request Timeout → end 1/0`)
	play(t, fetch(10, time.Second), `
		0 up 1 → pull 1: 10 1s
		100 down 1 →
		1099 idle →
		1100 tick → end 1/0`)
	play(t, fetch(10, 200*ms), `
		0 up 1 → pull 1: 10 200ms
		100 status 1 503 →
		150 tick → pull 2: 10 50ms
		151 status 2 503 →
		251 tick →
		300 tick → end 2/4`)
	play(t, fetch(10, time.Second), `
		0 idle →
		500 idle →
		1100 tick → end 1/0`)
	cfg := fetch(10, 0)
	cfg.NoWait = true
	play(t, cfg, "0 up 1 → pull 1: 10 now\n1 msgs 2 10 →\n2 status 1 404 No Messages → end 1/0")
	play(t, cfg, "0 up 1 → pull 1: 10 now\n1 status 1 503 → end 4/0")
}

func TestItBeginsAnewWithAnotherConsumer(t *testing.T) {
	play(t, standard(), `
		0 up 1 → pull 1: 500 30s hb 5s
		1 msgs 100 10 →
		2 stop →
		3 done 50 10 →
		4 renew → pull 2: 450 2s hb 400ms
		5 status 1 408 Request Timeout →
		6 status 2 409 Consumer Deleted → end 7/0
		7 renew → pull 3: 450 2s hb 400ms
		8 stop →
		9 down 1 →
		10 renew →
		11 up 2 → pull 4: 450 2s hb 400ms
		12 status 4 100 Idle Heartbeat →
		13 status 4 408 Request Timeout → pull 5: 450 30s hb 5s`)
}

// The link that it goes on with may have come while it had no consumer.
func TestItBeginsAnewOnALinkThatCameMeanwhile(t *testing.T) {
	for _, before := range []string{"2 stop →", "2 status 1 409 Consumer Deleted → end 7/0"} {
		m := play(t, standard(), `
			0 up 1 → pull 1: 500 30s hb 5s
			`+before+`
			3 down 1 →
			4 up 2 →
			5 leader →
			6 idle →
			7 renew → pull 2: 500 2s hb 400ms
			8 down 1 →
			9 up 2 →`)
		if !m.Waits(2) || m.Waits(1) {
			t.Error("not the second pull is under way")
		}
	}
	play(t, standard(), `
		0 up 1 → pull 1: 500 30s hb 5s
		1 stop →
		2 down 1 →
		3 up 2 →
		4 down 2 →
		5 renew →
		6 up 3 → pull 2: 500 2s hb 400ms`)
}
