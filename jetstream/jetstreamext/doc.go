// Package jetstreamext has what package jetstream can't have as methods, since programs
// implement its interfaces themselves: functions that take one.
//
// Lists and watches as sequences to range over:
//
//	for e, err := range jetstreamext.Watch(ctx, kv, "orders.>") {
//		switch {
//		case err != nil:
//			return err // it ended: the context, the connection, the bucket
//		case e == nil:
//			ready() // all that was there has come
//		default:
//			update(e)
//		}
//	}
//
// [Messages] and [Batch] give what a consumer delivers in the same way.
//
// What servers offer and the interfaces have no method for:
//
//   - [GetBatch] and [GetLastMsgsFor] read many messages of a stream for one request.
//   - [PublishAtomic] publishes messages that are stored as a whole or not at all.
//   - [AddCounter], [LoadCounter] and [Counters] are for streams of counters.
//   - A [FastPublisher] publishes by fast ingest, without an acknowledgement for each message.
//
// A [Publisher] publishes asynchronously and waits where package jetstream's fails.
//
// The sequences work with any implementation of the interfaces; from package jetstream's own they
// learn why a watch or a list ended.
package jetstreamext
