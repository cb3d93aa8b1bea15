package libdefaults

import "github.com/evernats/nats"

// strict leaves errors bare: a library that was written for nats.go compares them
// with ==.
func strict(*nats.Options) error { return nil }
