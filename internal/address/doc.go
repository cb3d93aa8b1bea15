// Package address knows what a server is called: it reads URLs, shows them
// without their secrets, and keeps the book of those that were given and those
// that a cluster told of.
//
// What it promises:
//
//   - Nothing that it shows has a password or a token in it: neither
//     Server.Redacted and Redact nor the text of an error, whatever was typed.
//     Server.URL and Server.Credentials are for who connects.
//   - A server's key says how it is reached, never with which credentials. Two
//     servers of a list have two keys.
//   - What a server tells of others is addresses, host and port. Anything else in
//     one makes it none, and costs the others nothing.
//   - A server that was told of over TLS is a Target of TLS for good.
//   - A Book is as large as what is in use: Grown says when to call KeepOnly.
//
// Errors are an *Error, which says what is wrong with which URL, or a
// *MixedError. What they are for programs is the caller's to say.
//
// Callers are the root package, for its options, its attempts and its getters. A
// Server is never changed once it is in a list or a Book, and may be read by all.
// A Book has a lock of its own, under which no other is taken and nothing waits.
// The package touches no network, and imports nothing of this module.
package address
