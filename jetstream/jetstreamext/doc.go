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
// They work with any implementation of the interfaces; from package jetstream's own they
// learn why a watch or a list ended.
package jetstreamext
