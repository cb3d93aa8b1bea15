module github.com/evernats/nats/examples/library

go 1.26.0

// This line is all that it takes. Outside of this repository it says
// github.com/evernats/nats/natsgo and a version, and the other two aren't needed.
replace github.com/nats-io/nats.go => ../../natsgo

replace (
	github.com/evernats/nats => ../..
	github.com/evernats/nats/cmd/evernats => ../../cmd/evernats
)

require (
	github.com/evernats/nats v0.1.0
	github.com/evernats/nats/cmd/evernats v0.0.0
	github.com/synadia-io/orbit.go/natscontext v0.1.1
	github.com/synadia-io/orbit.go/natsext v0.1.3
)

require (
	github.com/antithesishq/antithesis-sdk-go v0.8.0-default-no-op // indirect
	github.com/coder/websocket v1.8.15 // indirect
	github.com/google/go-tpm v0.9.8 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/minio/highwayhash v1.0.4 // indirect
	github.com/nats-io/jwt/v2 v2.8.2 // indirect
	github.com/nats-io/nats-server/v2 v2.15.2 // indirect
	github.com/nats-io/nats.go v1.55.0 // indirect
	github.com/nats-io/nkeys v0.4.17 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)
