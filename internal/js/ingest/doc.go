// Package ingest decides how messages go into a stream by fast ingest (ADR-50): in
// batches of any size, for which the server says how many may go between its
// acknowledgements. It is a state machine without clock, sockets or goroutines; the
// messages themselves are the caller's, known here by their numbers 1, 2, 3 …
//
// A batch allows no gap: the server stores a beginning of it, in order, and says at its
// end how long that is. So what is lost on the way, with a link or with a leader, ends the
// batch, and what isn't stored goes out again in the next one.
//
// What it promises:
//
//   - Messages are stored once and in the order of their numbers, or it ends with Fail.
//   - Fail says how many are known to be stored, and whether those behind may be, too. That
//     can't be known of messages without ids, by which the server would know them again, when
//     it has forgotten a batch whose end it may have told, or when a batch ends too early and
//     nothing was lost on this side: a leader that steps down counts what it has stored, and
//     what it has passed on to the others will be stored, too (seen of nats-server 2.15.2).
//   - No more messages than the server's pace allows are unacknowledged, so that is how many
//     the caller keeps.
package ingest
