package kv

import "time"

// duplicates is how long a bucket's stream remembers message ids.
const duplicates = 2 * time.Minute

// Duplicates is how long a bucket remembers message ids whose values live for ttl; 0
// for ever.
func Duplicates(ttl time.Duration) time.Duration {
	if ttl > 0 && ttl < duplicates {
		return ttl
	}
	return duplicates
}

// Limit is a bound as a stream has it, where 0 is none.
func Limit[T int32 | int64](n T) T {
	if n == 0 {
		return -1
	}
	return n
}

// MarkerAge is how old a marker must be to go with PurgeDeletes, unless the program
// says otherwise.
const MarkerAge = 30 * time.Minute

// KeepMarker says whether a marker of that age stays when markers older than limit
// are to go: 0 is the default, less is none.
func KeepMarker(age, limit time.Duration) bool {
	if limit == 0 {
		limit = MarkerAge
	}
	return limit > 0 && age < limit
}
