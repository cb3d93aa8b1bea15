package kv

import "strings"

// MaxHistory is how many values of a key a bucket can keep.
const MaxHistory = 64

// All is the pattern of all keys.
const All = ">"

const streamPrefix = "KV_"

// Subjects are all subjects of all buckets.
const Subjects = "$KV.*.>"

// Stream is the stream of a bucket.
func Stream(bucket string) string { return streamPrefix + bucket }

// SourceStream is the stream of a bucket, which may be named by its stream already.
func SourceStream(name string) string {
	if strings.HasPrefix(name, streamPrefix) {
		return name
	}
	return Stream(name)
}

// Bucket is the bucket of a stream, if it is one's.
func Bucket(stream string) (bucket string, ok bool) { return strings.CutPrefix(stream, streamPrefix) }

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// ValidBucket says whether a bucket may have that name: letters, digits, - and _.
func ValidBucket(name string) bool {
	for i := range len(name) {
		if !letter(name[i]) {
			return false
		}
	}
	return name != ""
}

// ValidKey says whether a key may have that name: letters, digits and -/_=. without
// a dot at either end or two in a row, which make no subject.
func ValidKey(key string) bool { return valid(key, false) }

// ValidPattern is ValidKey for keys with wildcards: * anywhere, > at the end.
func ValidPattern(pattern string) bool { return valid(pattern, true) }

func valid(key string, wild bool) bool {
	if key == "" || key[0] == '.' || key[len(key)-1] == '.' || strings.Contains(key, "..") {
		return false
	}
	for i := range len(key) {
		switch c := key[i]; {
		case letter(c), c == '/', c == '=', c == '.':
		case wild && c == '*', wild && c == '>' && i == len(key)-1:
		default:
			return false
		}
	}
	return true
}
