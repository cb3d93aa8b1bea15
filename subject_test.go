package nats

import (
	"bytes"
	"strconv"
	"testing"
)

func TestSubjects(t *testing.T) {
	for _, c := range []struct {
		subject         string
		publish, listen bool // good for
		queue           bool
	}{
		{"", false, false, true},
		{"foo", true, true, true},
		{"foo.bar", true, true, true},
		{"foo bar", false, false, false},
		{" foo", false, false, false},
		{"foo ", false, false, false},
		{"foo\tbar", false, false, false},
		{"foo\r", false, false, false},
		{"foo\n", false, false, false},
		{"foo\r\nPUB x 0", false, false, false},
		{"foo.", true, false, true},
		{".foo", true, false, true},
		{"foo..bar", true, false, true},
		{".", true, false, true},
		{"*", true, true, true},
		{"foo.*.bar", true, true, true},
		{">", true, true, true},
		{"foo.>", true, true, true},
		{"foo.>.bar", true, true, true},
		{"f*o", true, true, true},
		{"foo\x00", true, true, true},
		{"foo\v", true, true, true},
		{"fooé", true, true, true},
	} {
		if got := !badPublishSubject(c.subject); got != c.publish {
			t.Errorf("publish to %q allowed: %v", c.subject, got)
		}
		if got := !badSubject(c.subject); got != c.listen {
			t.Errorf("subscribe to %q allowed: %v", c.subject, got)
		}
		if got := !badQueue(c.subject); got != c.queue {
			t.Errorf("queue %q allowed: %v", c.subject, got)
		}
	}
}

// Every byte at every place of subjects around the step of eight.
func TestHasBreakAtEveryPlace(t *testing.T) {
	for length := 1; length <= 25; length++ {
		for place := range length {
			for c := range 256 {
				b := bytes.Repeat([]byte{'a'}, length)
				b[place] = byte(c)
				want := c == ' ' || c == '\t' || c == '\r' || c == '\n'
				if got := hasBreak(string(b)); got != want {
					t.Fatalf("%q: %v", b, got)
				}
				if place > 0 && !want {
					b[place-1] = ' '
					if !hasBreak(string(b)) {
						t.Fatalf("%q: the space was missed", b)
					}
				}
			}
		}
	}
}

func BenchmarkBadPublishSubject(b *testing.B) {
	for _, subject := range []string{"orders", "orders.eu.42", "orders.eu.42.created.by.someone"} {
		b.Run(strconv.Itoa(len(subject)), func(b *testing.B) {
			for b.Loop() {
				if badPublishSubject(subject) {
					b.Fatal("refused")
				}
			}
		})
	}
}
