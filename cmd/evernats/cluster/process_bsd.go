//go:build unix && !linux

package cluster

import "syscall"

// childAttributes: a process group of its own keeps the terminal's signals away.
// It also makes the kernel wake a stopped child whose parent died: POSIX sends
// SIGHUP and SIGCONT to a group that loses its last tie to the session while one
// of its members is stopped.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
