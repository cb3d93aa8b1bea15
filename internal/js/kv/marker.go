package kv

// Headers of a bucket's messages.
const (
	OperationHeader = "KV-Operation"
	ReasonHeader    = "Nats-Marker-Reason"
)

// Values of OperationHeader.
const (
	Deleted = "DEL"
	Purged  = "PURGE"
)

// Op is what a message of a bucket did to its key.
type Op uint8

// The operations, in the order that programs know them by.
const (
	Put Op = iota
	Delete
	Purge
)

// Gone says whether the key has no value behind it.
func (o Op) Gone() bool { return o != Put }

// OpOf reads the headers of a message. A server leaves markers of its own where a
// limit or a purge removed the last value of a key.
func OpOf(h map[string][]string) Op {
	if len(h) == 0 {
		return Put
	}
	switch first(h, OperationHeader) {
	case Deleted:
		return Delete
	case Purged:
		return Purge
	}
	switch first(h, ReasonHeader) {
	case "MaxAge", "Purge":
		return Purge
	case "Remove":
		return Delete
	}
	return Put
}

func first(h map[string][]string, key string) string {
	if v := h[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}
