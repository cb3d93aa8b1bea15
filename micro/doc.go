// Package micro makes services of a connection's subscriptions: programs that
// answer requests on named endpoints, can be found by tools and by each other, and
// count what they do. It has the API of nats.go's micro package and speaks the same
// protocol, so that clients and tools see no difference.
//
//	svc, err := micro.AddService(nc, micro.Config{Name: "orders", Version: "1.0.0"})
//	if err != nil {
//		return err
//	}
//	defer svc.Stop()
//	err = svc.AddEndpoint("price", micro.HandlerFunc(func(r micro.Request) {
//		r.Respond([]byte("42"))
//	}))
//
// # Sharing the work
//
// Each endpoint is a subscription in a queue group, [DefaultQueueGroup] unless the
// endpoint, its [Group] or the service names another: of all instances with the
// same endpoint one gets each request. Without a queue group
// ([WithEndpointQueueGroupDisabled] and its like) all of them do. An endpoint
// handles one request after the other, in the order in which they came; endpoints
// run beside one another.
//
// # Being found
//
// A service answers requests on the subjects that [ControlSubject] makes, with
// [Ping], [Info] and [Stats] as JSON: all services on $SRV.PING, those of one name
// on $SRV.PING.name, one instance on $SRV.PING.name.id, and in the same way for
// INFO and STATS.
//
// # Living and ending
//
// A service outlives its servers as the connection does: after a reconnect it is
// found and works as before, with the numbers that it had. It ends by
// [Service.Stop], or when the connection is closed. Errors that no call can return
// are told to [Config.ErrorHandler].
package micro
