package nats

import "time"

// StreamConfig says what a stream is and does. Zero is the default of each field, which the server fills in.
type StreamConfig struct {
	// Name is the stream's name, required, without spaces, dots, wildcards and slashes.
	Name string `json:"name"`
	// Description is a text for people.
	Description string `json:"description,omitempty"`
	// Subjects are those whose messages it stores, wildcards included. A mirror has none.
	Subjects []string `json:"subjects,omitempty"`
	// Retention says when messages are removed.
	Retention RetentionPolicy `json:"retention"`
	// MaxConsumers bounds how many consumers it may have; 0 or less: no bound.
	MaxConsumers int `json:"max_consumers"`
	// MaxMsgs bounds how many messages it keeps; 0 or less: no bound.
	MaxMsgs int64 `json:"max_msgs"`
	// MaxBytes bounds their bytes; 0 or less: no bound.
	MaxBytes int64 `json:"max_bytes"`
	// Discard says what goes when a bound is reached.
	Discard DiscardPolicy `json:"discard"`
	// DiscardNewPerSubject refuses new messages of a full subject, with DiscardNew and MaxMsgsPerSubject.
	DiscardNewPerSubject bool `json:"discard_new_per_subject,omitempty"`
	// MaxAge is how long a message is kept; 0: for ever.
	MaxAge time.Duration `json:"max_age"`
	// MaxMsgsPerSubject bounds how many messages of a subject it keeps; 0 or less: no bound.
	MaxMsgsPerSubject int64 `json:"max_msgs_per_subject"`
	// MaxMsgSize is the largest message in bytes; 0 or less: as large as the server takes.
	MaxMsgSize int32 `json:"max_msg_size,omitempty"`
	// Storage says where it is kept.
	Storage StorageType `json:"storage"`
	// Replicas is on how many servers, 1 to 5; 0 is 1.
	Replicas int `json:"num_replicas"`
	// NoAck leaves messages unacknowledged: Publish then waits in vain.
	NoAck bool `json:"no_ack,omitempty"`
	// Duplicates is how long message ids are remembered; 0 is 2 minutes, or MaxAge if that is less.
	Duplicates time.Duration `json:"duplicate_window,omitempty"`
	// Placement says where in the system it is to be.
	Placement *Placement `json:"placement,omitempty"`
	// Mirror makes it a copy of another stream.
	Mirror *StreamSource `json:"mirror,omitempty"`
	// Sources are streams that it also takes messages from.
	Sources []*StreamSource `json:"sources,omitempty"`
	// Sealed forbids every change, for good. It can only be set by an update.
	Sealed bool `json:"sealed,omitempty"`
	// DenyDelete forbids to delete messages,
	DenyDelete bool `json:"deny_delete,omitempty"`
	// DenyPurge and to purge.
	DenyPurge bool `json:"deny_purge,omitempty"`
	// AllowRollup allows messages that replace what was before, see [MsgRollup].
	AllowRollup bool `json:"allow_rollup_hdrs,omitempty"`
	// Compression says how messages are compressed.
	Compression StoreCompression `json:"compression"`
	// FirstSeq is the first message's sequence number; 0 is 1.
	FirstSeq uint64 `json:"first_seq,omitempty"`
	// SubjectTransform stores messages under other subjects.
	SubjectTransform *SubjectTransformConfig `json:"subject_transform,omitempty"`
	// RePublish publishes again what was stored.
	RePublish *RePublish `json:"republish,omitempty"`
	// AllowDirect lets every server with a copy answer when a message is read, not the leader alone.
	AllowDirect bool `json:"allow_direct"`
	// MirrorDirect lets a mirror answer for its origin.
	MirrorDirect bool `json:"mirror_direct"`
	// ConsumerLimits are defaults and bounds for its consumers.
	ConsumerLimits StreamConsumerLimits `json:"consumer_limits,omitempty"`
	// Metadata is the program's own; keys that begin with _nats. are the server's.
	Metadata map[string]string `json:"metadata,omitempty"`
	// Template is no longer used.
	//
	// Deprecated: servers have no templates any more.
	Template string `json:"template_owner,omitempty"`
	// AllowMsgTTL allows [MsgTTL].
	AllowMsgTTL bool `json:"allow_msg_ttl"`
	// SubjectDeleteMarkerTTL leaves a marker, for so long, when the last message of a subject goes; 0: none.
	SubjectDeleteMarkerTTL time.Duration `json:"subject_delete_marker_ttl,omitempty"`
}

// StreamConsumerLimits are defaults and bounds for the consumers of a stream.
type StreamConsumerLimits struct {
	// InactiveThreshold is for ConsumerConfig.InactiveThreshold; 0: none.
	InactiveThreshold time.Duration `json:"inactive_threshold,omitempty"`
	// MaxAckPending is for ConsumerConfig.MaxAckPending; 0: none.
	MaxAckPending int `json:"max_ack_pending,omitempty"`
}

// Placement says where in the system a stream is to be.
type Placement struct {
	// Cluster is the name of a cluster; empty: any.
	Cluster string `json:"cluster"`
	// Tags must all be on a server.
	Tags []string `json:"tags,omitempty"`
}

// RePublish publishes again what a stream has stored.
type RePublish struct {
	// Source is which subjects; empty: all.
	Source string `json:"src,omitempty"`
	// Destination is the subject that it is published to.
	Destination string `json:"dest"`
	// HeadersOnly leaves the payload away.
	HeadersOnly bool `json:"headers_only,omitempty"`
}

// SubjectTransformConfig maps subjects to others.
type SubjectTransformConfig struct {
	// Source is which subjects,
	Source string `json:"src,omitempty"`
	// Destination and what they become, with {{wildcard(1)}} and the like.
	Destination string `json:"dest"`
}

// StreamSource is a stream that another takes messages from.
type StreamSource struct {
	// Name is its name.
	Name string `json:"name"`
	// OptStartSeq is the sequence number to begin with; 0: the first.
	OptStartSeq uint64 `json:"opt_start_seq,omitempty"`
	// OptStartTime is the time to begin at; nil: from the beginning.
	OptStartTime *time.Time `json:"opt_start_time,omitempty"`
	// FilterSubject is which subjects; empty: all.
	FilterSubject string `json:"filter_subject,omitempty"`
	// SubjectTransforms choose subjects and map them to others.
	SubjectTransforms []SubjectTransformConfig `json:"subject_transforms,omitempty"`
	// External says how to reach it in another account or domain.
	External *ExternalStream `json:"external,omitempty"`
	// Domain is the JetStream domain that it is in; it fills in External.
	Domain string `json:"-"`
}

// ExternalStream says how to reach a stream in another account or domain.
type ExternalStream struct {
	// APIPrefix is what the subjects of the API begin with there.
	APIPrefix string `json:"api"`
	// DeliverPrefix is what the subjects of deliveries begin with.
	DeliverPrefix string `json:"deliver,omitempty"`
}
