package reconnect

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the transcripts in testdata with what the machine does now")

// TestTranscripts runs each script of testdata and compares what the machine
// answers with what the file says. The format:
//
//	# a comment
//	policy ReconnectWait=1s NoRandomize     changes fields of the test's policy
//	pool a b c                              the URLs of the call
//	rnd zero|half|max|seed N                what random numbers are like
//	2s lost 1 Network eof                   an event and its time
//	2s failed 2 Refused full adv=a,b        the same; adv= is what the INFO named
//	deadline timeout                        the same at the machine's deadline
//	show                                    the pool
//
// Indented lines are the machine's answers; "until" is its deadline.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runScript(t, string(text))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(text) {
				t.Errorf("%s: the machine does something else:\n%s", file, firstDifference(string(text), got))
			}
		})
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\nwant %q\ngot  %q\n\n%s", i+1, a, b, got)
		}
	}
	return ""
}

type script struct {
	t      *testing.T
	policy Policy
	urls   []string
	rnd    func(int64) int64
	m      *Machine
	now    time.Duration
}

func runScript(t *testing.T, text string) string {
	s := &script{t: t, policy: testPolicy(), rnd: func(n int64) int64 { return n / 2 }}
	var out strings.Builder
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, " ") {
			continue
		}
		out.WriteString(line + "\n")
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		for _, answer := range s.run(fields) {
			out.WriteString("    " + answer + "\n")
		}
	}
	return out.String()
}

// testPolicy is the mission's defaults, save the shuffle and the races, which
// scripts turn on when they are about them.
func testPolicy() Policy {
	return Policy{
		AllowReconnect:     true,
		MaxReconnect:       60,
		ReconnectWait:      2 * time.Second,
		ReconnectJitter:    100 * time.Millisecond,
		ReconnectJitterTLS: time.Second,
		ReconnectJitterMax: 5 * time.Minute,
		NoRandomize:        true,
	}
}

func (s *script) run(f []string) []string {
	switch f[0] {
	case "policy":
		for _, a := range f[1:] {
			s.setPolicy(a)
		}
		return nil
	case "pool":
		s.urls = f[1:]
		return nil
	case "rnd":
		s.setRandom(f[1:])
		return nil
	case "show":
		return s.show()
	}
	if s.m == nil {
		s.m = New(s.policy, s.urls, func(n int64) int64 { return s.rnd(n) })
	}
	var out []string
	if f[0] == "deadline" {
		at, ok := s.m.Deadline()
		if !ok {
			s.t.Fatalf("%v: there is no deadline", f)
		}
		s.now = at
		out = append(out, "at "+at.String())
	} else {
		s.now = s.duration(f[0])
	}
	for _, a := range s.m.Step(s.now, s.event(f[1:]), nil) {
		out = append(out, a.String())
	}
	if at, ok := s.m.Deadline(); ok {
		out = append(out, "until "+at.String())
	}
	return out
}

func (s *script) setPolicy(arg string) {
	name, value, _ := strings.Cut(arg, "=")
	field := reflect.ValueOf(&s.policy).Elem().FieldByName(name)
	if !field.IsValid() {
		s.t.Fatalf("no policy field %q", name)
	}
	switch field.Interface().(type) {
	case bool:
		field.SetBool(value != "false")
	case int:
		n, err := strconv.Atoi(value)
		if err != nil {
			s.t.Fatal(err)
		}
		field.SetInt(int64(n))
	case time.Duration:
		field.SetInt(int64(s.duration(value)))
	}
}

func (s *script) setRandom(f []string) {
	switch f[0] {
	case "zero":
		s.rnd = func(int64) int64 { return 0 }
	case "half":
		s.rnd = func(n int64) int64 { return n / 2 }
	case "max":
		s.rnd = func(n int64) int64 { return n - 1 }
	case "seed":
		r := rand.New(rand.NewPCG(uint64(s.number(f[1])), 0))
		s.rnd = r.Int64N
	default:
		s.t.Fatalf("unknown randomness %q", f[0])
	}
}

