// Package outbound is the publish buffer of a connection: a queue of whole
// protocol frames that knows what was written, what is confirmed and what must
// be sent again.
//
// A Buffer is plain data. It isn't safe for concurrent use, starts nothing and
// never waits: its owner holds one short lock round every call and writes to
// the socket outside of it. Bytes handed out by Batch stay where they are until
// Wrote, whatever else is called in between, so the lock needn't be held while
// they are written.
//
// What it promises:
//
//   - A message is in exactly one of these states: queued, written but
//     unconfirmed, confirmed, in doubt, dropped. Totals counts each; their sum is
//     always what was appended. It leaves for "in doubt" and "dropped" only with
//     a report to the caller.
//   - Messages go out in the order in which they were appended, across any
//     number of connections.
//   - Only whole frames go out: each connection starts with the prefix and then
//     with the first byte of a frame.
//   - Memory follows what is queued. An empty Buffer holds at most one chunk of
//     512 bytes, of 64 if no message ever went through it; larger ones come from pools
//     that the garbage collector empties.
package outbound
