module github.com/evernats/nats

go 1.25.0

require (
	github.com/coder/websocket v1.8.15
	github.com/nats-io/nkeys v0.4.17
	github.com/nats-io/nuid v1.0.1
)

require (
	golang.org/x/crypto v0.52.0 // indirect
	golang.org/x/sys v0.45.0 // indirect
)
