package demo

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// Each promise of the stream, the consumer and the watch has a figure that breaks it.
func TestJudgeStreams(t *testing.T) {
	for broken, change := range map[string]func(*StreamReport){
		"":                                    func(r *StreamReport) { r.Redelivered = 7 },
		"1 messages to the stream failed":     func(r *StreamReport) { r.Acknowledged, r.Failed = 9, 1 },
		"1 messages to the stream were never": func(r *StreamReport) { r.Acknowledged = 9 },
		"2 messages of the stream were never": func(r *StreamReport) { r.Missing = 2 },
		"3 updates missing":                   func(r *StreamReport) { r.UpdatesMissing = 3 },
		"4 updates came twice":                func(r *StreamReport) { r.UpdatesTwice = 4 },
		"5 updates out of order":              func(r *StreamReport) { r.UpdatesOutOfOrder = 5 },
	} {
		s := &StreamReport{Published: 10, Acknowledged: 10, settled: true, err: errors.New("the reason")}
		change(s)
		r := Report{AtLeastOnce: true, JetStream: s}
		r.judge()
		if r.OK != (broken == "") || !r.OK && (len(r.Broken) != 1 || !strings.Contains(r.Broken[0], broken)) {
			t.Errorf("broken %q, want %q alone", r.Broken, broken)
		}
		var table bytes.Buffer
		r.WriteTable(&table)
		if strings.Contains(table.String(), "the reason") == r.OK {
			t.Errorf("the table:\n%s", &table)
		}
	}
	// What was cut short may be on its way.
	r := Report{AtLeastOnce: true, Interrupted: true, JetStream: &StreamReport{Published: 10, Acknowledged: 3}}
	if r.judge(); !r.OK {
		t.Error(r.Broken)
	}
}

func TestStreamRows(t *testing.T) {
	s := newStreams(Config{Rate: 100})
	s.published.Store(2000)
	s.acked.Store(1999)
	s.failed.Store(1)
	s.slowest.add(4200 * time.Millisecond)
	for n := range uint64(1998) {
		s.consumed.take(n + 1)
	}
	s.consumed.take(5)
	s.written.Store(400)
	s.updates.take(400)
	s.updates.take(400)
	r := Report{AtLeastOnce: true, JetStream: s.report(true)}
	var table bytes.Buffer
	r.WriteTable(&table)
	const want = `  stream                        1,999   acknowledged of 2,000; the slowest after 4.20 s
  consumer                      1,998   1 missing, 1 delivered again; longest pause 0 µs
  watch                             1   399 missing of 400 written, 1 twice; longest pause 0 µs
`
	if !strings.Contains(table.String(), want) {
		t.Errorf("got:\n%s", &table)
	}
	if cut := s.report(false); cut.Missing != 0 || cut.UpdatesMissing != 0 {
		t.Errorf("%+v", cut)
	}
}

// A run that is given up while nothing comes ends.
func TestAWriterEndsWhileNobodyAnswers(t *testing.T) {
	s := newStreams(Config{Rate: 100})
	s.giveUp()
	if _, err := s.reread("key1", 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
