package object

// DefaultChunk is how large a chunk is when nothing is said.
const DefaultChunk = 128 << 10

// idRoom is what a chunk's headers take at most.
const idRoom = 128

// Chunk is how large the chunks of a new object are: asked, or the default if that is
// 0, and less by a little if no room is left for their ids. ok is false when the server
// takes none that large.
func Chunk(asked uint32, maxPayload int64) (size int, ok bool) {
	size = int(asked)
	if size == 0 {
		size = DefaultChunk
	}
	if maxPayload <= 0 {
		return size, true
	}
	if int64(size) > maxPayload {
		return 0, false
	}
	if int64(size) > maxPayload-idRoom && maxPayload > idRoom {
		size = int(maxPayload - idRoom)
	}
	return size, true
}

// Window is how many bytes of an object are on their way into a stream at most. The
// connection's buffer may have a copy of each.
const Window = 5 << 20

// Temporary says whether a stream that refuses a chunk with these codes may take it
// later: it is asked for too much at once, or its cluster is about to have a leader.
func Temporary(code, errCode int) bool {
	const unavailable, noLeader = 10008, 10009
	return code == 429 || errCode == unavailable || errCode == noLeader
}

// UnderWay says whether a stream refuses a chunk since it is just storing it.
func UnderWay(errCode int) bool {
	const duplicateInProcess = 10158
	return errCode == duplicateInProcess
}

// NotThere says whether a message can't be removed since it isn't there.
func NotThere(errCode int) bool {
	const noMessage, noSequence, deleteFailed = 10037, 10043, 10057
	return errCode == noMessage || errCode == noSequence || errCode == deleteFailed
}
