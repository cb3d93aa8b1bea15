package demo

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// Each promise has a figure that breaks it, and one beside it that doesn't.
func TestJudge(t *testing.T) {
	for name, tc := range map[string]struct {
		report Report
		broken string // part of the only complaint; empty: all holds
	}{
		"all well":                      {Report{AtLeastOnce: true, Duplicated: 9}, ""},
		"lost":                          {Report{AtLeastOnce: true, Lost: 1}, "1 messages lost"},
		"lost more than in doubt":       {Report{Lost: 3, InDoubt: 2}, "3 messages lost"},
		"lost as announced":             {Report{Lost: 2, InDoubt: 2}, ""},
		"in doubt though kept":          {Report{AtLeastOnce: true, InDoubt: 2}, "2 messages in doubt"},
		"twice though not kept":         {Report{Duplicated: 1}, "1 messages arrived twice"},
		"a request in flight":           {Report{RequestsFailed: 1, RequestsInDoubt: 1}, ""},
		"a request that wasn't":         {Report{RequestsFailed: 2, RequestsInDoubt: 1}, "1 requests failed"},
		"a request though sent again":   {Report{AtLeastOnce: true, Requests: 8, RequestsFailed: 1, RequestsInDoubt: 1}, "1 of 8 requests failed"},
		"a request never answered":      {Report{RequestsCutShort: 1}, "1 requests were never answered"},
		"a request cut short":           {Report{RequestsCutShort: 1, Interrupted: true}, ""},
		"given up":                      {Report{Dropped: 1}, "1 messages given up"},
		"out of order":                  {Report{OutOfOrder: 4}, "4 messages out of order"},
		"never sent":                    {Report{Queued: 4}, "4 messages never reached"},
		"not sent when interrupted":     {Report{Queued: 4, Interrupted: true}, ""},
		"a slow Publish":                {Report{LongestPublishMS: 101}, "a Publish took 101.0 ms"},
		"a slow machine":                {Report{LongestPublishMS: 101, LongestPauseMS: 2}, ""},
		"something on the timeline too": {Report{Broken: []string{"never came back"}}, "never came back"},
		"moved":                         {Report{Rolling: &RollingReport{Moves: 2}}, ""},
		"never moved":                   {Report{Rolling: &RollingReport{}}, "never moved in the rolling restart"},
		"lost in a move":                {Report{InDoubt: 1, Lost: 1, Rolling: &RollingReport{Moves: 2, Lost: 1}}, "1 messages lost in the rolling"},
		"twice in a move":               {Report{AtLeastOnce: true, Rolling: &RollingReport{Moves: 2, Duplicated: 3}}, "3 messages arrived twice in the rolling"},
		"a request in a move":           {Report{Rolling: &RollingReport{Moves: 2, RequestsFailed: 1}}, "1 requests failed in the rolling"},
		"disconnected in place of that": {Report{Rolling: &RollingReport{Moves: 2, Disconnects: 1}}, "1 disconnects in the rolling"},
		"refused since full":            {Report{Refused: 10}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := tc.report
			r.judge()
			if r.OK != (tc.broken == "") || r.OK != (len(r.Broken) == 0) {
				t.Fatalf("ok %v, broken %q", r.OK, r.Broken)
			}
			if !r.OK && (len(r.Broken) != 1 || !strings.Contains(r.Broken[0], tc.broken)) {
				t.Errorf("broken %q, want %q alone", r.Broken, tc.broken)
			}
			var table bytes.Buffer
			r.WriteTable(&table)
			if strings.Contains(table.String(), "Everything promised held.") != r.OK || !strings.Contains(table.String(), tc.broken) {
				t.Errorf("the table says otherwise:\n%s", &table)
			}
		})
	}
}

