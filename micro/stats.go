package micro

import (
	"encoding/json"
	"sync"
	"time"
)

// Stats is the answer to STATS.
type Stats struct {
	ServiceIdentity
	// Type is [StatsResponseType].
	Type string `json:"type"`
	// Started is when the service was added, or last reset, in UTC.
	Started time.Time `json:"started"`
	// Endpoints in the order in which they were added.
	Endpoints []*EndpointStats `json:"endpoints"`
}

// EndpointStats are the numbers of one endpoint, since [Stats.Started].
type EndpointStats struct {
	// Name, Subject and QueueGroup are those of the endpoint; QueueGroup is empty
	// where it has none.
	Name       string `json:"name"`
	Subject    string `json:"subject"`
	QueueGroup string `json:"queue_group"`
	// NumRequests is how many requests the handler has returned from.
	NumRequests int `json:"num_requests"`
	// NumErrors is how many of them ended with an error, and how many errors the
	// subscription had.
	NumErrors int `json:"num_errors"`
	// LastError is the text of the last of them, "code:description" for one that
	// the handler answered with; empty for none.
	LastError string `json:"last_error"`
	// ProcessingTime is how long the handler was at work, in nanoseconds in JSON.
	ProcessingTime time.Duration `json:"processing_time"`
	// AverageProcessingTime is ProcessingTime by NumRequests; zero for none.
	AverageProcessingTime time.Duration `json:"average_processing_time"`
	// Data is what the [StatsHandler] returned, as JSON; nil without one.
	Data json.RawMessage `json:"data,omitempty"`
}

// Stats is documented at Service.
func (s *service) Stats() Stats {
	endpoints, started := s.all()
	st := Stats{
		ServiceIdentity: s.identity(),
		Type:            StatsResponseType,
		Started:         started,
		Endpoints:       make([]*EndpointStats, 0, len(endpoints)),
	}
	for _, ep := range endpoints {
		e := ep.counts.stats()
		e.Name, e.Subject, e.QueueGroup = ep.info.Name, ep.info.Subject, ep.info.QueueGroup
		if cb := s.config.StatsHandler; cb != nil {
			if data, err := json.Marshal(cb(ep)); err == nil {
				e.Data = data
			}
		}
		st.Endpoints = append(st.Endpoints, e)
	}
	return st
}

// counts are an endpoint's numbers.
type counts struct {
	mu       sync.Mutex
	requests int
	errors   int
	last     string
	took     time.Duration
}

func (c *counts) request(took time.Duration, failure string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	c.took += took
	if failure != "" {
		c.errors++
		c.last = failure
	}
}

func (c *counts) fail(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errors++
	c.last = text
}

func (c *counts) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests, c.errors, c.last, c.took = 0, 0, "", 0
}

func (c *counts) stats() *EndpointStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &EndpointStats{NumRequests: c.requests, NumErrors: c.errors, LastError: c.last, ProcessingTime: c.took}
	if c.requests > 0 {
		e.AverageProcessingTime = c.took / time.Duration(c.requests)
	}
	return e
}
