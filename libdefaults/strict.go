package libdefaults

import "github.com/evernats/nats"

// strict leaves errors bare, though nats.Resilient has them detailed: a library that
// was written for nats.go compares them with ==.
func strict(o *nats.Options) error {
	o.DetailedErrors = false
	return nil
}
