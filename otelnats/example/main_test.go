package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	m.Run()
}

// limit bounds each wait.
const limit = 30 * time.Second

// scraped is what Prometheus would get.
type scraped map[string]*dto.MetricFamily

// example is the program, run by a test, with a server.
type example struct {
	server *cluster.Server
	url    string // of /metrics
}

func start(t *testing.T) *example {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	c, err := cluster.Start(ctx, cluster.Config{Servers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(running, c.URLs()[0], l, 50*time.Millisecond) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the example ended with %v", err)
			}
		case <-time.After(limit):
			t.Error("the example doesn't end")
		}
	})
	x := &example{server: c.Server(0), url: "http://" + l.Addr().String() + "/metrics"}
	x.until(t, "a connection", scraped.connected)
	return x
}

func (x *example) scrape() (scraped, error) {
	resp, err := http.Get(x.url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %w: %s", resp.Status, err, text)
	}
	p := expfmt.NewTextParser(model.LegacyValidation)
	families, err := p.TextToMetricFamilies(strings.NewReader(string(text)))
	return families, err
}

// until scrapes until cond holds.
func (x *example) until(t *testing.T, what string, cond func(s scraped) bool) scraped {
	t.Helper()
	var s scraped
	var err error
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if s, err = x.scrape(); err == nil && cond(s) {
			return s
		}
	}
	t.Fatalf("waited in vain for %s; the last scrape: %v, %d names", what, err, len(s))
	panic("unreachable")
}

// sum adds up the values of all series of a name with these labels; of histograms, how
// many values they have.
func (s scraped) sum(name string, labels ...string) (total float64) {
	for _, m := range s[name].GetMetric() {
		if !has(m, labels) {
			continue
		}
		switch {
		case m.Counter != nil:
			total += m.Counter.GetValue()
		case m.Gauge != nil:
			total += m.Gauge.GetValue()
		case m.Histogram != nil:
			total += float64(m.Histogram.GetSampleCount())
		}
	}
	return total
}

func has(m *dto.Metric, labels []string) bool {
	for i := 0; i+1 < len(labels); i += 2 {
		found := false
		for _, l := range m.Label {
			found = found || l.GetName() == labels[i] && l.GetValue() == labels[i+1]
		}
		if !found {
			return false
		}
	}
	return true
}

func (s scraped) connected() bool {
	return s.sum("nats_client_connection_count", "nats_client_connection_state", "connected", "messaging_client_id", "orders") == 1
}

func restart(t *testing.T, x *example) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if err := x.server.Restart(ctx); err != nil {
		t.Fatal(err)
	}
}

// A restart of the server shows in what Prometheus scrapes: while it is away, and after.
func TestARestartShows(t *testing.T) {
	x := start(t)
	before := x.until(t, "orders", func(s scraped) bool {
		return s.connected() && s.sum("messaging_process_duration_seconds", "messaging_destination_template", "orders.*") >= 3
	})
	if n := before.sum("nats_client_reconnects_total"); n != 0 {
		t.Errorf("%v reconnects before the restart", n)
	}
	if before.sum("nats_client_io_bytes_total", "network_io_direction", "transmit") == 0 || before.sum("nats_client_outage_duration_seconds") != 0 {
		t.Errorf("%v", before)
	}
	if err := x.server.Kill(); err != nil {
		t.Fatal(err)
	}
	away := x.until(t, "an outage with a message that waits", func(s scraped) bool {
		return !s.connected() && s.sum("nats_client_queue_size_bytes") > 0 &&
			s.sum("nats_client_connection_attempts_total", "nats_client_connection_attempt_result", "failed", "error_type", "dial") > 0
	})
	if n := away.sum("nats_client_connection_count", "nats_client_connection_state", "reconnecting"); n != 1 {
		t.Errorf("%v connections are reconnecting", n)
	}
	restart(t, x)
	handled := away.sum("messaging_process_duration_seconds")
	after := x.until(t, "orders again", func(s scraped) bool {
		return s.connected() && s.sum("nats_client_queue_size_bytes") == 0 && s.sum("messaging_process_duration_seconds") > handled+3
	})
	for name, want := range map[string]float64{"nats_client_reconnects_total": 1, "nats_client_outage_duration_seconds": 1} {
		if n := after.sum(name); n != want {
			t.Errorf("%s is %v, want %v", name, n, want)
		}
	}
	if after.sum("messaging_client_sent_messages_total") <= before.sum("messaging_client_sent_messages_total") {
		t.Error("no message was published since")
	}
}
