// Package builtin is nats.go's encoders/builtin: it hands all of its names on to
// github.com/evernats/nats/encoders/builtin, whose documentation says what they do.
//
// Deprecated: encoded connections are deprecated; encode in your program.
package builtin
