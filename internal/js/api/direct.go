package api

import "time"

// The headers of a message that was read directly from a stream.
const (
	headerStream   = "Nats-Stream"
	headerSequence = "Nats-Sequence"
	headerTime     = "Nats-Time-Stamp"
	headerSubject  = "Nats-Subject"
)

// Stored says where a message came from that was read directly.
type Stored struct {
	Stream   string
	Subject  string
	Sequence uint64
	Time     time.Time
}

// ParseStored reads the headers of a direct get. missing names the first header
// that isn't there or makes no sense; it is empty when all is well.
func ParseStored(h map[string][]string) (s Stored, missing string) {
	first := func(key string) string {
		if v := h[key]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	if s.Stream = first(headerStream); s.Stream == "" {
		return Stored{}, headerStream
	}
	var ok bool
	if s.Sequence, ok = number(first(headerSequence)); !ok {
		return Stored{}, headerSequence
	}
	var err error
	if s.Time, err = time.Parse(time.RFC3339Nano, first(headerTime)); err != nil {
		return Stored{}, headerTime
	}
	if s.Subject = first(headerSubject); s.Subject == "" {
		return Stored{}, headerSubject
	}
	return s, ""
}
