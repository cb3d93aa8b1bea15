package object

import (
	"encoding/base64"
	"strings"
)

const streamPrefix = "OBJ_"

// AnyStore are the subjects that the streams of all object stores have.
const AnyStore = "$O.*.C.>"

// ValidBucket says whether a bucket may be called that: letters, digits, _ and -.
func ValidBucket(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return name != ""
}

// StreamOf is the name of a bucket's stream.
func StreamOf(bucket string) string { return streamPrefix + bucket }

// BucketOf is the bucket whose stream it is.
func BucketOf(stream string) (bucket string, ok bool) {
	bucket, ok = strings.CutPrefix(stream, streamPrefix)
	return bucket, ok && bucket != ""
}

// Subjects are those of a bucket's stream.
func Subjects(bucket string) []string { return []string{AllChunks(bucket), AllMeta(bucket)} }

// AllChunks are the subjects of all chunks of a bucket.
func AllChunks(bucket string) string { return "$O." + bucket + ".C.>" }

// AllMeta are the subjects of what is said of all objects of a bucket.
func AllMeta(bucket string) string { return "$O." + bucket + ".M.>" }

// MetaOf is the subject of what is said of an object. Any text may be its name.
func MetaOf(bucket, name string) string {
	return "$O." + bucket + ".M." + base64.URLEncoding.EncodeToString([]byte(name))
}

// ChunksOf is the subject of the chunks that were stored under that id.
func ChunksOf(bucket, nuid string) string { return "$O." + bucket + ".C." + nuid }
