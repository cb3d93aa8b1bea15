package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql/parser"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.yaml.in/yaml/v3"

	"github.com/evernats/nats"
	"github.com/evernats/nats/otelnats"
)

// ofPrometheus are labels that Prometheus adds, and that of buckets.
var ofPrometheus = []string{"job", "instance", "le"}

// query is a query with the labels that its legend, or its texts, show.
type query struct {
	where, expr string
	shown       []string
}

var (
	legend      = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)
	annotation  = regexp.MustCompile(`\$labels\.(\w+)`)
	labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)
	grafana     = strings.NewReplacer("$__rate_interval", "5m", "$job", ".*", "$client", ".*")
)

// TestDashboardAndAlertsQueryWhatThereIs holds each metric, and each label of it, in the
// dashboard and in the alerts against what the example and a connection in trouble export.
func TestDashboardAndAlertsQueryWhatThereIs(t *testing.T) {
	exported := scrapeEverything(t)
	queries := append(ofDashboard(t), ofAlerts(t)...)
	if len(queries) < 25 {
		t.Fatalf("there are %d queries: they are no longer found", len(queries))
	}
	asked := make(map[string]bool)
	for _, q := range queries {
		p := parser.NewParser(grafana.Replace(q.expr))
		expr, err := p.ParseExpr()
		p.Close()
		if err != nil {
			t.Errorf("%s: %v: %s", q.where, err, q.expr)
			continue
		}
		var metrics []string
		labels := slices.Clone(q.shown)
		parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
			switch n := n.(type) {
			case *parser.VectorSelector:
				metrics = append(metrics, n.Name)
				for _, m := range n.LabelMatchers {
					if m.Name != "__name__" {
						labels = append(labels, m.Name)
					}
				}
			case *parser.AggregateExpr:
				labels = append(labels, n.Grouping...)
				for _, shown := range q.shown {
					if !slices.Contains(n.Grouping, shown) {
						t.Errorf("%s shows %s, which the query has summed up", q.where, shown)
					}
				}
			}
			return nil
		})
		if len(metrics) == 0 {
			t.Errorf("%s: no metric in %s", q.where, q.expr)
		}
		for _, name := range metrics {
			asked[name] = true
			has, ok := exported[name]
			if !ok {
				t.Errorf("%s: nothing exports %s", q.where, name)
				continue
			}
			for _, l := range labels {
				if !has[l] && !slices.Contains(ofPrometheus, l) {
					t.Errorf("%s: %s has no label %s", q.where, name, l)
				}
			}
		}
	}
	// And the other way round: what is exported can be seen.
	for name := range exported {
		series := strings.HasPrefix(name, "nats_client_") || strings.HasPrefix(name, "messaging_")
		if series && !asked[name] && !strings.HasSuffix(name, "_sum") && !strings.HasSuffix(name, "_count") && name != "nats_client_events_lost_total" {
			t.Errorf("no query asks for %s", name)
		}
	}
}

// scrapeEverything returns the labels of each name that is exported.
func scrapeEverything(t *testing.T) map[string]map[string]bool {
	t.Helper()
	x := start(t)
	// The labels of failures appear when something fails.
	if err := x.server.Kill(); err != nil {
		t.Fatal(err)
	}
	s := x.until(t, "failures", func(s scraped) bool {
		return s.sum("nats_client_connection_attempts_total", "error_type", "dial") > 0 &&
			s.sum("messaging_client_operation_duration_seconds", "error_type", "timeout") > 0
	})
	exported := make(map[string]map[string]bool)
	add := func(s scraped) {
		for name, f := range s {
			names := []string{name}
			if len(f.Metric) > 0 && f.Metric[0].Histogram != nil {
				names = []string{name + "_bucket", name + "_sum", name + "_count"}
			}
			for _, name := range names {
				if exported[name] == nil {
					exported[name] = make(map[string]bool)
				}
				for _, m := range f.Metric {
					for _, l := range m.Label {
						exported[name][l.GetName()] = true
					}
				}
			}
		}
	}
	add(s)
	restart(t, x)
	add(x.until(t, "an outage that is over", func(s scraped) bool {
		return s.connected() && s.sum("nats_client_outage_duration_seconds") == 1 &&
			s.sum("messaging_process_duration_seconds", "messaging_destination_template", "orders.*") > 0 // that of prices has none
	}))
	add(startSlowConsumer(t, x.server.Addr()).dropping(t))
	return exported
}

