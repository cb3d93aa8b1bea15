// Package object holds the rules of object stores: how buckets, objects and chunks are
// named, how an object is cut into chunks, when it is whole, what may be linked to, and
// how its chunks get into a stream in their order. It has no clock, sockets or
// goroutines; the chunks themselves are the caller's.
//
// What [Upload] promises:
//
//   - When all chunks have been freed, the stream has each of them once and in order,
//     or [Upload.Verify] says that it must be asked, and [Upload.Strays] what is to go.
//   - A chunk is the caller's to keep until it is freed. One that may have been lost
//     with its link is sent again on the next one, under the same id.
//   - When the stream refuses a chunk, nothing newer is sent until it takes that one.
//     What got in behind it meanwhile is taken out, and sent again in order.
//   - It ends: with the last chunk, or with a reason.
package object
