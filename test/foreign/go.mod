module github.com/evernats/nats/test/foreign

go 1.26.0

require (
	github.com/evernats/nats v0.1.0
	github.com/evernats/nats/cmd/evernats v0.0.0
	github.com/go-kit/kit v0.13.0
	github.com/nats-io/nats.go v1.55.0
	github.com/synadia-io/orbit.go/natscontext v0.1.1
	github.com/synadia-io/orbit.go/natsext v0.1.3
	github.com/synadia-io/orbit.go/ntf v0.0.2
	golang.org/x/mod v0.42.0
)

require (
	github.com/antithesishq/antithesis-sdk-go v0.8.0-default-no-op // indirect
	github.com/coder/websocket v1.8.15 // indirect
	github.com/go-kit/log v0.2.0 // indirect
	github.com/go-logfmt/logfmt v0.5.1 // indirect
	github.com/google/go-tpm v0.9.8 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/minio/highwayhash v1.0.4 // indirect
	github.com/nats-io/jwt/v2 v2.8.2 // indirect
	github.com/nats-io/nats-server/v2 v2.15.2 // indirect
	github.com/nats-io/nkeys v0.4.17 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)

replace (
	github.com/evernats/nats => ../..
	github.com/evernats/nats/cmd/evernats => ../../cmd/evernats
)