// slowConsumer is a connection with a subscription that is too slow, and what it exports.
type slowConsumer struct {
	nc       *nats.Conn
	registry *prometheus.Registry
}

func startSlowConsumer(t *testing.T, server string) *slowConsumer {
	t.Helper()
	registry := prometheus.NewRegistry()
	reader, err := exporter.New(exporter.WithRegisterer(registry))
	if err != nil {
		t.Fatal(err)
	}
	meters := metric.NewMeterProvider(metric.WithReader(reader))
	t.Cleanup(func() { _ = meters.Shutdown(context.Background()) })
	nc, err := nats.Connect("nats://"+server, nats.Name("slow"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if _, err := otelnats.Observe(nc, otelnats.WithMeterProvider(meters), otelnats.WithDestination(template)); err != nil {
		t.Fatal(err)
	}
	gate := make(chan struct{})
	t.Cleanup(func() { close(gate) })
	sub, err := nc.Subscribe("orders.slow", func(*nats.Msg) { <-gate })
	if err == nil {
		err = sub.SetPendingLimits(1, -1)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &slowConsumer{nc, registry}
}

func (x *slowConsumer) scrape(t *testing.T) scraped {
	t.Helper()
	families, err := x.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	s := make(scraped)
	for _, f := range families {
		s[f.GetName()] = f
	}
	return s
}

// dropping publishes more than the subscription takes; its metrics then say so.
func (x *slowConsumer) dropping(t *testing.T) scraped {
	t.Helper()
	for range 10 {
		if err := x.nc.Publish("orders.slow", nil); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		s := x.scrape(t)
		if s.sum("nats_client_slow_consumer_dropped_messages_total", "messaging_destination_template", "orders.*") > 0 {
			return s
		}
	}
	t.Fatal("nothing was dropped")
	panic("unreachable")
}

func ofDashboard(t *testing.T) (queries []query) {
	t.Helper()
	var board struct {
		Panels []struct {
			ID          int
			Title, Type string
			GridPos     struct{ X, Y, W, H int }
			Targets     []struct{ Expr, LegendFormat string }
		}
		Templating struct {
			List []struct{ Name, Type, Query string }
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	ids := make(map[int]bool)
	for i, p := range board.Panels {
		if ids[p.ID] {
			t.Errorf("two panels have the id %d", p.ID)
		}
		ids[p.ID] = true
		for _, q := range board.Panels[:i] {
			a, b := p.GridPos, q.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("the panels %q and %q overlap", p.Title, q.Title)
			}
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("the panel %q has no query", p.Title)
		}
		for _, target := range p.Targets {
			q := query{where: "dashboard, " + p.Title, expr: target.Expr}
			for _, m := range legend.FindAllStringSubmatch(target.LegendFormat, -1) {
				q.shown = append(q.shown, m[1])
			}
			queries = append(queries, q)
		}
	}
	for _, v := range board.Templating.List {
		if v.Type != "query" {
			continue
		}
		m := labelValues.FindStringSubmatch(v.Query)
		if m == nil {
			t.Errorf("the variable %s asks %q", v.Name, v.Query)
			continue
		}
		queries = append(queries, query{where: "variable " + v.Name, expr: m[1], shown: []string{m[2]}})
	}
	return queries
}

// alertRule is a rule in the form of Prometheus.
type alertRule struct {
	Alert, Expr         string
	For                 time.Duration
	Labels, Annotations map[string]string
}

func alertRules(t *testing.T) (rules []alertRule) {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []alertRule
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		rules = append(rules, g.Rules...)
	}
	if len(rules) != 3 {
		t.Errorf("there are %d alerts", len(rules))
	}
	return rules
}

func ofAlerts(t *testing.T) (queries []query) {
	t.Helper()
	for _, r := range alertRules(t) {
		q := query{where: "alert " + r.Alert, expr: r.Expr}
		for _, text := range r.Annotations {
			for _, m := range annotation.FindAllStringSubmatch(text, -1) {
				q.shown = append(q.shown, m[1])
			}
		}
		if r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("the alert %s doesn't say enough", r.Alert)
		}
		queries = append(queries, q)
	}
	return queries
}
