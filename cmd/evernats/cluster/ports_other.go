//go:build !linux

package cluster

// reservation does nothing where a bound socket would keep the server from
// binding: the server takes any free port at first and tries for a while to get
// it again after a restart.
type reservation struct {
	port int
}

// anyPort lets the server take what it gets.
const anyPort = -1

func reserve() (*reservation, error) { return &reservation{port: anyPort}, nil }

func (r *reservation) release() {}
