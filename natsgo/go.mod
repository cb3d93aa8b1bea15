module github.com/evernats/nats/natsgo

go 1.25.0

require github.com/evernats/nats v0.1.0

require (
	github.com/coder/websocket v1.8.15 // indirect
	github.com/nats-io/nkeys v0.4.17 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	golang.org/x/crypto v0.52.0 // indirect
	golang.org/x/sys v0.45.0 // indirect
)

replace github.com/evernats/nats => ..
