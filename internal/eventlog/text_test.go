package eventlog

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// Every kind has a name and a sentence of its own, and is in the log under that name.
func TestEveryKindIsNamed(t *testing.T) {
	seen := map[string]Kind{}
	for k := AttemptStarted; k <= Lost; k++ {
		e := &Event{Kind: k, Server: "nats://a", From: "nats://b", Err: errors.New("nats: no"), Phase: "x", Count: 2}
		for _, text := range []string{k.String(), e.String()} {
			if other, known := seen[text]; known || strings.HasPrefix(text, "unknown") {
				t.Errorf("kind %d: %q, as is kind %d", k, text, other)
			}
			seen[text] = k
		}
		if attrs := e.Attrs(); attrs[0].Key != "event" || attrs[0].Value.String() != k.String() {
			t.Errorf("%v: %v", k, attrs)
		}
	}
	for _, k := range []Kind{0, Lost + 1} {
		if k.String() != "unknown" {
			t.Errorf("kind %d is %q", k, k)
		}
	}
}

// A move says from where and to which server, and in what time.
func TestMoves(t *testing.T) {
	e := &Event{Kind: Migrated, From: "nats://a", Server: "nats://b", Duration: 12 * time.Millisecond}
	if s := e.String(); s != "moved from nats://a to nats://b in 12ms" || e.Level() != slog.LevelInfo {
		t.Errorf("%v: %s", e.Level(), s)
	}
	e = &Event{Kind: MigrationFailed, Err: errors.New("nats: no server"), Duration: time.Second}
	if s := e.String(); s != "the move to another server was given up after 1s: no server" || e.Level() != slog.LevelWarn {
		t.Errorf("%v: %s", e.Level(), s)
	}
	if s := e.Attrs(); len(s) != 4 || s[3].Key != "duration" {
		t.Errorf("%v", s)
	}
}
