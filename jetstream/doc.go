// Package jetstream works with the streams of a NATS system: it manages streams
// and consumers, publishes into streams and consumes from them. The names and
// signatures are those of nats.go's package of the same name.
//
//	js, err := jetstream.New(nc)
//	stream, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
//	ack, err := js.Publish(ctx, "orders.new", data)
//	cons, err := stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{Durable: "worker"})
//	cc, err := cons.Consume(func(m jetstream.Msg) { …; m.Ack() })
//
// What is consumed goes on by itself after a lost connection, a change of leaders
// and a restart of servers: whoever consumes need not look after it. What is
// published asynchronously with a message id survives a lost connection too: it is
// sent again, in order and with the same id, and its future ends with the true
// outcome; see [PubAckFuture].
//
// Requests to the API take a context. One without a deadline gets the default
// timeout of 5 seconds, see [WithDefaultTimeout]. A list is whole, or there is an
// error: never a part without one.
//
// Errors: compare with errors.Is. What a server says against a request is an
// [APIError], equal to the sentinel of its code.
package jetstream
