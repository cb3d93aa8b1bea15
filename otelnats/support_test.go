package otelnats_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	api "go.opentelemetry.io/otel/trace"

	"github.com/evernats/nats/otelnats"
)

// collected is an SDK that is asked for metrics by hand.
type collected struct {
	reader   *sdk.ManualReader
	provider *sdk.MeterProvider
}

func newCollected(t *testing.T) *collected {
	c := &collected{reader: sdk.NewManualReader()}
	c.provider = sdk.NewMeterProvider(sdk.WithReader(c.reader))
	t.Cleanup(func() { _ = c.provider.Shutdown(context.Background()) })
	return c
}

func (c *collected) option() otelnats.Option { return otelnats.WithMeterProvider(c.provider) }

// all are the values by name and attributes, without the system: "name{client,a=b}". Of a
// histogram it is the number of its values, and "name{client,a=b} sum" is theirs.
func (c *collected) all(t *testing.T) map[string]float64 {
	t.Helper()
	var rm metricdata.ResourceMetrics
	if err := c.reader.Collect(context.Background(), &rm); err != nil {
		t.Fatal(err)
	}
	values := make(map[string]float64)
	for _, scope := range rm.ScopeMetrics {
		for _, m := range scope.Metrics {
			add := func(set attribute.Set, suffix string, v float64) {
				var parts []string
				for _, kv := range set.ToSlice() {
					switch kv.Key {
					case "messaging.system":
					case "messaging.client.id":
						parts = append([]string{kv.Value.Emit()}, parts...)
					default:
						parts = append(parts, fmt.Sprintf("%s=%v", kv.Key, kv.Value.Emit()))
					}
				}
				values[m.Name+"{"+strings.Join(parts, ",")+"}"+suffix] = v
			}
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, "", float64(p.Value))
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, "", float64(p.Count))
					add(p.Attributes, " sum", p.Sum)
				}
			default:
				t.Fatalf("%s is a %T", m.Name, data)
			}
		}
	}
	return values
}

// expect compares some values.
func (c *collected) expect(t *testing.T, want map[string]float64) {
	t.Helper()
	got := c.all(t)
	for name, v := range want {
		if g, ok := got[name]; !ok || g != v {
			t.Errorf("%s is %v (there: %v), want %v", name, g, ok, v)
		}
	}
	if t.Failed() {
		var names []string
		for name, v := range got {
			names = append(names, fmt.Sprintf("%s %v", name, v))
		}
		slices.Sort(names)
		t.Logf("there are\n%s", strings.Join(names, "\n"))
	}
}

// spans are an SDK that keeps spans.
type spans struct {
	recorder *tracetest.SpanRecorder
	provider *trace.TracerProvider
}

func newSpans(t *testing.T, opts ...trace.TracerProviderOption) *spans {
	s := &spans{recorder: tracetest.NewSpanRecorder()}
	s.provider = trace.NewTracerProvider(append(opts, trace.WithSpanProcessor(s.recorder))...)
	t.Cleanup(func() { _ = s.provider.Shutdown(context.Background()) })
	return s
}

// one returns the span of a kind.
func (s *spans) one(t *testing.T, kind api.SpanKind) trace.ReadOnlySpan {
	t.Helper()
	var found trace.ReadOnlySpan
	for _, span := range s.recorder.Ended() {
		if span.SpanKind() == kind {
			if found != nil {
				t.Fatalf("there is more than one span of kind %s", kind)
			}
			found = span
		}
	}
	if found == nil {
		t.Fatalf("there is no span of kind %s", kind)
	}
	return found
}

func text(span trace.ReadOnlySpan) string {
	var parts []string
	for _, kv := range span.Attributes() {
		parts = append(parts, fmt.Sprintf("%s=%s", kv.Key, kv.Value.Emit()))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}
