package cluster

import (
	"fmt"
	"os"
	"time"
)

// childLog writes what a server logs to standard error, which the parent reads.
type childLog struct {
	fatal func(text string) // ends the process
}

func (l *childLog) line(level, format string, v []any) {
	fmt.Fprintf(os.Stderr, "%s [%s] %s\n", time.Now().Format("15:04:05.000"), level, fmt.Sprintf(format, v...))
}

func (l *childLog) Noticef(format string, v ...any) { l.line("inf", format, v) }
func (l *childLog) Warnf(format string, v ...any)   { l.line("wrn", format, v) }
func (l *childLog) Errorf(format string, v ...any)  { l.line("err", format, v) }
func (l *childLog) Debugf(format string, v ...any)  { l.line("dbg", format, v) }
func (l *childLog) Tracef(format string, v ...any)  { l.line("trc", format, v) }

func (l *childLog) Fatalf(format string, v ...any) {
	l.line("ftl", format, v)
	l.fatal(fmt.Sprintf(format, v...))
}
