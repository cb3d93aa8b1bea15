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
	"legacy/subscriptions on the wire": {
		"A named consumer that is there is used, and not changed.", `
+ program: named: INFO.S.N durable ""`},
	"consumer/filters": {
		"A filter that is no subject is refused before it makes a request to a subject that is none.", `
- program: bad: nats.ErrNoResponders
+ program: bad: ErrInvalidSubject`},
	"ordered/refused": {
		"A handler that is nil is refused, as by other consumers, and doesn't panic later.", `
- program: no handler: ok
+ program: no handler: ErrHandlerRequired`},
	"kv/mirror": {
		"A mirror keeps its origin's subjects, and is read under them.", `
- program: get k: ErrKeyNotFound
- program: nil, true
- program: get through: ErrKeyNotFound
- program: nil, true
+ program: get k: ok
+ program: M/k = "v" #1 +0 KeyValuePutOp, new true, false
+ program: get through: ok
+ program: M/through = "v" #2 +0 KeyValuePutOp, new true, false
+ program: M/k = "v" #1 +1 KeyValuePutOp, new true
+ program: M/through = "v" #2 +0 KeyValuePutOp, new true
- program: keys: ErrNoKeysFound
- program: []
+ program: keys: ok
+ program: ["k" "through"]`},
	"kv/list keys": {
		"Behind the end of a list its Stop says whether it is whole.", `
- program: stop behind the end: nats.ErrBadSubscription
+ program: stop behind the end: ok`},
	"kv/list keys filtered": {
		"The caller's slice stays as it is.", `
- program: the caller's own are [$KV.B.a.*]
+ program: the caller's own are [a.*]
- program: the caller's own are [$KV.B.a.* $KV.B.b.>]
+ program: the caller's own are [a.* b.>]
- program: the caller's own are [$KV.B.c]
+ program: the caller's own are [c]
- program: the caller's own are [$KV.B.none]
+ program: the caller's own are [none]
- program: the caller's own are [$KV.B.*]
+ program: the caller's own are [*]
- program: the caller's own are [$KV.B.>]
+ program: the caller's own are [>]
- program: the caller's own are [$KV.B.a.1 $KV.B.a.2]
+ program: the caller's own are [a.1 a.2]`},
	"kv/on the wire": {
		"A write that depends on a revision has an id, by which its writer recognises it when the answer was lost.", `
- program: $KV.B.k map[Nats-Expected-Last-Subject-Sequence:[3]] "v"
- program: $KV.B.k map[Nats-Expected-Last-Subject-Sequence:[4]] "w"
- program: $KV.B.k map[KV-Operation:[DEL] Nats-Expected-Last-Subject-Sequence:[5]] ""
+ program: $KV.B.k map[KV-Write-Id:[some] Nats-Expected-Last-Subject-Sequence:[3]] "v"
+ program: $KV.B.k map[KV-Write-Id:[some] Nats-Expected-Last-Subject-Sequence:[4]] "w"
+ program: $KV.B.k map[KV-Operation:[DEL] KV-Write-Id:[some] Nats-Expected-Last-Subject-Sequence:[5]] ""`},
	"push/headers only": {
		"A stored message is delivered as one, whatever headers it has.", `
+ program: s.a "" map[Nats-Msg-Size:[0] Status:[100] X:[y]] #1/1 x1 +1 S/C`},
	"push/deleted": {
		"A consumer that is silent is looked at, and one that is gone is told of.", `
- program: told: ErrNoHeartbeat
+ program: told: ErrConsumerDeleted`},
}