func TestTable(t *testing.T) {
	r := Report{
		Published: 1234567, Delivered: 1234560, Lost: 7, InDoubt: 12, Duplicated: 3, OutOfOrder: 2,
		Refused: 5, Interrupted: true, Requests: 400, RequestsFailed: 1, RequestsInDoubt: 1, RequestsCutShort: 2,
		Disconnects: 3, RecoveryMedianMS: 2.25, RecoveryWorstMS: 231, OutageMS: 2660,
		LongestPublishMS: 1.1, SlowPublishes: 1, LongestPauseMS: 13.4,
		Rolling: &RollingReport{Moves: 3, LongestGapMS: 2.25, LongestPauseMS: 1.5},
	}
	r.judge()
	var table bytes.Buffer
	r.WriteTable(&table)
	const want = `
  published                 1,234,567   5 more were refused: the buffer was full
  delivered                 1,234,560
  lost                              7   of 12 reported as in doubt
  duplicated                        3   sent again, since no confirmation had come
  out of order                      2
  requests                        400   2 unanswered at the end
  requests failed                   1   1 in flight when a connection was lost
  rolling restart             3 moves   0 lost, 0 doubled, 0 requests failed, 0 disconnects;
                                        longest gap 2.2 ms; the machine paused up to 1.5 ms
  disconnects                       3
  recovery, median             2.2 ms
  recovery, worst              231 ms   beyond the 2.66 s without any server
  longest Publish              1.1 ms   1 took over 1 ms; the machine paused up to 13.4 ms

Not everything promised held:
  - 3 messages arrived twice, though none was to be sent again
  - 2 messages out of order
`
	if table.String() != want {
		t.Errorf("got:\n%s", &table)
	}
}

func TestJSONIsOneObject(t *testing.T) {
	r := Report{Events: []Event{}}
	r.judge()
	var out bytes.Buffer
	if err := r.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(&out)
	var got map[string]any
	if err := dec.Decode(&got); err != nil || dec.More() {
		t.Fatal(err, "more:", dec.More())
	}
	for _, key := range []string{"ok", "broken", "published", "delivered", "lost", "duplicated", "out_of_order", "requests_failed",
		"disconnects", "recovery_median_ms", "recovery_worst_ms", "longest_publish_ms", "events"} {
		if v, ok := got[key]; !ok || v == nil {
			t.Errorf("%s is %v", key, v)
		}
	}
}

// The time without any server isn't time that the client took.
func TestRecoveryLeavesOutTheOutage(t *testing.T) {
	t0 := time.Now()
	at := func(s float64) time.Time { return t0.Add(time.Duration(s * float64(time.Second))) }
	o := outages{all: [][2]time.Time{{at(10), at(13)}, {at(20)}}}
	for _, tc := range []struct{ lost, back, want float64 }{
		{1, 1.5, 0.5},     // no outage near
		{10, 13.25, 0.25}, // lost with the last server
		{9, 13.25, 0.25},  // lost before it
		{10, 12.9, 0},     // back before the harness knew that the server is up
		{14, 15, 1},       // after it
		{19, 25, 6},       // one that hasn't ended
	} {
		if got := o.recovery(at(tc.lost), at(tc.back)).Seconds(); got < tc.want-1e-6 || got > tc.want+1e-6 {
			t.Errorf("lost at %v, back at %v: %v s, want %v", tc.lost, tc.back, got, tc.want)
		}
	}
	if got := o.total(); got != 3*time.Second {
		t.Errorf("%v without a server, want 3s", got)
	}
}

func TestRecoveryMedianAndWorst(t *testing.T) {
	r := &run{events: newEvents(&Screen{W: new(bytes.Buffer)})}
	if m, w := r.recovery(); m != 0 || w != 0 {
		t.Error(m, w)
	}
	t0 := time.Now()
	for _, n := range []int{9, 1, 5, 2} {
		r.events.losses = append(r.events.losses, t0)
		r.events.returns = append(r.events.returns, t0.Add(time.Duration(n)*time.Millisecond))
	}
	r.events.losses = append(r.events.losses, t0) // still away
	if m, w := r.recovery(); m != 3.5 || w != 9 {
		t.Errorf("median %v, worst %v", m, w)
	}
}
