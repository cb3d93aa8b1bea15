package kv

import "strings"

// Space is where the keys of a bucket live.
type Space struct {
	// Read is what the subjects in the bucket's stream begin with,
	Read string
	// Write and the subjects that a value is published to.
	Write string
}

// Mirrored says of what a bucket is a mirror.
type Mirrored struct {
	Stream    string // empty: of none
	APIPrefix string // how it is reached in another domain or account; empty: it is here
}

// SpaceOf is the space of a bucket. prefix is what the API's subjects begin with,
// empty for the default. A mirror has its origin's subjects, and what is written to it
// is written to its origin.
func SpaceOf(bucket string, m Mirrored, prefix string) Space {
	if m.Stream == "" {
		own := subjects(bucket)
		return Space{Read: own, Write: prefix + own}
	}
	if origin, ok := Bucket(m.Stream); ok {
		bucket = origin
	}
	own := subjects(bucket)
	switch {
	case m.APIPrefix != "":
		return Space{Read: own, Write: strings.TrimSuffix(m.APIPrefix, ".") + "." + own}
	default:
		return Space{Read: own, Write: prefix + own}
	}
}

func subjects(bucket string) string { return "$KV." + bucket + "." }

// Filter are the subjects of a bucket's stream.
func Filter(bucket string) string { return subjects(bucket) + All }

// Key is the key of a subject in the bucket's stream, if it is one.
func (s Space) Key(subject string) (key string, ok bool) { return strings.CutPrefix(subject, s.Read) }

// Transform is how a bucket takes the keys of another that it has as a source. One of
// the same name, in another domain, needs none.
func Transform(stream, bucket string) (source, destination string, needed bool) {
	from, ok := Bucket(stream)
	if !ok {
		from = stream
	}
	return Filter(from), Filter(bucket), from != bucket
}
