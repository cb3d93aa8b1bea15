package wire

import (
	"fmt"
	"strings"
)

const headerVersion = "NATS/1.0"

// Keys under which ParseHeader gives what follows the version in the first line,
// as in "NATS/1.0 503 No Responders".
const (
	StatusKey      = "Status"
	DescriptionKey = "Description"
)

// statusLen is the length of a status code.
const statusLen = 3

// CheckHeader reports a key that can't be sent: one that is empty or holds a
// byte other than letters, digits and !#$%&'*+-.^_`|~. The error wraps
// [ErrBadHeader].
func CheckHeader(h map[string][]string) error {
	for k := range h {
		if !validKey(k) {
			return badKey(k)
		}
	}
	return nil
}

func badKey(k string) error {
	if len(k) > maxExcerpt {
		k = k[:maxExcerpt]
	}
	return fmt.Errorf("%w: key %q: want letters, digits and !#$%%&'*+-.^_`|~ only", ErrBadHeader, k)
}

func validKey(k string) bool {
	for i := range len(k) {
		if !keyBytes[k[i]] {
			return false
		}
	}
	return k != ""
}

var keyBytes = func() (t [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~" +
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		t[c] = true
	}
	return t
}()

// HeaderSize returns the exact number of bytes that AppendHeader appends.
func HeaderSize(h map[string][]string) int {
	n := headerFrame
	for k, values := range h {
		for _, v := range values {
			n += lineSize(k, v)
		}
	}
	return n
}

// headerFrame is the size of a header block without keys.
const headerFrame = len(headerVersion) + len("\r\n") + len("\r\n")

func lineSize(k, v string) int {
	return len(k) + len(": ") + len(trimValue(v)) + len("\r\n")
}

