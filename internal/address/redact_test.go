package address

import (
	"errors"
	"strings"
	"testing"
)

func TestRedacted(t *testing.T) {
	for in, want := range map[string]string{
		"nats://host:1":          "nats://host:1",
		"nats://user:pass@host":  "nats://user:xxxxx@host:4222",
		"nats://token@host":      "nats://xxxxx@host:4222",
		"nats://user:@host":      "nats://user:xxxxx@host:4222",
		"wss://user:p@host/path": "wss://user:xxxxx@host:443/path",
	} {
		s, err := Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Redacted(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := Redact(nil); got != "" {
		t.Errorf("nil: %q", got)
	}
}

func TestURLErrorsHideCredentials(t *testing.T) {
	for _, in := range []string{
		"nats://user:s3cret@ho st", "nats://s3cret@host:port", "user:s3cret@a,b", "foo://s3cret@host:port",
		"nats://user:s3cr/s3cret@host", "nats://user:%zzs3cret@host", "user:s3cret@:99999",
		"nats://user:x@s3cret@host:port", "s3cret:s3cret@::1",
	} {
		_, err := Parse(in)
		if err == nil {
			t.Errorf("%q was accepted", in)
			continue
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %T", in, err)
			continue
		}
		for _, text := range []string{err.Error(), e.Shown, e.Why, e.Port} {
			if strings.Contains(text, "s3cr") {
				t.Errorf("%q: the error shows the secret: %s", in, text)
			}
		}
	}
}
