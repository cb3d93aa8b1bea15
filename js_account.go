package nats

// AccountInfo is what a server says of the account: its use of JetStream and its limits.
type AccountInfo struct {
	// Tier is the account as a whole, or without tiers.
	Tier
	// Domain is the JetStream domain.
	Domain string `json:"domain"`
	// API counts requests.
	API APIStats `json:"api"`
	// Tiers are use and limits by number of replicas, if the account has such.
	Tiers map[string]Tier `json:"tiers"`
}

// APIStats counts requests to the API.
type APIStats struct {
	// Level is the level of the API that the server has.
	Level int `json:"level"`
	// Total is how many there were,
	Total uint64 `json:"total"`
	// Errors how many failed,
	Errors uint64 `json:"errors"`
	// Inflight and how many are under way.
	Inflight uint64 `json:"inflight,omitempty"`
}

// Tier is use and limits.
type Tier struct {
	// Memory is how many bytes are in memory,
	Memory uint64 `json:"memory"`
	// Store and on disk.
	Store uint64 `json:"storage"`
	// ReservedMemory is how many are reserved in memory,
	ReservedMemory uint64 `json:"reserved_memory"`
	// ReservedStore and on disk.
	ReservedStore uint64 `json:"reserved_storage"`
	// Streams is how many streams there are,
	Streams int `json:"streams"`
	// Consumers and how many consumers.
	Consumers int `json:"consumers"`
	// Limits are what is allowed.
	Limits AccountLimits `json:"limits"`
}

// AccountLimits are what an account may use; -1 is no limit.
type AccountLimits struct {
	// MaxMemory is bytes in memory.
	MaxMemory int64 `json:"max_memory"`
	// MaxStore is bytes on disk.
	MaxStore int64 `json:"max_storage"`
	// MaxStreams is streams.
	MaxStreams int `json:"max_streams"`
	// MaxConsumers is consumers for each stream.
	MaxConsumers int `json:"max_consumers"`
	// MaxAckPending is the largest ConsumerConfig.MaxAckPending.
	MaxAckPending int `json:"max_ack_pending"`
	// MemoryMaxStreamBytes is bytes of one stream in memory.
	MemoryMaxStreamBytes int64 `json:"memory_max_stream_bytes"`
	// StoreMaxStreamBytes is bytes of one stream on disk.
	StoreMaxStreamBytes int64 `json:"storage_max_stream_bytes"`
	// MaxBytesRequired says that each stream must have MaxBytes.
	MaxBytesRequired bool `json:"max_bytes_required"`
}
