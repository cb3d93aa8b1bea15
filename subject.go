package nats

// badPublishSubject says whether a subject can't be published to: it is empty, or
// has a space, tab or line break, which would break the protocol. Empty tokens
// and wildcards pass: servers deal with them.
func badPublishSubject(s string) bool {
	return s == "" || hasBreak(s)
}

// badSubject says whether a subject can't be subscribed to: one that can't be
// published to, or that has an empty token.
func badSubject(s string) bool {
	last := byte('.')
	for i := range len(s) {
		if s[i] == '.' && last == '.' {
			return true
		}
		last = s[i]
	}
	return last == '.' || hasBreak(s) // empty, or ends in a dot
}

// badQueue says whether a queue group's name has a space, tab or line break. An
// empty name is no group, and fine.
func badQueue(s string) bool { return hasBreak(s) }

// hasBreak looks for a space, tab or line break. Every publish comes by here, so
// it takes eight bytes at a time, the last eight overlapping those before.
func hasBreak(s string) bool {
	if len(s) < 8 {
		if len(s) < 4 {
			return hasBreakSlow(s)
		}
		return anyLow(load4(s)<<32|load4(s[len(s)-4:])) && hasBreakSlow(s)
	}
	for i := 0; i < len(s)-8; i += 8 {
		if anyLow(load8(s[i:])) {
			return hasBreakSlow(s)
		}
	}
	return anyLow(load8(s[len(s)-8:])) && hasBreakSlow(s)
}

// anyLow says whether one of eight bytes is a space or less: subtracting 0x21
// from each sets the top bit of those only that are below it and had that bit
// clear, or that stand above such a one.
func anyLow(x uint64) bool {
	return (x-0x2121212121212121)&^x&0x8080808080808080 != 0
}

// The compiler makes one load of each of these.

func load4(s string) uint64 {
	_ = s[3]
	return uint64(uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24)
}

func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func hasBreakSlow(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			return true
		}
	}
	return false
}