func (s *script) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *script) number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *script) event(f []string) Event {
	arg := func(i int) string {
		if i < len(f) {
			return f[i]
		}
		return ""
	}
	switch f[0] {
	case "start":
		return Event{Kind: Start}
	case "established":
		ev := Event{Kind: Established, Attempt: uint32(s.number(f[1]))}
		for _, a := range f[2:] {
			ev.TLS = ev.TLS || a == "tls"
			ev.Same = ev.Same || a == "same"
			if list, ok := strings.CutPrefix(a, "adv="); ok {
				ev.Advertised = urlList(list)
			}
		}
		return ev
	case "failed":
		ev := Event{Kind: Failed, Attempt: uint32(s.number(f[1])), Failure: s.failure(arg(2), arg(3))}
		if list, ok := strings.CutPrefix(arg(4), "adv="); ok {
			ev.Advertised = urlList(list)
		}
		return ev
	case "lost":
		return Event{Kind: Lost, Epoch: uint64(s.number(f[1])), Failure: s.failure(arg(2), arg(3))}
	case "info":
		ev := Event{Kind: Info, Epoch: uint64(s.number(f[1]))}
		if list, ok := strings.CutPrefix(arg(2), "adv="); ok {
			ev.Advertised = urlList(list)
		}
		return ev
	case "timeout":
		return Event{Kind: Timeout}
	case "delay":
		return Event{Kind: DelayAnswer, Token: uint32(s.number(f[1])), Delay: s.duration(f[2])}
	case "server":
		url := arg(2)
		if url == "-" {
			url = ""
		}
		return Event{Kind: ServerAnswer, Token: uint32(s.number(f[1])), URL: url, Delay: s.duration(f[3])}
	case "force":
		return Event{Kind: ForceReconnect, Failure: Failure{Kind: Forced, Err: errors.New("forced")}}
	case "setpool":
		return Event{Kind: SetPool, URLs: f[1:]}
	case "close":
		return Event{Kind: Close}
	}
	return s.moveEvent(f, arg)
}

// moveEvent is an event of a move to another server.
func (s *script) moveEvent(f []string, arg func(int) string) Event {
	delay := func(text string) time.Duration {
		if text == "" {
			return 0
		}
		return s.duration(text)
	}
	switch f[0] {
	case "lameduck": // the epoch, and the grace if it is known
		return Event{Kind: LameDuck, Epoch: uint64(s.number(f[1])), Delay: delay(arg(2))}
	case "lameduck-at": // the attempt of a prepared link
		return Event{Kind: LameDuck, Attempt: uint32(s.number(f[1]))}
	case "migrate":
		return Event{Kind: Migrate, Delay: delay(arg(1))}
	case "ready":
		return Event{Kind: Ready, Attempt: uint32(s.number(f[1]))}
	case "notready":
		return Event{Kind: NotReady, Attempt: uint32(s.number(f[1])), Failure: s.failure(arg(2), arg(3))}
	case "finished":
		return Event{Kind: OldFinished, Epoch: uint64(s.number(f[1]))}
	case "stay":
		return Event{Kind: Stay, Failure: s.failure("Local", arg(1))}
	}
	s.t.Fatalf("unknown event %q", f)
	return Event{}
}

func urlList(list string) []string {
	if list == "" {
		return []string{}
	}
	return strings.Split(list, ",")
}

func (s *script) failure(kind, text string) Failure {
	for k, name := range failureNames {
		if name == kind {
			f := Failure{Kind: FailureKind(k), Err: errors.New(strings.ToLower(kind))}
			if text != "" {
				f.Err = errors.New(text)
			}
			if f.Kind == Auth {
				f.Reason = text
			}
			return f
		}
	}
	s.t.Fatalf("unknown failure %q", kind)
	return Failure{}
}

func (s *script) show() []string {
	var out []string
	for _, v := range s.m.Servers() {
		line := v.URL
		if !v.Given {
			line += " discovered"
		}
		if v.EverConnected {
			line += " worked"
		}
		if v.Failures > 0 {
			line += fmt.Sprintf(" failures=%d", v.Failures)
		}
		if v.LastFailed >= 0 {
			line += fmt.Sprintf(" failed@%v", v.LastFailed)
		}
		out = append(out, line)
	}
	return out
}
