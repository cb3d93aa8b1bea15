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
//     still has. A last value that a consumer left out comes behind others of higher
//     revisions; those of one key are always in order.
//   - The first part is complete when its own consumer has nothing more, and gave as many
//     messages as it had at its beginning and every key that one before it gave. One that
//     didn't has another made in its place, twice in succession at most: values that were
//     removed look as if they had been left out.
//   - What can't be seen: a consumer that leaves out a value though the watch's own link
//     lives, when as many updates come at once behind it.
//   - A bucket that was made anew, or whose messages are gone with the memory of a
//     server, begins anew.
package kv
