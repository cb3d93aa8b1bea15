package reconnect

// Warm and WarmPool read the machine's memory and do nothing else. A simulator
// that is about to step many machines warms them all first: one loop over
// independent reads waits for memory once, where step after step would wait
// each time.
func (m *Machine) Warm() int {
	return int(m.passes) + int(m.lastAttempt) + int(m.attempts[0].id) + len(m.url) + len(m.pool.servers)
}

// WarmPool is the second half, for after Warm.
func (m *Machine) WarmPool() int {
	sum := 0
	for i := range m.pool.servers {
		sum += int(m.pool.servers[i].turn) + len(m.pool.servers[i].url)
	}
	return sum
}
