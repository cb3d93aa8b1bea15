// Package sim runs many clients of the real reconnect machine against modelled
// servers and links on virtual time. A World does nothing at random that doesn't
// come from its seed, so a run can be repeated exactly.
//
// It stands on internal/reconnect alone and has two users: the property tests of
// this package, which throw random trouble at a few clients and check what must
// always hold, and the storm command, which runs a million.
//
// A World isn't safe for concurrent use.
package sim
