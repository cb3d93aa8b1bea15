// Package wire speaks the NATS client protocol: bytes in, operations out, and
// back. It knows both directions, so that a client and a test server share it.
//
// Invariants:
//
//   - Any split of a byte stream gives the same operations and the same errors
//     (an error's Excerpt may show more or less of the line, depending on what
//     had arrived).
//   - Any bytes give an operation, a request for more bytes, or an error; never
//     a panic and never unbounded memory. Control lines and declared payload
//     sizes have limits.
//   - Parsing allocates nothing unless it fails. An [Op] points into the
//     caller's buffer and is valid until the caller touches those bytes.
//   - Encoders append and don't validate: whoever calls them has checked
//     subjects and header keys (see [CheckHeader]). Header values can't inject
//     lines whatever they hold.
//
// Callers are the root package (reader and writer of a connection) and the
// scriptable test server. The package imports neither net, os, context nor
// time, starts no goroutine, and holds no lock: a Parser belongs to one reader.
package wire
