package nats

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
	// AckNonePolicy wants none; the default of a configuration that says nothing.
	AckNonePolicy AckPolicy = iota
	// AckAllPolicy takes the acknowledgement of a message for all before it too.
	AckAllPolicy
	// AckExplicitPolicy wants each message acknowledged.
	AckExplicitPolicy
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

// jsNames are an enumeration's values in JSON and as text.
type jsNames struct {
	json, text []string
	unknown    string // the text of a value that isn't one
	bad        string // the error about one, with its text
}

var (
	ackNames         = jsNames{[]string{"none", "all", "explicit", "flow_control"}, []string{"AckNone", "AckAll", "AckExplicit", "AckFlowControl"}, "Unknown AckPolicy", "nats: unknown acknowledgement policy %v"}
	deliverNames     = jsNames{[]string{"all", "last", "new", "by_start_sequence", "by_start_time", "last_per_subject"}, nil, "", "nats: unknown deliver policy %v"}
	discardNames     = jsNames{[]string{"old", "new"}, []string{"DiscardOld", "DiscardNew"}, "Unknown Discard Policy", "nats: can not marshal %v"}
	replayNames      = jsNames{[]string{"instant", "original"}, nil, "", "nats: unknown replay policy %v"}
	retentionNames   = jsNames{[]string{"limits", "interest", "workqueue"}, []string{"Limits", "Interest", "WorkQueue"}, "Unknown Retention Policy", "nats: can not marshal %v"}
	storageNames     = jsNames{[]string{"file", "memory"}, []string{"File", "Memory"}, "Unknown Storage Type", "nats: can not marshal %v"}
	compressionNames = jsNames{[]string{"none", "s2"}, []string{"None", "S2"}, "Unknown StoreCompression", ""}
)

func (n *jsNames) string(v int) string {
	if v < 0 || v >= len(n.text) {
		return n.unknown
	}
	return n.text[v]
}

func (n *jsNames) marshal(v int) ([]byte, error) {
	switch {
	case v >= 0 && v < len(n.json):
		return json.Marshal(n.json[v])
	case n.bad == "":
		return nil, errUnknownCompression
	case n.text != nil:
		return nil, fmt.Errorf(n.bad, n.string(v))
	}
	return nil, fmt.Errorf(n.bad, v)
}

var errUnknownCompression = errors.New("unknown compression algorithm")

// setName reads a name into a value, which an error leaves as it is.
func setName[T ~int | ~uint8](n *jsNames, v *T, data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		if i := slices.Index(n.json, s); i >= 0 {
			*v = T(i)
			return nil
		}
	}
	switch {
	case n.bad == "":
		return errUnknownCompression
	case n == &deliverNames:
		return nil // one of a newer server; the program doesn't ask
	}
	return fmt.Errorf("nats: can not unmarshal %q", data)
}

// String names the value.
func (p AckPolicy) String() string { return ackNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p AckPolicy) MarshalJSON() ([]byte, error) { return ackNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *AckPolicy) UnmarshalJSON(data []byte) error { return setName(&ackNames, p, data) }

// MarshalJSON writes the value as the API names it.
func (p DeliverPolicy) MarshalJSON() ([]byte, error) { return deliverNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *DeliverPolicy) UnmarshalJSON(data []byte) error { return setName(&deliverNames, p, data) }

// String names the value.
func (p DiscardPolicy) String() string { return discardNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p DiscardPolicy) MarshalJSON() ([]byte, error) { return discardNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *DiscardPolicy) UnmarshalJSON(data []byte) error { return setName(&discardNames, p, data) }

// MarshalJSON writes the value as the API names it.
func (p ReplayPolicy) MarshalJSON() ([]byte, error) { return replayNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *ReplayPolicy) UnmarshalJSON(data []byte) error { return setName(&replayNames, p, data) }

// String names the value.
func (p RetentionPolicy) String() string { return retentionNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p RetentionPolicy) MarshalJSON() ([]byte, error) { return retentionNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *RetentionPolicy) UnmarshalJSON(data []byte) error { return setName(&retentionNames, p, data) }

// String names the value.
func (p StorageType) String() string { return storageNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p StorageType) MarshalJSON() ([]byte, error) { return storageNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *StorageType) UnmarshalJSON(data []byte) error { return setName(&storageNames, p, data) }

// String names the value.
func (p StoreCompression) String() string { return compressionNames.string(int(p)) }

// MarshalJSON writes the value as the API names it.
func (p StoreCompression) MarshalJSON() ([]byte, error) { return compressionNames.marshal(int(p)) }

// UnmarshalJSON reads a name of the API.
func (p *StoreCompression) UnmarshalJSON(b []byte) error { return setName(&compressionNames, p, b) }
