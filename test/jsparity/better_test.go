package jsparity

// better are the deliberate differences: why, and the lines of the diff, which must be
// exactly these.
var better = map[string]struct{ why, diff string }{
	"publish/async disconnected": {
		"What has an id is sent again on the next connection.", `
- program: with an id: nats.ErrDisconnected
+ program: with an id it is still under way`},
	"legacy/async disconnected": {
		"What has an id is sent again on the next connection.", `
- program: with an id: nats.ErrDisconnected
+ program: with an id it is still under way`},
	"consumer/filters": {
		"A filter that is no subject is refused before it makes a request to a subject that is none.", `
- program: bad: nats.ErrNoResponders
+ program: bad: ErrInvalidSubject`},
	"ordered/refused": {
		"A handler that is nil is refused, as by other consumers, and doesn't panic later.", `
- program: no handler: ok
+ program: no handler: ErrHandlerRequired`},
}
