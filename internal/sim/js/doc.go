// Package js runs JetStream's machines against a modelled cluster on virtual time: streams
// with their duplicate windows, pull and push consumers, nodes that die and come back,
// leaders that move, links that are lost. A World does nothing at random that doesn't come
// from its seed, so a run can be repeated exactly.
//
// It stands on the machines alone, internal/js/pull, push, window, kv and object. What
// joins them with a connection in package jetstream is done here again, in the same way
// and without goroutines: the time is virtual, and all that happens is an event.
//
// What of a server is modelled is what a client can see: which messages come, which
// statuses, which answers, and which don't. How servers agree isn't.
package js
