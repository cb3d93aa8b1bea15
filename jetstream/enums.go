package jetstream

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// AckPolicy says which messages a consumer wants acknowledged.
type AckPolicy int

// The acknowledgement policies.
const (
	// AckExplicitPolicy wants each message acknowledged; the default.
	AckExplicitPolicy AckPolicy = iota
	// AckAllPolicy takes the acknowledgement of a message for all before it too.
	AckAllPolicy
	// AckNonePolicy wants none.
	AckNonePolicy
	// AckFlowControlPolicy acknowledges by answers to flow control, for consumers
	// that feed other streams.
	AckFlowControlPolicy
)

// DeliverPolicy says where in the stream a consumer begins.
type DeliverPolicy int

// The delivery policies.
const (
	// DeliverAllPolicy begins with the first message; the default.
	DeliverAllPolicy DeliverPolicy = iota
	// DeliverLastPolicy begins with the last message.
	DeliverLastPolicy
	// DeliverNewPolicy begins with what is stored after the consumer was made.
	DeliverNewPolicy
	// DeliverByStartSequencePolicy begins with ConsumerConfig.OptStartSeq.
	DeliverByStartSequencePolicy
	// DeliverByStartTimePolicy begins at ConsumerConfig.OptStartTime.
	DeliverByStartTimePolicy
	// DeliverLastPerSubjectPolicy begins with the last message of each subject.
	DeliverLastPerSubjectPolicy
)

// DiscardPolicy says what a full stream gives up.
type DiscardPolicy int

// The discard policies.
const (
	// DiscardOld removes the oldest messages; the default.
	DiscardOld DiscardPolicy = iota
	// DiscardNew refuses new ones.
	DiscardNew
)

// PersistModeType says when a stream's writes reach the disk.
type PersistModeType int

// The persist modes.
const (
	// DefaultPersistMode acknowledges what has been written.
	DefaultPersistMode PersistModeType = iota
	// AsyncPersistMode acknowledges before it is; a hard kill may lose it.
	AsyncPersistMode
)

// PriorityPolicy says how a consumer shares messages among the clients of a group.
type PriorityPolicy int

// The priority policies.
const (
	// PriorityPolicyNone has no groups; the default.
	PriorityPolicyNone PriorityPolicy = iota
	// PriorityPolicyPinned serves one client until it goes away.
	PriorityPolicyPinned
	// PriorityPolicyOverflow serves a client only when enough is pending.
	PriorityPolicyOverflow
	// PriorityPolicyPrioritized serves clients with a lower number first.
	PriorityPolicyPrioritized
)

// ReplayPolicy says how fast a consumer sends what is stored.
type ReplayPolicy int

// The replay policies.
const (
	// ReplayInstantPolicy sends as fast as it can; the default.
	ReplayInstantPolicy ReplayPolicy = iota
	// ReplayOriginalPolicy keeps the intervals in which messages were stored.
	ReplayOriginalPolicy
)

// RetentionPolicy says when a stream removes messages.
type RetentionPolicy int

// The retention policies.
const (
	// LimitsPolicy removes what is past a limit; the default.
	LimitsPolicy RetentionPolicy = iota
	// InterestPolicy removes what all consumers have acknowledged.
	InterestPolicy
	// WorkQueuePolicy removes what a consumer has acknowledged.
	WorkQueuePolicy
)

// StorageType says where a stream is kept.
type StorageType int

// The kinds of storage.
const (
	// FileStorage is on disk; the default.
	FileStorage StorageType = iota
	// MemoryStorage is in memory.
	MemoryStorage
)

// StoreCompression says how stored messages are compressed.
type StoreCompression uint8

// The kinds of compression.
const (
	// NoCompression stores messages as they are; the default.
	NoCompression StoreCompression = iota
	// S2Compression uses S2, a relative of Snappy.
	S2Compression
)

// names are an enumeration's values in JSON and as text.
type names struct {
	json, text []string
	unknown    string // the text of a value that isn't one
	bad        string // how an error about JSON that names none begins
}

