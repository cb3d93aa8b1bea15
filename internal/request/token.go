package request

import (
	"crypto/rand"
	"encoding/binary"
)

const (
	base62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	tokenLen    = 8               // characters that say which request an answer belongs to
	tokenValues = 218340105584896 // 62 to the power of that
	inboxLen    = 22              // characters behind an inbox's prefix
)

// tokens are the secrets that reply subjects end in. Whoever answers a request sees
// its reply subject; were the next one to follow from it, it could answer requests
// that others are asked. So each token is drawn by itself from the system's
// generator: what was seen says nothing of what comes. That a token comes twice
// while somebody waits for the first is seen to by the caller.
type tokens struct {
	pool [64 * 8]byte // drawn in advance: a system call for 64 of them
	left int
}

// next returns a number below tokenValues. That the values are no divisor of 2^64
// favours some of them by a 80,000th.
func (t *tokens) next() uint64 {
	if t.left == 0 {
		random(t.pool[:])
		t.left = len(t.pool)
	}
	b := t.pool[len(t.pool)-t.left:][:8]
	t.left -= 8
	n := binary.LittleEndian.Uint64(b) % tokenValues
	clear(b) // no later look at this memory tells it
	return n
}

// random fills b from the system's generator, which ends the program when it can't.
func random(b []byte) { _, _ = rand.Read(b) }

// appendBase62 appends n digits of v, the last of them first.
func appendBase62(b []byte, v uint64, n int) []byte {
	for range n {
		b = append(b, base62[v%62])
		v /= 62
	}
	return b
}

// NewInbox returns a subject that nobody else uses: the prefix and characters that make
// it unique, and secret to those who know others: what a program answers to is its to
// tell.
func NewInbox(prefix string) string {
	var buf [96]byte
	b := append(buf[:0], prefix...)
	var r [24]byte
	random(r[:])
	for i := 0; i < inboxLen; i += tokenLen {
		b = appendBase62(b, binary.LittleEndian.Uint64(r[i:])%tokenValues, min(tokenLen, inboxLen-i))
	}
	return string(b)
}
