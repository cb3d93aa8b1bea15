package main

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// scrapeInterval lies between two scrapes of a history: virtual time, the default of many.
const scrapeInterval = 15 * time.Second

// history is what a Prometheus would have stored of scrapes.
type history struct {
	series map[string]*stored
	end    time.Time
}

type stored struct {
	labels  labels.Labels
	samples []chunks.Sample
}

type sample struct {
	at int64
	of float64
}

func (s sample) T() int64                    { return s.at }
func (s sample) F() float64                  { return s.of }
func (sample) H() *histogram.Histogram       { return nil }
func (sample) FH() *histogram.FloatHistogram { return nil }
func (sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample         { return s }

func (h *history) add(times int, s scraped) {
	for range times {
		h.end = h.end.Add(scrapeInterval)
		at := h.end.UnixMilli()
		for name, family := range s {
			for _, m := range family.Metric {
				if m.Histogram != nil {
					continue
				}
				b := labels.NewScratchBuilder(8)
				b.Add("__name__", name)
				b.Add("job", "orders")
				b.Add("instance", "a:1")
				for _, l := range m.Label {
					b.Add(l.GetName(), l.GetValue())
				}
				b.Sort()
				of := b.Labels()
				if h.series == nil {
					h.series = make(map[string]*stored)
				}
				x := h.series[of.String()]
				if x == nil {
					x = &stored{labels: of}
					h.series[of.String()] = x
				}
				x.samples = append(x.samples, sample{at, m.GetCounter().GetValue() + m.GetGauge().GetValue()})
			}
		}
		for _, x := range h.series { // what a scrape no longer has is stale at once
			if x.samples[len(x.samples)-1].T() != at {
				x.samples = append(x.samples, sample{at, math.Float64frombits(value.StaleNaN)})
			}
		}
	}
}

// fires says whether the alert's condition has held for as long as it asks for.
func (h *history) fires(t *testing.T, alert string) bool {
	t.Helper()
	rules := alertRules(t)
	i := slices.IndexFunc(rules, func(r alertRule) bool { return r.Alert == alert })
	if i < 0 {
		t.Fatalf("there is no alert %s", alert)
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e6, Timeout: limit, LookbackDelta: 5 * time.Minute})
	defer func() { _ = engine.Close() }()
	for at := h.end.Add(-rules[i].For); !at.After(h.end); at = at.Add(scrapeInterval) {
		q, err := engine.NewInstantQuery(context.Background(), h.queryable(), nil, rules[i].Expr, at)
		if err != nil {
			t.Fatal(err)
		}
		v, err := q.Exec(context.Background()).Vector()
		if err != nil {
			t.Fatal(err)
		}
		if len(v) == 0 {
			return false
		}
	}
	return true
}

func (h *history) queryable() storage.Queryable {
	return &storage.MockQueryable{MockQuerier: &storage.MockQuerier{
		SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
			var found []storage.Series
			for _, x := range h.series {
				if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(x.labels.Get(m.Name)) }) {
					found = append(found, storage.NewListSeries(x.labels, x.samples))
				}
			}
			return &seriesSet{left: found}
		},
	}}
}

type seriesSet struct {
	left []storage.Series
	at   storage.Series
}

func (s *seriesSet) Next() bool {
	if len(s.left) == 0 {
		return false
	}
	s.at, s.left = s.left[0], s.left[1:]
	return true
}

func (s *seriesSet) At() storage.Series                { return s.at }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

// An alert fires on what a connection in trouble exports, and on nothing else.
func TestAlertsFire(t *testing.T) {
	x := start(t)
	h := history{end: time.Unix(1e9, 0)}
	expect := func(when string, want ...string) {
		t.Helper()
		for _, r := range alertRules(t) {
			if fires := h.fires(t, r.Alert); fires != slices.Contains(want, r.Alert) {
				t.Errorf("%s: %s fires: %v", when, r.Alert, fires)
			}
		}
	}
	h.add(8, x.until(t, "a connection", scraped.connected))
	expect("all is well")

	if err := x.server.Kill(); err != nil {
		t.Fatal(err)
	}
	away := x.until(t, "an outage", func(s scraped) bool { return !s.connected() })
	h.add(3, away)
	expect("away for less than a minute")
	h.add(3, away)
	expect("away for longer", "NatsConnectionDown")

	back := func(restarts float64) scraped {
		return x.until(t, "the connection", func(s scraped) bool {
			return s.connected() && s.sum("nats_client_reconnects_total") == restarts
		})
	}
	restart(t, x)
	h.add(1, back(1))
	expect("back")
	for n := range 6 {
		if err := x.server.Kill(); err != nil {
			t.Fatal(err)
		}
		restart(t, x)
		h.add(1, back(float64(n+2)))
	}
	expect("lost seven times", "NatsConnectionFlapping")

	h = history{end: time.Unix(1e9, 0)}
	slow := startSlowConsumer(t, x.server.Addr())
	h.add(8, slow.scrape(t))
	expect("nobody is slow")
	h.add(2, slow.dropping(t))
	expect("a subscription drops", "NatsMessagesDropped")
}