// trimValue drops blanks and line ends around v; no other white space.
func trimValue(v string) string {
	if v == "" || v[0] > ' ' && v[len(v)-1] > ' ' {
		return v
	}
	for v != "" && isBlank(v[0]) {
		v = v[1:]
	}
	for v != "" && isBlank(v[len(v)-1]) {
		v = v[:len(v)-1]
	}
	return v
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// ParseHeader reads a header block. Keys keep their case and their blanks;
// blanks before a value are dropped, those behind it are kept; a line with an
// empty key is ignored, and so is what follows the empty line. Lines may end in a
// lone LF. A status in the first line comes behind values that the block itself
// has for [StatusKey] and [DescriptionKey]. The error wraps [ErrBadHeader].
//
// The strings are parts of the block. size is what HeaderSize says of the result.
func ParseHeader(block string) (h map[string][]string, size int, err error) {
	first, rest, ok := cutLine(block)
	if !ok || !strings.HasPrefix(first, headerVersion) {
		return nil, 0, badHeader("no "+headerVersion+" line", block)
	}
	lines, ok := countLines(rest)
	if !ok {
		return nil, 0, badHeader("more lines than a header may have", block)
	}
	var status, description string
	if len(first) > len(headerVersion) {
		inline := strings.TrimSpace(first[len(headerVersion):])
		if len(inline) < statusLen {
			return nil, 0, badHeader("no status code behind "+headerVersion, first)
		}
		status = inline[:statusLen]
		description = strings.TrimSpace(inline[statusLen:])
		lines += 2
	}

	// One array for all values; a key that repeats grows out of it.
	values := make([]string, 0, max(lines, 0))
	if lines > smallMap {
		h = make(map[string][]string, lines)
	} else {
		h = make(map[string][]string)
	}
	size = headerFrame
	add := func(k, v string) {
		size += lineSize(k, v)
		if old, ok := h[k]; ok {
			h[k] = append(old, v)
			return
		}
		values = append(values, v)
		h[k] = values[len(values)-1 : len(values) : len(values)]
	}
	for {
		var line string
		if line, rest, ok = cutLine(rest); !ok {
			return nil, 0, badHeader("no empty line at the end", block)
		}
		if line == "" {
			break
		}
		colon := strings.IndexByte(line, ':')
		if colon < 0 {
			return nil, 0, badHeader("line without a colon", line)
		}
		if colon > 0 {
			v := line[colon+1:]
			for v != "" && (v[0] == ' ' || v[0] == '\t') {
				v = v[1:]
			}
			add(line[:colon], v)
		}
	}
	if status != "" {
		add(StatusKey, status)
	}
	if description != "" {
		add(DescriptionKey, description)
	}
	return h, size, nil
}

// EachHeader calls each for the keys and values that ParseHeader finds in a block, in
// their order, until it returns false; a nil each asks for the size alone, which is that
// of ParseHeader where all were asked for. Nothing is allocated. An error may come
// behind the first calls. ParseHeader has the same rules in a loop of its own, since a call
// for each line costs it a twentieth; a test holds the two together.
func EachHeader(block string, each func(key, value string) bool) (size int, err error) {
	status, rest, err := openHeader(block)
	if err != nil {
		return 0, err
	}
	return eachLine(block, status, rest, each)
}

// openHeader reads the first line: what is behind the version, and the lines that follow.
func openHeader(block string) (status, rest string, err error) {
	first, rest, ok := cutLine(block)
	if !ok || !strings.HasPrefix(first, headerVersion) {
		return "", "", badHeader("no "+headerVersion+" line", block)
	}
	if _, ok = countLines(rest); !ok {
		return "", "", badHeader("more lines than a header may have", block)
	}
	if len(first) > len(headerVersion) {
		status = strings.TrimSpace(first[len(headerVersion):])
		if len(status) < statusLen {
			return "", "", badHeader("no status code behind "+headerVersion, first)
		}
	}
	return status, rest, nil
}

// eachLine calls each for the lines of a block, and for its status at last.
func eachLine(block, status, rest string, each func(key, value string) bool) (size int, err error) {
	size = headerFrame
	for {
		line, behind, ok := cutLine(rest)
		if !ok {
			return 0, badHeader("no empty line at the end", block)
		}
		if rest = behind; line == "" {
			break
		}
		colon := strings.IndexByte(line, ':')
		if colon < 0 {
			return 0, badHeader("line without a colon", line)
		}
		if colon > 0 {
			v := line[colon+1:]
			for v != "" && (v[0] == ' ' || v[0] == '\t') {
				v = v[1:]
			}
			size += lineSize(line[:colon], v)
			if each != nil && !each(line[:colon], v) {
				return size, nil
			}
		}
	}
	if status == "" {
		return size, nil
	}
	code, description := status[:statusLen], strings.TrimSpace(status[statusLen:])
	size += lineSize(StatusKey, code)
	if each != nil && !each(StatusKey, code) {
		return size, nil
	}
	if description != "" {
		size += lineSize(DescriptionKey, description)
		if each != nil {
			each(DescriptionKey, description)
		}
	}
	return size, nil
}

// smallMap is how many keys a map has room for from the beginning.
const smallMap = 8

// maxHeaderLines bounds what a header is read of: its values take many times the room
// of the bytes of their lines.
const maxHeaderLines = 16 << 10

// countLines counts the lines before the empty one, or what there is when there is
// none. ok is false when there are too many.
func countLines(s string) (n int, ok bool) {
	if n = strings.Count(s, "\n"); n <= 64 {
		return n, true // behind the empty one is hardly anything
	}
	for n = 0; n <= maxHeaderLines; n++ {
		line, rest, more := cutLine(s)
		if !more || line == "" {
			return n, true
		}
		s = rest
	}
	return n, false
}

// cutLine splits s behind its first LF and drops the line end, LF or CRLF.
func cutLine(s string) (line, rest string, ok bool) {
	i := strings.IndexByte(s, '\n')
	if i < 0 {
		return "", "", false
	}
	line, rest = s[:i], s[i+1:]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, rest, true
}

func badHeader(what, at string) error {
	return fmt.Errorf("%w: %s: %q", ErrBadHeader, what, at[:min(len(at), maxExcerpt)])
}
