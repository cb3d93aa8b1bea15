// Package api knows the texts of JetStream: subjects, error codes, the status
// lines of messages, acknowledgements, and the headers of messages that were read
// from a stream directly. It decodes what servers send, whatever it is: nothing
// that comes from the network makes it panic.
package api
