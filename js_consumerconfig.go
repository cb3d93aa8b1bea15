package nats

import "time"

// ConsumerConfig says what a consumer is and does. Zero is the default of each field, which the server fills in.
type ConsumerConfig struct {
	// Durable is a name that makes it stay when nobody uses it; if Name is set too, both are equal.
	Durable string `json:"durable_name,omitempty"`
	// Name is the consumer's name, without spaces, dots, wildcards and slashes; empty: a random one.
	Name string `json:"name,omitempty"`
	// Description is a text for people.
	Description string `json:"description,omitempty"`
	// DeliverPolicy says where it begins.
	DeliverPolicy DeliverPolicy `json:"deliver_policy"`
	// OptStartSeq is the sequence number to begin with, for DeliverByStartSequencePolicy.
	OptStartSeq uint64 `json:"opt_start_seq,omitempty"`
	// OptStartTime is the time to begin at, for DeliverByStartTimePolicy.
	OptStartTime *time.Time `json:"opt_start_time,omitempty"`
	// AckPolicy says which messages are to be acknowledged.
	AckPolicy AckPolicy `json:"ack_policy"`
	// AckWait is how long the server waits before it delivers a message again; 0 is 30 s.
	AckWait time.Duration `json:"ack_wait,omitempty"`
	// MaxDeliver bounds how often it does; 0 or less: no bound.
	MaxDeliver int `json:"max_deliver,omitempty"`
	// BackOff replaces AckWait: the wait after the first delivery, the second …; the last is used again and again.
	BackOff []time.Duration `json:"backoff,omitempty"`
	// FilterSubject is which subjects it delivers; empty: all.
	FilterSubject string `json:"filter_subject,omitempty"`
	// FilterSubjects are several instead of FilterSubject.
	FilterSubjects []string `json:"filter_subjects,omitempty"`
	// ReplayPolicy says how fast it sends.
	ReplayPolicy ReplayPolicy `json:"replay_policy"`
	// RateLimit bounds it, in bits per second; 0: no bound. For push consumers.
	RateLimit uint64 `json:"rate_limit_bps,omitempty"`
	// SampleFrequency is how many percent of the acknowledgements are reported.
	SampleFrequency string `json:"sample_freq,omitempty"`
	// MaxWaiting bounds how many pulls may wait; 0 is 512.
	MaxWaiting int `json:"max_waiting,omitempty"`
	// MaxAckPending bounds how many messages may be unacknowledged; 0 is 1,000, -1 no bound.
	MaxAckPending int `json:"max_ack_pending,omitempty"`
	// FlowControl makes a push consumer wait for answers.
	FlowControl bool `json:"flow_control,omitempty"`
	// Heartbeat is how often a push consumer says that it lives, when it has nothing to send; 0: never.
	Heartbeat time.Duration `json:"idle_heartbeat,omitempty"`
	// HeadersOnly leaves the payload away.
	HeadersOnly bool `json:"headers_only,omitempty"`
	// MaxRequestBatch bounds how many messages a pull may ask for; 0: no bound.
	MaxRequestBatch int `json:"max_batch,omitempty"`
	// MaxRequestExpires bounds how long it may wait; 0: no bound.
	MaxRequestExpires time.Duration `json:"max_expires,omitempty"`
	// MaxRequestMaxBytes bounds how many bytes it may ask for; 0: no bound.
	MaxRequestMaxBytes int `json:"max_bytes,omitempty"`
	// DeliverSubject is where a push consumer sends; empty for a pull consumer.
	DeliverSubject string `json:"deliver_subject,omitempty"`
	// DeliverGroup is the queue group there.
	DeliverGroup string `json:"deliver_group,omitempty"`
	// InactiveThreshold removes it when nobody has used it for so long; 0 is 5 s, or never if it is durable.
	InactiveThreshold time.Duration `json:"inactive_threshold,omitempty"`
	// Replicas is on how many servers; 0: as many as the stream.
	Replicas int `json:"num_replicas"`
	// MemoryStorage keeps its state in memory.
	MemoryStorage bool `json:"mem_storage,omitempty"`
	// Metadata is the program's own; keys that begin with _nats. are the server's.
	Metadata map[string]string `json:"metadata,omitempty"`
}
