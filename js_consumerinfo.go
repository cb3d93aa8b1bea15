package nats

import "time"

// ConsumerInfo is what a server says of a consumer.
type ConsumerInfo struct {
	// Stream is the stream's name.
	Stream string `json:"stream_name"`
	// Name is the consumer's.
	Name string `json:"name"`
	// Created is when it was made.
	Created time.Time `json:"created"`
	// Config is its configuration, defaults filled in.
	Config ConsumerConfig `json:"config"`
	// Delivered is how far it has delivered.
	Delivered SequenceInfo `json:"delivered"`
	// AckFloor is up to where all is acknowledged.
	AckFloor SequenceInfo `json:"ack_floor"`
	// NumAckPending is how many messages are delivered and not acknowledged.
	NumAckPending int `json:"num_ack_pending"`
	// NumRedelivered is how many of them were delivered more than once.
	NumRedelivered int `json:"num_redelivered"`
	// NumWaiting is how many pulls wait.
	NumWaiting int `json:"num_waiting"`
	// NumPending is how many messages are still to be delivered.
	NumPending uint64 `json:"num_pending"`
	// Cluster says which servers have it; nil if the server stands alone.
	Cluster *ClusterInfo `json:"cluster,omitempty"`
	// PushBound says that a push consumer has somebody to send to.
	PushBound bool `json:"push_bound,omitempty"`
}

// SequenceInfo is a place in a consumer and in its stream.
type SequenceInfo struct {
	// Consumer is the number among the consumer's deliveries.
	Consumer uint64 `json:"consumer_seq"`
	// Stream is the sequence number in the stream.
	Stream uint64 `json:"stream_seq"`
	// Last is when something last happened there.
	Last *time.Time `json:"last_active,omitempty"`
}

// SequencePair is the place of a message.
type SequencePair struct {
	// Consumer is the number among the consumer's deliveries.
	Consumer uint64 `json:"consumer_seq"`
	// Stream is the sequence number in the stream.
	Stream uint64 `json:"stream_seq"`
}
