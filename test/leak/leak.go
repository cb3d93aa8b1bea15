// Package leak finds goroutines that tests leave behind.
package leak

import (
	"time"

	"go.uber.org/goleak"
)

// closing is for how long a Close may go on behind its caller: where the server takes nothing any
// more it gives up after a second, on a busy machine somewhat later.
const closing = 3 * time.Second

// Find says which goroutines are left when all that was closed has had its time.
func Find(options ...goleak.Option) error {
	for begin := time.Now(); ; {
		err := goleak.Find(options...)
		if err == nil || time.Since(begin) > closing {
			return err
		}
	}
}

// Rested runs tests and then gives what they closed its time.
type Rested struct {
	goleak.TestingM
	Ignore []goleak.Option // what is no leak
}

// Run is that of the tests.
func (r Rested) Run() int {
	code := r.TestingM.Run()
	Find(r.Ignore...)
	return code
}
