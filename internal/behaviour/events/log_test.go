package events_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// logged is what a logger was given.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logged) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: level}))
}

// One line for each event, with its fields, at a level that fits.
func TestLoggerWritesALinePerEvent(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		sc := &scene{n: n, s: MemServer(t, n, AddrA), begin: time.Now()}
		var l, quiet logged
		nc := sc.connect(t, nats.Logger(l.logger(slog.LevelDebug)), nats.Name("billing"))
		Connect(t, sc.s.URL(), nats.SetCustomDialer(n), nats.Logger(quiet.logger(slog.LevelWarn))).Close()
		_, err := nc.Subscribe("a", func(*nats.Msg) {})
		Must(t, err)
		Must(t, nc.Flush())
		time.Sleep(5 * time.Second)
		n.Refuse(AddrA)
		n.Cut(AddrA)
		sc.wait(t, nats.EventDisconnected, 1)
		Must(t, nc.Publish("b", nil))
		n.Heal(AddrA)
		sc.wait(t, nats.EventReconnected, 1)
		n.Refuse(AddrA)
		n.Cut(AddrA)
		sc.wait(t, nats.EventDisconnected, 2)
		Must(t, nc.Publish("b", nil))
		nc.Close()
		sc.wait(t, nats.EventClosed, 1)
		synctest.Wait()

		levels := map[string]string{
			"attempt.started": "DEBUG", "attempt.succeeded": "DEBUG", "attempt.failed": "WARN", "connected": "INFO",
			"disconnected": "WARN", "reconnected": "INFO", "messages.dropped": "ERROR", "closed": "ERROR",
		}
		var names []string
		for line := range strings.Lines(l.text()) {
			var rec map[string]any
			Must(t, json.Unmarshal([]byte(line), &rec))
			name, _ := rec["event"].(string)
			names = append(names, name)
			if rec["level"] != levels[name] || rec["connection"] != "billing" || !strings.HasPrefix(rec["msg"].(string), "nats: ") {
				t.Errorf("%s", line)
			}
			if name == "reconnected" {
				want := map[string]any{"server": sc.s.URL(), "epoch": 2.0, "duration": 2e9, "attempts": 2.0, "resubscribed": 1.0,
					"replayed": 0.0, "dropped": 0.0, "gap_subscriptions": 1.0}
				for k, v := range want {
					if rec[k] != v {
						t.Errorf("%s is %v, want %v", k, rec[k], v)
					}
				}
			}
		}
		if want := kinds(sc.all()); !slices.Equal(names, want) {
			t.Errorf("logged %v, the events are %v", names, want)
		}
		if quiet.text() != "" {
			t.Errorf("a connection that was well logged %s", quiet.text())
		}
	})
}

// stderr returns what f lets the client write to standard error.
func stderr(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	Must(t, err)
	before := os.Stderr
	os.Stderr = w
	f()
	os.Stderr = before
	Must(t, w.Close())
	text, err := io.ReadAll(r)
	Must(t, err)
	return string(text)
}

// Without a logger and an error handler an error is a line of standard error, as with
// nats.go, and nothing else is; with a logger it is in the log.
func TestSilentButForErrors(t *testing.T) {
	for _, logs := range []bool{false, true} {
		var l logged
		text := stderr(t, func() {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				opts := []nats.Option{nats.SetCustomDialer(n), nats.ReconnectWait(time.Millisecond)}
				if logs {
					opts = append(opts, nats.Logger(l.logger(slog.LevelDebug)))
				}
				nc := Connect(t, s.URL(), opts...)
				s.Last().HangUp()
				Until(t, "a reconnect", func() bool { return nc.Stats().Reconnects == 1 })
				s.Last().SendErr("trouble")
				time.Sleep(time.Second)
				nc.Close()
			})
		})
		if logs && (text != "" || !strings.Contains(l.text(), "trouble")) || !logs && (strings.Count(text, "\n") != 1 || !strings.Contains(text, "trouble")) {
			t.Errorf("with a log %v: %q", logs, text)
		}
	}
}

// An event is a group of its fields for package slog.
func TestEventIsALogValue(t *testing.T) {
	var l logged
	e := nats.Event{Kind: nats.EventSlowConsumer, Epoch: 3, Subject: "a", Dropped: 7}
	l.logger(slog.LevelInfo).InfoContext(context.Background(), "seen", "nats", e)
	if want := `"nats":{"event":"consumer.slow","epoch":3,"dropped":7,"subject":"a"}`; !strings.Contains(l.text(), want) {
		t.Errorf("%s, want %s", l.text(), want)
	}
}

// Every kind has a name and a sentence of its own.
func TestEveryKindHasANameAndASentence(t *testing.T) {
	seen := make(map[string]nats.EventKind)
	for k := nats.EventAttemptStarted; k <= nats.EventsLost; k++ {
		e := nats.Event{Kind: k}
		for _, text := range []string{k.String(), e.String()} {
			if other, ok := seen[text]; text == "" || strings.Contains(text, "unknown") || ok && other != k {
				t.Errorf("%d: %q, as of %v", k, text, other)
			}
			seen[text] = k
		}
	}
	if last := nats.EventsLost + 1; last.String() != "unknown" || (nats.Event{Kind: last}).String() != "unknown event" {
		t.Errorf("there is a kind behind the last: %s", last)
	}
}
