//go:build unix && !linux

package transport

import "syscall"

// writev writes one piece after the other, until one isn't taken as a whole.
func writev(fd int, pieces [][]byte) (n int, err error) {
	for _, p := range pieces {
		k, err := syscall.Write(fd, p)
		if k > 0 {
			n += k
		}
		if k < len(p) {
			if n > 0 {
				err = nil // the next call finds out
			}
			return n, err
		}
	}
	return n, nil
}
