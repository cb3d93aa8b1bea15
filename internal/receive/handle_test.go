package receive

import (
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
)

// A handler's goroutine is new whenever there is something to handle, so its stack is
// small. One frame more between its beginning and the handler once had every publish
// of a handler wait for a larger one, seven times as long as the publish.
func TestAHandlerHasTheStackForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, _ := newTable()
		var below []string
		add(t, table, config{Subject: "x", Handler: func(*message) {
			pcs := make([]uintptr, 20)
			frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
			for {
				f, more := frames.Next()
				if f.Function != "" && f.Function != "runtime.goexit" {
					below = append(below, f.Function[strings.LastIndexByte(f.Function, '.')+1:])
				}
				if !more {
					return
				}
			}
		}})
		newInbound(table, newLink()).parse(msg(1, "hello"))
		synctest.Wait()
		if len(below) == 0 || below[0] != "handle" || len(below) > 2 { // the other: its method value
			t.Errorf("below the handler are %q", below)
		}
	})
}