var (
	ackNames         = names{[]string{"explicit", "all", "none", "flow_control"}, []string{"AckExplicit", "AckAll", "AckNone", "AckFlowControl"}, "Unknown AckPolicy", cannot}
	deliverNames     = names{[]string{"all", "last", "new", "by_start_sequence", "by_start_time", "last_per_subject"}, nil, "", cannot}
	discardNames     = names{[]string{"old", "new"}, []string{"DiscardOld", "DiscardNew"}, "Unknown Discard Policy", canNot}
	persistNames     = names{[]string{"default", "async"}, []string{"Default", "Async"}, "Unknown Persist Mode", canNot}
	priorityNames    = names{[]string{"", "pinned_client", "overflow", "prioritized"}, nil, "", cannot}
	replayNames      = names{[]string{"instant", "original"}, nil, "", canNot}
	retentionNames   = names{[]string{"limits", "interest", "workqueue"}, []string{"Limits", "Interest", "WorkQueue"}, "Unknown Retention Policy", canNot}
	storageNames     = names{[]string{"file", "memory"}, []string{"File", "Memory"}, "Unknown Storage Type", canNot}
	compressionNames = names{[]string{"none", "s2"}, []string{"None", "S2"}, "Unknown StoreCompression", ""}
)

const (
	cannot = "nats: cannot unmarshal"
	canNot = "nats: can not unmarshal"
)

func (n *names) string(v int) string {
	list := n.text
	if list == nil {
		list = n.json
	}
	if v < 0 || v >= len(list) {
		return n.unknown
	}
	return list[v]
}

func (n *names) marshal(v int) ([]byte, error) {
	if v < 0 || v >= len(n.json) {
		return nil, fmt.Errorf("nats: can not marshal %v", v)
	}
	return json.Marshal(n.json[v])
}

func (n *names) unmarshal(data []byte) (int, error) {
	var s string
	if json.Unmarshal(data, &s) == nil {
		if i := slices.Index(n.json, s); i >= 0 {
			return i, nil
		}
	}
	if n.bad == "" {
		return 0, errors.New("unknown compression algorithm")
	}
	return 0, fmt.Errorf("%s %q", n.bad, data)
}

// set is unmarshal into a value, which an error leaves as it is.
func set[T ~int | ~uint8](n *names, v *T, data []byte) error {
	i, err := n.unmarshal(data)
	if err == nil {
		*v = T(i)
	}
	return err
}

// String names the value.
func (p AckPolicy) String() string { return ackNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p AckPolicy) MarshalJSON() ([]byte, error) { return ackNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *AckPolicy) UnmarshalJSON(data []byte) error { return set(&ackNames, p, data) }

// String names the value.
func (p DeliverPolicy) String() string { return deliverNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p DeliverPolicy) MarshalJSON() ([]byte, error) { return deliverNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *DeliverPolicy) UnmarshalJSON(data []byte) error { return set(&deliverNames, p, data) }

// String names the value.
func (p DiscardPolicy) String() string { return discardNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p DiscardPolicy) MarshalJSON() ([]byte, error) { return discardNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *DiscardPolicy) UnmarshalJSON(data []byte) error { return set(&discardNames, p, data) }

// String names the value.
func (p PersistModeType) String() string { return persistNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p PersistModeType) MarshalJSON() ([]byte, error) { return persistNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *PersistModeType) UnmarshalJSON(data []byte) error { return set(&persistNames, p, data) }

// MarshalJSON writes the value as the API names it.
func (p PriorityPolicy) MarshalJSON() ([]byte, error) { return priorityNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *PriorityPolicy) UnmarshalJSON(data []byte) error { return set(&priorityNames, p, data) }

// String names the value.
func (p ReplayPolicy) String() string { return replayNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p ReplayPolicy) MarshalJSON() ([]byte, error) { return replayNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *ReplayPolicy) UnmarshalJSON(data []byte) error { return set(&replayNames, p, data) }

// String names the value.
func (p RetentionPolicy) String() string { return retentionNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p RetentionPolicy) MarshalJSON() ([]byte, error) { return retentionNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *RetentionPolicy) UnmarshalJSON(data []byte) error { return set(&retentionNames, p, data) }

// String names the value.
func (p StorageType) String() string { return storageNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p StorageType) MarshalJSON() ([]byte, error) { return storageNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *StorageType) UnmarshalJSON(data []byte) error { return set(&storageNames, p, data) }

// String names the value.
func (p StoreCompression) String() string { return compressionNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p StoreCompression) MarshalJSON() ([]byte, error) { return compressionNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *StoreCompression) UnmarshalJSON(b []byte) error { return set(&compressionNames, p, b) }
