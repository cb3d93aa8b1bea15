package api

import (
	"strconv"
	"strings"
)

// AppendCopy appends the end of a reply subject: for which message of a publisher it is, and
// for which copy of that, counted from 1.
func AppendCopy(to []byte, message uint64, copy uint32) []byte {
	to = strconv.AppendUint(to, message, 36)
	if copy > 1 {
		to = strconv.AppendUint(append(to, '_'), uint64(copy), 36)
	}
	return to
}

// ParseCopy reads it.
func ParseCopy(s string) (message uint64, copy uint32, ok bool) {
	first, second, again := strings.Cut(s, "_")
	message, err := strconv.ParseUint(first, 36, 64)
	if err != nil || !again {
		return message, 1, err == nil
	}
	n, err := strconv.ParseUint(second, 36, 32)
	return message, uint32(n), err == nil && n > 1
}
