package nats

import "github.com/evernats/nats/libdefaults"

// DefaultOptions follow what the program sets for its libraries, as
// GetDefaultOptions does.
func init() { libdefaults.Bind(&DefaultOptions) }
