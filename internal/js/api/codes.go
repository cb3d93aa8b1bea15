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

// Passing says whether an error is one of an election, a restart or a server that has too
// much to do: what was asked may be taken when it is asked again.
func Passing(e *Error) bool {
	const unavailable, noLeader, notActive = 10008, 10009, 10006
	return e.Code == 429 || e.ErrCode == unavailable || e.ErrCode == noLeader || e.ErrCode == notActive
}
