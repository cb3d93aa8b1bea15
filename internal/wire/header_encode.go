package wire

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// HeaderBuffer is room for encoding headers that is used again.
type HeaderBuffer struct {
	lines []headerLine
	bytes []byte
}

type headerLine struct {
	key    string
	values []string
}

const (
	// keptHeader is the largest block whose room is kept for the next, and keptLines
	// the most keys.
	keptHeader = 4 << 10
	keptLines  = 64
)

var headerBuffers = sync.Pool{New: func() any { return new(HeaderBuffer) }}

// GetHeaderBuffer returns a buffer; Free gives it back.
func GetHeaderBuffer() *HeaderBuffer { return headerBuffers.Get().(*HeaderBuffer) }

// Free gives the buffer back, and with it what Encode returned.
func (b *HeaderBuffer) Free() {
	if cap(b.bytes) <= keptHeader && cap(b.lines) <= keptLines {
		headerBuffers.Put(b)
	}
}

// Encode checks the keys as [CheckHeader] does and returns the block that
// [AppendHeader] makes. It is good until the next call, or Free.
func (b *HeaderBuffer) Encode(h map[string][]string) ([]byte, error) {
	lines := sortedLines(b.lines[:0], h)
	b.lines = lines
	defer clear(lines) // the buffer mustn't keep the program's strings
	for i := range lines {
		if !validKey(lines[i].key) {
			return nil, badKey(lines[i].key)
		}
	}
	b.bytes = appendLines(b.bytes[:0], lines, true)
	return b.bytes, nil
}

// AppendHeader appends a header block: the version line, a line per value, and
// the empty line. Keys are sorted, so that equal headers give equal bytes. Spaces,
// tabs and line ends around a value are left out, and line ends within one become
// spaces, so that no value can start a line of its own. Keys are the caller's to
// check with [CheckHeader]; a line end in one becomes a space too.
func AppendHeader(dst []byte, h map[string][]string) []byte {
	var space [16]headerLine // keeps the common header off the heap
	return appendLines(dst, sortedLines(space[:0], h), false)
}

// fewLines is up to how many keys are sorted by putting each into its place at once.
const fewLines = 6

// sortedLines appends the keys with their values, in order.
func sortedLines(lines []headerLine, h map[string][]string) []headerLine {
	if len(h) > fewLines {
		return sortedByHeads(lines, h)
	}
	for k, v := range h {
		lines = append(lines, headerLine{k, v})
		for i := len(lines) - 1; i > 0 && k < lines[i-1].key; i-- {
			lines[i-1], lines[i] = lines[i], lines[i-1]
		}
	}
	return lines
}

// sortedByHeads sorts what is small and has no pointers: of each key the eight bytes behind
// what all have in common, which are seldom the same twice.
func sortedByHeads(lines []headerLine, h map[string][]string) []headerLine {
	from := len(lines)
	common := ""
	for k, v := range h {
		if len(lines) == from {
			common = k
		}
		common = common[:commonLen(common, k)]
		lines = append(lines, headerLine{k, v})
	}
	unsorted := lines[from:]
	var space [64]headerHead
	heads := space[:0]
	for i := range unsorted {
		heads = append(heads, headerHead{headOf(unsorted[i].key[len(common):]), int32(i)})
	}
	slices.SortFunc(heads, func(a, b headerHead) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		return strings.Compare(unsorted[a.line].key, unsorted[b.line].key)
	})
	for i := range heads { // each circle of lines that stand in each other's place
		first, to := unsorted[i], i
		for {
			of := int(heads[to].line)
			heads[to].line = int32(to)
			if of == i {
				unsorted[to] = first
				break
			}
			unsorted[to] = unsorted[of]
			to = of
		}
	}
	return lines
}

// headerHead is where a key comes in the order, and which line is its.
type headerHead struct {
	head uint64
	line int32
}

// headOf is the first eight bytes of s as a number that orders as they do.
func headOf(s string) (n uint64) {
	for i := range 8 {
		n <<= 8
		if i < len(s) {
			n |= uint64(s[i])
		}
	}
	return n
}

func commonLen(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// appendLines appends the block; valid says that the keys were checked.
func appendLines(dst []byte, lines []headerLine, valid bool) []byte {
	dst = append(dst, headerVersion+"\r\n"...)
	for i := range lines {
		for _, v := range lines[i].values {
			if valid {
				dst = append(dst, lines[i].key...)
			} else {
				dst = appendNoBreaks(dst, lines[i].key)
			}
			dst = append(dst, ": "...)
			dst = appendNoBreaks(dst, trimValue(v))
			dst = append(dst, "\r\n"...)
		}
	}
	return append(dst, "\r\n"...)
}

// appendNoBreaks appends s with a space for each CR and LF.
func appendNoBreaks(dst []byte, s string) []byte {
	from := len(dst)
	dst = append(dst, s...)
	if strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0 {
		return dst
	}
	for i, c := range dst[from:] {
		if c == '\r' || c == '\n' {
			dst[from+i] = ' '
		}
	}
	return dst
}
