// Package world is where the places of the identity test are: servers of all
// kinds, and a list of the errors that a program saw. Nothing here knows which
// client library is at work.
package world

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/evernats/nats/test/parity/env"
)

// Walk is a tour of places at which a program is given an error.
type Walk struct {
	Name string
	Run  func(*World)
}

// World is the world of one walk with one library.
type World struct {
	*env.Env
	sentinels []env.Sentinel

	mu   sync.Mutex
	seen []Seen
}

// Seen is what a program was given at a place.
type Seen struct {
	Place string
	// Is is the name of the library's variable that it is identical to; empty
	// when it is none.
	Is string
	// Type and Text say the rest. A type of the library itself is "own".
	Type, Text string
}

// String is the line that two libraries are compared by.
func (s Seen) String() string {
	if s.Is != "" {
		return s.Is
	}
	return s.Type + " " + s.Text
}

// New returns a world.
func New(t testing.TB, sentinels []env.Sentinel) *World {
	return &World{Env: env.New(t, sentinels), sentinels: append(sentinels, env.Sentinel{Name: "io.EOF", Err: io.EOF})}
}

var (
	ports   = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	lookups = regexp.MustCompile(`lookup (\S+)( on \S+)?: .*`)
	files   = regexp.MustCompile(`/\S+/(\S+\.creds)`)
	times   = regexp.MustCompile(`current time \S+`)
)

// Saw notes an error at a place.
func (w *World) Saw(place string, err error) {
	s := Seen{Place: place}
	if err == nil {
		s.Is = "nil"
	} else {
		s.Type = strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
		// Of types that aren't exported nobody knows more than the text.
		if strings.HasPrefix(s.Type, "nats.") || s.Type == "errors.errorString" {
			s.Type = "own"
		}
		s.Text = w.normal(err.Error())
	}
	for _, v := range w.sentinels {
		if err == v.Err {
			s.Is = v.Name
		}
	}
	w.mu.Lock()
	w.seen = append(w.seen, s)
	w.mu.Unlock()
}

// Note notes something else that a program sees at a place.
func (w *World) Note(place, format string, args ...any) {
	s := Seen{Place: place, Type: "text", Text: w.normal(fmt.Sprintf(format, args...))}
	w.mu.Lock()
	w.seen = append(w.seen, s)
	w.mu.Unlock()
}

// normal takes out of a text what differs from run to run and from system to
// system.
func (w *World) normal(text string) string {
	text = ports.ReplaceAllString(text, "127.0.0.1:#")
	text = lookups.ReplaceAllString(text, "lookup $1: no")
	text = files.ReplaceAllString(text, "<$1>")
	return times.ReplaceAllString(text, "current time #")
}

// Seen returns what was noted.
func (w *World) Seen() []Seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Seen(nil), w.seen...)
}

// Count is how often something was noted at a place.
func (w *World) Count(place string) int {
	n := 0
	for _, s := range w.Seen() {
		if s.Place == place {
			n++
		}
	}
	return n
}

// Await waits until something was noted at a place.
func (w *World) Await(place string) {
	w.Helper()
	w.Until("something at "+place, func() bool { return w.Count(place) > 0 })
}

// Listen serves each connection with f, which need not close it.
func (w *World) Listen(f func(net.Conn)) (url string) {
	w.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	w.Must(err)
	var (
		open  sync.WaitGroup
		mu    sync.Mutex
		conns []net.Conn
	)
	open.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			open.Go(func() {
				defer c.Close()
				f(c)
			})
		}
	})
	w.Cleanup(func() {
		ln.Close()
		mu.Lock()
		for _, c := range conns { // a client may have left one open
			c.Close()
		}
		mu.Unlock()
		open.Wait()
	})
	return "nats://" + ln.Addr().String()
}

// Reset makes the close of a connection a reset.
func Reset(c net.Conn) {
	if tc, ok := c.(*net.TCPConn); ok {
		_ = tc.SetLinger(0)
	}
}

// Dead is the URL of nobody.
func (w *World) Dead() string {
	w.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	w.Must(err)
	defer ln.Close()
	return "nats://" + ln.Addr().String()
}
