// Package kv decides what key-value stores need to have decided: which names buckets
// and keys may have, on which subjects they are read and written, what a marker says,
// where a watch goes on and when its first part is complete, what a write does when
// its key was in another state, and which reads are too old. It is fed facts and
// answers; it has neither clock nor goroutines nor a connection.
//
// What [Watch] promises:
//
//   - The last value of each key, or the history, comes once and in order, whatever
//     happens to consumers meanwhile, and so does every later update that the bucket
//     still has.
//   - The first part is complete when so many messages came as its own consumer had at
//     its beginning, or when a message says that none is behind it, or when the server
//     says so; the number of an earlier consumer doesn't count.
//   - A bucket that was made anew, or whose messages are gone with the memory of a
//     server, begins anew.
package kv
