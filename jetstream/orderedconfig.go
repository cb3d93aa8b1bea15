package jetstream

import "time"

// OrderedConsumerConfig says what an ordered consumer delivers. Zero is the default of
// each field.
type OrderedConsumerConfig struct {
	// FilterSubjects are which subjects it delivers; none: all.
	FilterSubjects []string `json:"filter_subjects,omitempty"`
	// DeliverPolicy says where it begins.
	DeliverPolicy DeliverPolicy `json:"deliver_policy"`
	// OptStartSeq is the sequence number to begin with, for DeliverByStartSequencePolicy;
	// with another policy it isn't heeded.
	OptStartSeq uint64 `json:"opt_start_seq,omitempty"`
	// OptStartTime is the time to begin at, for DeliverByStartTimePolicy; with another policy
	// it isn't heeded.
	OptStartTime *time.Time `json:"opt_start_time,omitempty"`
	// ReplayPolicy is there for completeness: an ordered consumer always sends as fast as
	// it can.
	ReplayPolicy ReplayPolicy `json:"replay_policy"`
	// InactiveThreshold removes it from the server when nobody has used it for so long;
	// 0 is 5 minutes.
	InactiveThreshold time.Duration `json:"inactive_threshold,omitempty"`
	// HeadersOnly leaves the payload away.
	HeadersOnly bool `json:"headers_only,omitempty"`
	// MaxResetAttempts bounds how often it is tried in a row to make it anew; 0 or less:
	// no bound.
	MaxResetAttempts int
	// Metadata is the program's own.
	Metadata map[string]string `json:"metadata,omitempty"`
	// NamePrefix is what its names begin with, followed by _1, _2 and so on; empty: a
	// random one.
	NamePrefix string `json:"-"`
}

// config is the consumer's configuration when it goes on behind the message with the
// number cursor, 0 for none.
func (c *OrderedConsumerConfig) config(name string, cursor uint64) ConsumerConfig {
	cfg := ConsumerConfig{
		Name: name, DeliverPolicy: c.DeliverPolicy, AckPolicy: AckNonePolicy, HeadersOnly: c.HeadersOnly,
		InactiveThreshold: c.InactiveThreshold, Replicas: 1, MemoryStorage: true, Metadata: c.Metadata,
	}
	if cfg.InactiveThreshold <= 0 {
		cfg.InactiveThreshold = 5 * time.Minute
	}
	switch len(c.FilterSubjects) {
	case 0:
		if c.DeliverPolicy == DeliverLastPerSubjectPolicy {
			cfg.FilterSubjects = []string{">"} // which the server wants to be said
		}
	case 1:
		cfg.FilterSubject = c.FilterSubjects[0]
	default:
		cfg.FilterSubjects = c.FilterSubjects
	}
	switch {
	case cursor > 0:
		cfg.DeliverPolicy, cfg.OptStartSeq = DeliverByStartSequencePolicy, cursor+1
	case c.DeliverPolicy == DeliverByStartSequencePolicy:
		cfg.OptStartSeq = c.OptStartSeq
	case c.DeliverPolicy == DeliverByStartTimePolicy:
		cfg.OptStartTime = c.OptStartTime
	}
	return cfg
}
