// Package foreign holds the tests that libraries which nobody here wrote, and which
// import nats.go, run on this library: go-kit's NATS transport, orbit's natsext and
// natscontext, and orbit's ntf, a service on nats.go's micro package. Its go.mod
// builds with nats.go; evernats.mod is the same with the replace line that puts
// natsgo in its place.
package foreign
