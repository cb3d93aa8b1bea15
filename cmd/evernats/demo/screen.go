package demo

import (
	"fmt"
	"time"

	"github.com/evernats/nats/cmd/evernats/terminal"
)

// Screen shows a run as it goes.
type Screen = terminal.Screen

// clock is a time since the start, in a column of its own.
func clock(d time.Duration) string { return fmt.Sprintf("%7.3fs", d.Seconds()) }

func duration(d time.Duration) string { return terminal.Duration(d) }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func thousands(n uint64) string { return terminal.Thousands(n) }

func count(n int, noun string) string { return terminal.Count(n, noun) }
