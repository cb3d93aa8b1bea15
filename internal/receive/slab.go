package receive

import "unsafe"

const (
	// slabSize bounds what a message that the user keeps can pin beyond itself:
	// messages that came in together share one allocation for themselves and one
	// for their payloads and reply subjects, so much in all. Of larger messages
	// slabLeast share, so that one pins twice its own size at most.
	slabSize  = 4 << 10
	slabLeast = 3
	// slabMsgs is the largest slab of messages. Go takes memory of about that
	// size in larger pieces than that of the sizes around, which makes it cheaper.
	slabMsgs = 3000 / msgSize
	msgSize  = int(unsafe.Sizeof(Msg[map[string][]string, struct{}]{}))
	// So it is with slabs of bytes: one of poorBytes to poorBytesEnd costs more
	// than one that is as much smaller as it takes to be outside.
	poorBytes, poorBytesEnd = 2304, 2880
	// parsedHeader is about what a parsed header takes beyond its bytes.
	parsedHeader = 512
	// sharedPayload is how large headers and payload may be to share a slab.
	sharedPayload = 4 << 10
)

// newSlabs makes room for as many messages as are likely to follow, so that a
// lone one stays alone, if each needs as much as the first.
func (in *inbound[M, H, S]) newSlabs(shared, parsed, likely int) {
	in.endStretch()
	k := min(likely, slabMsgs, max(slabSize/(msgSize+shared+parsed), slabLeast))
	if b := k * shared; b > poorBytes && b < poorBytesEnd {
		k = max(poorBytes/shared, 1)
	}
	in.msgs, in.begin, in.usedMsgs = make([]Msg[H, S], k), 0, 0
	in.bytes, in.usedBytes = nil, 0
	if shared > 0 {
		in.bytes = make([]byte, k*shared)
	}
	in.parsed = max(slabSize, k*parsed)
	in.last = ""
}

// cut copies b into the slab of bytes. The slice has no room to grow into its
// neighbour.
func (in *inbound[M, H, S]) cut(b []byte) []byte {
	if len(b) == 0 {
		return []byte{}
	}
	end := in.usedBytes + len(b)
	c := in.bytes[in.usedBytes:end:end]
	in.usedBytes = end
	copy(c, b)
	return c
}

// cutString is cut of a string, to which these bytes belong alone.
func (in *inbound[M, H, S]) cutString(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	c := in.cut(b)
	return unsafe.String(&c[0], len(c))
}
