// Package chaos lets programs that use all of package jetstream, and services, live
// on a cluster whose servers are killed and restarted at random, and decides in the end
// whether what they were told is true.
//
// history.go has what is written down while they run, check.go what must hold of it.
// Neither needs a server, so the checker is tested by itself.
package chaos
