package nats

import "time"

// StreamInfo is what a server says of a stream.
type StreamInfo struct {
	// Config is its configuration, defaults filled in.
	Config StreamConfig `json:"config"`
	// Created is when it was made.
	Created time.Time `json:"created"`
	// State is what is in it.
	State StreamState `json:"state"`
	// Cluster says which servers have it; nil if the server stands alone.
	Cluster *ClusterInfo `json:"cluster,omitempty"`
	// Mirror says how far a mirror is; nil if it isn't one.
	Mirror *StreamSourceInfo `json:"mirror,omitempty"`
	// Sources say the same of each source.
	Sources []*StreamSourceInfo `json:"sources,omitempty"`
	// Alternates are mirrors of it, the nearest first.
	Alternates []*StreamAlternate `json:"alternates,omitempty"`
}

// StreamState is what is in a stream.
type StreamState struct {
	// Msgs is how many messages it has,
	Msgs uint64 `json:"messages"`
	// Bytes and how many bytes.
	Bytes uint64 `json:"bytes"`
	// FirstSeq is the first message's sequence number,
	FirstSeq uint64 `json:"first_seq"`
	// FirstTime and when it was stored.
	FirstTime time.Time `json:"first_ts"`
	// LastSeq is the last message's sequence number,
	LastSeq uint64 `json:"last_seq"`
	// LastTime and when it was stored.
	LastTime time.Time `json:"last_ts"`
	// Consumers is how many consumers it has.
	Consumers int `json:"consumer_count"`
	// Deleted are the sequence numbers of deleted messages, with StreamInfoRequest.DeletedDetails.
	Deleted []uint64 `json:"deleted"`
	// NumDeleted is how many they are.
	NumDeleted int `json:"num_deleted"`
	// NumSubjects is how many subjects have messages.
	NumSubjects uint64 `json:"num_subjects"`
	// Subjects says how many messages each has, with StreamInfoRequest.SubjectsFilter.
	Subjects map[string]uint64 `json:"subjects"`
}

// StreamSourceInfo says how far a mirror or a source is.
type StreamSourceInfo struct {
	// Name is the stream that messages are taken from.
	Name string `json:"name"`
	// Lag is how many messages are still to come.
	Lag uint64 `json:"lag"`
	// Seq is the last that came, of a source.
	Seq uint64 `json:"seq,omitempty"`
	// Active is how long ago something came; -1: nothing has.
	Active time.Duration `json:"active"`
	// External says how it is reached.
	External *ExternalStream `json:"external"`
	// Error is what keeps it from working; nil: nothing.
	Error *APIError `json:"error"`
	// FilterSubject is which subjects are taken.
	FilterSubject string `json:"filter_subject,omitempty"`
	// SubjectTransforms are the transforms in use.
	SubjectTransforms []SubjectTransformConfig `json:"subject_transforms,omitempty"`
}

// StreamAlternate is a mirror that can stand in for a stream.
type StreamAlternate struct {
	// Name is its name.
	Name string `json:"name"`
	// Domain is its domain,
	Domain string `json:"domain,omitempty"`
	// Cluster and its cluster.
	Cluster string `json:"cluster"`
}

// RawStreamMsg is a message as it is stored in a stream.
type RawStreamMsg struct {
	// Subject is what it was published to.
	Subject string
	// Sequence is its number in the stream.
	Sequence uint64
	// Header holds its headers; nil: none.
	Header Header
	// Data is its payload.
	Data []byte
	// Time is when it was stored.
	Time time.Time
}

// StreamInfoRequest is an option of [JetStreamManager].StreamInfo: what it tells beyond
// the usual. Give its address.
type StreamInfoRequest struct {
	// DeletedDetails asks for the sequence numbers of deleted messages.
	DeletedDetails bool `json:"deleted_details,omitempty"`
	// SubjectsFilter asks how many messages each subject has that matches; ">" is all.
	SubjectsFilter string `json:"subjects_filter,omitempty"`
}

// StreamPurgeRequest is an option of [JetStreamManager].PurgeStream: what it removes; all, if nothing is said. Give its address.
type StreamPurgeRequest struct {
	// Sequence is the first to stay; 0: none.
	Sequence uint64 `json:"seq,omitempty"`
	// Subject is whose messages go; empty: all.
	Subject string `json:"filter,omitempty"`
	// Keep is how many stay; 0: none. It excludes Sequence.
	Keep uint64 `json:"keep,omitempty"`
}
