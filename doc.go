// Package nats is a client for the NATS messaging system whose connection heals
// itself. It has the API of the core of nats.go: a program written for that
// changes its import line and goes on working.
//
//	nc, err := nats.Connect("nats://10.0.0.5:4222", nats.Resilient())
//	if err != nil {
//		return err
//	}
//	nc.Subscribe("greet.*", func(m *nats.Msg) { m.Respond([]byte("hello")) })
//	nc.Publish("news", []byte("all well"))
//	…
//	return nc.DrainWithContext(ctx) // handle and send what is left, then close
//
// # Connecting
//
// [Connect] takes one server or several and options. The connection outlives its
// servers: when one is lost it tries those of the call and those that the cluster
// told it of, makes every subscription again, and sends what was published
// meanwhile. It ends through [Conn.Close], [Conn.Drain], or a limit that the
// program has set ([MaxReconnects], [NoReconnect], refused credentials), and in
// no other way. [Resilient] turns on what a long-running service wants.
//
// # Publishing
//
// [Conn.Publish] queues a message and returns. It never waits for a dial, and for
// the socket only where [OutboundFull] says so. Messages leave in the order in
// which the calls returned, across any number of reconnects. What was written
// when a connection died may be lost: [InDoubtHandler] is told how much that is,
// and [AtLeastOnce] sends it again. [Conn.Flush] and [Conn.PublishConfirmed] wait
// until the server has processed what was published.
//
// # Receiving
//
// A subscription calls a function ([Conn.Subscribe]), is read one message at a
// time ([Conn.SubscribeSync]) or sends to a channel ([Conn.ChanSubscribe]); each
// has a form for queue groups, whose members share the messages. A consumer that
// falls too far behind loses messages and is told so, see
// [Subscription.SetPendingLimits]. [Conn.Request] asks a service and waits for
// its answer.
//
// # Errors and events
//
// Errors are bare and can be compared with ==, as in nats.go. With [DetailedErrors]
// they say more than their sentinel, and are compared with [errors.Is]: [ConnError]
// says which server failed in which phase. Without it [AttemptHandler] and
// [Conn.LastErrorDetail] do. What no call can return is told to the handlers, one
// after another, see [ErrorHandler], [DisconnectErrHandler], [ReconnectHandler],
// [ClosedHandler], and to the channels of [Conn.StatusChanged].
package nats
