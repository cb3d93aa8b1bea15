package api

// Error codes of the API that the client itself acts on.
const (
	CodeConsumerNotFound = 10014
	CodeStreamNotFound   = 10059
	CodeStreamNameInUse  = 10058
	CodeConsumerExists   = 10148
	CodeConsumerMissing  = 10149
	CodeNoMessage        = 10037
	// CodeIdInProcess is said of a message that was sent again while the first is still
	// being stored.
	CodeIdInProcess = 10158
)
